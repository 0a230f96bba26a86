/** The close of a quarter and its review, from outside: what is frozen stays, two others decide, and what
    is published leaves everything earned as it was. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';
import { RULE, act, doDue, publish, refusals, report, settledCase } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let author: SeededStaff;
let second: SeededStaff;
let third: SeededStaff;
let milestoneId: string;
let cycleId: string;

async function goTo(day: string): Promise<void> {
  gateway.clock.moveTo(`${day}T12:00:00Z`);
  for (const person of [partner, author, second, third]) await person.token({ fresh: true });
  await doDue(gateway, partner.environmentId);
}

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 10_000 });
  gateway.clock.moveTo('2027-03-20T12:00:00Z');
  partner = await reportingPartner(gateway);
  [author, second, third] = [await gateway.seed.staff('PROGRAM_MANAGER'), await gateway.seed.staff('PROGRAM_MANAGER'), await gateway.seed.staff('PROGRAM_MANAGER')];
  const reward = { kind: 'REPUTATIONAL', title: 'Badge: Quick', description: 'x', lastsDays: 365 };
  milestoneId = (await publish(gateway, author, { cadence: 'QUARTERLY', effectiveOn: '2027-04-01', reward })).id;
  await goTo('2027-05-10');
  await report(
    gateway,
    partner,
    Array.from({ length: 30 }, (_, i) => settledCase(gateway, `q2-${i}`, 200)),
  );
  await goTo('2027-07-05');
});
afterAll(() => gateway.close());

const step = (by: SeededStaff, mutation: string, more: Record<string, unknown> = {}): Promise<GraphQLAnswer> =>
  act(by, mutation, { cycleId, ...more }, 'cycle { id state inputs inputsHash }');

const ruleOf = (minutes: string): string => JSON.stringify({ all: [{ metric: { ...RULE.all[0]!.metric, value: minutes } }, RULE.all[1]] });
const propose = (minutes: string, effectiveOn: string, more: Record<string, unknown> = {}): Promise<GraphQLAnswer> =>
  act(
    author,
    'proposeTargetChange',
    { cycleId, milestoneId, rule: ruleOf(minutes), effectiveOn, why: 'People ask for quicker answers.', evidence: ['Survey of May: 8 in 10 wait at most two hours.'], ...more },
    'change { id state }',
  );
const decide = (by: SeededStaff, changeId: string, approve = true): Promise<string[]> => act(by, 'decideTargetChange', { changeId, approve }, 'change { state }').then(refusals);
const changeId = ({ data }: GraphQLAnswer): string => (data.proposeTargetChange.change as { id: string }).id;

const REVIEW = '{ reviewCycles(first: 2) { nodes { period state inputsHash decideFrom changes { state effectiveOn why evidence milestone { id } } } } }';
const review = async (): Promise<Record<string, unknown>> => (await partner.query(REVIEW)).data.reviewCycles.nodes[0] as Record<string, unknown>;

test('a review looks at a quarter that is over, once, and freezes it when late events count no more', async () => {
  const opened = async (period: string): Promise<GraphQLAnswer> => act(author, 'openReviewCycle', { period }, 'cycle { id state }');
  expect(refusals(await opened('2027-Q3'))).toEqual(['INVALID']);
  const made = await opened('2027-Q2');
  cycleId = (made.data.openReviewCycle.cycle as { id: string }).id;
  expect(refusals(await opened('2027-Q2'))).toEqual(['DUPLICATE']);
  expect(refusals(await step(author, 'freezeReviewCycle'))).toEqual(['REVIEW_STATE']);
  expect(refusals(await propose('120', '2027-10-01'))).toEqual(['REVIEW_STATE']);
  await goTo('2027-08-02');
  const { cycle } = (await step(author, 'freezeReviewCycle')).data.freezeReviewCycle as { cycle: { inputs: string; inputsHash: string } };
  expect(cycle.inputs).toContain(`resolution_time@1 ${partner.clientId} 6000 30 30 30`);
  expect(cycle.inputsHash).toBe(createHash('sha256').update(cycle.inputs).digest('hex'));
  expect(await review()).toMatchObject({ period: '2027-Q2', state: 'FROZEN', inputsHash: cycle.inputsHash, changes: [] });
  expect(refusals(await step(author, 'freezeReviewCycle'))).toEqual(['REVIEW_STATE']);
});

test('what is frozen is changed by nobody, not even the owner', async () => {
  const owner = new pg.Client({ connectionString: gateway.database.adminUrl });
  await owner.connect();
  try {
    for (const change of ["inputs = 'x', inputs_hash = encode(sha256('x'), 'hex')", 'frozen_at = now()'])
      await expect(owner.query(`update portico.review_cycle set ${change}`)).rejects.toThrow('is frozen');
  } finally {
    await owner.end();
  }
});

test('proposals keep the rules for rules, carry evidence and lie open for 14 days', async () => {
  expect(refusals(await propose('120', '2027-10-01'))).toEqual(['NOTICE_TOO_SHORT']);
  expect(refusals(await propose('120', '2027-11-15'))).toEqual(['INVALID']);
  expect(refusals(await propose('120', '2028-01-01', { evidence: [] }))).toEqual(['INVALID']);
  const harder = changeId(await propose('120', '2028-01-01', { attainabilityReason: 'It can be done with a night shift.' }));
  gateway.clock.advance(1_000);
  const easier = changeId(await propose('480', '2027-10-01'));
  expect(await review()).toMatchObject({
    state: 'FROZEN',
    changes: [
      { state: 'PROPOSED', effectiveOn: '2028-01-01', evidence: ['Survey of May: 8 in 10 wait at most two hours.'], milestone: { id: milestoneId } },
      { state: 'PROPOSED', effectiveOn: '2027-10-01' },
    ],
  });
  expect(await decide(second, harder)).toEqual(['REVIEW_STATE']);
  expect(refusals(await step(author, 'publishReviewCycle'))).toEqual(['REVIEW_STATE']);
  await goTo('2027-08-16');
  expect(refusals(await propose('100', '2028-01-01'))).toEqual(['REVIEW_STATE']);
  expect(await decide(author, harder)).toEqual(['OWN_WORK']);
  expect(await decide(second, harder)).toEqual([]);
  expect(await decide(second, harder)).toEqual(['ALREADY_DECIDED']);
  expect(refusals(await step(author, 'publishReviewCycle'))).toEqual(['REVIEW_STATE']);
  expect(await decide(third, harder)).toEqual([]);
  expect(await decide(third, easier, false)).toEqual([]);
  expect(await review()).toMatchObject({ state: 'DECIDED', changes: [{ state: 'APPROVED' }, { state: 'REJECTED' }] });
});

test('what is published binds from a later quarter on, and what was earned stays as it was', async () => {
  const standing = async (): Promise<unknown> =>
    (
      await partner.query(
        '{ milestoneProgress(first: 5, filter: { period: "2027-Q2" }) { nodes { state version criteria { value target } } } awards(first: 5) { nodes { period version } } }',
      )
    ).data;
  const before = await standing();
  expect(before).toMatchObject({ milestoneProgress: { nodes: [{ state: 'REWARDED', version: 1 }] }, awards: { nodes: [{ period: '2027-Q2', version: 1 }] } });
  expect(refusals(await step(author, 'publishReviewCycle'))).toEqual([]);
  expect(refusals(await step(author, 'publishReviewCycle'))).toEqual(['REVIEW_STATE']);
  expect(await review()).toMatchObject({ state: 'PUBLISHED', changes: [{ state: 'PUBLISHED' }, { state: 'REJECTED' }] });
  const { data } = await partner.query('query ($id: ID!) { node(id: $id) { ... on Milestone { versions { version effectiveOn } } } }', { id: milestoneId });
  expect(data.node.versions).toEqual([
    { version: 2, effectiveOn: '2028-01-01' },
    { version: 1, effectiveOn: '2027-04-01' },
  ]);
  expect(await standing()).toEqual(before);
  await goTo('2028-05-05');
  expect(await standing()).toEqual(before);
});
