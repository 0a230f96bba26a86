/**
 * The second wall, walked table by table from the catalogue: a table that is added tomorrow is
 * checked tomorrow. The first wall, the statements' own predicates, is tested over HTTP.
 */
import pg from 'pg';
import { sealLogs } from '../../src/consent/index.ts';
import { openSigningKeys } from '../../src/partners/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { testDatabase } from '../harness/database.ts';
import type { SeededPartner } from '../harness/seed.ts';

/** Tables that belong to no environment, each known and meant so. */
const OUTSIDE = [
  'brownout_abort',
  'brownout_toll',
  'brownout_window',
  'checkpoint_key',
  'data_category',
  'deprecation_approval',
  'deprecation_comment',
  'deprecation_notice',
  'element_set',
  'environment',
  'limit_policy',
  'portico_migration',
  'purpose_version',
  'receipt_key',
  'registry_revision',
  'removal_override',
  'removal_verdict',
  'sandbox_quota',
  'staff',
  'staff_credential',
  'staff_idempotency_key',
  'staff_journal',
  'staff_revoked_token',
  'staff_role',
  'world_share',
];
/** A batch of request log entries holds many tenants' rows; adding one shows nobody anything. */
const WRITTEN_FOR_ANYONE = ['request_log'];

const TENANT_TABLES = `
  select c.relname as name, bool_or(a.attname = 'partner_id') as partnered from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  where c.relnamespace = 'portico'::regnamespace and c.relkind in ('r', 'p') group by c.relname having bool_or(a.attname = 'environment_id') order by 1`;

const FAULTS = `
  with tables as (
    select c.oid, c.relname, c.relrowsecurity, a.attnum as environment
    from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attname = 'environment_id'
    where c.relnamespace = 'portico'::regnamespace and c.relkind in ('r', 'p')
  )
  select relname || ' belongs to no environment' as fault from tables where environment is null and relname <> all ($1)
  union all select relname || ' has no row-level security' from tables where environment is not null and not relrowsecurity
  union all select relname || ' has no policy on its environment' from tables t where environment is not null and not exists (
    select from pg_policy p where p.polrelid = t.oid and p.polcmd = '*' and p.polroles = '{0}'
      and pg_get_expr(p.polqual, p.polrelid) ~ '\\yenvironment_id\\y.*portico\\.environment_id')
  union all select relname || ' has a policy that shows rows of any environment' from tables t join pg_policy p on p.polrelid = t.oid
    where environment is not null and p.polqual is not null and p.polpermissive and pg_get_expr(p.polqual, p.polrelid) !~ '\\yenvironment_id\\y.*portico\\.environment_id'
  union all select relname || ' has no primary key led by environment_id' from tables t where environment is not null and not exists (
    select from pg_constraint k where k.conrelid = t.oid and k.contype = 'p' and k.conkey[1] = environment)
  union all select format('%s has the foreign key %s, which could cross environments', s.relname, k.conname)
    from pg_constraint k join tables s on s.oid = k.conrelid join tables t on t.oid = k.confrelid
    where k.contype = 'f' and t.environment is not null and not exists (
      select from unnest(k.conkey, k.confkey) as pair (here, there) where there = t.environment and here = coalesce(s.environment, here))
  union all select relname || ' may be truncated by portico_service' from tables t where has_table_privilege('portico_service', t.oid, 'truncate')
  order by 1`;

