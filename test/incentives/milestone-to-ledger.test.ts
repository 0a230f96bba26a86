/** From a rule to money: published by the staff, reached by events, confirmed by time, awarded once,
    approved, and read in one query by the partner. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner, SeededStaff } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';
import { RULE, act, dayOf, doDue, fund, milestoneInput, pass, publish, refusals, report, settledCase, settle } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let manager: SeededStaff;
let finance: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 10_000 });
  partner = await reportingPartner(gateway);
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
  finance = await gateway.seed.staff('FINANCE');
});
afterAll(() => gateway.close());

const STANDING = `query ($milestone: ID) { milestoneProgress(first: 5, filter: { milestoneId: $milestone }) { nodes {
  state percentComplete period forecast confirmsAt endsAt version reachedAt
  criteria { criterion { metric kind window } value target unit satisfied missing missingCount evidence { events firstOccurredAt lastOccurredAt } }
  milestone { reward { amount { minorUnits currency } } versions { version ruleHash effectiveOn attainability cohort } } award { state } } }
  rewardForecast { reward { title } period confirmsAt } balances { account balance { minorUnits currency } } }`;

const cases = (name: string, n: number, minutes = 60): ReturnType<typeof settledCase>[] => Array.from({ length: n }, (_, i) => settledCase(gateway, `${name}-${i}`, minutes));

describe('a milestone from its rule to the money', () => {
  let milestone: string;

  test('is published with its rule, its hash and its criteria', async () => {
    const made = await publish(gateway, manager);
    milestone = made.id;
    const { data, errors } = await partner.query(
      'query ($id: ID!) { node(id: $id) { ... on Milestone { title criteria { metric kind comparison target unit window } versions { version rule ruleHash effectiveOn why } } } }',
      { id: milestone },
    );
    expect(errors).toBeUndefined();
    expect(data.node).toEqual({
      title: 'Questions settled while they matter',
      criteria: [
        { metric: 'resolution_time@1', kind: 'OUTCOME', comparison: 'AT_MOST', target: '240', unit: 'minutes', window: 'cycle' },
        { metric: 'reopened_case_share@1', kind: 'GUARDRAIL', comparison: 'AT_MOST', target: '10', unit: 'percent', window: 'cycle' },
      ],
      versions: [{ version: 1, rule: RULE, ruleHash: made.versions[0]!.ruleHash, effectiveOn: dayOf(gateway.clock.now()), why: 'An answer that comes late is none.' }],
    });
  });

  test('says what is missing, by the events that there are', async () => {
    await report(gateway, partner, cases('few', 20));
    const { data } = await partner.query(STANDING, { milestone });
    expect(data.milestoneProgress.nodes).toMatchObject([
      {
        state: 'IN_PROGRESS',
        period: 'ONCE',
        version: 1,
        forecast: false,
        confirmsAt: null,
        criteria: [
          { value: '60', target: '240', satisfied: false, missing: '0', missingCount: 10, evidence: { events: 20, firstOccurredAt: expect.any(String) } },
          { criterion: { kind: 'GUARDRAIL' }, value: '0', satisfied: false, missingCount: 10 },
        ],
        milestone: { reward: { amount: { minorUnits: 50_000, currency: 'EUR' } } },
      },
    ]);
    expect(data.rewardForecast).toEqual([]);
  });

  test('is provisional once it is met, and forecast', async () => {
    await report(gateway, partner, cases('enough', 10));
    const { data } = await partner.query(STANDING, { milestone });
    expect(data.milestoneProgress.nodes).toMatchObject([{ state: 'PROVISIONAL', percentComplete: 100, forecast: true, criteria: [{ satisfied: true }, { satisfied: true }] }]);
    expect(data.rewardForecast).toMatchObject([{ reward: { title: 'Answers payment' }, period: 'ONCE', confirmsAt: data.milestoneProgress.nodes[0].confirmsAt }]);
  });

  test('counts after its hold, but waits for a budget that holds its reward', async () => {
    await pass(gateway, 31, partner, manager, finance);
    expect(await doDue(gateway, partner.environmentId)).toContain('progress.confirm');
    const standing = async () => (await partner.query(STANDING, { milestone })).data;
    expect((await standing()).milestoneProgress.nodes).toMatchObject([{ state: 'CONFIRMED', award: null }]);
    await fund(finance, 49_999);
    expect((await standing()).milestoneProgress.nodes).toMatchObject([{ state: 'CONFIRMED' }]);
    await fund(finance, 1);
    const { milestoneProgress, balances } = await standing();
    expect(milestoneProgress.nodes).toMatchObject([{ state: 'REWARDED', award: { state: 'PENDING' } }]);
    expect(balances).toEqual([{ account: 'ACCRUED', balance: { minorUnits: 50_000, currency: 'EUR' } }]);
  });

  test('is posted by one person of finance, once', async () => {
    const queue = await finance.query('{ awards(first: 5, filter: { state: PENDING }) { nodes { id partnerId approvals } } budgets { account balance { minorUnits } } }');
    expect(queue.data).toEqual({
      awards: { nodes: [{ id: expect.stringMatching(/^awd_/), partnerId: partner.partnerId, approvals: 0 }] },
      budgets: [
        { account: 'BUDGET', balance: { minorUnits: 0 } },
        { account: 'SOURCE', balance: { minorUnits: -50_000 } },
      ],
    });
    gateway.clock.advance(1_000);
    const awardId = queue.data.awards.nodes[0].id as string;
    expect(refusals(await act(finance, 'approveAward', { awardId }, 'award { state approvals }'))).toEqual([]);
    expect(refusals(await act(finance, 'approveAward', { awardId }, 'award { state }'))).toEqual(['ALREADY_DECIDED']);
    expect(refusals(await act(finance, 'voidAward', { awardId }, 'award { state }'))).toEqual(['ALREADY_DECIDED']);
    const { data } = await partner.query(
      '{ ledger(first: 10) { nodes { kind memo postings { account amount { minorUnits } balance { minorUnits } sequence } } } awards(first: 5) { nodes { state amount { amount } } } }',
    );
    expect(data.awards.nodes).toEqual([{ state: 'POSTED', amount: { amount: '500.00' } }]);
    expect(data.ledger.nodes).toMatchObject([
      { kind: 'POSTING', memo: 'For a test.', postings: expect.arrayContaining([expect.objectContaining({ account: 'PAYABLE', balance: { minorUnits: 50_000 } })]) },
      { kind: 'ACCRUAL', postings: [{ account: 'ACCRUED', amount: { minorUnits: 50_000 }, balance: { minorUnits: 50_000 }, sequence: 1 }] },
    ]);
  });

  test('is not reopened by what comes later', async () => {
    await report(gateway, partner, cases('late', 50, 5_000));
    const { data } = await partner.query(STANDING, { milestone });
    expect(data.milestoneProgress.nodes).toMatchObject([{ state: 'REWARDED', criteria: [{ value: '60' }, { value: '0' }] }]);
  });
});

describe('publication', () => {
  const refused = async (more: Record<string, unknown>) => refusals(await act(manager, 'publishMilestone', milestoneInput(gateway, more), 'milestone { id }'));
  const activity = JSON.stringify({ metric: { id: 'orders_placed@1', window: 'cycle', cmp: 'AT_LEAST', value: '1000', unit: 'orders' } });

  test.each<[string, Record<string, unknown>, string]>([
    ['without a user outcome', { userOutcome: ' ' }, 'USER_OUTCOME_REQUIRED'],
    ['on activity alone', { rule: activity }, 'CRITERIA_ACTIVITY_ONLY'],
    ['on numbers of consents', { rule: activity.replace('orders_placed', 'consents_given') }, 'CRITERIA_CONSENT_VOLUME'],
    ['by no JSON', { rule: 'all of it' }, 'CRITERIA_MALFORMED'],
    ['back-dated', { effectiveOn: '2020-01-01' }, 'NOTICE_TOO_SHORT'],
    ['quarterly from the middle of a quarter', { cadence: 'QUARTERLY', effectiveOn: '2099-02-01' }, 'INVALID'],
    ['on a milestone that is none', { dependsOn: ['mst_nobody'] }, 'NOT_FOUND'],
    ['with money that has no currency', { reward: { kind: 'FINANCIAL', title: 'x', description: 'x', amountMinor: 5 } }, 'INVALID'],
  ])('is refused %s', async (_title, more, code) => {
    expect(await refused(more)).toEqual([code]);
  });

  test('of a circle is refused', async () => {
    const [a, b] = [await publish(gateway, manager), await publish(gateway, manager)];
    expect(refusals(await act(manager, 'changeMilestoneDependencies', { milestoneId: b.id, dependsOn: [a.id] }, 'milestone { dependsOn { id } }'))).toEqual([]);
    expect(refusals(await act(manager, 'changeMilestoneDependencies', { milestoneId: a.id, dependsOn: [b.id] }, 'milestone { id }'))).toEqual(['DEPENDENCY_CYCLE']);
  });

  test('of a program needs all three kinds of reward, or a reason', async () => {
    expect(refusals(await act(manager, 'publishProgram', {}, '__typename'))).toEqual(['PROGRAMME_UNBALANCED']);
    expect(refusals(await act(manager, 'publishProgram', { imbalanceReason: 'A pilot.' }, '__typename'))).toEqual([]);
    await publish(gateway, manager, { reward: { kind: 'REPUTATIONAL', title: 'Badge: Quick', description: 'In the directory.', lastsDays: 30 } });
    await publish(gateway, manager, { reward: { kind: 'CAPABILITY', title: 'Double budget', description: 'Twice the budget.', lastsDays: 30, feature: 'DOUBLE_BUDGET' } });
    expect(refusals(await act(manager, 'publishProgram', {}, '__typename'))).toEqual([]);
  });

  test('of what fewer than one in ten reaches needs a reason', async () => {
    const hard = JSON.stringify({ all: [{ ...RULE.all[0], metric: { ...RULE.all[0]!.metric, value: '1' } }, RULE.all[1]] });
    const other = await gateway.seed.partner();
    await report(
      gateway,
      other,
      Array.from({ length: 30 }, (_, i) => settledCase(gateway, `slow-${i}`)),
    );
    await pass(gateway, 92, partner, manager, finance, other);
    expect(await refused({ rule: hard })).toEqual(['ATTAINABILITY_REASON_REQUIRED']);
    const made = await publish(gateway, manager, { rule: hard, attainabilityReason: 'To see who can.' });
    const { data } = await other.query('query ($id: ID!) { node(id: $id) { ... on Milestone { versions { attainability cohort attainabilityReason } } } }', { id: made.id });
    expect(data.node.versions).toEqual([{ attainability: '0.0', cohort: expect.any(Number), attainabilityReason: 'To see who can.' }]);
    await settle(gateway);
  });
});

test('a badge and a capability follow from their awards, are seen by those whom they are for, and end in time', async () => {
  const other = await gateway.seed.partner();
  await report(
    gateway,
    other,
    Array.from({ length: 30 }, (_, i) => settledCase(gateway, `quick-${i}`)),
  );
  await pass(gateway, 31, partner, other);
  await doDue(gateway, other.environmentId);
  const ENTITLED = '{ entitlements(first: 10, feature: "DOUBLE_BUDGET") { nodes { state feature until award { state } sourceReward { kind } } } }';
  expect((await other.query(ENTITLED)).data.entitlements.nodes).toMatchObject([{ state: 'ACTIVE', award: { state: 'GIVEN' }, sourceReward: { kind: 'CAPABILITY' } }]);
  const badges = async (): Promise<unknown> => {
    const { data } = await partner.query('{ directory(first: 20) { nodes { partnerId badges { title criteriaVersion milestone { criteria { metric } } } } } }');
    return (data.directory.nodes as { partnerId: string; badges: unknown }[]).find(({ partnerId }) => partnerId === other.partnerId)?.badges;
  };
  expect(await badges()).toMatchObject([{ title: 'Badge: Quick', criteriaVersion: 1, milestone: { criteria: [{ metric: 'resolution_time@1' }, {}] } }]);
  await pass(gateway, 30, partner, other);
  expect((await other.query(ENTITLED)).data.entitlements.nodes).toMatchObject([{ state: 'ENTITLEMENT_EXPIRED' }]);
  expect(await badges()).toEqual([]);
});
