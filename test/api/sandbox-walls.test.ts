/** What rewrites a sandbox inside PostgreSQL: it refuses LIVE and other people's sandboxes whoever
    asks, and it finds tables that nobody has told it about. */
import pg from 'pg';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { change, forkOf, makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let own: OwnSandbox;

beforeAll(async () => {
  gateway = await startTestApp();
  const partnerOf = await gateway.seed.world();
  partner = await partnerOf('FairShare');
  neighbour = await partnerOf('GlowRank');
  own = await makeSandbox(gateway, partner);
});
afterAll(() => gateway.close());

async function as(url: string, context: { environmentId: string; partnerId: string } | null, statement: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    if (context)
      await client.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', $2, true)", [context.environmentId, context.partnerId]);
    const { rows } = await client.query(statement, values);
    await client.query('commit');
    return rows;
  } finally {
    await client.end();
  }
}

const asOwner = (statement: string, values: unknown[] = []) => as(gateway.database.ownerUrl, null, statement, values);

/** What an environment has some dozens of at most. */
const FEW = ['partner', 'integration', 'program', 'milestone', 'criterion', 'reward', 'metric', 'payout', 'sandbox', 'revenue_share_terms'];

test('what refers to a row that goes with its sandbox is found by an index, however many there are', async () => {
  const unfound = await asOwner(
    `select k.conname from pg_constraint k join pg_class referred on referred.oid = k.confrelid
     where k.contype = 'f' and k.confrelid in (select tenant_table from portico.tenant_tables()) and referred.relname <> all ($1)
       and exists (select from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and a.attname = 'environment_id')
       and not exists (
         select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[1]
         where i.indrelid = k.conrelid and i.indkey[0] = any (k.conkey) and i.indkey[1] = any (k.conkey) and a.attname <> 'partner_id')
     order by 1`,
    [FEW],
  );
  expect(unfound).toEqual([]);
});

const REWRITES = [
  'select portico.purge_sandbox($1)',
  'select portico.empty_sandbox($1, true)',
  'select portico.empty_sandbox($1, false)',
  'select portico.empty_world($1)',
  "select portico.fill_sandbox_share($1, 'harbour-market', 1, 'SMALL', 0)",
  'select portico.copy_world($1, $1)',
  'select portico.settle_door($1)',
  'select portico.world_differences($1, $1)',
];

test.each(REWRITES)('%s refuses live, to the service and to the owner', async statement => {
  const live = partner.environmentId;
  for (const url of [gateway.database.serviceUrl, gateway.database.ownerUrl]) {
    for (const context of [null, { environmentId: live, partnerId: '*' }, partner]) await expect(as(url, context, statement, [live])).rejects.toMatchObject({ code: '42501' });
  }
  expect((await asOwner('select portico.world_rows($1)::integer as n', [live]))[0].n).toBeGreaterThan(1000);
});

test.each(REWRITES)("%s refuses another partner's sandbox", async statement => {
  const { environmentId } = own.inside;
  const before = await asOwner('select portico.world_rows($1)::integer as n', [environmentId]);
  for (const context of [
    null,
    neighbour,
    { environmentId: partner.environmentId, partnerId: '*' },
    { environmentId: (await makeSandboxOf(neighbour)).inside.environmentId, partnerId: '*' },
  ])
    await expect(as(gateway.database.serviceUrl, context, statement, [environmentId])).rejects.toMatchObject({ code: '42501' });
  expect(await asOwner('select portico.world_rows($1)::integer as n', [environmentId])).toEqual(before);
});

const strangers = new Map<SeededPartner, Promise<OwnSandbox>>();
const makeSandboxOf = (asker: SeededPartner): Promise<OwnSandbox> => strangers.get(asker) ?? strangers.set(asker, makeSandbox(gateway, asker)).get(asker)!;

test.each([
  ["the owner's generator", "select portico.generate_world('env_x', 'harbour-market', 1, 'SMALL')"],
  ['another share of a world', "insert into portico.world_share values ('mine', 1, 'drop schema portico cascade')"],
  ['a larger quota', 'update portico.sandbox_quota set sandboxes = 1000'],
  ['an unclaimed sandbox without its token', 'delete from portico.anonymous_sandbox'],
])('the service role is refused %s', async (_what, statement) => {
  await expect(as(gateway.database.serviceUrl, partner, statement)).rejects.toMatchObject({ code: '42501' });
});

