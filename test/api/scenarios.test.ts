/** Portico's scenarios, run as partners run them, and what a report says where something is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { settleLive } from '../../src/database.ts';
import { projectRoot } from '../../src/config.ts';
import { readScenario, reportText, runScenario, summaryText, type Door, type Scenario, type ScenarioReport } from '../../src/environments/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

const FOLDER = join(projectRoot, 'sandbox/scenarios');
const NAMES = readdirSync(FOLDER)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.replace('.yaml', ''));
const REPORT =
  'report { name title passed durationMs passedSteps failedSteps skippedSteps text steps { name verdict durationMs requests reasons fix requestId } } userErrors { code message path }';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true, wallBudgets: true });
  partner = await (await gateway.seed.world())('FairShare');
  // The notices behind the versions, which warn of what is on its way out.
  await settleLive(gateway.app.database, gateway.clock);
});
afterAll(() => gateway.close());

interface Ran {
  readonly report: (ScenarioReport & { readonly text: string; readonly skippedSteps: number }) | null;
  readonly userErrors: readonly { code: string; message: string; path: string[] }[];
}

async function run(asker: SeededPartner, name: string): Promise<Ran> {
  const answer = await asker.query(`mutation ($input: RunScenarioInput!) { runScenario(input: $input) { ${REPORT} } }`, { input: { name } });
  expect(answer.errors).toBeUndefined();
  return (answer.data as { runScenario: Ran }).runScenario;
}

test('the scenarios that there are', () => {
  expect(NAMES).toEqual([
    'breach-drill',
    'brownout',
    'clawback-and-appeal',
    'consent-happy',
    'erase-then-verify-proof',
    'expiry-and-renew',
    'first-hour',
    'late-and-duplicate-events',
    'limit-storm',
    'milestone-to-payout',
    'optional-only',
    'quarter-close',
    'rate-change-then-refund',
    'sandbox-to-live-cutover',
    'version-upgrade',
    'widen-purpose',
    'withdraw-mid-query',
  ]);
});

test.each(NAMES)('%s passes with a live token, step by step, and leaves no sandbox behind', async name => {
  const { report, userErrors } = await run(partner, name);
  expect(userErrors).toEqual([]);
  expect(report!.steps.filter(({ verdict }) => verdict !== 'PASSED')).toEqual([]);
  expect(report).toMatchObject({ name, passed: true });
  expect(report!.text).toContain(`PASSED  ${name}: ${report!.steps.length} passed, 0 failed, 0 skipped`);
  const { data } = await partner.query('{ sandboxes(first: 10) { totalCount } }');
  expect(data).toEqual({ sandboxes: { totalCount: 0 } });
});

test('a clock that moves waits for no job: what was sent before is measured, judged and paid on the way', async () => {
  const jobs = new pg.Client({ connectionString: gateway.database.adminUrl });
  await jobs.connect();
  try {
    // As if another gateway had taken the turn, and did nothing with it.
    for (const job of ['measurement.rollups', 'incentives.progress']) await jobs.query('select pg_advisory_lock(hashtextextended($1, 0))', [`portico.job.${job}`]);
    const { report } = await run(partner, 'clawback-and-appeal');
    expect(report!.steps.filter(({ verdict }) => verdict !== 'PASSED')).toEqual([]);
  } finally {
    await jobs.end();
  }
});

test("with a sandbox's own token it is run there; steps of live are skipped and say why", async () => {
  const own = await makeSandbox(gateway, partner, { scenario: 'first-hour' });
  try {
    expect((await run(own.inside, 'first-hour')).report!.passed).toBe(true);
    const { report } = await run(own.inside, 'sandbox-to-live-cutover');
    expect(report!.passed).toBe(false);
    expect(report!.skippedSteps).toBe(6);
    expect(report!.steps[1]!.reasons[0]).toContain('live token');
  } finally {
    await partner.query('mutation ($id: ID!) { deleteSandbox(input: { sandboxId: $id }) { deletedSandboxId } }', { id: own.id });
  }
});

test('a scenario that there is not is refused with the names of those that there are', async () => {
  const { report, userErrors } = await run(partner, 'nothing');
  expect(report).toBeNull();
  expect(userErrors).toEqual([{ code: 'NOT_FOUND', message: expect.stringContaining('first-hour, late-and-duplicate-events, limit-storm'), path: ['name'] }]);
  const refused = await partner.query('mutation { createSandbox(input: { name: "x", scenario: "nothing", idempotencyKey: "no-scenario" }) { userErrors { code path } } }');
  expect(refused.data).toEqual({ createSandbox: { userErrors: [{ code: 'INVALID', path: ['scenario'] }] } });
});

test('a sandbox of a scenario begins as it does, clock and all', async () => {
  const own = await makeSandbox(gateway, partner, { scenario: 'brownout', seed: 7, size: 'FULL' });
  try {
    const { data } = await partner.query('query ($id: ID!) { sandbox(id: $id) { seed size clock { isFrozen } } }', { id: own.id });
    expect(data).toEqual({ sandbox: { seed: 1, size: 'SMALL', clock: { isFrozen: true } } });
  } finally {
    await partner.query('mutation ($id: ID!) { deleteSandbox(input: { sandboxId: $id }) { deletedSandboxId } }', { id: own.id });
  }
});

/** The public API as a client has it, each answer kept. */
const doorTo =
  (kept: string[]): Door =>
  async ({ path, headers, body }) => {
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
    const text = await answer.text();
    kept.push(text);
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text };
  };

const scenarioIn = (text: string): Scenario => {
  const read = readScenario(text);
  if (!read.ok) throw new Error(read.refusal.join('; '));
  return read.value;
};

const scenarioNamed = (name: string): Scenario => scenarioIn(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));

