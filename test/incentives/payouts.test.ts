/** Money to banks and back: files, returns, clawbacks with their appeals, and the bank of sandboxes. */
import { approveAward, awardMilestone, fundBudget } from '../../src/incentives/index.ts';
import { programOf } from '../../src/incentives/milestone.store.ts';
import { ensureProgram } from '../../src/incentives/program.store.ts';
import { newId } from '../../src/base/ids.ts';
import { inTransaction, type Tx } from '../../src/platform/postgres/database.ts';
import { asAdmin } from '../api/credential-door.ts';
import { change } from '../api/sandbox-asking.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';
import { act, doDue, fund, pass, refusals } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let finance: SeededStaff;
let colleague: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
  finance = await gateway.seed.staff('FINANCE');
  colleague = await gateway.seed.staff('FINANCE');
  await fund(finance, 10_000_000);
});
afterAll(() => gateway.close());

/** A confirmed result of a milestone that pays, in an environment. */
async function result(environmentId: string, { partnerId, clientId }: Pick<SeededPartner, 'partnerId' | 'clientId'>, amountMinor: number): Promise<string> {
  const [milestoneId, progressId] = [newId('mst'), newId('mpr')];
  await asAdmin(gateway, async client => {
    await client.query(
      `insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
       select p.environment_id, $2, p.id, 1000 + (select count(*) from portico.milestone m where m.environment_id = p.environment_id), 'x', 'x', 'OUTCOME', 'ONCE', now() from portico.program p where p.environment_id = $1`,
      [environmentId, milestoneId],
    );
    await client.query(
      "insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency) values ($1, $2, $3, 'FINANCIAL', 'x', 'x', $4, 'EUR')",
      [environmentId, newId('rwd'), milestoneId, amountMinor],
    );
    await client.query(
      `insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, reached_at, updated_at)
       values ($1, $2, $3, $4, $5, 'ONCE', 'CONFIRMED', 100, now(), now())`,
      [environmentId, progressId, partnerId, clientId, milestoneId],
    );
  });
  return progressId;
}

const inLive = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, work);

/** An award that finance has approved. */
async function posted(amountMinor: number): Promise<string> {
  const progressId = await result(partner.environmentId, partner, amountMinor);
  const given = await inLive(tx => awardMilestone(tx, partner.environmentId, progressId, gateway.clock.now()));
  if (!given.ok) throw new Error(given.refusal.code);
  await inLive(tx => approveAward(tx, partner.environmentId, { awardId: given.value.awardId, personId: 'stf_a', reason: 'x', now: gateway.clock.now() }));
  return given.value.awardId;
}

const say = (mutation: string, input: Record<string, unknown>, selection: string): Promise<GraphQLAnswer> =>
  partner.query(`mutation ($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${selection} userErrors { code } } }`, {
    input: { idempotencyKey: newId('key'), ...input },
  });

async function balances(of = partner): Promise<Record<string, number>> {
  const { data } = await of.query('{ balances { account balance { minorUnits } } }');
  return Object.fromEntries(
    (data.balances as { account: string; balance: { minorUnits: number } }[]).map(({ account, balance }) => [account, balance.minorUnits]).filter(([, minor]) => minor !== 0),
  );
}

const order = { currency: 'EUR', debtor: 'Harbour Market', debtorIban: 'DE89 3704 0044 0532 0130 00' };

