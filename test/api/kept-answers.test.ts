/** An answer that is kept is given out only where it is what a new statement would have answered: to the same
    partner, in the same environment, while the caller may come in, and until the commit of any change. */
import fc from 'fast-check';
import pg from 'pg';
import { BURST } from '../../src/reads/kept.ts';
import { changeMarks, revokeCredential } from '../../src/partners/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';

/** Two that keep answers, and one that keeps none. */
let first: TestApp;
let second: TestApp;
let forgetful: TestApp;
let owner: pg.Client;
let partners: SeededPartner[];

const PAGE = `query Page($states: [MilestoneProgressState!]) { integrations(first: 5) { nodes { id name category progress(first: 12, state: $states) { nodes {
  id state period percentComplete updatedAt criteria { value satisfied target unit } milestone { title category reward { kind title } } } } } } }`;
const LIST = '{ program { name milestones(first: 12) { nodes { id title dependsOn { id title } criteria { description target } reward { title amount { amount currency } } } } } }';
const QUESTIONS = [
  { query: PAGE, variables: {} },
  { query: PAGE, variables: { states: ['IN_PROGRESS', 'REWARDED'] } },
  { query: LIST, variables: {} },
];

beforeAll(async () => {
  first = await startTestApp();
  second = await startTestApp({ beside: first });
  forgetful = await startTestApp({ beside: first, keptAnswersMb: 0 });
  owner = new pg.Client({ connectionString: first.database.ownerUrl });
  await owner.connect();
  const live = await first.seed.world(undefined, 300);
  const sandboxId = await first.seed.sandboxOf(await live('ParcelPilot'));
  const sandbox = await first.seed.world(sandboxId, 300);
  partners = [await live('ParcelPilot'), await live('GlowRank'), await sandbox('ParcelPilot')];
});
let others = 0;

/** Asks for so much else that what was asked before comes again as a habit, and not in a burst. */
async function askElse(gateway: TestApp): Promise<void> {
  const token = await OF.live().token();
  for (let asked = 0; asked <= BURST; asked += 25)
    await Promise.all(Array.from({ length: 25 }, () => ask(gateway.url, { query: `{ integrations(first: 1) { nodes { id${(others += 1)}: id } } }` }, { token })));
}

afterAll(async () => {
  await owner.end();
  await forgetful.close();
  await second.close();
  await first.close();
});

async function askAt({ url }: TestApp, partner: SeededPartner, question: (typeof QUESTIONS)[number] = QUESTIONS[0]!): Promise<GraphQLAnswer> {
  const answer = await ask(url, question, { token: await partner.token() });
  expect(answer.errors).toBeUndefined();
  return answer;
}

async function givenOut({ url }: TestApp): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^portico_kept_answers_given (\d+)$/m.exec(metrics)![1]);
}

const OF = { live: () => partners[0]!, other: () => partners[1]!, sandbox: () => partners[2]! };
type Whose = keyof typeof OF;

/** Something to change in a row of each table, in another way each time. */
const CHANGES: Readonly<Record<string, string>> = {
  integration: "update portico.integration set name = 'Name ' || $3 where environment_id = $1 and partner_id = $2",
  program: "update portico.program set name = 'Program ' || $3 where environment_id = $1 and $2 <> ''",
  milestone:
    "update portico.milestone set title = 'Title ' || $3 where environment_id = $1 and $2 <> '' and id = (select min(id) from portico.milestone where environment_id = $1)",
  reward: "update portico.reward set title = 'Reward ' || $3 where environment_id = $1 and $2 <> ''",
  criterion: "update portico.criterion set description = 'Criterion ' || $3 where environment_id = $1 and $2 <> ''",
  milestone_progress: 'update portico.milestone_progress set percent_complete = $3::int % 100 where environment_id = $1 and partner_id = $2',
  criterion_progress: 'update portico.criterion_progress set value = $3::int where environment_id = $1 and partner_id = $2',
  milestone_dependency:
    "with gone as (delete from portico.milestone_dependency where environment_id = $1 and $2 <> '' and $3::int % 2 = 0 returning 1) insert into portico.milestone_dependency (environment_id, milestone_id, depends_on_id) select $1, max(id), min(id) from portico.milestone where environment_id = $1 and $3::int % 2 = 1 having count(*) > 1 on conflict do nothing",
};
let times = 0;

