/** The ledger as PostgreSQL keeps it: what nobody can do, not even the database's owner, and what holds
    whoever comes at once. */
import pg from 'pg';
import fc from 'fast-check';
import { approveAward, awardMilestone, fundBudget, voidAward } from '../../src/incentives/index.ts';
import { newId } from '../../src/base/ids.ts';
import { doNext } from '../../src/environments/due-work.ts';
import { UnavailableError, inTransaction, type Tx } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';

let gateway: TestApp;
let second: TestApp;
let partner: SeededPartner;
let environmentId: string;
let programId: string;
let milestones = 0;

let admin: pg.Client;

async function asLogin<T extends object>(url: string, statements: readonly string[]): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', '*', true)", [environmentId]);
    let rows: T[] = [];
    for (const statement of statements) rows = (await client.query<T>(statement)).rows;
    await client.query('commit');
    return rows;
  } finally {
    await client.end();
  }
}

const rows = async <T extends object>(statement: string): Promise<T[]> => (await admin.query<T>(statement)).rows;
/** As a client does that is told to come again: a crowd outlasts the wait for a connection. */
async function inLive<T>(app: TestApp, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await inTransaction(app.app.database, { environmentId, partnerId: '*' }, work);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
}

/** A milestone that pays, and its confirmed result for each of so many integrations of one partner. */
async function confirmed(amountMinor: number, integrationIds: readonly string[], partnerId = partner.partnerId): Promise<string[]> {
  milestones += 1;
  const [milestoneId, ids] = [newId('mst'), integrationIds.map(() => newId('mpr'))];
  await asLogin(gateway.database.adminUrl, [
    `insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
     values ('${environmentId}', '${milestoneId}', '${programId}', ${1000 + milestones}, 'x', 'x', 'OUTCOME', 'ONCE', now())`,
    `insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency)
     values ('${environmentId}', '${newId('rwd')}', '${milestoneId}', 'FINANCIAL', 'x', 'x', ${amountMinor}, 'EUR')`,
    ...ids.map(
      (id, i) => `insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, updated_at)
       values ('${environmentId}', '${id}', '${partnerId}', '${integrationIds[i]}', '${milestoneId}', 'ONCE', 'CONFIRMED', 100, now())`,
    ),
  ]);
  return ids;
}

const fund = (amountMinor: number): Promise<unknown> => inLive(gateway, tx => fundBudget(tx, environmentId, { programId, currency: 'EUR', amountMinor }, gateway.clock.now()));

beforeAll(async () => {
  gateway = await startTestApp({ poolSize: 8 });
  admin = new pg.Client({ connectionString: gateway.database.adminUrl });
  await admin.connect();
  second = await startTestApp({ beside: gateway, poolSize: 8 });
  partner = await reportingPartner(gateway);
  ({ environmentId } = partner);
  [{ id: programId }] = (await rows<{ id: string }>(`select id from portico.program`)) as [{ id: string }];
});
afterAll(async () => {
  await admin.end();
  await second.close();
  await gateway.close();
});

