/** The sample world keeps its promises: the same settings make the same rows, and what the rows say
    about one another agrees, whatever day the world is born on. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { namespaceOf } from '../../src/environments/namespace.rules.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

const FILES = ['partners.sql', 'incentives.sql', 'ledger.sql'].map(name => readFileSync(`sandbox/worlds/harbour-market/${name}`, 'utf8'));

interface World {
  environmentId: string;
  namespace: string;
  seed: number;
  size: 'SMALL' | 'FULL';
  bornAt: string;
}

const FULL: World = { environmentId: 'env_full', namespace: namespaceOf('full'), seed: 7, size: 'FULL', bornAt: '2026-11-23T09:30:00Z' };
const SMALL: World = { ...FULL, environmentId: 'env_small', namespace: namespaceOf('small'), size: 'SMALL' };

let database: TestDatabase;
let client: pg.Client;
let tables: string[];

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  // Marks of changes are by chance, so that no two histories have the same ones.
  tables = await column(`select relname from pg_class where relnamespace = 'portico'::regnamespace and relkind = 'r' and relname <> 'change_mark'
    and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'environment_id') order by 1`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function create(world: World): Promise<void> {
  await client.query("insert into portico.environment (id, kind, name, id_namespace, born_at, created_at) values ($1, 'SANDBOX', 'Harbour Market', $2, $3, $3)", [
    world.environmentId,
    world.namespace,
    world.bornAt,
  ]);
  await client.query(
    `select set_config('portico.world_environment_id', $1, true), set_config('portico.world_namespace', $2, true), set_config('portico.world_seed', $3, true),
       set_config('portico.world_size', $4, true), set_config('portico.world_born_at', $5, true)`,
    [world.environmentId, world.namespace, String(world.seed), world.size, world.bornAt],
  );
  for (const file of FILES) await client.query(file);
}

const rows = async (text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> => (await client.query<Record<string, unknown>>(text, values)).rows;
const column = async <T>(text: string, ...values: unknown[]): Promise<T[]> =>
  (await client.query<T[], unknown[]>({ text, values, rowMode: 'array' })).rows.map(([first]) => first!);
const one = async <T>(text: string, ...values: unknown[]): Promise<T | undefined> => (await column<T>(text, ...values))[0];

/** Of each table, the number of the world's rows and a hash over all of them. */
async function contents(world: World): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const table of tables) {
    all[table] = await one(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text collate "C")), '') from portico.${table} t where environment_id = $1`,
      world.environmentId,
    );
  }
  return all;
}

async function idsOf(world: World): Promise<string[]> {
  const ids: string[] = [];
  for (const table of await column<string>(
    `select table_name from information_schema.columns where table_schema = 'portico' and column_name = 'id' and table_name = any ($1)`,
    tables,
  )) {
    ids.push(...(await column<string>(`select id from portico.${table} where environment_id = $1`, world.environmentId)));
  }
  return ids;
}

describe('a world', () => {
  // It lives in its test's transaction and goes with it.
  beforeEach(() => client.query('begin'));
  afterEach(() => client.query('rollback'));

  test('the same settings make the same bytes, in whatever time zone the session is', async () => {
    await client.query("set local timezone = 'Asia/Tokyo'");
    await create(FULL);
    const first = await contents(FULL);
    await client.query('rollback; begin');
    await client.query("set local timezone = 'America/Los_Angeles'; set local datestyle = 'SQL, DMY'");
    await create(FULL);
    await client.query('reset datestyle');
    expect(await contents(FULL)).toEqual(first);
  });

  test('another namespace makes other ids, another seed other progress', async () => {
    const other: World = { ...SMALL, environmentId: 'env_other', namespace: namespaceOf('other') };
    const reseeded: World = { ...SMALL, environmentId: 'env_seed', namespace: namespaceOf('seed'), seed: 8 };
    for (const world of [SMALL, other, reseeded]) await create(world);
    const [ids, otherIds, reseededIds] = [new Set(await idsOf(SMALL)), await idsOf(other), await idsOf(reseeded)];
    expect(ids.size).toBeGreaterThan(500);
    expect(otherIds).toHaveLength(ids.size);
    expect([...otherIds, ...reseededIds].filter(id => ids.has(id))).toEqual([]);
    const states = `select g.state from portico.milestone_progress g
      join portico.integration i on (i.environment_id, i.id) = (g.environment_id, g.integration_id) join portico.milestone m on (m.environment_id, m.id) = (g.environment_id, g.milestone_id)
      where g.environment_id = $1 order by i.name, m.position, g.period`;
    const of = await column(states, SMALL.environmentId);
    expect(await column(states, 'env_other')).toEqual(of);
    expect(await column(states, 'env_seed')).not.toEqual(of);
  });

  test('the full world has 24 partners, 36 integrations and 12 milestones; the small one is its beginning', async () => {
    await create(FULL);
    const counts = Object.fromEntries(Object.entries(await contents(FULL)).map(([table, text]) => [table, Number.parseInt(String(text), 10)]));
    expect(counts).toMatchObject({
      partner: 24,
      integration: 36,
      program: 1,
      tier: 4,
      milestone: 12,
      milestone_dependency: 13,
      criterion: 27,
      reward: 11,
      roadmap_item: 8,
      credential: 0,
    });
    const full = { partners: await column('select id from portico.partner'), integrations: await column('select id from portico.integration') };
    await client.query('rollback; begin');
    await create({ ...FULL, size: 'SMALL' });
    const small = { partners: await column('select id from portico.partner'), integrations: await column('select id from portico.integration') };
    expect(small.partners).toHaveLength(10);
    expect(small.integrations).toHaveLength(15);
    expect(full.partners).toEqual(expect.arrayContaining(small.partners));
    expect(full.integrations).toEqual(expect.arrayContaining(small.integrations));
  });

  test('the first partner, whose credentials a newcomer gets, shows every usual state in several integrations', async () => {
    await create(FULL);
    const partner = await one<string>("select portico.seeded_id('prt', $1, 7, 1)", FULL.namespace);
    expect(await one('select name from portico.partner where id = $1', partner)).toBe('ParcelPilot');
    expect(await column('select name from portico.integration where partner_id = $1 order by created_at', partner)).toEqual([
      'ParcelPilot Shipping',
      'ParcelPilot Delivery Dates',
      'ParcelPilot Help',
    ]);
    expect(await column('select distinct state from portico.milestone_progress where partner_id = $1', partner)).toEqual(
      expect.arrayContaining(['LOCKED', 'IN_PROGRESS', 'PROVISIONAL', 'CONFIRMED', 'REWARDED']),
    );
    expect(await column('select distinct kind from portico.award a join portico.reward r on r.id = a.reward_id where a.partner_id = $1 order by 1', partner)).toEqual([
      'CAPABILITY',
      'FINANCIAL',
      'REPUTATIONAL',
    ]);
  });

  test('every milestone has an outcome and a guardrail, rewards come in all kinds and three currencies', async () => {
    await create(SMALL);
    expect(
      await rows(`select m.title from portico.milestone m left join portico.criterion c on c.environment_id = m.environment_id and c.milestone_id = m.id
        group by m.id, m.title having count(*) filter (where kind = 'OUTCOME') = 0 or count(*) filter (where kind = 'GUARDRAIL') = 0 or count(*) not between 2 and 3`),
    ).toEqual([]);
    expect(await column('select distinct kind from portico.reward order by 1')).toEqual(['CAPABILITY', 'FINANCIAL', 'REPUTATIONAL']);
    expect(await column('select distinct currency from portico.reward where currency is not null order by 1')).toEqual(['EUR', 'JPY', 'USD']);
  });

  test('the roadmap has items over, open, announced and planned on the day of birth', async () => {
    await create(SMALL);
    expect(
      await rows(
        `select count(*) filter (where closes_on <= $1::date)::integer as over, count(*) filter (where opens_on <= $1 and closes_on > $1)::integer as open,
           count(*) filter (where announced_on <= $1 and opens_on > $1)::integer as announced, count(*) filter (where coalesce(announced_on, 'infinity') > $1)::integer as planned
         from portico.roadmap_item`,
        SMALL.bornAt,
      ),
    ).toEqual([{ over: 2, open: 2, announced: 2, planned: 2 }]);
  });
});

/** Births on both sides of what the calendar does (a quarter's first and last instant, the end of a
    hold, the day of the awards after it, a leap day), each with dice of its own. */
const BIRTHS = ['2026-10-01T00:00:00Z', '2026-12-31T23:59:59.999Z', '2027-01-14T23:59:00Z', '2027-01-16T12:00:00Z', '2028-02-29T12:00:00Z', '2026-11-23T09:30:00Z'];

describe.each(BIRTHS.map((bornAt, seed) => ({ bornAt, seed })))('a world born at $bornAt with seed $seed', ({ bornAt, seed }) => {
  beforeAll(async () => {
    await client.query('begin');
    await create({ ...FULL, bornAt, seed });
  });
  afterAll(() => client.query('rollback'));

  test('points nowhere that is not', async () => {
    const references = await rows(`select conrelid::regclass::text as child, confrelid::regclass::text as parent,
        (select array_agg(quote_ident(attname) order by n) from unnest(conkey) with ordinality k (attnum, n) join pg_attribute a on a.attrelid = conrelid and a.attnum = k.attnum) as child_columns,
        (select array_agg(quote_ident(attname) order by n) from unnest(confkey) with ordinality k (attnum, n) join pg_attribute a on a.attrelid = confrelid and a.attnum = k.attnum) as parent_columns
      from pg_constraint where contype = 'f' and connamespace = 'portico'::regnamespace`);
    expect(references.length).toBeGreaterThan(20);
    for (const { child, parent, child_columns: from, parent_columns: to } of references as { child: string; parent: string; child_columns: string[]; parent_columns: string[] }[]) {
      const match = from.map((name, i) => `p.${to[i]} = c.${name}`).join(' and ');
      const present = from.map(name => `c.${name} is not null`).join(' and ');
      expect({ child, orphans: await rows(`select c.* from ${child} c where ${present} and not exists (select from ${parent} p where ${match})`) }).toEqual({ child, orphans: [] });
    }
    expect(await rows('select name, tier from portico.partner where tier not in (select code from portico.tier)')).toEqual([]);
  });

  test('has progress on each milestone of an integration for each of the last six quarters that it was there', async () => {
    expect(
      await rows(
        `select i.name, i.category, m.title, count(p.id)
         from portico.integration i
         cross join portico.milestone m
         cross join lateral (
           select 'ONCE' as period where m.cadence = 'ONCE'
           union all
           select to_char(q, 'YYYY"-Q"Q') from generate_series(date_trunc('quarter', $1::timestamptz) - interval '15 months', $1, '3 months') q
           where m.cadence = 'QUARTERLY' and q + interval '3 months' > greatest(i.created_at, m.published_at)
         ) expected
         left join portico.milestone_progress p on p.integration_id = i.id and p.milestone_id = m.id and p.period = expected.period
         group by i.name, i.category, m.title having count(p.id) not in (0, count(*))`,
        bornAt,
      ),
    ).toEqual([]);
    expect(await one<number>('select count(distinct period)::integer from portico.milestone_progress')).toBe(7);
    expect(
      await rows('select i.name from portico.integration i where (select count(distinct milestone_id) from portico.milestone_progress p where p.integration_id = i.id) < 8'),
    ).toEqual([]);
  });

  test('knows nothing of what comes after its birth, and keeps the order of things', async () => {
    expect(
      await rows(
        `select p.id, p.state from portico.milestone_progress p
         join portico.integration i on i.id = p.integration_id
         left join portico.award a on a.integration_id = p.integration_id and a.milestone_id = p.milestone_id and a.period = p.period
         where greatest(p.updated_at, p.confirmed_at, p.reached_at, p.opened_at, a.awarded_at) > $1 or p.updated_at < greatest(p.opened_at, p.reached_at, p.confirmed_at)
           or p.opened_at < i.created_at or p.reached_at < p.opened_at or p.confirmed_at < p.reached_at or a.awarded_at < p.confirmed_at`,
        bornAt,
      ),
    ).toEqual([]);
  });

  test('has states that agree with their criteria', async () => {
    expect(
      await rows(`select p.id, p.state, p.percent_complete, s.*
        from portico.milestone_progress p
        cross join lateral (
          select count(*) as measured, bool_and(cp.satisfied) as all_met, count(cp.value) as values,
            (select count(*) from portico.criterion c where c.milestone_id = p.milestone_id) as criteria,
            bool_and(cp.satisfied = coalesce(case c.comparison when 'AT_LEAST' then cp.value >= c.target else cp.value <= c.target end, false)) as judged_rightly
          from portico.criterion_progress cp join portico.criterion c on c.id = cp.criterion_id and c.milestone_id = p.milestone_id
          where cp.progress_id = p.id
        ) s
        where measured <> criteria or not judged_rightly
          or all_met <> (state in ('PROVISIONAL', 'CONFIRMED', 'REWARDED', 'DISPUTED'))
          or all_met <> (percent_complete = 100)
          or (values = 0) <> (state in ('LOCKED', 'OPEN'))
          or (opened_at is null) <> (state = 'LOCKED')
          or (reached_at is null) <> (state in ('LOCKED', 'OPEN', 'IN_PROGRESS'))
          or (confirmed_at is not null) <> (state in ('CONFIRMED', 'REWARDED', 'REVERSED'))`),
    ).toEqual([]);
  });

  test('opens a milestone when all that it depends on is confirmed, and not before', async () => {
    // Only integrations whose whole history is in the world can be judged: six quarters, no more.
    const checked = await rows(
      `select i.name, m.title, p.period, p.opened_at, case when due.at < least(t.ends_at, $1) then due.at end as due_at
       from portico.milestone_progress p
       join portico.integration i on i.id = p.integration_id and i.created_at >= date_trunc('quarter', $1::timestamptz) - interval '15 months'
       join portico.milestone m on m.id = p.milestone_id
       cross join lateral (select case p.period when 'ONCE' then null else make_timestamptz(left(p.period, 4)::integer, right(p.period, 1)::integer * 3 - 2, 1, 0, 0, 0, 'UTC') end as starts_at) q
       cross join lateral (select coalesce(q.starts_at + interval '3 months', 'infinity') as ends_at) t
       cross join lateral (
         select greatest(i.created_at, m.published_at, q.starts_at, max(coalesce(
           (select min(d.confirmed_at) from portico.milestone_progress d where d.integration_id = p.integration_id and d.milestone_id = md.depends_on_id), 'infinity'))) as at
         from portico.milestone_dependency md where md.milestone_id = p.milestone_id
       ) due`,
      bornAt,
    );
    expect(checked.length).toBeGreaterThan(300);
    expect(checked.filter(({ opened_at: openedAt, due_at: dueAt }) => String(openedAt) !== String(dueAt))).toEqual([]);
  });

  test('has exactly one award for each rewarded result, and at most one for a partner, milestone and period', async () => {
    expect(
      await rows(`select p.id, p.state, a.id as award from portico.milestone_progress p
        full join portico.award a on a.partner_id = p.partner_id and a.integration_id = p.integration_id and a.milestone_id = p.milestone_id and a.period = p.period
        where (p.state = 'REWARDED') is distinct from (a.id is not null)`),
    ).toEqual([]);
    expect(await rows('select partner_id from portico.award group by partner_id, milestone_id, period having count(*) > 1')).toEqual([]);
    expect(await rows('select a.id from portico.award a join portico.reward r on r.id = a.reward_id where r.milestone_id <> a.milestone_id')).toEqual([]);
  });
});
