/** A sandbox's clock, and what falls due on it. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { promise } from '../../src/environments/index.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { change, makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

const DAY_MS = 86_400_000;

/** What the test room's handlers saw, in order: done for good only if their transaction was. */
const seen: string[] = [];
let onWork: ((subjectId: string) => Promise<void>) | null = null;

const tryRoom: Room = {
  name: 'try',
  dueWork: {
    async 'try.note'(_tx, { subjectId, dueAt, payload }, clock) {
      expect(clock.now()).toBe(dueAt);
      await onWork?.(subjectId);
      seen.push(`${subjectId} ${JSON.stringify(payload)}`);
    },
    async 'try.chain'(tx, { environmentId, subjectId, dueAt, payload }) {
      seen.push(subjectId);
      const left = Number(payload['left']);
      if (left > 0) await promise(tx, { environmentId, kind: 'try.chain', subjectId, dueAt: dueAt + 10 * DAY_MS, payload: { left: left - 1 } });
    },
    async 'try.fail'() {
      throw new Error('This work cannot be done.');
    },
  },
};

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ rooms: [...rooms, tryRoom] });
  partner = await (await gateway.seed.world())('FairShare');
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.length = 0;
  onWork = null;
});

async function asOwner(statement: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

const due = (environmentId: string, kind: string, subjectId: string, at: number, payload = {}) =>
  asOwner('insert into portico.due_work (environment_id, kind, subject_id, due_at, payload) values ($1, $2, $3, $4, $5)', [environmentId, kind, subjectId, new Date(at), payload]);

const CLOCK = 'now isFrozen fired { kind subjectId dueAt } sandbox { id clock { now isFrozen } }';

/** The payload of a clock mutation with the sandbox's own token. */
const inside = (own: OwnSandbox, input: Record<string, unknown>) =>
  change(own.inside, 'advanceClock', { sandboxId: null, ...input }, 'now isFrozen fired { kind subjectId dueAt }');
const still = async (own: OwnSandbox, mutation: 'freezeClock' | 'runClock', asker: SeededPartner = partner) =>
  (
    await asker.query(`mutation ($input: SandboxClockInput!) { ${mutation}(input: $input) { now isFrozen sandbox { id } userErrors { code } } }`, {
      input: { idempotencyKey: randomUUID(), ...(asker === partner ? { sandboxId: own.id } : {}) },
    })
  ).data[mutation];

test('the clock moves forwards, and what was reached in a quarter is confirmed when its hold is over', async () => {
  const own = await makeSandbox(gateway, partner, { startAt: '2026-12-05T09:30:00.000Z' });
  await still(own, 'freezeClock');
  const moved = await change(partner, 'advanceClock', { sandboxId: own.id, by: 'P91D' }, CLOCK);
  const now = '2027-03-06T09:30:00.000Z';
  expect(moved).toMatchObject({ now, isFrozen: true, sandbox: { id: own.id, clock: { now, isFrozen: true } }, userErrors: [] });
  expect(moved.fired.length).toBeGreaterThan(5);
  expect(new Set(moved.fired.map(({ kind }: { kind: string }) => kind))).toEqual(
    new Set(['progress.confirm', 'award.approve', 'payout.send', 'payout.arrive', 'revenue.settle', 'revenue.approve', 'grant.expire']),
  );
  const instants = moved.fired.map(({ dueAt }: { dueAt: string }) => dueAt);
  expect(instants).toEqual(instants.toSorted());
  expect(instants.every((instant: string) => instant > '2026-12-05' && instant <= now)).toBe(true);
  const mine = await own.inside.query('{ milestoneProgress(first: 100) { nodes { id state confirmedAt } } viewer { environment { now } } }');
  expect(mine.data.viewer.environment.now).toBe(now);
  const confirmed = new Map(moved.fired.map(({ subjectId, dueAt }: { subjectId: string; dueAt: string }) => [subjectId, dueAt]));
  const own100 = mine.data.milestoneProgress.nodes.filter(({ id }: { id: string }) => confirmed.has(id));
  expect(own100.length).toBeGreaterThan(0);
  for (const { id, state, confirmedAt } of own100)
    expect({ state, confirmedAt }).toEqual({ state: expect.stringMatching(/^(CONFIRMED|REWARDED)$/) as string, confirmedAt: confirmed.get(id) });
});

test('the same request twice moves the clock once and answers the same', async () => {
  const own = await makeSandbox(gateway, partner);
  await still(own, 'freezeClock');
  await due(own.inside.environmentId, 'try.note', 'tst_once', gateway.clock.now() + DAY_MS);
  const input = { by: 'P2D', idempotencyKey: randomUUID() };
  const first = await inside(own, input);
  expect(await inside(own, input)).toEqual(first);
  expect(seen).toEqual(['tst_once {}']);
});

test('a clock that runs goes on from where it was moved to; a frozen one stands', async () => {
  const own = await makeSandbox(gateway, partner);
  const at = gateway.clock.now();
  const { now } = await inside(own, { to: new Date(at + 10 * DAY_MS).toISOString() });
  expect(now).toBe(new Date(at + 10 * DAY_MS).toISOString());
  gateway.clock.advance(60_000);
  const asked = async () => (await own.inside.query('{ viewer { environment { now wallNow } } }')).data.viewer.environment;
  expect(await asked()).toEqual({ now: new Date(at + 10 * DAY_MS + 60_000).toISOString(), wallNow: new Date(at + 60_000).toISOString() });
  expect(await still(own, 'freezeClock', own.inside)).toMatchObject({ isFrozen: true, sandbox: null });
  gateway.clock.advance(60_000);
  expect((await asked()).now).toBe(new Date(at + 10 * DAY_MS + 60_000).toISOString());
  expect(await still(own, 'runClock', own.inside)).toMatchObject({ isFrozen: false });
  gateway.clock.advance(60_000);
  expect((await asked()).now).toBe(new Date(at + 10 * DAY_MS + 120_000).toISOString());
});

test.each([
  [{}, 'by'],
  [{ by: 'P1D', to: '2027-01-01T00:00:00Z' }, 'by'],
  [{ by: 'P401D' }, 'by'],
  [{ to: '2020-01-01T00:00:00Z' }, 'to'],
])('%j is refused', async (input, path) => {
  const own = await makeSandbox(gateway, partner);
  expect(await inside(own, input)).toMatchObject({ now: null, fired: null, userErrors: [{ code: 'INVALID', path: [path] }] });
  await change(partner, 'deleteSandbox', { sandboxId: own.id }, 'deletedSandboxId');
});

test('work is done in the order in which it falls due, what it promises on the way included', async () => {
  const own = await makeSandbox(gateway, partner);
  const { environmentId } = own.inside;
  const at = gateway.clock.now();
  await due(environmentId, 'try.note', 'tst_b', at + 25 * DAY_MS, { is: 2 });
  await due(environmentId, 'try.note', 'tst_a', at + 5 * DAY_MS, { is: 1 });
  await due(environmentId, 'try.note', 'tst_late', at + 41 * DAY_MS);
  await due(environmentId, 'try.chain', 'tst_c', at + 10 * DAY_MS, { left: 9 });
  const { fired } = await inside(own, { by: 'P40D' });
  expect(seen).toEqual(['tst_a {"is":1}', 'tst_c', 'tst_c', 'tst_b {"is":2}', 'tst_c', 'tst_c']);
  expect(fired.filter(({ kind }: { kind: string }) => kind.startsWith('try.')).map(({ subjectId }: { subjectId: string }) => subjectId)).toEqual([
    'tst_a',
    'tst_c',
    'tst_c',
    'tst_b',
    'tst_c',
    'tst_c',
  ]);
  expect(await asOwner("select subject_id from portico.due_work where environment_id = $1 and done_at is null and kind = 'try.note'", [environmentId])).toEqual([
    { subject_id: 'tst_late' },
  ]);
});

test('work that fails leaves the clock and everything before it as it was', async () => {
  const own = await makeSandbox(gateway, partner);
  await still(own, 'freezeClock');
  const { environmentId } = own.inside;
  await due(environmentId, 'try.note', 'tst_before', gateway.clock.now() + DAY_MS);
  await due(environmentId, 'try.fail', 'tst_fail', gateway.clock.now() + 2 * DAY_MS);
  await expect(inside(own, { by: 'P3D' })).rejects.toThrow('INTERNAL');
  expect(await asOwner('select from portico.due_work where environment_id = $1 and done_at is not null', [environmentId])).toEqual([]);
  expect((await inside(own, { by: 'P1D' })).fired).toHaveLength(1);
});

test('a gateway that dies in the middle has done nothing, and the request sent again does all of it once', async () => {
  const own = await makeSandbox(gateway, partner);
  const { environmentId } = own.inside;
  for (let day = 1; day <= 5; day++) await due(environmentId, 'try.note', `tst_${day}`, gateway.clock.now() + day * DAY_MS);
  // What PostgreSQL sees of a kill: the connection is gone in the middle of the transaction.
  onWork = async subjectId => {
    if (subjectId !== 'tst_3') return;
    onWork = null;
    const admin = new pg.Client({ connectionString: gateway.database.adminUrl });
    await admin.connect();
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'");
    await admin.end();
  };
  const input = { by: 'P10D', idempotencyKey: randomUUID() };
  await expect(inside(own, input)).rejects.toThrow('UNAVAILABLE');
  expect(await asOwner('select from portico.due_work where environment_id = $1 and done_at is not null', [environmentId])).toEqual([]);
  seen.length = 0;
  const { fired } = await inside(own, input);
  expect(seen).toEqual([1, 2, 3, 4, 5].map(day => `tst_${day} {}`));
  expect(fired.filter(({ kind }: { kind: string }) => kind === 'try.note')).toHaveLength(5);
});

test('a move that PostgreSQL undoes for another transaction is made anew, once', async () => {
  const own = await makeSandbox(gateway, partner);
  const { environmentId } = own.inside;
  await due(environmentId, 'try.note', 'tst_knot', gateway.clock.now() + DAY_MS);
  const rival = new pg.Client({ connectionString: gateway.database.adminUrl });
  await rival.connect();
  // Patient, so that of the two it is the move that is undone.
  await rival.query("set deadlock_timeout = '1h'; begin");
  await rival.query('select from portico.due_work where environment_id = $1 and subject_id = $2 for update', [environmentId, 'tst_knot']);
  const knotted: Promise<void>[] = [];
  // The move has the environment and will want the work; the rival has the work and wants the environment.
  onWork = async () => {
    if (knotted.length === 0) knotted.push(rival.query('select from portico.environment where id = $1 for no key update', [environmentId]).then(() => rival.end()));
    await Promise.resolve();
  };
  const { fired } = await inside(own, { by: 'P2D' });
  await Promise.all(knotted);
  expect(seen).toEqual(['tst_knot {}', 'tst_knot {}']);
  expect(fired.filter(({ kind }: { kind: string }) => kind === 'try.note')).toHaveLength(1);
  expect(await asOwner("select from portico.due_work where environment_id = $1 and kind = 'try.note' and done_at is not null", [environmentId])).toHaveLength(1);
});

test('two moves at once are one after the other', async () => {
  const own = await makeSandbox(gateway, partner);
  await still(own, 'freezeClock');
  for (let day = 1; day <= 20; day++) await due(own.inside.environmentId, 'try.note', `tst_${day}`, gateway.clock.now() + day * DAY_MS);
  const moves = await Promise.all([1, 2, 3, 4].map(() => change(partner, 'advanceClock', { sandboxId: own.id, by: 'P5D' }, 'now fired { subjectId }')));
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `tst_${i + 1} {}`));
  expect(new Set(moves.map(({ now }) => now)).size).toBe(4);
});