/** A line in each table of the registry that is only ever appended to. */
const TALK = ({ environmentId, partnerId }: SeededPartner): string => `
  insert into portico.staff (id, name, email, created_at) values ('stf_1', 'Ada', 'ada@marketplace.example', now());
  insert into portico.staff_journal (id, written_at, staff_id, operation, subject_id, reason, details) values ('sjr_1', now(), 'stf_1', 'x', 'dpn_1', 'x', '{}');
  insert into portico.deprecation_notice (id, origin, coordinate, description, reason, replacement, migration_guide, criticality, owner_team, announced_on, deprecated_on,
    removed_in, review, created_at, updated_at, approved_at)
    values ('dpn_1', 'STAFF', 'A.b', 'x', 'y', 'A.c', 'z', 'BREAKING', 't', '2027-01-01', '2027-01-01', '2028-01', 'APPROVED', now(), now(), now());
  insert into portico.deprecation_approval (notice_id, round, staff_id, verdict, reason, decided_at) values ('dpn_1', 1, 'stf_1', 'APPROVED', 'x', now());
  insert into portico.deprecation_comment (id, notice_id, staff_id, text, written_at) values ('dpc_1', 'dpn_1', 'stf_1', 'x', now());
  insert into portico.brownout_window (id, notice_id, starts_at, ends_at, staff_id, scheduled_at) values ('brw_1', 'dpn_1', now(), now() + interval '1 hour', 'stf_1', now());
  insert into portico.brownout_abort (window_id, reason, aborted_at) values ('brw_1', 'x', now());
  insert into portico.brownout_toll (window_id, minute, asked, refused) values ('brw_1', now(), 1, 1);
  insert into portico.removal_verdict (id, gate, notice_id, version, verdict, evidence, decided_at) values ('rmv_1', 'RELEASE', 'dpn_1', '2028-01', 'REFUSED', '{}', now());
  insert into portico.removal_override (verdict_id, staff_id, public_reason, decided_at) values ('rmv_1', 'stf_1', 'x', now());
  insert into portico.breach (environment_id, id, partner_id, summary, discovered_at, reported_at, reported_by) values ('${environmentId}', 'brc_1', '${partnerId}', 'x', now(), now(), 'stf_1');
  insert into portico.breach_notification (environment_id, id, breach_id, audience, how, notified_at, recorded_by) values ('${environmentId}', 'brn_1', 'brc_1', 'PARTNER', 'x', now(), 'stf_1');
  insert into portico.deprecation_response (environment_id, id, partner_id, notice_id, kind, responded_at)
    values ('${environmentId}', 'dpr_1', '${partnerId}', 'dpn_1', 'ACKNOWLEDGED', now());
  insert into portico.brownout_opt_out (environment_id, window_id, partner_id, reason, opted_out_at) values ('${environmentId}', 'brw_1', '${partnerId}', 'x', now());
  insert into portico.notification (environment_id, id, partner_id, kind, title, body, notified_at)
    values ('${environmentId}', 'ntf_1', '${partnerId}', 'DEPRECATION_REMINDER', 'x', 'x', now());`;

let gateway: TestApp;
let partner: SeededPartner;
let sandboxId: string;
let tenantTables: { name: string; partnered: boolean }[];

/** Runs statements as one transaction of the service role, under a context unless it is null. */
async function asService<T extends object>(context: { environmentId: string; partnerId: string } | null, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: gateway.database.serviceUrl });
  await client.connect();
  try {
    await client.query('begin');
    if (context)
      await client.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', $2, true)", [context.environmentId, context.partnerId]);
    const { rows } = await client.query<T>(sql);
    await client.query('commit');
    return rows;
  } finally {
    await client.end();
  }
}

async function asLogin<T extends object>(url: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Rows of a table by environment and partner, as far as this context sees. */
const visible = (table: { name: string; partnered: boolean }, context: Parameters<typeof asService>[0]) =>
  asService<{ environment_id: string; partner_id: string | null }>(
    context,
    `select distinct environment_id, ${table.partnered ? 'partner_id' : 'null as partner_id'} from portico.${table.name}`,
  );

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
  sandboxId = await gateway.seed.sandboxOf(partner);
  await (
    await gateway.seed.world(sandboxId)
  )('ParcelPilot');
  await partner.query('{ viewer { environment { id } } }');
  await asLogin(gateway.database.adminUrl, TALK(partner));
  tenantTables = await asLogin(gateway.database.ownerUrl, TENANT_TABLES);
});
afterAll(() => gateway.close());

test('every tenant table is behind row-level security, keyed and referenced with its environment', async () => {
  expect(tenantTables.length).toBeGreaterThan(10);
  expect(await asLogin(gateway.database.ownerUrl, FAULTS, [OUTSIDE])).toEqual([]);
});

