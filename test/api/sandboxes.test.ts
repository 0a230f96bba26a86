/** The life of a sandbox through the API: made, reset, photographed, forked, compared, deleted. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { sweepSandboxes } from '../../src/environments/index.ts';
import { newId } from '../../src/base/ids.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { EVERYTHING, answerTo, change, everythingOf, forkOf, makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  const partnerOf = await gateway.seed.world();
  // FairShare's tier gives it the most sandboxes; the others are for refusals.
  partner = await partnerOf('FairShare');
  neighbour = await partnerOf('TinyTailor');
});
afterAll(() => gateway.close());

async function asOwner(statement: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

const rowsOf = async (environmentId: string): Promise<number> => (await asOwner('select portico.world_rows($1)::integer as n', [environmentId]))[0].n;

/** What a sandbox answers, without ids: lists are in an order of their own then, since ids end ties. */
async function worldOf({ inside }: OwnSandbox): Promise<string> {
  const { data, errors } = await inside.query(EVERYTHING);
  expect(errors).toBeUndefined();
  expect(data.milestoneProgress.nodes.length).toBeGreaterThan(20);
  return JSON.stringify(data, (key, value) => {
    if (key === 'id') return undefined;
    if (!Array.isArray(value)) return value;
    return value.map(item => JSON.stringify(item).replaceAll(/"id":"[^"]+"/g, '')).toSorted();
  });
}

test('a sandbox is there at once, with a world, a clock and credentials of its own', async () => {
  const payload = await change(
    partner,
    'createSandbox',
    { name: ' My sandbox ', ttl: 'P10D' },
    'clientId clientSecret secretShown sandbox { id name world size seed clientId environmentId startedAt createdAt expiresAt expiryToldAt rowCount clock { now isFrozen } snapshots { id } }',
  );
  const now = new Date(gateway.clock.now()).toISOString();
  expect(payload).toEqual({
    userErrors: [],
    clientId: expect.stringMatching(/^int_/),
    clientSecret: expect.stringMatching(/^pcs_/),
    secretShown: true,
    sandbox: {
      id: expect.stringMatching(/^sbx_/),
      name: 'My sandbox',
      world: 'harbour-market',
      size: 'SMALL',
      seed: 1,
      clientId: payload.clientId,
      environmentId: expect.stringMatching(/^env_/),
      startedAt: now,
      createdAt: now,
      expiresAt: new Date(gateway.clock.now() + 10 * DAY_MS).toISOString(),
      expiryToldAt: null,
      rowCount: expect.any(Number),
      clock: { now, isFrozen: false },
      snapshots: [],
    },
  });
  expect(payload.sandbox.rowCount).toBe(await rowsOf(payload.sandbox.environmentId));
  const listed = await partner.query('{ sandboxes(first: 1) { totalCount nodes { id name } } }');
  expect(listed.data.sandboxes.nodes).toEqual([{ id: payload.sandbox.id, name: 'My sandbox' }]);
  const others = await neighbour.query('query ($id: ID!) { sandboxes { totalCount } sandbox(id: $id) { id } node(id: $id) { id } }', { id: payload.sandbox.id });
  expect(others.data).toEqual({ sandboxes: { totalCount: 0 }, sandbox: null, node: null });
});

test("a sandbox's token opens the sandbox and nothing of its owner's", async () => {
  const { inside } = await makeSandbox(gateway, partner);
  const answer = await inside.query('{ viewer { environment { id kind } partner { name } } sandboxes { totalCount } }');
  expect(answer.data).toEqual({ viewer: { environment: { id: inside.environmentId, kind: 'SANDBOX' }, partner: { name: 'ParcelPilot' } }, sandboxes: { totalCount: 0 } });
});

test('a sandbox makes, forks, photographs and deletes no sandboxes', async () => {
  const own = await makeSandbox(gateway, partner);
  const tried: [string, Record<string, unknown>][] = [
    ['createSandbox', { name: 'x' }],
    ['forkSandbox', { name: 'x', sandboxId: own.id }],
    ['snapshotSandbox', { name: 'x', sandboxId: own.id }],
    ['deleteSandbox', { sandboxId: own.id }],
    ['resetSandbox', { sandboxId: own.id }],
    ['advanceClock', { sandboxId: own.id, by: 'P1D' }],
    ['replaceSandboxCredential', { sandboxId: own.id }],
    ['claimSandbox', { claimToken: 'x', name: 'x' }],
  ];
  for (const [mutation, input] of tried) {
    const { userErrors } = await change(own.inside, mutation, input, '');
    expect({ mutation, codes: userErrors.map(({ code }: { code: string }) => code) }).toEqual({ mutation, codes: ['LIVE_ONLY'] });
  }
});

test('the same request twice makes one sandbox and shows its secret once', async () => {
  const input = { name: 'Twice', idempotencyKey: randomUUID() };
  const [first, second] = await Promise.all([1, 2].map(() => change(partner, 'createSandbox', input, 'clientId clientSecret secretShown sandbox { id }')));
  expect(first.sandbox.id).toBe(second.sandbox.id);
  expect(first.clientId).toBe(second.clientId);
  expect(new Set([first.secretShown, second.secretShown])).toEqual(new Set([false, true]));
});

test('the same world, seed, start and namespace make the same bytes; another namespace, other ids', async () => {
  const like = { seed: 7, startAt: '2026-12-05T09:30:00.000Z', idNamespace: 'fixed' };
  const answers: string[] = [];
  for (let i = 0; i < 2; i++) {
    const own = await makeSandbox(gateway, partner, like);
    const frozen = await partner.query('mutation ($input: SandboxClockInput!) { freezeClock(input: $input) { now userErrors { code } } }', {
      input: { sandboxId: own.id, idempotencyKey: randomUUID() },
    });
    expect(frozen.data.freezeClock).toEqual({ now: like.startAt, userErrors: [] });
    answers.push(await everythingOf(own.inside));
    const taken = await change(partner, 'createSandbox', { name: 'x', ...like }, '');
    expect(taken.userErrors).toMatchObject([{ code: 'NAME_TAKEN', path: ['idNamespace'] }]);
    await change(partner, 'deleteSandbox', { sandboxId: own.id }, 'deletedSandboxId');
  }
  expect(answers[1]).toBe(answers[0]);
  const other = await makeSandbox(gateway, partner, { ...like, idNamespace: 'another' });
  const idsOf = (text: string) => new Set(text.match(/[a-z]{3}_[0-9a-z]{24}/g));
  const ids = idsOf(answers[0]!);
  expect(ids.size).toBeGreaterThan(50);
  expect([...idsOf(await everythingOf(other.inside))].filter(id => ids.has(id))).toEqual([]);
});

test('a reset brings back data and clock, and leaves ids and credentials as they are', async () => {
  const own = await makeSandbox(gateway, partner, { startAt: '2026-12-05T09:30:00.000Z' });
  await freeze(own);
  const before = await everythingOf(own.inside);
  const spare = await own.inside.query('mutation ($id: ID!) { issueCredential(input: { integrationId: $id, idempotencyKey: "spare" }) { credential { id } } }', {
    id: own.inside.clientId,
  });
  await asOwner("update portico.milestone_progress set percent_complete = 1, state = 'OPEN' where environment_id = $1", [own.inside.environmentId]);
  await change(own.inside, 'advanceClock', { by: 'P91D' }, 'now');
  expect(await everythingOf(own.inside)).not.toBe(before);
  const reset = await change(own.inside, 'resetSandbox', {}, 'environmentId sandbox { id }');
  expect(reset).toEqual({ userErrors: [], environmentId: own.inside.environmentId, sandbox: null });
  expect(await everythingOf(own.inside)).toBe(before);
  const kept = await own.inside.query('query ($id: ID!) { node(id: $id) { id } }', { id: spare.data.issueCredential.credential.id });
  expect(kept.data.node).not.toBeNull();
});

const freeze = (own: OwnSandbox) => own.inside.query('mutation ($key: String!) { freezeClock(input: { idempotencyKey: $key }) { now } }', { key: randomUUID() });

test('a snapshot is gone back to with the same ids, and forked with new ones', async () => {
  const own = await makeSandbox(gateway, partner);
  await freeze(own);
  const before = await everythingOf(own.inside);
  const shape = await worldOf(own);
  const { snapshot } = await change(partner, 'snapshotSandbox', { sandboxId: own.id, name: 'Before' }, 'snapshot { id name rowCount sandbox { id } } sandbox { snapshots { id } }');
  expect(snapshot).toMatchObject({ name: 'Before', sandbox: { id: own.id }, rowCount: await rowsOf(own.inside.environmentId) });
  await change(partner, 'advanceClock', { sandboxId: own.id, by: 'P30D' }, 'now');
  await asOwner('delete from portico.criterion_progress where environment_id = $1', [own.inside.environmentId]);
  const back = await change(partner, 'resetSandbox', { sandboxId: own.id, snapshotId: snapshot.id }, 'sandbox { id rowCount }');
  expect(back).toMatchObject({ userErrors: [], sandbox: { id: own.id, rowCount: snapshot.rowCount } });
  expect(await everythingOf(own.inside)).toBe(before);
  for (const fork of [await forkOf(gateway, partner, { snapshotId: snapshot.id }), await forkOf(gateway, partner, { sandboxId: own.id })]) {
    expect(await worldOf(fork)).toBe(shape);
    const ids = new Set(before.match(/[a-z]{3}_[0-9a-z]{24}/g));
    expect((await everythingOf(fork.inside)).match(/[a-z]{3}_[0-9a-z]{24}/g)!.filter(id => ids.has(id))).toEqual([]);
    // Its own beginning, too, is in its own letters.
    await change(fork.inside, 'resetSandbox', {}, 'environmentId');
    expect(await worldOf(fork)).toBe(shape);
  }
});

test('a comparison with a snapshot counts and names what was added, removed and changed', async () => {
  const own = await makeSandbox(gateway, partner);
  const { snapshot } = await change(partner, 'snapshotSandbox', { sandboxId: own.id, name: 'Before' }, 'snapshot { id }');
  const compare = () => change(partner, 'sandboxDiff', { from: snapshot.id }, 'added removed changed differences { kind subject change fields } sandbox { id }');
  expect(await compare()).toEqual({ userErrors: [], added: 0, removed: 0, changed: 0, differences: [], sandbox: { id: own.id } });
  const environmentId = own.inside.environmentId;
  const [progress] = await asOwner(
    "update portico.milestone_progress set percent_complete = 3, state = 'OPEN' where (environment_id, id) = (select environment_id, id from portico.milestone_progress where environment_id = $1 and percent_complete = 100 limit 1) returning id",
    [environmentId],
  );
  const [gone] = await asOwner(
    'delete from portico.member where (environment_id, id) = (select environment_id, id from portico.member where environment_id = $1 limit 1) returning id',
    [environmentId],
  );
  await asOwner("insert into portico.program (environment_id, id, name, description) select 'env_none', 'prg_x', '', '' where false");
  await asOwner("insert into portico.due_work (environment_id, kind, subject_id, due_at) values ($1, 'test.try', 'tst_1', '2030-01-01')", [environmentId]);
  const found = await compare();
  expect(found).toMatchObject({ added: 1, removed: 1, changed: 1 });
  expect(found.differences).toEqual([
    { kind: 'DueWork', subject: expect.stringContaining('tst_1'), change: 'ADDED', fields: [] },
    { kind: 'Member', subject: gone.id, change: 'REMOVED', fields: [] },
    { kind: 'MilestoneProgress', subject: progress.id, change: 'CHANGED', fields: ['percentComplete', 'state'] },
  ]);
});

test('a deleted sandbox is gone with its snapshots, and its token opens nothing', async () => {
  const own = await makeSandbox(gateway, partner);
  await change(partner, 'snapshotSandbox', { sandboxId: own.id, name: 'Before' }, 'snapshot { id }');
  await own.inside.token();
  const environments = () => asOwner('select id from portico.environment where owner_partner_id = $1', [partner.partnerId]);
  const before = await environments();
  expect(await change(partner, 'deleteSandbox', { sandboxId: own.id }, 'deletedSandboxId')).toEqual({ userErrors: [], deletedSandboxId: own.id });
  expect(await environments()).toHaveLength(before.length - 2);
  expect(await rowsOf(own.inside.environmentId)).toBe(0);
  expect((await own.inside.query('{ viewer { apiVersion } }')).status).toBe(401);
  const again = await change(partner, 'deleteSandbox', { sandboxId: own.id }, 'deletedSandboxId');
  expect(again).toMatchObject({ deletedSandboxId: null, userErrors: [{ code: 'NOT_FOUND', path: ['sandboxId'] }] });
});

test("another partner's sandboxes and snapshots are refused like ones that do not exist", async () => {
  const own = await makeSandbox(gateway, partner);
  const { snapshot } = await change(partner, 'snapshotSandbox', { sandboxId: own.id, name: 'Before' }, 'snapshot { id }');
  for (const [mutation, inputs] of [
    ['deleteSandbox', [{ sandboxId: own.id }, { sandboxId: newId('sbx') }, { sandboxId: 'x' }]],
    ['resetSandbox', [{ sandboxId: own.id }, { sandboxId: newId('sbx') }]],
    [
      'snapshotSandbox',
      [
        { sandboxId: own.id, name: 'x' },
        { sandboxId: newId('sbx'), name: 'x' },
      ],
    ],
    [
      'forkSandbox',
      [
        { snapshotId: snapshot.id, name: 'x' },
        { snapshotId: newId('snp'), name: 'x' },
      ],
    ],
    [
      'forkSandbox',
      [
        { sandboxId: own.id, name: 'x' },
        { sandboxId: newId('sbx'), name: 'x' },
      ],
    ],
    [
      'advanceClock',
      [
        { sandboxId: own.id, by: 'P1D' },
        { sandboxId: newId('sbx'), by: 'P1D' },
      ],
    ],
    ['replaceSandboxCredential', [{ sandboxId: own.id }, { sandboxId: newId('sbx') }]],
    ['sandboxDiff', [{ from: snapshot.id }, { from: newId('snp') }]],
    ['deleteSandboxSnapshot', [{ snapshotId: snapshot.id }, { snapshotId: newId('snp') }]],
  ] as [string, Record<string, unknown>[]][]) {
    const answers = await Promise.all(inputs.map(input => change(neighbour, mutation, input, '')));
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  }
});

test('a lost secret is replaced; the old one opens nothing any more', async () => {
  const own = await makeSandbox(gateway, partner);
  await own.inside.token();
  const replaced = await change(partner, 'replaceSandboxCredential', { sandboxId: own.id }, 'clientId clientSecret');
  expect(replaced).toMatchObject({ clientId: own.inside.clientId, clientSecret: expect.stringMatching(/^pcs_/) });
  expect((await own.inside.query('{ viewer { apiVersion } }')).status).toBe(401);
});

test("a tier's quota bounds sandboxes, snapshots and rows, and says so", async () => {
  const small: OwnSandbox[] = [];
  for (let i = 0; i < 2; i++) small.push(await makeSandbox(gateway, neighbour));
  // Two at once for the last place: both make a world, one keeps it.
  const answers = await Promise.all([1, 2].map(() => change(neighbour, 'createSandbox', { name: 'x' }, 'sandbox { id }')));
  const [refused] = answers.filter(({ sandbox }) => sandbox === null);
  expect(answers.filter(({ sandbox }) => sandbox !== null)).toHaveLength(1);
  expect(refused).toEqual({
    sandbox: null,
    userErrors: [{ code: 'QUOTA_EXCEEDED', message: expect.stringMatching(/tier HARBOUR has at most 3 sandboxes.*delete one/), path: [] }],
  });
  for (let i = 0; i < 3; i++) await change(neighbour, 'snapshotSandbox', { sandboxId: small[0]!.id, name: 'x' }, 'snapshot { id }');
  expect((await change(neighbour, 'snapshotSandbox', { sandboxId: small[0]!.id, name: 'x' }, '')).userErrors).toMatchObject([{ code: 'QUOTA_EXCEEDED' }]);
  await change(neighbour, 'deleteSandbox', { sandboxId: small[0]!.id }, 'deletedSandboxId');
  await asOwner("update portico.sandbox_quota set rows = 10 where tier = 'HARBOUR'");
  expect((await change(neighbour, 'createSandbox', { name: 'x' }, '')).userErrors).toMatchObject([{ code: 'QUOTA_EXCEEDED', message: expect.stringContaining('10 rows') }]);
  await asOwner("update portico.sandbox_quota set rows = 250000 where tier = 'HARBOUR'");
  for (const own of small.slice(1)) await change(neighbour, 'deleteSandbox', { sandboxId: own.id }, 'deletedSandboxId');
});

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'x'.repeat(101) }, 'name'],
  [{ name: 'x', world: 'nowhere' }, 'world'],
  [{ name: 'x', startAt: '2020-01-01T00:00:00Z' }, 'startAt'],
  [{ name: 'x', startAt: '2099-01-01T00:00:00Z' }, 'startAt'],
  [{ name: 'x', ttl: 'P3650D' }, 'ttl'],
  [{ name: 'x', ttl: 'PT0S' }, 'ttl'],
  [{ name: 'x', idNamespace: 'with space' }, 'idNamespace'],
])('%j is refused with its limit', async (input, path) => {
  expect((await change(partner, 'createSandbox', input, '')).userErrors).toMatchObject([{ code: 'INVALID', path: [path] }]);
});