describe('PostgreSQL itself', () => {
  const transaction = (id: string): string =>
    `insert into portico.ledger_transaction (environment_id, id, kind, source_id, occurred_at, memo) values ('${environmentId}', '${id}', 'FUNDING', '${newId('fnd')}', now(), 'x')`;
  const account = (kind: string): string => `(select id from portico.ledger_account where environment_id = '${environmentId}' and kind = '${kind}' and currency = 'EUR')`;
  const posting = (id: string, kind: string, amount: number, more = ''): string =>
    `insert into portico.ledger_posting (environment_id, account_id, transaction_id, amount_minor${more === '' ? '' : ', sequence, balance_minor, currency'}) values ('${environmentId}', ${account(kind)}, '${id}', ${amount}${more})`;

  beforeAll(() => fund(1_000));

  describe.each(['service', 'owner'] as const)('refuses, for the %s,', role => {
    const url = (): string => (role === 'service' ? gateway.database.serviceUrl : gateway.database.ownerUrl);
    const refused = (...statements: string[]): Promise<object[]> => asLogin(url(), statements);

    test('a transaction without postings, of one side, or that does not sum to zero', async () => {
      const id = newId('ltx');
      await expect(refused(transaction(id))).rejects.toThrow('do not sum to zero');
      await expect(refused(transaction(id), posting(id, 'BUDGET', 5))).rejects.toThrow('do not sum to zero');
      await expect(refused(transaction(id), posting(id, 'BUDGET', 5), posting(id, 'SOURCE', -4))).rejects.toThrow('do not sum to zero');
    });

    test('a posting on top of a transaction that balances', async () => {
      const [{ id }] = (await rows<{ id: string }>('select id from portico.ledger_transaction limit 1')) as [{ id: string }];
      await expect(refused(posting(id, 'BUDGET', 5))).rejects.toThrow('do not sum to zero');
    });

    test('an account below zero, and a chain with a gap', async () => {
      const id = newId('ltx');
      await expect(refused(transaction(id), posting(id, 'BUDGET', -1_000_000), posting(id, 'SOURCE', 1_000_000))).rejects.toThrow('less than');
      await expect(refused(transaction(id), posting(id, 'BUDGET', 5, ", 99, 5, 'EUR'"), posting(id, 'SOURCE', -5))).rejects.toThrow('does not follow');
    });

    test.each(['ledger_posting', 'ledger_transaction', 'ledger_account'])('to change, delete or truncate %s', async table => {
      const denied = role === 'service' ? 'permission denied' : 'append-only';
      await expect(refused(`update portico.${table} set environment_id = environment_id`)).rejects.toThrow(denied);
      await expect(refused(`delete from portico.${table}`)).rejects.toThrow(denied);
      await expect(refused(`truncate portico.${table} cascade`)).rejects.toThrow(denied);
      // Not even under the word by which a sandbox is emptied.
      await expect(refused("select set_config('portico.purging_sandbox', 'yes', true)", `delete from portico.${table}`)).rejects.toThrow(denied);
    });
  });
});

