/** Progress and money follow from the events, the rules and the decisions, and from nothing else: not from
    the order in which events came, and not from what was kept meanwhile. And what is forecast is what comes. */
import fc from 'fast-check';
import pg from 'pg';
import { replay, type Replay } from '../../src/incentives/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner, SeededStaff } from '../harness/seed.ts';
import { INGEST, measure, reportingPartner, type EventJson } from '../measurement/events.ts';
import { RULE, act, doDue, fund, pass, publish, refusals, settle, settledCase } from './program.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let manager: SeededStaff;
let finance: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 10_000 });
  // The middle of a quarter, so that all days of a history are in one.
  gateway.clock.moveTo('2027-02-05T12:00:00Z');
  partner = await reportingPartner(gateway);
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
  finance = await gateway.seed.staff('FINANCE');
  const first = await publish(gateway, manager, { reward: { kind: 'FINANCIAL', title: 'Answers payment', description: 'x', amountMinor: 50_000, currency: 'EUR' } });
  await publish(gateway, manager, { dependsOn: [first.id], reward: { kind: 'REPUTATIONAL', title: 'Badge: Quick', description: 'x', lastsDays: 30 } });
  await publish(gateway, manager, { rule: JSON.stringify({ all: [{ ...RULE.all[0], metric: { ...RULE.all[0]!.metric, window: 'P10D' } }, RULE.all[1]] }) });
  // Two of one quarter, the second of which depends on the first: both count at the same instant.
  const quarterly = { cadence: 'QUARTERLY', effectiveOn: '2027-04-01', reward: { kind: 'REPUTATIONAL', title: 'Badge: Steady', description: 'x', lastsDays: 30 } };
  const steady = await publish(gateway, manager, quarterly);
  await publish(gateway, manager, { ...quarterly, dependsOn: [steady.id] });
  await pass(gateway, 15, manager, finance, partner);
});
afterAll(() => gateway.close());

const replayed = (): Promise<Replay> => inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx => replay(tx, partner.environmentId));

async function expectReplayed(): Promise<Replay> {
  const both = await replayed();
  expect([both.progress.differences, both.ledger.differences]).toEqual([[], []]);
  expect([both.progress.replayed, both.ledger.replayed]).toEqual([both.progress.kept, both.ledger.kept]);
  return both;
}

const EVENTS = 36;
const all = Array.from({ length: EVENTS }, (_, i) => i);

/** The i-th event: over some days, some slow, a few reopened. */
const eventOf = (i: number): EventJson =>
  settledCase(gateway, `e${i}`, 200 + (i % 5) * 15, { time: new Date(gateway.clock.now() - ((i * 7) % 12) * DAY_MS - 60_000).toISOString() }, i % 18 === 0);

async function send(to: SeededPartner, ordinals: readonly number[]): Promise<void> {
  const { data, text } = await to.query(INGEST, { events: ordinals.map(eventOf) });
  if ((data?.ingestEvents as { rejected: unknown[] } | undefined)?.rejected.length !== 0) throw new Error(text);
}

const STANDING = `{ milestoneProgress(first: 10) { nodes { state percentComplete period reachedAt confirmsAt forecast version milestone { title }
  criteria { value satisfied missing missingCount evidence { events firstOccurredAt lastOccurredAt } } } } }`;

async function standing(of: SeededPartner): Promise<string> {
  const { nodes } = (await of.query(STANDING)).data.milestoneProgress as { nodes: unknown[] };
  return nodes
    .map(node => JSON.stringify(node))
    .toSorted()
    .join('\n');
}

const history = fc.record({
  order: fc.shuffledSubarray(all, { minLength: EVENTS }),
  twice: fc.subarray(all),
  batch: fc.integer({ min: 9, max: EVENTS }),
  judged: fc.array(fc.constantFrom('nothing', 'measured', 'judged'), { minLength: 8, maxLength: 8 }),
});

test('I8: events in any order, in any batches, some twice, judged at any time come to the same standing, and to what the replay says', async () => {
  await send(partner, all);
  await settle(gateway);
  const expected = await standing(partner);
  expect(expected).toContain('PROVISIONAL');
  expect(expected).toContain('LOCKED');
  await fc.assert(
    fc.asyncProperty(history, async ({ order, twice, batch, judged }) => {
      const other = await gateway.seed.partner();
      const sent = [...order, ...twice];
      for (let at = 0, n = 0; at < sent.length; at += batch, n++) {
        await send(other, sent.slice(at, at + batch));
        if (judged[n] === 'measured') await measure(gateway);
        if (judged[n] === 'judged') await settle(gateway);
      }
      await settle(gateway);
      expect(await standing(other)).toBe(expected);
    }),
    { numRuns: 4, seed: 20261123, endOnFailure: true },
  );
  expect((await expectReplayed()).progress.lines).toBe(15);
});

