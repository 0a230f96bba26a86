/** What comes in broken, through the door for lines: the good ones count, and each bad one comes back with
    its line, path and reason, and is kept. */
import { gzipSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { event, reportingPartner, resolvedCase } from './events.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
});
afterAll(() => gateway.close());

interface Receipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly {
    readonly line: number;
    readonly id: string | null;
    readonly path: string;
    readonly code: string;
    readonly reason: string;
    readonly rejectedEventId: string;
  }[];
}

async function send(body: Buffer, encoding?: string): Promise<Receipt> {
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${await partner.token()}`, ...(encoding ? { 'content-encoding': encoding } : {}) };
  const response = await fetch(`${gateway.url}/events/bulk`, { method: 'POST', headers, body: new Uint8Array(body) });
  expect(response.status).toBe(200);
  return (await response.json()) as Receipt;
}

const placed = (id: string, amount: unknown) => event(gateway, id, 'order.placed', { order: id, shopper: 's', repeat: false, amount });
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface Expected {
  readonly code: string;
  readonly path: string;
  readonly reason: RegExp;
  /** Where its own id could be read. */
  readonly named?: boolean;
}

test.each<[string, (id: string) => unknown, Expected]>([
  [
    'an unknown event type',
    id => ({ ...resolvedCase(gateway, id), type: 'never.published' }),
    { code: 'UNKNOWN_TYPE', path: '/type', reason: /never\.published.*eventTypes/, named: true },
  ],
  [
    'a wrong unit',
    id => event(gateway, id, 'case.resolved', { case: id, duration: { value: 1, unit: 'h' }, reopened: false }),
    { code: 'INVALID_DATA', path: '/data/duration/unit', reason: /"min"/, named: true },
  ],
  ['a negative amount', id => placed(id, { minorUnits: -1, currency: 'EUR' }), { code: 'INVALID_DATA', path: '/data/amount/minorUnits', reason: />= 0/, named: true }],
  ['half a cent', id => placed(id, { minorUnits: 0.5, currency: 'EUR' }), { code: 'INVALID_DATA', path: '/data/amount/minorUnits', reason: /integer/, named: true }],
  ['a line of 10 MB', id => ({ ...resolvedCase(gateway, id), data: { case: 'x'.repeat(10_000_000) } }), { code: 'TOO_LARGE', path: '', reason: /65,?536/ }],
  [
    'NUL in its data',
    id => resolvedCase(gateway, id, 1, { data: { case: 'a\0b', duration: { value: 1, unit: 'min' }, reopened: false } }),
    { code: 'MALFORMED', path: '/data/case', reason: /NUL/, named: true },
  ],
  ['a NUL byte for a line', () => '\0', { code: 'MALFORMED', path: '', reason: /no JSON/ }],
  ['half a line', id => text(resolvedCase(gateway, id)).slice(0, 60), { code: 'MALFORMED', path: '', reason: /no JSON/ }],
])('%s as the 500th of 1,000 lines takes nothing else along', async (name, spoilt, { code, path, reason, named = false }) => {
  const lines: unknown[] = Array.from({ length: 1000 }, (_, i) => resolvedCase(gateway, `${name} ${i}`));
  lines[499] = spoilt(`${name} bad`);
  const { accepted, duplicates, rejected } = await send(Buffer.from(lines.map(text).join('\n')));
  expect({ accepted, duplicates }).toEqual({ accepted: 999, duplicates: 0 });
  expect(rejected).toEqual([
    { line: 500, id: named ? `${name} bad` : null, code, path, reason: expect.stringMatching(reason) as string, rejectedEventId: expect.stringMatching(/^rej_/) as string },
  ]);
  const { data } = await partner.query('query ($id: ID!) { node(id: $id) { ... on RejectedEvent { code path } } }', { id: rejected[0]!.rejectedEventId });
  expect(data.node).toEqual({ code, path });
});

test('of gzip that breaks off or is none, the lines before the break count and the place is told', async () => {
  const whole = gzipSync(Array.from({ length: 3000 }, (_, i) => text(resolvedCase(gateway, `gzip ${i} ${Math.sin(i)}`))).join('\n'));
  const broken = await send(whole.subarray(0, Math.floor(whole.length / 2)), 'gzip');
  expect(broken.accepted).toBeGreaterThan(500);
  expect(broken.rejected).toMatchObject([{ line: broken.accepted + 1, path: '', code: 'MALFORMED', reason: expect.stringContaining('broken') as string }]);
  const none = await send(Buffer.from('this is no gzip'), 'gzip');
  expect(none).toMatchObject({ accepted: 0, rejected: [{ line: 1, path: '' }] });
});