describe('at once', () => {
  test('100 completions on two gateways make one award', async () => {
    await fund(10_000);
    const integrations = Array.from({ length: 100 }, () => newId('int'));
    await asLogin(
      gateway.database.adminUrl,
      integrations.map(
        id =>
          `insert into portico.integration (environment_id, id, partner_id, name, category, created_at) values ('${environmentId}', '${id}', '${partner.partnerId}', '${id}', 'SHIPPING', now())`,
      ),
    );
    const ids = await confirmed(500, integrations);
    const outcomes = await Promise.all(ids.map((id, i) => inLive(i % 2 === 0 ? gateway : second, tx => awardMilestone(tx, environmentId, id, gateway.clock.now()))));
    expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1);
    expect(new Set(outcomes.map(outcome => (outcome.ok ? 'GIVEN' : outcome.refusal.code)))).toEqual(new Set(['GIVEN', 'AWARDED_BEFORE']));
    expect(
      await rows(`select count(*)::int as awards from portico.award where milestone_id = (select milestone_id from portico.milestone_progress where id = '${ids[0]}')`),
    ).toEqual([{ awards: 1 }]);
  });

  test('20 awards on a budget of 10 of them give 10, and the rest wait', async () => {
    const [{ left }] = (await rows<{ left: number }>(
      `select p.balance_minor::int as left from portico.ledger_account a join portico.ledger_posting p on p.account_id = a.id where a.kind = 'BUDGET' order by p.sequence desc limit 1`,
    )) as [{ left: number }];
    const price = left + 1;
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) ids.push(...(await confirmed(price, [partner.clientId])));
    await fund(10 * price - left);
    await Promise.all(ids.map((id, i) => inLive(i % 2 === 0 ? gateway : second, tx => awardMilestone(tx, environmentId, id, gateway.clock.now()))));
    const state = () => rows(`select state, count(*)::int as n from portico.milestone_progress where id in (${ids.map(id => `'${id}'`).join(', ')}) group by 1 order by 1`);
    expect(await state()).toEqual([
      { state: 'CONFIRMED', n: 10 },
      { state: 'REWARDED', n: 10 },
    ]);
    await fund(9 * price);
    expect(await state()).toEqual([
      { state: 'CONFIRMED', n: 1 },
      { state: 'REWARDED', n: 19 },
    ]);
  });

  test('a funding gives a hundred results at once, the oldest first, the others as due work, and passes over what is too dear and what is in dispute', async () => {
    const [PRICE, WAITING, PAID] = [7, 260, 230];
    await rows(
      `with waiting as (select n, 'x' || n as title, case when n % 50 = 1 then 1000000 else ${PRICE} end as price from generate_series(1, ${WAITING}) n),
        milestone as (insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
          select '${environmentId}', 'mst_waiting' || n, '${programId}', 10000 + n, title, 'x', 'OUTCOME', 'ONCE', now() from waiting),
        reward as (insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency)
          select '${environmentId}', 'rwd_waiting' || n, 'mst_waiting' || n, 'FINANCIAL', 'x', 'x', price, 'HUF' from waiting)
       insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, updated_at, confirmed_at)
         select '${environmentId}', 'mpr_waiting' || n, '${partner.partnerId}', '${partner.clientId}', 'mst_waiting' || n, 'ONCE', case n when 2 then 'DISPUTED' else 'CONFIRMED' end, 100, now(),
           now() - interval '1 day' + n * interval '1 microsecond' from waiting`,
    );
    const given = async (): Promise<number[]> =>
      (
        await rows<{ n: number }>(
          `select substr(id, 12)::int as n from portico.milestone_progress where environment_id = '${environmentId}' and id like 'mpr_waiting%' and state = 'REWARDED' order by 1`,
        )
      ).map(({ n }) => n);
    const cheap = Array.from({ length: WAITING }, (_, i) => i + 1).filter(n => n % 50 !== 1 && n !== 2);
    const fundForints = (amountMinor: number) => inLive(gateway, tx => fundBudget(tx, environmentId, { programId, currency: 'HUF', amountMinor }, gateway.clock.now()));
    // Of the next hundred some are too dear for what is left; it lasts for 230 and nothing more.
    await fundForints(PAID * PRICE);
    expect(await given()).toEqual(cheap.slice(0, 100));
    const done: (string | undefined)[] = [];
    const next = () => inLive(second, tx => doNext(tx, environmentId, gateway.clock.now() + 1_000));
    for (let fired = await next(); fired; fired = await next()) if (fired.kind === 'budget.give') done.push(fired.subjectId);
    expect(await given()).toEqual(cheap.slice(0, PAID));
    expect(done).toHaveLength(2);
    // What is left waits for the next one, and nothing is promised without need.
    await fundForints(1_000_000 + (cheap.length - PAID) * PRICE);
    expect(await given()).toEqual([1, ...cheap]);
    expect(await next()).toBeNull();
  });

  test('of two approvals and a voiding one ends what is pending', async () => {
    const [id] = await confirmed(700, [partner.clientId]);
    await fund(1_000_000);
    const [{ award_id: awardId }] = (await rows<{ award_id: string }>(
      `select a.id as award_id from portico.award a join portico.milestone_progress g on g.milestone_id = a.milestone_id where g.id = '${id}'`,
    )) as [{ award_id: string }];
    const now = gateway.clock.now();
    const outcomes = await Promise.all([
      inLive(gateway, tx => approveAward(tx, environmentId, { awardId, personId: 'stf_a', reason: 'x', now })),
      inLive(second, tx => approveAward(tx, environmentId, { awardId, personId: 'stf_b', reason: 'x', now })),
      inLive(second, tx => voidAward(tx, environmentId, { awardId, personId: 'stf_c', reason: 'x', now })),
    ]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await rows(`select count(*)::int as n from portico.ledger_transaction where source_id = '${awardId}' and resolves_id is not null`)).toEqual([{ n: 1 }]);
  });
});

test('above 500,000 minor units two persons approve, and the same one does not count twice', async () => {
  await fund(1_000_000);
  const [id] = await confirmed(500_001, [partner.clientId]);
  const given = await inLive(gateway, tx => awardMilestone(tx, environmentId, id!, gateway.clock.now()));
  if (!given.ok) throw new Error(given.refusal.code);
  const approve = (personId: string) => inLive(gateway, tx => approveAward(tx, environmentId, { awardId: given.value.awardId, personId, reason: 'x', now: gateway.clock.now() }));
  expect(await approve('stf_a')).toMatchObject({ ok: true, value: { isPosted: false } });
  expect(await approve('stf_a')).toMatchObject({ ok: false, refusal: { code: 'ALREADY_DECIDED' } });
  expect(await approve('stf_b')).toMatchObject({ ok: true, value: { isPosted: true } });
});

