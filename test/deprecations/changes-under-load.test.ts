/** The registry may change at any moment: no request notices more than what it is told, and a fresh database
    knows the notices behind the version changes from its first start. */
import { settleLive } from '../../src/database.ts';
import { CHANGES, UNSTABLE, deprecationsOf } from '../../src/versions/index.ts';
import { act, create, noticeContent } from '../api/staff-door.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededStaff } from '../harness/seed.ts';

/** Each is written, submitted, approved and withdrawn: four changes. */
const ELEMENTS = [
  ...['title', 'cadence', 'userOutcome', 'category', 'criteria', 'reward', 'unlocks', 'progress'].map(field => `Milestone.${field}`),
  'Viewer.scopes',
  'Viewer.tier',
  'Viewer.environment',
  'Viewer.partner',
  'Viewer.integration',
];

let gateways: [TestApp, TestApp];

beforeAll(async () => {
  const first = await startTestApp();
  gateways = [first, await startTestApp({ beside: first })];
  first.clock.moveTo('2026-11-23T09:30:00Z');
});
afterAll(async () => {
  for (const gateway of gateways.toReversed()) await gateway.close();
});

test('the first start of an empty database registers what the version changes end, and holds back no release of the past', async () => {
  const [{ app, clock, url }] = gateways;
  await settleLive(app.database, clock);
  await settleLive(app.database, clock);
  await app.registry.follow();
  const registered = app.registry.current().allAt({ now: clock.now(), assumesPass: false });
  const facts = registered.map(({ notice: { coordinate, announcedOn, deprecatedOn, removedIn } }) => ({ coordinate, announcedOn, deprecatedOn, removedIn }));
  const listed = deprecationsOf(CHANGES)
    .filter(({ removedIn }) => removedIn !== UNSTABLE)
    .map(({ coordinate, deprecatedOn, removedIn }) => ({ coordinate, announcedOn: deprecatedOn, deprecatedOn, removedIn }));
  expect(facts).toHaveLength(listed.length);
  expect(facts).toEqual(expect.arrayContaining(listed));
  const { versions } = (await (await fetch(`${url}/versions.json`)).json()) as { versions: { kind: string }[] };
  expect(versions.map(({ kind }) => kind)).toEqual(['DEPRECATED', 'SUPPORTED', 'SUPPORTED', 'CURRENT', 'RELEASE_CANDIDATE', 'UNSTABLE']);
});

test('no request fails during 50 changes of the registry', async () => {
  const [{ seed, clock, app }] = gateways;
  const partner = await seed.partner();
  const [author, ...reviewers] = [await seed.staff('API_STEWARD'), await seed.staff('API_STEWARD'), await seed.staff('API_STEWARD')] as [SeededStaff, SeededStaff, SeededStaff];
  const token = await partner.token();
  const before = BigInt(app.registry.current().revision);
  const failed: string[] = [];
  let asked = 0;
  let isOver = false;
  const load = gateways.flatMap(({ url }) =>
    Array.from({ length: 2 }, async () => {
      while (!isOver) {
        const { status, errors, text } = await ask(url, { query: '{ milestones(first: 3) { nodes { title cadence userOutcome } } viewer { apiVersion } }' }, { token });
        asked += 1;
        if (status !== 200 || errors) failed.push(text);
      }
    }),
  );
  for (const coordinate of ELEMENTS) {
    const noticeId = await create(author, noticeContent(clock.now(), { coordinate, replacement: 'Viewer.apiVersion' }));
    await act(author, 'submitDeprecationNotice', { noticeId });
    for (const person of reviewers) await act(person, 'approveDeprecationNotice', { noticeId });
    const { data } = await act(author, 'withdrawDeprecationNotice', { noticeId });
    expect(data.withdrawDeprecationNotice.userErrors).toEqual([]);
  }
  isOver = true;
  await Promise.all(load);
  for (const gateway of gateways) await gateway.app.registry.follow();
  expect(failed).toEqual([]);
  expect(asked).toBeGreaterThan(50);
  for (const gateway of gateways) expect(Number(BigInt(gateway.app.registry.current().revision) - before)).toBeGreaterThanOrEqual(50);
}, 60_000);