test('I21: when events stop, what was forecast is what is given, for whatever was reported', async () => {
  const forecasts = new Map<SeededPartner, string[]>();
  const given = async (of: SeededPartner, field: string): Promise<string[]> => {
    const { data, text } = await of.query(field === 'awards' ? '{ awards(first: 20) { nodes { period milestone { id } } } }' : '{ rewardForecast { period milestone { id } } }');
    const found = (field === 'awards' ? data.awards.nodes : data.rewardForecast) as { period: string; milestone: { id: string } }[] | undefined;
    if (!found) throw new Error(text);
    return found.map(({ period, milestone }) => `${period} ${milestone.id}`).toSorted();
  };
  await fund(finance, 10_000_000);
  await pass(gateway, 70, manager, finance, partner);
  await doDue(gateway, partner.environmentId);
  await fc.assert(
    fc.asyncProperty(fc.subarray(all, { minLength: 26 }), async reported => {
      const other = await gateway.seed.partner();
      await send(other, reported);
      await settle(gateway);
      forecasts.set(other, await given(other, 'rewardForecast'));
    }),
    { numRuns: 6, seed: 20261123, endOnFailure: true },
  );
  await pass(gateway, 95, manager, finance, partner, ...forecasts.keys());
  await doDue(gateway, partner.environmentId);
  let some = 0;
  for (const [other, forecast] of forecasts) {
    expect(await given(other, 'awards')).toEqual(forecast);
    some += forecast.length;
  }
  expect(some).toBeGreaterThanOrEqual(12);
});

test('with awards, approvals, refusals, payouts, returns and clawbacks in it, the replay comes to the same bytes', async () => {
  const queue = (await finance.query('{ awards(first: 20, filter: { state: PENDING }) { nodes { id partnerId } } }')).data.awards.nodes as { id: string; partnerId: string }[];
  expect(queue.length).toBeGreaterThan(3);
  const [voided, ...approved] = queue;
  expect(refusals(await act(finance, 'voidAward', { awardId: voided!.id }, 'award { id }'))).toEqual([]);
  for (const { id } of approved) expect(refusals(await act(finance, 'approveAward', { awardId: id }, 'award { id }'))).toEqual([]);
  const mine = approved.find(({ partnerId }) => partnerId === partner.partnerId)!;
  await partner.query(
    'mutation { setPayoutAccount(input: { currency: "EUR", holder: "x", iban: "GB33BUKB20201555555555", idempotencyKey: "replay-account" }) { userErrors { code } } }',
  );
  const order = { currency: 'EUR', debtor: 'Harbour Market', debtorIban: 'GB33BUKB20201555555555' };
  const [payout] = (await act(finance, 'sendPayouts', order, 'payouts { id }')).data.sendPayouts.payouts as { id: string }[];
  expect(refusals(await act(finance, 'resolvePayout', { payoutId: payout!.id, settled: true }, 'payout { id }'))).toEqual([]);
  expect(refusals(await act(finance, 'announceClawback', { awardId: mine.id, amountMinor: 20_000 }, 'clawback { id }'))).toEqual([]);
  await pass(gateway, 15, manager, finance, partner);
  expect(await doDue(gateway, partner.environmentId)).toContain('clawback.execute');
  const { progress, ledger } = await expectReplayed();
  expect([progress.lines > 15, ledger.lines > 20]).toEqual([true, true]);
});

test('what was changed behind its back is found, in progress and in the ledger', async () => {
  const admin = new pg.Client({ connectionString: gateway.database.adminUrl });
  await admin.connect();
  try {
    await admin.query('update portico.criterion_progress set value = value + 0.000001 where ctid = (select min(ctid) from portico.criterion_progress where value is not null)');
    await admin.query('alter table portico.award_decision disable trigger user');
    await admin.query("delete from portico.award_decision where ctid = (select min(ctid) from portico.award_decision where verdict = 'APPROVED')");
  } finally {
    await admin.end();
  }
  const { progress, ledger } = await replayed();
  expect(progress.differences).toHaveLength(1);
  expect(ledger.differences.map(({ kept, replayed: anew }) => [kept?.split(' ')[0], anew])).toEqual(expect.arrayContaining([['POSTING', null]]));
});