test('I1 to I6: whatever is done in whatever order, repeated or not, comes to what a model says, and every chain adds up', async () => {
  type Step = { readonly kind: 'fund'; readonly amount: number } | { readonly kind: 'award' | 'approve' | 'void'; readonly claim: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('fund' as const), amount: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ kind: fc.constantFrom('award' as const, 'award' as const, 'approve' as const, 'void' as const), claim: fc.nat(3) }),
  );
  const currencies = ['AUD', 'CAD', 'CHF', 'CZK', 'DKK', 'GBP', 'NOK', 'NZD', 'PLN', 'SEK'];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 4, maxLength: 4 }), fc.array(step, { minLength: 5, maxLength: 25 }), async (prices, steps) => {
      const other = await gateway.seed.partner();
      // Each history has a budget of its own: what waits in another would be given by this one's funding.
      const currency = currencies.pop()!;
      const claims = (await Promise.all(prices.map(price => confirmed(price, [other.clientId], other.partnerId)))).flat();
      await rows(
        `update portico.reward set currency = '${currency}' where milestone_id in (select milestone_id from portico.milestone_progress where partner_id = '${other.partnerId}')`,
      );
      const balanceOf = async (kind: string): Promise<number> =>
        (
          await rows<{ balance: number }>(`select p.balance_minor::int as balance from portico.ledger_account a join portico.ledger_posting p on p.account_id = a.id
            where a.kind = '${kind}' and a.currency = '${currency}' and (a.partner_id is null or a.partner_id = '${other.partnerId}') order by p.sequence desc limit 1`)
        )[0]?.balance ?? 0;
      // The model: a number for each account, and what has become of each claim.
      const model = { budget: await balanceOf('BUDGET'), accrued: 0, payable: 0 };
      const state = prices.map(() => 'OPEN');
      const awards = new Map<number, string>();
      const now = gateway.clock.now();
      // Whether each step was done, and whether it should have been.
      const done: [boolean, boolean][] = [];
      const award = (claim: number): boolean => {
        if (state[claim] !== 'OPEN' || model.budget < prices[claim]!) return false;
        model.budget -= prices[claim]!;
        model.accrued += prices[claim]!;
        state[claim] = 'PENDING';
        return true;
      };
      for (const { kind, ...rest } of steps) {
        if (kind === 'fund') {
          const { amount } = rest as { amount: number };
          await inLive(gateway, tx => fundBudget(tx, environmentId, { programId, currency, amountMinor: amount }, now));
          model.budget += amount;
          // What waited is given by confirmation and id, as the funding did.
          for (const claim of claims.map((_, i) => i).toSorted((a, b) => (claims[a]! < claims[b]! ? -1 : 1))) award(claim);
        } else {
          const { claim } = rest as { claim: number };
          const [existing] = await rows<{ id: string }>(
            `select a.id from portico.award a join portico.milestone_progress g on g.milestone_id = a.milestone_id and g.partner_id = a.partner_id where g.id = '${claims[claim]}'`,
          );
          if (existing) awards.set(claim, existing.id);
          if (kind === 'award') {
            const given = await inLive(gateway, tx => awardMilestone(tx, environmentId, claims[claim]!, now));
            done.push([given.ok, award(claim)]);
          } else {
            const awardId = awards.get(claim) ?? newId('awd');
            const decided = await inLive(gateway, tx => (kind === 'approve' ? approveAward : voidAward)(tx, environmentId, { awardId, personId: 'stf_a', reason: 'x', now }));
            done.push([decided.ok, state[claim] === 'PENDING']);
            if (!decided.ok) continue;
            model.accrued -= prices[claim]!;
            state[claim] = kind === 'approve' ? 'POSTED' : 'VOIDED';
            if (kind === 'approve') model.payable += prices[claim]!;
            else model.budget += prices[claim]!;
          }
        }
        expect({ budget: await balanceOf('BUDGET'), accrued: await balanceOf('ACCRUED'), payable: await balanceOf('PAYABLE') }).toEqual(model);
      }
      expect(done.filter(([was, should]) => was !== should)).toEqual([]);
    }),
    { numRuns: 6, endOnFailure: true },
  );
  expect(await rows('select currency from portico.ledger_posting group by currency having sum(amount_minor) <> 0')).toEqual([]);
  expect(await rows('select transaction_id from portico.ledger_posting group by transaction_id, currency having sum(amount_minor) <> 0')).toEqual([]);
  expect(
    await rows(`select p.account_id from (select account_id, sequence, balance_minor, sum(amount_minor) over (partition by account_id order by sequence) as added,
    row_number() over (partition by account_id order by sequence) as place from portico.ledger_posting) p where p.added <> p.balance_minor or p.place <> p.sequence`),
  ).toEqual([]);
}, 120_000);