test('all due steps of 400 days on the small world are done within ten seconds', async () => {
  const own = await makeSandbox(gateway, partner);
  const began = performance.now();
  const { fired, userErrors } = await inside(own, { by: 'P400D' });
  expect(userErrors).toEqual([]);
  expect(fired.length).toBeGreaterThan(5);
  expect(performance.now() - began).toBeLessThan(10_000);
});

describe('as time passes', () => {
  let worker: TestApp;
  afterEach(() => worker.close());

  const until = async (holds: () => boolean): Promise<void> => {
    const patience = Date.now() + 10_000;
    while (!holds() && Date.now() < patience) await new Promise(resolve => setTimeout(resolve, 20));
  };

  test('a gateway does what is due in live and in a sandbox whose clock runs, and nothing in a frozen one', async () => {
    const [runs, stands] = [await makeSandbox(gateway, partner, { startAt: new Date(gateway.clock.now() + 300 * DAY_MS).toISOString() }), await makeSandbox(gateway, partner)];
    await still(stands, 'freezeClock');
    const at = gateway.clock.now();
    await due(partner.environmentId, 'try.note', 'tst_live', at - 1000);
    await due(partner.environmentId, 'try.note', 'tst_tomorrow', at + DAY_MS);
    await due(runs.inside.environmentId, 'try.note', 'tst_ahead', at + 300 * DAY_MS - 1000);
    await due(stands.inside.environmentId, 'try.note', 'tst_frozen', at - 1000);
    worker = await startTestApp({ beside: gateway, rooms: [...rooms, tryRoom], dueWork: true });
    await until(() => seen.length >= 2);
    expect(seen.toSorted()).toEqual(['tst_ahead {}', 'tst_live {}']);
    expect(
      await asOwner("select subject_id from portico.due_work where done_at is null and kind = 'try.note' and subject_id in ('tst_tomorrow', 'tst_frozen') order by 1"),
    ).toHaveLength(2);
  });
});