test('the walk finds each fault that a new table could have', async () => {
  const broken = await testDatabase();
  await asLogin(
    broken.ownerUrl,
    `create table portico.shelf (id portico.id primary key);
     create table portico.open_door (environment_id portico.id, id portico.id, partner_id portico.id, primary key (id, environment_id));
     create table portico.crossing (environment_id portico.id, id portico.id, milestone_id portico.id, other_id portico.id, primary key (environment_id, id),
       foreign key (other_id, milestone_id) references portico.milestone (environment_id, id));
     call portico.protect_tenant_table('portico.crossing');
     create policy anybody on portico.crossing for select using (true);
     grant truncate on portico.crossing to portico_service;`,
  );
  const faults = await asLogin<{ fault: string }>(broken.ownerUrl, FAULTS, [OUTSIDE]);
  await broken.drop();
  expect(faults.map(({ fault }) => fault)).toEqual([
    'crossing has a policy that shows rows of any environment',
    expect.stringMatching(/^crossing has the foreign key \w+, which could cross environments$/),
    'crossing may be truncated by portico_service',
    'open_door has no policy on its environment',
    'open_door has no primary key led by environment_id',
    'open_door has no row-level security',
    'shelf belongs to no environment',
  ]);
});

test('the sample world puts rows of two environments into the tenant tables, so that there is something to hide', async () => {
  const counts: (number | undefined)[] = [];
  for (const { name } of tenantTables) {
    counts.push((await asLogin<{ n: number }>(gateway.database.adminUrl, `select count(distinct environment_id)::int as n from portico.${name}`))[0]?.n);
  }
  expect(counts.filter(count => count === 2).length).toBeGreaterThan(8);
});

test('without a context no row of any tenant table is visible', async () => {
  for (const table of tenantTables) {
    expect({ table: table.name, rows: await visible(table, null) }).toEqual({ table: table.name, rows: [] });
    expect({ table: table.name, rows: await visible(table, { environmentId: '', partnerId: '' }) }).toEqual({ table: table.name, rows: [] });
  }
  expect(await asService(null, 'select from portico.environment')).toEqual([]);
});

test("a context shows its own environment's rows and, where rows belong to partners, its own partner's", async () => {
  for (const table of tenantTables) {
    const own = await visible(table, partner);
    expect({ table: table.name, environments: [...new Set(own.map(row => row.environment_id))].filter(id => id !== partner.environmentId) }).toEqual({
      table: table.name,
      environments: [],
    });
    expect({ table: table.name, partners: [...new Set(own.map(row => row.partner_id ?? partner.partnerId))].filter(id => id !== partner.partnerId) }).toEqual({
      table: table.name,
      partners: [],
    });
    const all = await visible(table, { environmentId: sandboxId, partnerId: '*' });
    expect({ table: table.name, environments: [...new Set(all.map(row => row.environment_id))].filter(id => id !== sandboxId) }).toEqual({ table: table.name, environments: [] });
  }
});

test('a row cannot be written into another environment, nor moved there', async () => {
  const context = { environmentId: partner.environmentId, partnerId: '*' };
  const tried: string[] = [];
  for (const { name } of tenantTables) {
    const [privileges] = await asLogin<{ insert: boolean; update: boolean }>(
      gateway.database.ownerUrl,
      "select has_table_privilege('portico_service', $1, 'insert') as insert, has_table_privilege('portico_service', $1, 'update') as update",
      [`portico.${name}`],
    );
    const [row] = await asService(context, `select from portico.${name} limit 1`);
    if (!row || WRITTEN_FOR_ANYONE.includes(name)) continue;
    tried.push(name);
    const elsewhere = `jsonb_build_object('environment_id', '${sandboxId}')`;
    const insert = asService(
      context,
      `insert into portico.${name} select (jsonb_populate_record(null::portico.${name}, to_jsonb(r) || ${elsewhere})).* from portico.${name} r limit 1`,
    );
    await expect(insert).rejects.toMatchObject({ code: '42501', message: expect.stringMatching(privileges?.insert ? 'row-level security' : 'permission denied') as string });
    const move = asService(context, `update portico.${name} set environment_id = '${sandboxId}'`);
    await expect(move).rejects.toMatchObject({ code: '42501', message: expect.stringMatching(privileges?.update ? 'row-level security' : 'permission denied') as string });
  }
  expect(tried.length).toBeGreaterThan(8);
});