async function ranIn(own: OwnSandbox, scenario: Scenario): Promise<{ report: ScenarioReport; answers: string[] }> {
  const answers: string[] = [];
  const report = await runScenario(scenario, { door: doorTo(answers), tokens: { sandbox: await own.inside.token(), live: null }, wait: () => Promise.resolve() });
  return { report, answers };
}

/** Request ids are new each time, and what is left of a budget is real time's. */
const comparable = (answer: string): string =>
  answer
    .replaceAll(/"req_[0-9a-z]+"/g, '"req"')
    .replaceAll(/"currentlyAvailable":\d+/g, '"currentlyAvailable":0')
    .replaceAll(/"until":"[^"]+"/g, '"until":""');

test.each(['first-hour', 'version-upgrade', 'brownout'])('%s gives the same bytes twice: same world, seed, start, namespace and script, clock frozen', async name => {
  const startAt = new Date(gateway.clock.now() + 86_400_000).toISOString();
  const runs: string[][] = [];
  for (let time = 0; time < 2; time++) {
    const own = await makeSandbox(gateway, partner, { scenario: name, startAt, idNamespace: name });
    try {
      const { report, answers } = await ranIn(own, scenarioNamed(name));
      expect(summaryText(report)).toContain('PASSED');
      runs.push(answers.map(comparable));
    } finally {
      await partner.query('mutation ($id: ID!) { deleteSandbox(input: { sandboxId: $id }) { deletedSandboxId } }', { id: own.id });
    }
    gateway.clock.advance(5_000);
  }
  expect(runs[0]!.length).toBeGreaterThanOrEqual(6);
  expect(runs[1]).toEqual(runs[0]);
});

/** What the command prints, and what it ends with. */
async function command(file: string, ...options: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/portico.js'), 'scenario', 'run', file, '--url', gateway.url, ...options]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

test('from a shell, without an account and with credentials of live', async () => {
  const stranger = await command(join(FOLDER, 'first-hour.yaml'));
  expect(stranger).toEqual({ code: 0, text: expect.stringContaining('PASSED  first-hour: 7 passed, 0 failed, 0 skipped') });
  const cutover = join(FOLDER, 'sandbox-to-live-cutover.yaml');
  const live = await command(cutover, '--client-id', partner.clientId, '--client-secret', partner.clientSecret);
  expect(live).toEqual({ code: 0, text: expect.stringContaining('ok    Ids of the sandbox are nothing in live') });
  const without = await command(cutover);
  expect(without).toEqual({ code: 1, text: expect.stringContaining('skip  The same program works in live, by the same schema') });
}, 90_000);

const WRONG = `
name: wrong
title: One that fails
about: A step expects what is not so, and one after it needs what the first did not find.
steps:
  - step: There are a hundred milestones
    ask: '{ milestones(first: 3) { nodes { id } } }'
    expect: { data.milestones.nodes: { count: 100 }, status: 201 }
    capture: { last: 'data.milestones.nodes.99.id' }
    fix: There are fourteen. Expect those.
  - step: The last one is there
    ask: '{ node(id: "\${last}") { id } }'
    expect: { data.node.id: '\${last}' }
    fix: Capture one that is there.
  - step: A page of a thousand is given
    ask: '{ milestones(first: 1000) { nodes { id } } }'
    expect: { data.milestones.nodes: { count: 14 } }
    fix: Ask for a hundred.
  - step: The viewer is there
    ask: '{ viewer { apiVersion } }'
    expect: { errors: { exists: false } }
    fix: Ask again.
`;

test('a report says of each step that failed why, what to do and which request it was', async () => {
  const own = await makeSandbox(gateway, partner);
  const { report } = await ranIn(own, scenarioIn(WRONG));
  expect(report).toMatchObject({ passed: false, steps: [{ verdict: 'FAILED' }, { verdict: 'FAILED' }, { verdict: 'FAILED' }, { verdict: 'PASSED' }] });
  expect(report.steps[0]!.reasons).toEqual([expect.stringMatching(/^data\.milestones\.nodes should have 100 items, and is \[/), 'status should be 201, and is 200.']);
  expect(report.steps[1]!.reasons).toEqual(['It needs `last`, which no step before it captured.']);
  // What the API said stands beside what was missed in it.
  expect(report.steps[2]!.reasons).toEqual([
    'data.milestones.nodes should have 14 items, and is not there.',
    expect.stringMatching(/^The answer has the error "BAD_USER_INPUT": ".*1000.*"\.$/),
  ]);
  const text = reportText(report);
  expect(text).toContain('FAIL  There are a hundred milestones');
  expect(text).toContain('      Fix: There are fourteen. Expect those.');
  expect(text).toMatch(/ {6}Request: req_/);
  expect(text).toContain('FAILED  wrong: 1 passed, 3 failed, 0 skipped');
  await partner.query('mutation ($id: ID!) { deleteSandbox(input: { sandboxId: $id }) { deletedSandboxId } }', { id: own.id });
});

test.each([
  ['no YAML', 'steps: [', 'end with a ]'],
  ['a step without a fix', 'name: a\ntitle: A\nabout: A\nsteps: [{ step: s, ask: q, expect: {} }]', "/steps/0 must have required property 'fix'"],
  ['a word that there is not', 'name: a\ntitle: A\nabout: A\nsteps: []\nloop: true', '(loop)'],
  ['an alias', 'name: &a a\ntitle: *a\nabout: A\nsteps: []', 'alias'],
])('a file with %s is told where it is wrong', (_what, text, told) => {
  const read = readScenario(text);
  expect(read.ok ? [] : read.refusal.join(' ').toLowerCase()).toContain(told.toLowerCase());
});