describe('a payout', () => {
  let fileId: string;
  let payoutId: string;

  test('goes to partners that said where, by an account whose check digits fit', async () => {
    await posted(1_250);
    expect(refusals(await act(finance, 'sendPayouts', order, 'payouts { id }'))).toEqual(['NOT_FOUND']);
    expect(refusals(await say('setPayoutAccount', { currency: 'EUR', holder: 'P', iban: 'GB82WEST12345698765431' }, 'payoutAccount { id }'))).toEqual(['INVALID']);
    expect(
      (await say('setPayoutAccount', { currency: 'EUR', holder: 'Partner & Co', iban: 'gb82 west 1234 5698 7654 32' }, 'payoutAccount { ibanEnds }')).data.setPayoutAccount,
    ).toEqual({
      payoutAccount: { ibanEnds: '5432' },
      userErrors: [],
    });
    const { data } = await act(finance, 'sendPayouts', order, 'payouts { id fileId state amount { minorUnits } }');
    expect(data.sendPayouts.payouts).toEqual([{ id: expect.any(String), fileId: expect.any(String), state: 'SENT', amount: { minorUnits: 1_250 } }]);
    [{ id: payoutId, fileId }] = data.sendPayouts.payouts as [{ id: string; fileId: string }];
    expect(refusals(await act(finance, 'sendPayouts', order, 'payouts { id }'))).toEqual(['NOT_FOUND']);
  });

  test('is a file that a bank takes, in both forms', async () => {
    const { data } = await finance.query(
      'query ($id: ID!) { xml: payoutFile(id: $id, format: PAIN_001) csv: payoutFile(id: $id, format: CSV) none: payoutFile(id: "pof_none", format: CSV) }',
      { id: fileId },
    );
    expect(data.xml).toContain('<InstdAmt Ccy="EUR">12.50</InstdAmt>');
    expect(data.xml).toContain('<Nm>Partner &amp; Co</Nm>');
    expect(data.csv).toBe(`payout,creditor,iban,amount,currency\r\n${payoutId},Partner & Co,GB82WEST12345698765432,12.50,EUR\r\n`);
    expect(data.none).toBeNull();
  });

  test('that comes back is payable again; one that arrived stays so', async () => {
    const resolve = (id: string, settled: boolean) => act(finance, 'resolvePayout', { payoutId: id, settled }, 'payout { state }');
    expect((await resolve(payoutId, false)).data.resolvePayout).toEqual({ payout: { state: 'RETURNED' }, userErrors: [] });
    expect(await balances()).toEqual({ PAYABLE: 1_250 });
    const { data } = await act(finance, 'sendPayouts', order, 'payouts { id }');
    const again = data.sendPayouts.payouts[0].id as string;
    expect((await resolve(again, true)).data.resolvePayout.payout).toEqual({ state: 'SETTLED' });
    expect(refusals(await resolve(again, false))).toEqual(['ALREADY_DECIDED']);
    expect(await balances()).toEqual({ PAID: 1_250 });
    expect((await partner.query('{ payouts(first: 5) { nodes { state amount { amount } ibanEnds } } }')).data.payouts.nodes).toHaveLength(2);
  });
});