async function change(table: string, whose: Whose): Promise<void> {
  const { environmentId, partnerId } = OF[whose]();
  await owner.query(CHANGES[table]!, [environmentId, partnerId, String((times += 1))]);
}

test('a question that comes again after many others is kept, and from then on answered from memory, on every gateway for itself', async () => {
  for (const partner of partners) for (const question of QUESTIONS) for (const gateway of [first, second]) for (let i = 0; i < 3; i++) await askAt(gateway, partner, question);
  // So often in a burst is no reason to keep it.
  expect([await givenOut(first), await givenOut(second)]).toEqual([0, 0]);
  for (const gateway of [first, second]) await askElse(gateway);
  const before = await givenOut(first);
  const [one, two, three] = [await askAt(first, OF.live()), await askAt(first, OF.live()), await askAt(first, OF.live())];
  expect(one.data.integrations.nodes[0].progress.nodes.length).toBeGreaterThan(3);
  expect([two.data, three.data]).toEqual([one.data, one.data]);
  expect(await givenOut(first)).toBe(before + 2);
  expect(await givenOut(forgetful)).toBe(0);
});

test('each marked table leaves marks however its rows change, and no other does', async () => {
  const { rows } = await owner.query<{ name: string; kinds: string }>(
    `select c.relname as name, string_agg(t.tgname, ' ' order by t.tgname) as kinds from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where t.tgfoid in ('portico.leave_partner_mark()'::regprocedure, 'portico.leave_world_mark()'::regprocedure) group by c.relname`,
  );
  expect(new Set(rows.map(({ name }) => name))).toEqual(changeMarks.tables);
  expect(new Set(rows.map(({ kinds }) => kinds))).toEqual(new Set(['marks_delete marks_insert marks_update']));
});

test.each(Object.keys(CHANGES))('a change of %s is in the next answer on both gateways', async table => {
  const partner = OF.live();
  for (const question of QUESTIONS) for (let i = 0; i < 3; i++) await Promise.all([askAt(first, partner, question), askAt(second, partner, question)]);
  await change(table, 'live');
  for (const question of QUESTIONS) {
    const { data } = await askAt(forgetful, partner, question);
    expect((await askAt(first, partner, question)).data).toEqual(data);
    expect((await askAt(second, partner, question)).data).toEqual(data);
  }
});

test('whatever changes in whatever order, is committed late or undone: what is kept equals what is read', async () => {
  const whose = fc.constantFrom<Whose>('live', 'other', 'sandbox');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), table: fc.constantFrom(...Object.keys(CHANGES)), whose }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('begin' as const, 'commit' as const, 'rollback' as const, 'fold' as const) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), whose, question: fc.nat(QUESTIONS.length - 1), again: fc.boolean() }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async steps => {
      const different: unknown[] = [];
      let open = false;
      try {
        for (const each of steps) {
          if (each.kind === 'change') await change(each.table, each.whose);
          else if (each.kind === 'ask') {
            const question = QUESTIONS[each.question]!;
            const gateway = each.again ? second : first;
            for (let i = 0; i < 2; i++) {
              const [kept, read] = [await askAt(gateway, OF[each.whose](), question), await askAt(forgetful, OF[each.whose](), question)];
              if (JSON.stringify(kept.data) !== JSON.stringify(read.data)) different.push({ kept: kept.data, read: read.data });
            }
          } else if (each.kind === 'fold') {
            if (!open) await owner.query('select portico.fold_change_marks()');
          } else if ((each.kind === 'begin') !== open) {
            await owner.query(each.kind);
            open = each.kind === 'begin';
          }
        }
      } finally {
        if (open) await owner.query('rollback');
      }
      expect(different).toEqual([]);
    }),
    { numRuns: 15, seed: 20261124 },
  );
  expect(await givenOut(first)).toBeGreaterThan(20);
});

