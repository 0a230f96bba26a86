/**
 * Awards, maltreated, on a PostgreSQL and gateways of its own: two gateways are killed at random and PostgreSQL
 * now and then, while results come to count, earn money and badges, and finance funds, approves, voids and takes back.
 *
 *   node test/scripts/awards.mjs [awards] [kills] [restarts] [seed]
 *
 * One budget runs out again and again and is filled up, one stays empty in the end. Every account, award and
 * result must be what a model makes of the same claims one after the other; then 100 integrations of one
 * partner have reached the same, and 100 fundings on both gateways give it at once, to one of them. The
 * database is asked for whatever must never be. It ends with 1 where anything of this is not so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../dist/src/base/ids.js';
import { publishMilestone } from '../../dist/src/incentives/milestones.service.js';
import { createPartner, createStaff } from '../../dist/src/partners/index.js';
import { NO_TENANT, inTransaction, openDatabase } from '../../dist/src/platform/postgres/database.js';
import { rooms } from '../../dist/src/rooms.js';
import { openHouse, randomFrom } from './maltreated.mjs';
import { RULE, report } from './awards-events.mjs';
import { modelOf } from './awards-model.mjs';
import { NEVER, balances } from './awards-never.mjs';

const [awards, kills, restarts, seed] = [50_000, 50, 4, 20261123].map((usual, place) => Number(process.argv[2 + place] ?? usual));
const DAY_MS = 86_400_000;
const begun = Date.now();

/** Of 40 milestones: badges, money from a budget that runs out on the way, money that does not suffice, and money that two persons approve. */
const MILESTONES = Array.from({ length: 40 }, (_, m) => {
  if (m < 8) return { kind: 'REPUTATIONAL', amountMinor: null, currency: null };
  if (m < 28) return { kind: 'FINANCIAL', amountMinor: 1_000 + 371 * m, currency: 'EUR' };
  if (m < 34) return { kind: 'FINANCIAL', amountMinor: 700, currency: 'USD' };
  return { kind: 'FINANCIAL', amountMinor: 500_001 + m, currency: 'SEK' };
});
/** What each partner is given: all but a third of what is paid in dollars. */
const GIVEN_EACH = 38;
const PARTNERS = Math.ceil(awards / GIVEN_EACH);
/** So many of them report events, and reach what a rule says. */
const REPORTING = Math.min(PARTNERS, 100);
const BY_RULE = { kind: 'FINANCIAL', amountMinor: 5_003, currency: 'EUR' };
const EUR_FUNDINGS = 12;
const LANES = 6;
const STEPS_AT_ONCE = 10;
const LONGEST_PAUSE_MS = 15_000;
/** Of each kind: a person's idempotency keys of a day are 10,000 at most. */
const PERSONS = Math.ceil(awards / 5_000);

const house = await openHouse('awards', 'production');
const { gateways, query } = house;
const random = randomFrom(seed);
const say = text => process.stderr.write(`${Math.round((Date.now() - begun) / 1000)} s: ${text}\n`);

/** What finance makes of an award; it follows from the claim alone. */
function verdictOf({ partner, milestone, currency }) {
  const [a, b] = [(partner * 31 + milestone * 17 + seed) % 97, (partner * 7 + milestone * 13 + seed) % 50];
  if (currency === null || a === 5) return 'NONE';
  if (currency !== 'USD' && a % 11 === 3) return 'VOIDED';
  return currency !== 'EUR' ? 'APPROVED' : b === 1 ? 'TAKEN_BACK' : b === 2 ? 'HALF_TAKEN_BACK' : 'APPROVED';
}

