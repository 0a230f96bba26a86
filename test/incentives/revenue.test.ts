/** Shares of revenue: settled by the quarter's terms, taken back at the rate at which they were given,
    whatever the rate is by then. */
import { replay } from '../../src/incentives/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { INGEST, event, reportingPartner, type EventJson } from '../measurement/events.ts';
import { act, doDue, fund, refusals } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let other: SeededPartner;
let finance: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp();
  gateway.clock.moveTo('2027-03-30T12:00:00Z');
  partner = await reportingPartner(gateway);
  other = await gateway.seed.partner();
  finance = await gateway.seed.staff('FINANCE');
  await fund(finance, 10_000_000);
});
afterAll(() => gateway.close());

const terms = (more: Record<string, unknown>): Promise<string[]> =>
  act(
    finance,
    'publishRevenueShareTerms',
    { currency: 'EUR', rateBps: 250, effectiveOn: '2027-04-01', why: 'You bring orders, and take part.', ...more },
    'terms { version }',
  ).then(refusals);

/** Goes to a day, and does all that is due by then. */
async function goTo(day: string): Promise<void> {
  gateway.clock.moveTo(`${day}T12:00:00Z`);
  for (const person of [partner, other, finance]) await person.token({ fresh: true });
  await doDue(gateway, partner.environmentId);
}

let events = 0;
const money = (minorUnits: number, currency = 'EUR'): unknown => ({ minorUnits, currency });
const placed = (order: string, minorUnits: number, currency = 'EUR'): EventJson =>
  event(gateway, `r${++events}`, 'order.placed', { order, shopper: 's', amount: money(minorUnits, currency), repeat: false });
const refunded = (order: string, minorUnits: number): EventJson => event(gateway, `r${++events}`, 'order.refunded', { order, amount: money(minorUnits) });

async function tell(from: SeededPartner, ...told: EventJson[]): Promise<void> {
  const { data, text } = await from.query(INGEST, { events: told });
  if ((data?.ingestEvents as { rejected: unknown[] } | undefined)?.rejected.length !== 0) throw new Error(text);
}

function told({ data, text }: GraphQLAnswer, field: string): unknown {
  if (!data) throw new Error(text);
  return data[field];
}

interface ShareJson {
  readonly number: number;
  readonly state: string;
  readonly revenue: { readonly minorUnits: number };
  readonly share: { readonly minorUnits: number };
  readonly amount: { readonly minorUnits: number };
  readonly terms: { readonly rateBps: number };
}

async function shares(of: SeededPartner, period: string): Promise<[number, string, number, number, number, number][]> {
  const answer = await of.query(
    'query ($period: String!) { revenueShare(period: $period) { number state revenue { minorUnits } share { minorUnits } amount { minorUnits } terms { rateBps } } }',
    { period },
  );
  return (told(answer, 'revenueShare') as ShareJson[]).map(each => [
    each.number,
    each.state,
    each.revenue.minorUnits,
    each.share.minorUnits,
    each.amount.minorUnits,
    each.terms.rateBps,
  ]);
}

async function approveAll(): Promise<void> {
  const { data } = await finance.query('{ revenueShares(first: 10, filter: { state: PENDING }) { nodes { id } } }');
  for (const { id } of data.revenueShares.nodes as { id: string }[]) expect(refusals(await act(finance, 'approveRevenueShare', { shareId: id }, 'share { state }'))).toEqual([]);
}

async function balances(of: SeededPartner): Promise<Record<string, number>> {
  const { data } = await of.query('{ balances { account balance { minorUnits } } }');
  return Object.fromEntries((data.balances as { account: string; balance: { minorUnits: number } }[]).map(({ account, balance }) => [account, balance.minorUnits]));
}