test('a table that is added tomorrow is copied, compared, reset and purged, whatever refers to what', async () => {
  await asOwner(`
    create table portico.shelf (environment_id portico.id not null, id portico.id not null, first_book_id portico.id, above_id portico.id, neighbour_ids portico.id[] not null default '{}',
      width integer, double_width integer generated always as (width * 2) stored, number integer generated always as identity,
      primary key (environment_id, id), foreign key (environment_id, above_id) references portico.shelf (environment_id, id));
    create table portico.book (environment_id portico.id not null, id portico.id not null, shelf_id portico.id not null, facts jsonb not null,
      primary key (environment_id, id), foreign key (environment_id, shelf_id) references portico.shelf (environment_id, id));
    alter table portico.shelf add foreign key (environment_id, first_book_id) references portico.book (environment_id, id) deferrable initially deferred;
    call portico.protect_tenant_table('portico.shelf');
    call portico.protect_tenant_table('portico.book');
    call portico.make_append_only('portico.book');`);
  const sandbox = await makeSandbox(gateway, partner);
  const { environmentId } = sandbox.inside;
  await asOwner(
    `with shelves as (insert into portico.shelf (environment_id, id, first_book_id, above_id, neighbour_ids, width) values
       ($1, 'shf_abcdefghjk', 'bok_abcdefghjk', null, '{shf_bcdefghjkm,shf_abcdefghjk}', 3), ($1, 'shf_bcdefghjkm', null, 'shf_abcdefghjk', '{}', null))
     insert into portico.book (environment_id, id, shelf_id, facts) values ($1, 'bok_abcdefghjk', 'shf_abcdefghjk', '{"pages": 3.10}')`,
    [environmentId],
  );
  const { snapshot } = await change(partner, 'snapshotSandbox', { sandboxId: sandbox.id, name: 'x' }, 'snapshot { id }');
  const fork = await forkOf(gateway, partner, { snapshotId: snapshot.id });
  const shelves = (id: string) =>
    asOwner('select id, first_book_id, above_id, neighbour_ids, width, double_width from portico.shelf where environment_id = $1 order by above_id nulls first', [id]);
  const [original, copy] = [await shelves(environmentId), await shelves(fork.inside.environmentId)];
  expect(copy).toHaveLength(2);
  expect(copy[0].id).not.toBe(original[0].id);
  expect(copy[0]).toMatchObject({ width: 3, double_width: 6, neighbour_ids: `{${copy[1].id},${copy[0].id}}`, first_book_id: expect.stringMatching(/^bok_/) });
  expect(copy[1]).toMatchObject({ above_id: copy[0].id, first_book_id: null });
  expect((await asOwner('select shelf_id, facts::text from portico.book where environment_id = $1', [fork.inside.environmentId]))[0]).toEqual({
    shelf_id: copy[0].id,
    facts: '{"pages": 3.10}',
  });
  const compare = () => change(partner, 'sandboxDiff', { from: snapshot.id }, 'added removed changed differences { kind subject change fields }');
  expect(await compare()).toMatchObject({ added: 0, removed: 0, changed: 0 });
  await asOwner("update portico.shelf set width = 4 where environment_id = $1 and id = 'shf_abcdefghjk'", [environmentId]);
  expect((await compare()).differences).toEqual([{ kind: 'Shelf', subject: 'shf_abcdefghjk', change: 'CHANGED', fields: ['width'] }]);
  await change(partner, 'resetSandbox', { sandboxId: sandbox.id, snapshotId: snapshot.id }, 'environmentId');
  expect(await shelves(environmentId)).toEqual(original);
  await change(partner, 'resetSandbox', { sandboxId: sandbox.id }, 'environmentId');
  expect(await shelves(environmentId)).toEqual([]);
  for (const id of [fork.id, sandbox.id]) await change(partner, 'deleteSandbox', { sandboxId: id }, 'deletedSandboxId');
  expect(await asOwner('select from portico.book')).toEqual([]);
});