/** Partners, milestones and what they are about to reach. */
async function furnish() {
  const database = await openDatabase({
    url: house.serviceUrl,
    entities: rooms.flatMap(room => room.entities ?? []),
    poolSize: 2,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 5000,
  });
  const then = Date.now() - 60 * DAY_MS;
  const clock = { now: () => then };
  const programs = () => query('select environment_id as "environmentId", id as "programId" from portico.program');
  // A gateway listens before it has made the live environment's own rows.
  let found = await programs();
  for (; found.length === 0; found = await programs()) await sleep(100);
  const [{ environmentId, programId }] = found;
  const must = outcome => {
    if (!outcome.ok) throw new Error(outcome.refusal.message);
    return outcome.value;
  };
  const finance = [];
  for (let n = 0; n < 3 * PERSONS; n++) {
    const name = `Person ${n}`;
    const { clientId, clientSecret } = must(
      await inTransaction(database, NO_TENANT, tx => createStaff(tx, { name, email: `person-${n}@portico.example`, roles: ['FINANCE'] }, clock)),
    );
    finance.push({ clientId, clientSecret });
  }
  const partners = await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    const made = [];
    for (let partner = 0; partner < PARTNERS; partner++) {
      const name = `Partner ${partner}`;
      const created = must(await createPartner(tx, { name, integration: { name, category: 'SHIPPING', live: true } }, clock));
      made.push({ id: created.partner.id, integrationId: created.integration.id, clientId: created.clientId, clientSecret: created.clientSecret });
    }
    return made;
  });
  const second = { id: newId('int'), partnerId: partners[0].id };
  const milestones = MILESTONES.map(milestone => ({ id: newId('mst'), ...milestone }));
  const rows = list => JSON.stringify(list);
  await query(
    `insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
     select $1, m.id, $2, 1000 + n, 'Milestone ' || n, 'Whoever buys notices it.', 'OUTCOME', 'ONCE', now()
     from rows from (jsonb_to_recordset($3::jsonb) as (id text)) with ordinality as m (id, n)`,
    [environmentId, programId, rows(milestones)],
  );
  await query(
    `insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency)
     select $1, 'rwd_' || substr(m.id, 5), m.id, m.kind, 'Reward', 'For what was reached.', m."amountMinor", m.currency
     from jsonb_to_recordset($2::jsonb) as m (id text, kind text, "amountMinor" bigint, currency text)`,
    [environmentId, rows(milestones)],
  );
  const { milestoneId: byRule } = must(
    await inTransaction(database, { environmentId, partnerId: '*' }, tx =>
      publishMilestone(
        tx,
        environmentId,
        {
          title: 'Questions settled while they matter',
          userOutcome: 'Whoever asks has an answer before the day is over.',
          category: 'OUTCOME',
          cadence: 'ONCE',
          dependsOn: [],
          rule: JSON.stringify(RULE),
          why: 'An answer that comes late is none.',
          effectiveOn: new Date(then).toISOString().slice(0, 10),
          attainabilityReason: null,
          reward: { title: 'Answers payment', description: 'Paid once the result counts.', feature: null, ...BY_RULE },
        },
        then,
      ),
    ),
  );
  await database.close();
  const claims = partners.flatMap((partner, p) => milestones.map((milestone, m) => ({ ...milestone, partner: p, partnerId: partner.id, milestone: m, milestoneId: milestone.id })));
  claims.push(...partners.slice(0, REPORTING).map((partner, p) => ({ ...BY_RULE, partner: p, partnerId: partner.id, milestone: MILESTONES.length, milestoneId: byRule })));
  // The first partner has reached everything twice, and is given it once.
  await query(`insert into portico.integration (environment_id, id, partner_id, name, category, created_at) values ($1, $2, $3, 'Second', 'SHIPPING', now())`, [
    environmentId,
    second.id,
    second.partnerId,
  ]);
  const results = [
    ...claims.filter(({ milestone }) => milestone < MILESTONES.length).map(claim => ({ ...claim, integrationId: partners[claim.partner].integrationId })),
    ...milestones.map(milestone => ({ partnerId: second.partnerId, integrationId: second.id, milestoneId: milestone.id })),
  ].map(result => ({ ...result, id: newId('mpr'), order: random() }));
  const due = results.toSorted((a, b) => a.order - b.order).map(({ id, partnerId, integrationId, milestoneId }, n) => ({ id, partnerId, integrationId, milestoneId, n }));
  await query(
    `with result as (select * from jsonb_to_recordset($2::jsonb) as r (id text, "partnerId" text, "integrationId" text, "milestoneId" text, n integer)),
     progress as (insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, updated_at)
       select $1, id, "partnerId", "integrationId", "milestoneId", 'ONCE', 'PROVISIONAL', 100, now() from result)
     insert into portico.due_work (environment_id, kind, subject_id, due_at) select $1, 'progress.confirm', id, date_trunc('second', now()) - interval '1 hour' + n * interval '1 millisecond' from result`,
    [environmentId, JSON.stringify(due)],
  );
  await query('analyze');
  return { environmentId, programId, finance, partners, claims, results: results.length };
}

