/** Disputes: nothing goes on while one is open, what is payable is held, and in the end nothing is worse for who opened it. */
import { replay } from '../../src/incentives/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';
import { act, doDue, fund, pass, publish, refusals, report, settledCase } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let other: SeededPartner;
let manager: SeededStaff;
let finance: SeededStaff;
let second: SeededStaff;

const cases = (name: string, n: number): ReturnType<typeof settledCase>[] => Array.from({ length: n }, (_, i) => settledCase(gateway, `${name}-${i}`));

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 10_000 });
  gateway.clock.moveTo('2027-02-05T12:00:00Z');
  partner = await reportingPartner(gateway);
  other = await gateway.seed.partner();
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
  finance = await gateway.seed.staff('FINANCE');
  second = await gateway.seed.staff('FINANCE');
  await fund(finance, 5_000_000);
  await publish(gateway, manager, { reward: { kind: 'FINANCIAL', title: 'A large payment', description: 'x', amountMinor: 600_000, currency: 'EUR' } });
  await report(gateway, partner, cases('met', 30));
  await report(gateway, other, cases('few', 20));
  await pass(gateway, 31, partner, other, manager, finance, second);
  await doDue(gateway, partner.environmentId);
});
afterAll(() => gateway.close());

let keys = 0;
const open = (by: SeededPartner, subjectId: string, reason = 'It should be more.'): Promise<GraphQLAnswer> =>
  by.query(
    'mutation ($input: OpenDisputeInput!) { openDispute(input: $input) { dispute { id state held { minorUnits currency } award { id } progress { id state } } userErrors { code } } }',
    {
      input: { subjectId, reason, idempotencyKey: `dispute-${++keys}` },
    },
  );
const decide = (by: SeededStaff, disputeId: string, uphold: boolean, correctionMinor = 0): Promise<string[]> =>
  act(by, 'decideDispute', { disputeId, uphold, correctionMinor }, 'dispute { state }').then(refusals);

async function balances(): Promise<Record<string, number>> {
  const { data } = await partner.query('{ balances { account balance { minorUnits } } }');
  return Object.fromEntries((data.balances as { account: string; balance: { minorUnits: number } }[]).map(({ account, balance }) => [account, balance.minorUnits]));
}

const awardId = async (): Promise<string> => (await partner.query('{ awards(first: 1) { nodes { id } } }')).data.awards.nodes[0].id as string;

test('an award in dispute is not approved until that is decided, and nobody disputes what belongs to another', async () => {
  const id = await awardId();
  expect(refusals(await open(other, id))).toEqual(['NOT_FOUND']);
  expect(refusals(await open(partner, id, ' '))).toEqual(['INVALID']);
  const opened = (await open(partner, id)).data.openDispute.dispute as { id: string };
  expect(opened).toMatchObject({ state: 'OPEN', held: { minorUnits: 0 }, award: { id }, progress: null });
  expect(refusals(await open(partner, id))).toEqual(['INVALID']);
  expect(refusals(await act(finance, 'approveAward', { awardId: id }, 'award { state }'))).toEqual(['ON_HOLD']);
  expect(await decide(finance, opened.id, false)).toEqual([]);
  expect(await decide(finance, opened.id, true)).toEqual(['ALREADY_DECIDED']);
  for (const person of [finance, second]) expect(refusals(await act(person, 'approveAward', { awardId: id }, 'award { state }'))).toEqual([]);
  expect(await balances()).toEqual({ ACCRUED: 0, PAYABLE: 600_000 });
});

test('what is payable is held, and above the limit two persons must say the same', async () => {
  const { data } = await partner.query('{ ledger(first: 1) { nodes { id kind } } }');
  expect(data.ledger.nodes[0].kind).toBe('POSTING');
  const opened = (await open(partner, data.ledger.nodes[0].id as string)).data.openDispute.dispute as { id: string };
  expect(opened).toMatchObject({ held: { minorUnits: 600_000 }, award: { id: await awardId() } });
  expect(await balances()).toEqual({ ACCRUED: 600_000, PAYABLE: 0 });
  expect(await decide(finance, opened.id, false, 5)).toEqual(['RULE_BROKEN']);
  expect(await decide(finance, opened.id, true, 900_000_000)).toEqual(['BUDGET_EXHAUSTED']);
  expect(await decide(finance, opened.id, true, 70_000)).toEqual([]);
  expect(await balances()).toEqual({ ACCRUED: 600_000, PAYABLE: 0 });
  expect(await decide(finance, opened.id, true, 70_000)).toEqual(['ALREADY_DECIDED']);
  expect(await decide(second, opened.id, false)).toEqual(['RULE_BROKEN']);
  expect(await decide(second, opened.id, true, 70_000)).toEqual([]);
  expect(await balances()).toEqual({ ACCRUED: 0, PAYABLE: 670_000 });
  const { data: told } = await partner.query('{ disputes(first: 5) { nodes { state correction { minorUnits } verdictReason } } }');
  expect(told.disputes.nodes).toContainEqual({ state: 'UPHELD', correction: { minorUnits: 70_000 }, verdictReason: 'For a test.' });
});

test('what nobody decides in time stands as it was', async () => {
  const opened = (await open(partner, await awardId())).data.openDispute.dispute as { id: string };
  expect(await balances()).toEqual({ ACCRUED: 600_000, PAYABLE: 70_000 });
  await pass(gateway, 30, partner, other, manager, finance, second);
  expect(await doDue(gateway, partner.environmentId)).toContain('dispute.lapse');
  expect(await balances()).toEqual({ ACCRUED: 0, PAYABLE: 670_000 });
  expect(await decide(finance, opened.id, true)).toEqual(['ALREADY_DECIDED']);
  gateway.clock.advance(1_000);
  expect(refusals(await open(partner, await awardId()))).toEqual(['INVALID']);
});

const standing = async (): Promise<{ id: string; state: string }> => (await other.query('{ milestoneProgress(first: 1) { nodes { id state } } }')).data.milestoneProgress.nodes[0];

test('progress in dispute stands still; rejected it goes on, upheld it counts and is rewarded', async () => {
  const { id, state } = await standing();
  expect(state).toBe('IN_PROGRESS');
  const first = (await open(other, id)).data.openDispute.dispute as { id: string };
  expect(first).toMatchObject({ progress: { id, state: 'DISPUTED' }, award: null, held: null });
  await report(gateway, other, cases('meanwhile', 5));
  expect(await standing()).toEqual({ id, state: 'DISPUTED' });
  expect(await decide(manager, first.id, false)).toEqual([]);
  expect(await standing()).toEqual({ id, state: 'IN_PROGRESS' });
  const again = (await open(other, id)).data.openDispute.dispute as { id: string };
  expect(await decide(manager, again.id, true, 5)).toEqual(['RULE_BROKEN']);
  expect(await decide(manager, again.id, true)).toEqual([]);
  expect(await standing()).toEqual({ id, state: 'REWARDED' });
  expect(refusals(await open(other, id))).toEqual(['INVALID']);
});

test('the replay comes to the same progress and ledger with disputes in them', async () => {
  const { progress, ledger } = await inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx => replay(tx, partner.environmentId));
  expect([progress.differences, ledger.differences]).toEqual([[], []]);
  expect([progress.lines, ledger.lines > 12]).toEqual([2, true]);
});
