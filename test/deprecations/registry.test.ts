/** Several gateways follow one registry. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';
import { whileTimed } from '../harness/timing.ts';
import { asAdmin } from '../api/credential-door.ts';
import { act, noticeContent, publish } from '../api/staff-door.ts';

/** What is promised of every gateway. */
const FOLLOWS_MS = 2000;

let first: TestApp;
let second: TestApp;
let steward: SeededStaff;
let approvers: SeededStaff[];

beforeAll(async () => {
  first = await startTestApp();
  second = await startTestApp({ beside: first });
  steward = await first.seed.staff('API_STEWARD');
  approvers = [await first.seed.staff('API_STEWARD'), await first.seed.staff('API_STEWARD')];
});
afterAll(async () => {
  await second.close();
  await first.close();
});

const knows = (gateway: TestApp, coordinate: string): boolean => gateway.app.registry.current().noticesFor(coordinate).length > 0;

/** Milliseconds until it holds on both gateways, without those for which the machine let nobody work. */
async function untilBoth(holds: (gateway: TestApp) => boolean): Promise<number> {
  const waiting = async (): Promise<number> => {
    const begun = performance.now();
    while (![first, second].every(holds)) {
      if (performance.now() - begun > 10_000) throw new Error('A gateway did not follow the registry.');
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    return performance.now() - begun;
  };
  const { outcome, latestMs } = await whileTimed(waiting());
  return outcome - latestMs;
}

test('a change reaches both gateways at once, told by PostgreSQL', async () => {
  const noticeId = await publish(steward, approvers, noticeContent(first.clock.now(), { coordinate: 'Milestone.title', replacement: 'Milestone.userOutcome' }));
  expect(await untilBoth(gateway => knows(gateway, 'Milestone.title'))).toBeLessThan(FOLLOWS_MS / 2);
  await act(steward, 'withdrawDeprecationNotice', { noticeId });
  const isWithdrawn = (gateway: TestApp): boolean => gateway.app.registry.current().noticesFor('Milestone.title')[0]!.isWithdrawn;
  expect(await untilBoth(isWithdrawn)).toBeLessThan(FOLLOWS_MS / 2);
});

test('without the news they ask, and know within two seconds', async () => {
  await asAdmin(first, async client => {
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'portico registry' and datname = current_database()");
    // Nothing is told any more: only asking finds the change.
    await client.query(
      `create or replace function portico.count_registry_revision() returns trigger language plpgsql security definer set search_path = '' as $$
       begin update portico.registry_revision set revision = revision + 1; return null; end $$`,
    );
  });
  await publish(steward, approvers, noticeContent(first.clock.now(), { coordinate: 'Milestone.category' }));
  expect(await untilBoth(gateway => knows(gateway, 'Milestone.category'))).toBeLessThan(FOLLOWS_MS);
});

test('a picture stays as it is while the registry goes on, and is the same object until it changes', async () => {
  const before = first.app.registry.current();
  await first.app.registry.follow();
  expect(first.app.registry.current()).toBe(before);
  await publish(steward, approvers, noticeContent(first.clock.now(), { coordinate: 'Milestone.cadence' }));
  await first.app.registry.follow();
  expect(first.app.registry.current()).not.toBe(before);
  expect(before.noticesFor('Milestone.cadence')).toEqual([]);
  expect(BigInt(first.app.registry.current().revision)).toBeGreaterThan(BigInt(before.revision));
});