describe('a clawback', () => {
  test('is told first, waits for an appeal, and is decided by somebody else', async () => {
    const awardId = await posted(1_000);
    const announce = (amountMinor: number) => act(finance, 'announceClawback', { awardId, amountMinor }, 'clawback { id state }');
    expect(refusals(await announce(1_001))).toEqual(['RULE_BROKEN']);
    const { data } = await announce(600);
    const clawbackId = data.announceClawback.clawback.id as string;
    expect(refusals(await announce(401))).toEqual(['RULE_BROKEN']);
    expect(
      (await say('appealClawback', { clawbackId, appeal: 'It was earned.' }, 'clawback { state amount { amount currency } award { id } }')).data.appealClawback.clawback,
    ).toEqual({
      state: 'APPEALED',
      amount: { amount: '6.00', currency: 'EUR' },
      award: { id: awardId },
    });
    await pass(gateway, 15, partner, finance, colleague);
    await doDue(gateway, partner.environmentId);
    expect(await balances()).toMatchObject({ PAYABLE: 1_000 });
    const decide = (person: SeededStaff) => act(person, 'decideClawback', { clawbackId, execute: false }, 'clawback { state }');
    expect(refusals(await decide(finance))).toEqual(['OWN_WORK']);
    expect((await decide(colleague)).data.decideClawback.clawback).toEqual({ state: 'DROPPED' });
  });

  test('that nobody objects to is carried out; what was paid is owed, and half of what comes later is kept for it', async () => {
    const { data } = await act(finance, 'sendPayouts', order, 'payouts { id }');
    await act(finance, 'resolvePayout', { payoutId: data.sendPayouts.payouts[0].id, settled: true }, 'payout { id }');
    const awardId = await posted(500);
    await act(finance, 'announceClawback', { awardId, amountMinor: 500 }, 'clawback { id }');
    await act(finance, 'sendPayouts', order, 'payouts { id }').then(sent =>
      act(finance, 'resolvePayout', { payoutId: sent.data.sendPayouts.payouts[0].id, settled: true }, 'payout { id }'),
    );
    const before = await balances();
    await pass(gateway, 15, partner, finance, colleague);
    await doDue(gateway, partner.environmentId);
    expect(await balances()).toEqual({ PAID: before['PAID']! - 500, RECEIVABLE: 500 });
    expect((await partner.query('{ awards(first: 1) { nodes { state } } clawbacks(first: 1) { nodes { state verdictReason } } }')).data).toEqual({
      awards: { nodes: [{ state: 'REVERSED' }] },
      clawbacks: { nodes: [{ state: 'EXECUTED', verdictReason: 'No appeal in time' }] },
    });
    await posted(600);
    const sent = await act(finance, 'sendPayouts', order, 'payouts { amount { minorUnits } }');
    expect(sent.data.sendPayouts.payouts).toEqual([{ amount: { minorUnits: 300 } }]);
    expect(await balances()).toMatchObject({ RECEIVABLE: 200 });
  });
});

describe('in a sandbox, whose bank is simulated,', () => {
  test('what is awarded is approved, leaves and arrives by itself; the last digits rehearse what else happens', async () => {
    const environmentId = await gateway.seed.sandboxOf(partner);
    const inside = await gateway.seed.partner(environmentId);
    await inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, async tx => {
      await ensureProgram(tx, environmentId);
      await fundBudget(tx, environmentId, { programId: await programOf(tx, environmentId), currency: 'EUR', amountMinor: 1_000_000 }, gateway.clock.now());
    });
    const ids: string[] = [];
    for (const amount of [1_000, 2_001, 3_002, 4_003]) ids.push(await result(environmentId, inside, amount));
    await asAdmin(gateway, async client => {
      for (const id of ids) await client.query("update portico.milestone_progress set state = 'PROVISIONAL', confirms_at = now(), is_forecast = true where id = $1", [id]);
      for (const id of ids)
        await client.query(
          "insert into portico.due_work (environment_id, kind, subject_id, due_at) values ($1, 'progress.confirm', $2, date_trunc('second', now()) + interval '1 minute')",
          [environmentId, id],
        );
    });
    const forecast = (await inside.query('{ rewardForecast { reward { amount { minorUnits } } } }')).data.rewardForecast as { reward: { amount: { minorUnits: number } | null } }[];
    expect(forecast.map(({ reward }) => reward.amount?.minorUnits)).toEqual(expect.arrayContaining([1_000, 2_001, 3_002, 4_003]));
    await change(inside, 'advanceClock', { by: 'P10D' }, 'fired { kind }');
    const { data } = await inside.query('{ awards(first: 50) { nodes { state amount { minorUnits } } } payouts(first: 50) { nodes { state amount { minorUnits } } } }');
    const rehearsed = (nodes: { state: string; amount: { minorUnits: number } | null }[]): Record<number, string> =>
      Object.fromEntries(nodes.filter(({ amount }) => amount && amount.minorUnits < 5_000).map(({ state, amount }) => [amount!.minorUnits, state]));
    expect(rehearsed(data.awards.nodes)).toEqual({ 1_000: 'POSTED', 2_001: 'POSTED', 3_002: 'POSTED', 4_003: 'POSTED' });
    expect(rehearsed(data.payouts.nodes)).toEqual({ 1_000: 'SETTLED', 2_001: 'RETURNED', 3_002: 'RETURNED', 4_003: 'SETTLED' });
  });
});
