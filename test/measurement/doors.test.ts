/** Events in over HTTP: CloudEvents at `POST /events`, lines at `POST /events/bulk`. */
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { measure, pointsOf, reportingPartner, resolvedCase } from './events.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
});
afterAll(() => gateway.close());

interface Sent {
  readonly type?: string;
  readonly token?: string;
  readonly encoding?: string;
}

async function send(path: string, body: string | Buffer, { type = 'application/x-ndjson', token, encoding }: Sent = {}) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${token ?? (await partner.token())}`, ...(encoding ? { 'content-encoding': encoding } : {}) },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

const lines = (...events: unknown[]): string => events.map(event => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n');
const structured = { type: 'application/cloudevents+json; charset=utf-8' };
const batched = { type: 'application/cloudevents-batch+json' };

test('a structured event counts once, and the answer says what was charged', async () => {
  const sent = JSON.stringify(resolvedCase(gateway, 'structured'));
  const first = await send('/events', sent, structured);
  expect(first).toMatchObject({ status: 200, body: { accepted: 1, duplicates: 0, rejected: [] } });
  expect(first.headers.get('ratelimit-policy')).toContain('"cost"');
  expect(await send('/events', sent, structured)).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 1 } });
});

test('of a batch the good ones count, and the bad ones come back with index, id, path and reason', async () => {
  const bad = { ...resolvedCase(gateway, 'batched-bad'), data: { case: 'c' } };
  const { status, body } = await send('/events', JSON.stringify([resolvedCase(gateway, 'batched'), bad, 7]), batched);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      accepted: 1,
      rejected: [
        { index: 1, id: 'batched-bad', path: '/data' },
        { index: 2, id: null, path: '' },
      ],
    },
  });
});

test.each([
  ['/events', '{"not": "finished"', batched, 400, 'BAD_USER_INPUT'],
  ['/events', '{}', batched, 400, 'BAD_USER_INPUT'],
  ['/events', JSON.stringify(Array.from({ length: 1001 }, () => 1)), batched, 413, 'BAD_USER_INPUT'],
  ['/events', '{}', { type: 'application/json' }, 415, 'BAD_USER_INPUT'],
  ['/events', '{}', {}, 400, 'BAD_USER_INPUT'],
  ['/events/bulk', '{}', structured, 400, 'BAD_USER_INPUT'],
  ['/events', '{}', { ...structured, token: 'none' }, 401, 'UNAUTHENTICATED'],
  ['/events/bulk', '{}', { token: 'none' }, 401, 'UNAUTHENTICATED'],
])('%s answers %s as %j with %i', async (path, body, sent: Sent, status, code) => {
  const answer = await send(path, body, sent);
  expect(answer).toMatchObject({ status, body: { errors: [{ extensions: { code } }] } });
});

test('of lines the good ones count, and each bad one comes back with line, id, path and reason', async () => {
  const long = JSON.stringify({ ...resolvedCase(gateway, 'long'), data: { case: 'x'.repeat(10_000_000) } });
  const body = Buffer.concat([
    Buffer.from(lines(resolvedCase(gateway, 'line-1'), '{"cut": ', '', { ...resolvedCase(gateway, 'line-4'), type: 'no.such' }, long, '\0', '')),
    Buffer.from([0xff, 0xfe, 10]),
    Buffer.from(lines(resolvedCase(gateway, 'line-8'))),
  ]);
  expect(await send('/events/bulk', body)).toMatchObject({
    status: 200,
    body: {
      accepted: 2,
      duplicates: 0,
      rejectedCount: 5,
      rejected: [
        { line: 2, id: null, code: 'MALFORMED', path: '', reason: 'It is no JSON.' },
        { line: 4, id: 'line-4', code: 'UNKNOWN_TYPE', path: '/type' },
        { line: 5, id: null, code: 'TOO_LARGE', path: '' },
        { line: 6, id: null, code: 'MALFORMED', path: '' },
        { line: 7, id: null, code: 'MALFORMED', path: '', reason: 'The line is not encoded in UTF-8.' },
      ],
    },
  });
});

test('compressed lines are read; where the stream is broken, the lines before it count and the place is told', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => resolvedCase(gateway, `gz-${i}-${Math.sin(i)}`));
  const whole = gzipSync(lines(...many));
  expect(await send('/events/bulk', whole, { encoding: 'gzip' })).toMatchObject({ status: 200, body: { accepted: 3000, rejected: [] } });
  const broken = await send('/events/bulk', whole.subarray(0, Math.floor(whole.length / 2)), { encoding: 'gzip' });
  expect(broken.status).toBe(200);
  expect(broken.body.accepted).toBe(0);
  expect(broken.body.duplicates).toBeGreaterThan(500);
  expect(broken.body.rejected).toEqual([expect.objectContaining({ line: Number(broken.body['duplicates']) + 1, path: '', reason: expect.stringContaining('broken') as string })]);
});

test('a suspended partner’s stream ends where it was suspended', async () => {
  const suspended = await gateway.seed.partner();
  const token = await suspended.token();
  expect(await send('/events/bulk', lines(resolvedCase(gateway, 's-1')), { token })).toMatchObject({ status: 200, body: { accepted: 1 } });
  const { suspendPartner } = await import('../../src/partners/index.ts');
  const { inTransaction } = await import('../../src/platform/postgres/database.ts');
  await inTransaction(gateway.app.database, { environmentId: suspended.environmentId, partnerId: '*' }, tx => suspendPartner(tx, suspended.partnerId));
  expect(await send('/events/bulk', lines(resolvedCase(gateway, 's-2')), { token })).toMatchObject({
    status: 401,
    body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  });
  expect(await send('/events', JSON.stringify(resolvedCase(gateway, 's-3')), { ...structured, token })).toMatchObject({ status: 401 });
});

test('a stream takes as long as it takes, and what came before its client left counts', async () => {
  const { hostname, port } = new URL(gateway.url);
  const reporter = await gateway.seed.partner();
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${await reporter.token()}` };
  const upload = httpRequest({ hostname, port, path: '/events/bulk', method: 'POST', headers });
  upload.on('error', () => undefined);
  for (let i = 0; i < 2500; i++) upload.write(`${JSON.stringify(resolvedCase(gateway, `left-${i}`, 1))}\n`);
  await new Promise(resolve => setTimeout(resolve, 1500));
  upload.destroy();
  await new Promise(resolve => setTimeout(resolve, 200));
  await measure(gateway);
  expect(await pointsOf(reporter, 'resolution_time')).toMatchObject([{ denominator: '2000', value: '1' }]);
});