const tokens = new Map();

/** Sent to one gateway and then the other until it is answered whole. */
async function staffSteps(person, steps) {
  const inputs = steps.map((_, i) => `$i${i}: ${steps[i].type}!`).join(', ');
  const body = JSON.stringify({
    query: `mutation (${inputs}) { ${steps.map(({ mutation, answer = '' }, i) => `a${i}: ${mutation}(input: $i${i}) { ${answer} userErrors { code message } }`).join(' ')} }`,
    variables: Object.fromEntries(
      steps.map(({ input }, i) => [`i${i}`, { reason: 'As the claim says.', idempotencyKey: `${steps[i].mutation} ${Object.values(input).join(' ')}`, ...input }]),
    ),
  });
  let last = '';
  for (let tries = Math.floor(random() * 2), end = tries + 600; tries < end; tries++) {
    const gateway = gateways[tries % 2];
    try {
      if (!tokens.has(person)) tokens.set(person, await gateway.tokenOf(person));
      const response = await fetch(`${gateway.url}/graphql/admin`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(person)}` },
        body,
      });
      last = await response.text();
      const { data } = JSON.parse(last);
      const answers = steps.map((_, i) => data?.[`a${i}`]);
      if (response.status === 401) tokens.delete(person);
      // What was decided by an answer that was lost is decided.
      const odd = answers.flatMap(each => each?.userErrors ?? []).find(({ code }) => code !== 'ALREADY_DECIDED');
      if (odd) throw new Error(`Refused: ${odd.code} ${odd.message}`);
      if (answers.every(each => each)) return answers;
    } catch (error) {
      if (error.message.startsWith('Refused')) throw error;
    }
    await sleep(100);
  }
  throw new Error(`Not answered in 600 tries: ${last}`);
}

/** Finance at work: what was given is decided in batches, some of them sent twice at once. */
class Finance {
  constructor({ environmentId, finance, claims }) {
    this.environmentId = environmentId;
    this.finance = finance;
    this.turn = 0;
    this.claimOf = new Map(claims.map(claim => [`${claim.partnerId} ${claim.milestoneId}`, claim]));
    this.position = 0;
    this.queues = { approve: [], approveAgain: [], void: [], announce: [], execute: [] };
    this.busy = 0;
    this.decided = 0;
  }

  /** Takes up what was given since; answers whether there is nothing left to do. */
  async look() {
    const given = await query(
      `select t.position, a.id, a.partner_id as "partnerId", a.milestone_id as "milestoneId" from portico.ledger_transaction t
       join portico.award a on a.environment_id = t.environment_id and a.id = t.source_id
       where t.environment_id = $1 and t.kind = 'ACCRUAL' and t.position > $2 order by t.position limit 500`,
      [this.environmentId, this.position],
    );
    for (const { position, id, partnerId, milestoneId } of given) {
      this.position = position;
      const claim = this.claimOf.get(`${partnerId} ${milestoneId}`);
      const verdict = verdictOf(claim);
      if (verdict === 'NONE') this.decided += 1;
      else this.queues[verdict === 'VOIDED' ? 'void' : 'approve'].push({ awardId: id, claim, verdict });
    }
    return given.length === 0 && this.busy === 0 && Object.values(this.queues).every(queue => queue.length === 0);
  }

  async work() {
    const name = Object.keys(this.queues)
      .toReversed()
      .find(each => this.queues[each].length > 0);
    if (!name) return sleep(20);
    const jobs = this.queues[name].splice(0, STEPS_AT_ONCE);
    this.busy += 1;
    const { by, step, next } = this.steps[name];
    // Whoever approves first is none of those who approve next.
    const person = this.finance[3 * (this.turn++ % PERSONS) + by];
    const send = () => staffSteps(person, jobs.map(step));
    const [answers] = await Promise.all(random() < 0.1 ? [send(), send()] : [send()]);
    jobs.forEach((job, i) => next(job, answers[i]));
    this.busy -= 1;
  }

  get steps() {
    const { queues } = this;
    const award =
      mutation =>
      ({ awardId }) => ({ mutation, type: 'AwardStepInput', input: { awardId } });
    const done = () => (this.decided += 1);
    const posted = job => (job.verdict === 'APPROVED' ? done() : queues.announce.push(job));
    return {
      approve: { by: 0, step: award('approveAward'), next: job => (job.claim.currency === 'SEK' ? queues.approveAgain.push(job) : posted(job)) },
      approveAgain: { by: 1, step: award('approveAward'), next: posted },
      void: { by: 2, step: award('voidAward'), next: done },
      announce: {
        by: 0,
        step: ({ awardId, claim, verdict }) => ({
          mutation: 'announceClawback',
          type: 'AnnounceClawbackInput',
          input: { awardId, amountMinor: verdict === 'TAKEN_BACK' ? claim.amountMinor : Math.floor(claim.amountMinor / 2) },
          answer: 'clawback { id }',
        }),
        next: (job, { clawback }) => queues.execute.push({ ...job, clawbackId: clawback.id }),
      },
      execute: {
        by: 1,
        step: ({ clawbackId }) => ({ mutation: 'decideClawback', type: 'DecideClawbackInput', input: { clawbackId, execute: true } }),
        next: done,
      },
    };
  }
}

const fund = (person, currency, amountMinor, name) =>
  staffSteps(person, [{ mutation: 'fundBudget', type: 'FundBudgetInput', input: { currency, amountMinor, idempotencyKey: `fund ${currency} ${name}` } }]);

/** 100 results of one partner for one milestone that nothing pays, and then 100 fundings of which each would. */
async function race({ environmentId, programId, finance, partners }) {
  const [PRICE, AT_ONCE] = [900, 100];
  const milestoneId = newId('mst');
  await query(
    `with milestone as (insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
       values ($1, $2, $3, 5000, 'At once', 'Whoever buys notices it.', 'OUTCOME', 'ONCE', now())),
     reward as (insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency)
       values ($1, 'rwd_' || substr($2, 5), $2, 'FINANCIAL', 'Reward', 'For what was reached.', $5, 'NOK')),
     integration as (insert into portico.integration (environment_id, id, partner_id, name, category, created_at)
       select $1, 'int_' || substr($2, 5) || n, $4, 'At once ' || n, 'SHIPPING', now() from generate_series(1, $6::integer) n)
     insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, updated_at, confirmed_at)
       select $1, 'mpr_' || substr($2, 5) || n, $4, 'int_' || substr($2, 5) || n, $2, 'ONCE', 'CONFIRMED', 100, now(), now() from generate_series(1, $6::integer) n`,
    [environmentId, milestoneId, programId, partners[1].id, PRICE, AT_ONCE],
  );
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => fund(finance[n % 3], 'NOK', PRICE, String(n))));
  const [{ given }] = await query('select count(*)::int as given from portico.award where environment_id = $1 and milestone_id = $2', [environmentId, milestoneId]);
  return { given, left: (await balances(query, environmentId)).get('BUDGET NOK'), expected: PRICE * (AT_ONCE - 1) };
}

async function killRun() {
  await gateways[0].start();
  const world = await furnish();
  const { environmentId, claims, finance } = world;
  const totalOf = currency => claims.filter(claim => claim.currency === currency).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const funded = { EUR: totalOf('EUR'), SEK: totalOf('SEK'), USD: Math.floor((totalOf('USD') * 2) / 3) };
  say(`${claims.length} claims of ${PARTNERS} partners`);
  await gateways[1].start();
  for (const currency of ['SEK', 'USD']) await fund(finance[2], currency, funded[currency], 'all');
  const reporting = report(gateways, world.partners.slice(0, REPORTING));
  const office = new Finance(world);
  let over = false;
  let share = 0;
  const lanes = Array.from({ length: LANES }, async () => {
    while (!over) await office.work();
  });
  const watching = (async () => {
    for (let fundings = 0, quiet = 0; quiet < 3;) {
      const [{ waiting, confirmed }] = await query(
        `select count(*) filter (where done_at is null and due_at <= now())::int as waiting, count(*) filter (where done_at is not null and kind = 'progress.confirm')::int as confirmed from portico.due_work where environment_id = $1`,
        [environmentId],
      );
      share = confirmed / (world.results + REPORTING);
      // Later than it is asked for, so that it runs out each time.
      if (fundings < EUR_FUNDINGS && (waiting === 0 || share > (fundings + 1) / (EUR_FUNDINGS + 0.5))) {
        const each = Math.floor(funded.EUR / EUR_FUNDINGS);
        await fund(finance[2], 'EUR', fundings + 1 === EUR_FUNDINGS ? funded.EUR - each * (EUR_FUNDINGS - 1) : each, String(fundings));
        fundings += 1;
      }
      const idle = await office.look();
      const [{ unmeasured }] = await query('select count(*)::int as unmeasured from portico.event_batch where measured_at is null or judged_at is null');
      quiet = idle && waiting === 0 && unmeasured === 0 && fundings === EUR_FUNDINGS && confirmed >= world.results + REPORTING ? quiet + 1 : 0;
      if (quiet > 0 || idle) await sleep(200);
    }
    over = true;
  })();
  const killing = house.maltreat({
    kills,
    crashes: restarts,
    isOver: () => over,
    random,
    async pause(killed) {
      if (killed % 5 === 0) say(`killed ${killed} times, ${Math.round(100 * share)} % confirmed, ${office.decided} decided`);
      const wait = sleep(300 + 700 * random());
      // Spread over the work; a restart may be what goes on with it.
      for (const end = Date.now() + LONGEST_PAUSE_MS; !over && Date.now() < end && share < killed / (kills + 1);) await sleep(100);
      await wait;
    },
  });
  const [toll] = await Promise.all([killing, watching, reporting, ...lanes]);
  say('quiet; now it is compared');

  const given = await query(
    `select a.partner_id as "partnerId", a.milestone_id as "milestoneId", a.amount_minor::float8 as "amountMinor", a.currency, g.state from portico.award a
     left join portico.ledger_transaction t on t.environment_id = a.environment_id and t.source_id = a.id and t.kind = 'ACCRUAL'
     left join portico.milestone_progress g on g.environment_id = a.environment_id and g.integration_id = a.integration_id and g.milestone_id = a.milestone_id and g.period = a.period
     where a.environment_id = $1 order by t.position nulls first`,
    [environmentId],
  );
  const model = modelOf({ claims, funded, verdictOf, given });
  const kept = {
    accounts: await balances(query, environmentId),
    awards: new Map(given.map(({ partnerId, milestoneId, amountMinor, currency, state }) => [`${partnerId} ${milestoneId}`, `${amountMinor} ${currency} ${state}`])),
    transactions: new Map(
      (await query('select kind, count(*)::int as n from portico.ledger_transaction where environment_id = $1 group by 1', [environmentId])).map(({ kind, n }) => [kind, n]),
    ),
  };
  model.transactions.set('FUNDING', EUR_FUNDINGS + 2);
  const differences = Object.entries(kept).flatMap(([what, here]) =>
    [...new Set([...here.keys(), ...model[what].keys()])]
      .filter(key => here.get(key) !== model[what].get(key))
      .map(key => `${what}: ${key} is ${here.get(key) ?? 'nothing'}, and by the model ${model[what].get(key) ?? 'nothing'}`),
  );
  const atOnce = await race(world);
  if (atOnce.given !== 1 || atOnce.left !== atOnce.expected) differences.push(`at once: ${JSON.stringify(atOnce)}`);
  for (const [what, sql] of Object.entries(NEVER)) {
    const found = await query(sql);
    if (found.length > 0) differences.push(`${what}: ${found.length}`);
  }
  const replayed = await house.command('incentives', 'replay');
  if (replayed !== 0) differences.push('the replay comes to something else');
  process.stdout.write(
    `${JSON.stringify({ seed, results: world.results + REPORTING, awards: given.length, decided: office.decided, ...toll, endedByThemselves: gateways[0].deaths + gateways[1].deaths, transactions: Object.fromEntries(kept.transactions), accounts: kept.accounts.size, awardsOfAHundredAtOnce: atOnce.given, replayed: replayed === 0, differences: differences.length, seconds: Math.round((Date.now() - begun) / 1000) }, null, 2)}\n`,
  );
  if (differences.length > 0) throw new Error(differences.slice(0, 20).join('\n'));
}

try {
  await killRun();
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
} finally {
  await house.close();
}