test('putting marks together changes no version, and is seen to leave one mark each', async () => {
  const partner = OF.live();
  for (let i = 0; i < 3; i++) await askAt(first, partner);
  await change('reward', 'live');
  await change('integration', 'live');
  for (let i = 0; i < 2; i++) await askAt(first, partner);
  const before = await givenOut(first);
  await owner.query('select portico.fold_change_marks()');
  await askAt(first, partner);
  expect(await givenOut(first)).toBe(before + 1);
  const { rows } = await owner.query<{ most: number }>('select max(n)::int as most from (select count(*) as n from portico.change_mark group by environment_id, of_partner) each');
  expect(rows).toEqual([{ most: 1 }]);
});

test("another partner's change does not touch what is kept", async () => {
  const partner = OF.live();
  for (let i = 0; i < 3; i++) await askAt(first, partner);
  await change('milestone_progress', 'other');
  await change('milestone', 'sandbox');
  const before = await givenOut(first);
  await askAt(first, partner);
  expect(await givenOut(first)).toBe(before + 1);
});

test('whoever may no longer come in is not given what is kept', async () => {
  const live = await first.seed.partner();
  await askAt(first, live);
  await askElse(first);
  for (let i = 0; i < 3; i++) expect((await askAt(first, live)).status).toBe(200);
  await inTransaction(first.app.database, { environmentId: live.environmentId, partnerId: '*' }, async tx => {
    const [credential] = await tx.query<{ id: string }[]>('select id from portico.credential where environment_id = $1 and integration_id = $2', [
      live.environmentId,
      live.clientId,
    ]);
    await revokeCredential(tx, credential!.id, first.clock);
  });
  expect((await ask(first.url, QUESTIONS[0], { token: await live.token() })).status).toBe(401);
});

test('of many who ask at once each is let in or not by its own credential, and gets its own partner’s answer', async () => {
  const crowd = await Promise.all(Array.from({ length: 12 }, () => first.seed.partner()));
  for (const each of crowd) await askAt(first, each);
  await askElse(first);
  for (const each of crowd) for (let i = 0; i < 2; i++) expect((await askAt(first, each)).status).toBe(200);
  const gone = crowd.filter((_, i) => i % 3 === 0);
  for (const { environmentId, clientId } of gone)
    await inTransaction(first.app.database, { environmentId, partnerId: '*' }, async tx => {
      const [credential] = await tx.query<{ id: string }[]>('select id from portico.credential where environment_id = $1 and integration_id = $2', [environmentId, clientId]);
      await revokeCredential(tx, credential!.id, first.clock);
    });
  const asking = [...crowd, ...partners, ...crowd];
  const answers = await Promise.all(asking.map(async each => ask(first.url, QUESTIONS[0], { token: await each.token() })));
  expect(answers.map(({ status }) => status)).toEqual(asking.map(each => (gone.includes(each) ? 401 : 200)));
  const alone = await Promise.all(asking.map(async each => (gone.includes(each) ? undefined : (await askAt(forgetful, each)).data)));
  expect(answers.map(({ data }) => data)).toEqual(alone);
});

test('what depends on no table is answered from memory as well', async () => {
  const question = { query: '{ viewer { apiVersion } }', variables: {} };
  await askAt(first, OF.live(), question);
  await askElse(first);
  await askAt(first, OF.live(), question);
  const before = await givenOut(first);
  const answers = [await askAt(first, OF.live(), question), await askAt(first, OF.live(), question), await askAt(first, OF.live(), question)];
  expect(answers.map(({ data }) => data)).toEqual(Array.from({ length: 3 }, () => ({ viewer: { apiVersion: expect.any(String) } })));
  expect(await givenOut(first)).toBe(before + 3);
});

test('what depends on more than marked tables is read each time', async () => {
  const partner = OF.live();
  const before = await givenOut(first);
  const queries = ['{ awards(first: 5) { nodes { id } } }', '{ rateLimit { policies { name } } }', '{ directory(first: 5) { nodes { name } } }'];
  for (const query of queries) await ask(first.url, { query }, { token: await partner.token() });
  await askElse(first);
  for (const query of queries) for (let i = 0; i < 3; i++) expect((await ask(first.url, { query }, { token: await partner.token() })).errors).toBeUndefined();
  expect(await givenOut(first)).toBe(before);
});