test('a length of time that is none is refused before anything is done', async () => {
  const answer = await answerTo(partner, 'createSandbox', { name: 'x', ttl: '10 days' }, '');
  expect({ status: answer.status, code: answer.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
});

test('an unused sandbox is told of a week ahead and gone after thirty days; a used one lives on', async () => {
  const [idle, used] = [await makeSandbox(gateway, partner), await makeSandbox(gateway, partner)];
  const sweep = () => sweepSandboxes({ database: gateway.app.database, clock: gateway.clock });
  const toldAt = async ({ id }: OwnSandbox) => (await partner.query('query ($id: ID!) { sandbox(id: $id) { expiryToldAt } }', { id })).data.sandbox?.expiryToldAt;
  await sweep();
  expect([await toldAt(idle), await toldAt(used)]).toEqual([null, null]);
  gateway.clock.advance(24 * DAY_MS);
  for (const each of [partner, used.inside]) await each.token({ fresh: true });
  await sweep();
  expect(await toldAt(idle)).toBe(new Date(gateway.clock.now()).toISOString());
  await partner.query('mutation ($input: SandboxClockInput!) { freezeClock(input: $input) { now } }', { input: { sandboxId: used.id, idempotencyKey: randomUUID() } });
  gateway.clock.advance(7 * DAY_MS);
  await partner.token({ fresh: true });
  await sweep();
  expect((await partner.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [idle.id, used.id] })).data.nodes).toEqual([null, { id: used.id }]);
  expect(await rowsOf(idle.inside.environmentId)).toBe(0);
});
