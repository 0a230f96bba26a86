/** Event ids that mean something in a sandbox, by each door, and their refusal in live. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { makeSandbox } from '../api/sandbox-asking.ts';
import { INGEST, resolvedCase } from './events.ts';

const IDS = ['evt_test_dup', 'evt_test_late_40d', 'evt_test_future', 'evt_test_badschema'];

let gateway: TestApp;
let live: SeededPartner;
let inside: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  live = await (await gateway.seed.world())('FairShare');
  ({ inside } = await makeSandbox(gateway, live));
});
afterAll(() => gateway.close());

const post = async (asker: SeededPartner, path: string, type: string, body: string) => {
  const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${await asker.token()}`, 'content-type': type }, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const inOrder = [
  { id: 'evt_test_future', code: 'FUTURE', path: '/time' },
  { id: 'evt_test_badschema', code: 'INVALID_DATA', path: '/data' },
].map(rejection => expect.objectContaining(rejection));

test('in a sandbox each meets what it is named after, however often it is sent', async () => {
  const events = IDS.map(id => resolvedCase(gateway, id));
  const batch = await post(inside, '/events', 'application/cloudevents-batch+json', JSON.stringify(events));
  expect(batch).toEqual({ status: 200, body: { accepted: 1, duplicates: 1, rejected: inOrder } });
  const lines = await post(inside, '/events/bulk', 'application/x-ndjson', events.map(event => JSON.stringify(event)).join('\n'));
  expect(lines.body).toMatchObject({ accepted: 0, duplicates: 2, rejected: inOrder });
  const { data } = await inside.query(INGEST, { events });
  expect(data).toMatchObject({ ingestEvents: { accepted: 0, duplicates: 2, rejected: [{ eventId: 'evt_test_future' }, { eventId: 'evt_test_badschema' }] } });
});

test('in live the whole batch is refused with SANDBOX_VALUE_IN_LIVE by each door, and nothing is counted', async () => {
  const events = [resolvedCase(gateway, 'honest'), resolvedCase(gateway, 'evt_test_dup')];
  const refused = { status: 400, body: { errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code: 'SANDBOX_VALUE_IN_LIVE' }) }] } };
  expect(await post(live, '/events', 'application/cloudevents-batch+json', JSON.stringify(events))).toEqual(refused);
  expect(await post(live, '/events/bulk', 'application/x-ndjson', events.map(event => JSON.stringify(event)).join('\n'))).toEqual(refused);
  expect((await live.query(INGEST, { events })).errors![0]!.extensions['code']).toBe('SANDBOX_VALUE_IN_LIVE');
  const honest = await post(live, '/events', 'application/cloudevents+json', JSON.stringify(events[0]));
  expect(honest.body).toMatchObject({ accepted: 1, duplicates: 0 });
});