test('terms begin with a quarter, give less only 90 days ahead, and one partner may have its own, which only it reads', async () => {
  expect(await terms({ effectiveOn: '2027-05-01' })).toEqual(['INVALID']);
  expect(await terms({})).toEqual([]);
  expect(await terms({ rateBps: 100, effectiveOn: '2027-04-01' })).toEqual(['NOTICE_TOO_SHORT']);
  expect(await terms({ rateBps: 100, effectiveOn: '2027-07-01' })).toEqual([]);
  expect(await terms({ partnerId: other.partnerId, rateBps: 500, capMinor: 1_000, thresholdMinor: 0 })).toEqual(['NOTICE_TOO_SHORT']);
  expect(await terms({ partnerId: other.partnerId, rateBps: 500, thresholdMinor: 0 })).toEqual([]);
  expect(await terms({ partnerId: 'prt_nobody' })).toEqual(['NOT_FOUND']);
  const read = async (of: SeededPartner): Promise<unknown> => told(await of.query('{ revenueShareTerms { rateBps version isYours effectiveOn } }'), 'revenueShareTerms');
  const program = [
    { rateBps: 100, version: 2, isYours: false, effectiveOn: '2027-07-01' },
    { rateBps: 250, version: 1, isYours: false, effectiveOn: '2027-04-01' },
  ];
  expect(await read(partner)).toEqual(program);
  expect(await read(other)).toEqual(expect.arrayContaining([...program, { rateBps: 500, version: 1, isYours: true, effectiveOn: '2027-04-01' }]));
});

test('a quarter is settled 30 days after it, less refunds, an order once, in the terms’ currency', async () => {
  await goTo('2027-05-10');
  await tell(partner, placed('first', 10_001), placed('second', 20_000), placed('second', 20_000), placed('dollars', 5_000, 'USD'), refunded('second', 5_000));
  await tell(other, placed('first', 10_001));
  await goTo('2027-07-30');
  expect(await shares(partner, '2027-Q2')).toEqual([]);
  await goTo('2027-07-31');
  // Told twice without a refund between, an order counts once, and what was refunded is off it.
  expect(await shares(partner, '2027-Q2')).toEqual([[1, 'PENDING', 25_001, 625, 625, 250]]);
  expect(await shares(other, '2027-Q2')).toEqual([[1, 'PENDING', 10_001, 500, 500, 500]]);
  await approveAll();
  expect([await balances(partner), await balances(other)]).toEqual([
    { ACCRUED: 0, PAYABLE: 625 },
    { ACCRUED: 0, PAYABLE: 500 },
  ]);
});

test('a refund takes back at the original rate though the rate has changed, and what is billed again is not rated anew', async () => {
  await goTo('2027-08-05');
  await tell(partner, refunded('first', 10_001), placed('third', 40_000));
  await goTo('2027-10-31');
  expect(await shares(partner, '2027-Q2')).toEqual([
    [1, 'POSTED', 25_001, 625, 625, 250],
    [2, 'POSTED', 15_000, 375, -250, 250],
  ]);
  // What was placed under the new rate has the new rate.
  expect(await shares(partner, '2027-Q3')).toEqual([[1, 'PENDING', 40_000, 400, 400, 100]]);
  expect(await balances(partner)).toEqual({ ACCRUED: 400, PAYABLE: 375 });
  await tell(partner, placed('first', 10_001));
  await goTo('2028-01-31');
  expect((await shares(partner, '2027-Q2')).at(-1)).toEqual([3, 'PENDING', 25_001, 625, 250, 250]);
  await approveAll();
  const { data } = await partner.query('{ ledger(first: 20) { nodes { kind reversesId } } }');
  expect((data.ledger.nodes as { kind: string; reversesId: string | null }[]).filter(({ kind }) => kind === 'REVERSAL')).toEqual([
    { kind: 'REVERSAL', reversesId: expect.stringMatching(/^ltx_/) },
  ]);
});

test('the replay comes to the same ledger with shares and reversals in it', async () => {
  const { ledger } = await inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx => replay(tx, partner.environmentId));
  expect(ledger.differences).toEqual([]);
  expect([ledger.replayed, ledger.lines > 15]).toEqual([ledger.kept, true]);
});