test('append-only tables refuse changes from the service by grant, and from the owner by trigger', async () => {
  const tables = await asLogin<{ name: string; column: string }>(
    gateway.database.ownerUrl,
    "select c.relname as name, a.attname as column from pg_trigger t join pg_class c on c.oid = t.tgrelid cross join lateral (select attname from pg_attribute where attrelid = c.oid and attnum > 0 and attidentity = '' order by attnum limit 1) a where c.relnamespace = 'portico'::regnamespace and t.tgname = 'append_only'",
  );
  // So that the log of who read about whom holds something.
  expect((await partner.query('{ sharedCustomers(purpose: "order_support", first: 1) { nodes { email } } }')).data.sharedCustomers.nodes).toHaveLength(1);
  await asLogin(gateway.database.adminUrl, 'insert into portico.consent_reminder select environment_id, id, partner_id, given_at, true from portico.consent_grant limit 1');
  const keys = await openSigningKeys({ directory: gateway.keysDir }, gateway.clock, { warn: () => undefined });
  for (const anySealed = 'select from portico.log_checkpoint'; (await asLogin(gateway.database.adminUrl, anySealed)).length === 0;)
    await sealLogs({ database: gateway.app.database, clock: gateway.clock, keys, publicUrl: () => gateway.url });
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['access_entry', 'sealed_entry', 'log_checkpoint', 'award', 'limit_policy', 'staff_journal', 'deprecation_approval', 'deprecation_response']),
  );
  for (const { name, column } of tables) {
    for (const change of [`update portico.${name} set ${column} = ${column}`, `delete from portico.${name}`]) {
      await expect(asService(partner, change)).rejects.toMatchObject({ code: '42501', message: `permission denied for table ${name}` });
      await expect(asLogin(gateway.database.ownerUrl, change)).rejects.toMatchObject({ code: '23001' });
    }
    await expect(asService(partner, `truncate portico.${name}`)).rejects.toMatchObject({ code: '42501' });
  }
});

test.each([
  ['turning row security off', 'set local row_security = off; select from portico.partner'],
  ['becoming the owner', 'set local role portico_owner'],
  ['becoming somebody else', 'set session authorization portico_owner'],
  ['lifting the policy', 'alter table portico.partner disable row level security'],
  ['dropping the policy', 'drop policy tenant on portico.partner'],
  ['a table of its own beside ours', 'create table portico.mirror (a integer)'],
  ['a function that runs as the owner', "create function portico.all_partners() returns setof portico.partner language sql security definer as 'select * from portico.partner'"],
])('the service role is refused %s', async (_road, sql) => {
  await expect(asService(partner, sql)).rejects.toMatchObject({ code: '42501' });
});

test('every entity fits its table: columns, types, nullability and keys, with nothing required left out', async () => {
  const { entityMetadatas, driver } = gateway.app.database.dataSource;
  expect(entityMetadatas.length).toBeGreaterThan(5);
  for (const entity of entityMetadatas) {
    const columns = await asLogin<{ name: string; type: string; nullable: boolean; key: boolean; required: boolean }>(
      gateway.database.ownerUrl,
      `select a.attname as name, format_type(case t.typtype when 'd' then t.typbasetype else t.oid end, a.atttypmod) as type, not a.attnotnull as nullable,
         coalesce(a.attnum = any (k.conkey), false) as key, a.attnotnull and not a.atthasdef and a.attidentity = '' as required
       from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'p'
       where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
      [entity.tablePath],
    );
    const shapeOf = (name: string, type: string, nullable: boolean, key: boolean) => `${entity.tableName}.${name} ${type}${nullable ? '' : ' not null'}${key ? ' key' : ''}`;
    const mapped = entity.columns.map(column => shapeOf(column.databaseName, driver.normalizeType(column) + (column.isArray ? '[]' : ''), column.isNullable, column.isPrimary));
    const real = columns.map(({ name, type, nullable, key }) => shapeOf(name, type, nullable, key));
    expect(real).toEqual(expect.arrayContaining(mapped));
    const required = columns.filter(column => column.required).map(column => `${entity.tableName}.${column.name}`);
    expect(entity.columns.map(column => `${entity.tableName}.${column.databaseName}`)).toEqual(expect.arrayContaining(required));
  }
});
