/** The kits of sandbox/kits, each run as its reader would run it, on a fresh sandbox where every other
    request is refused for lack of budget. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildSchema, parse } from 'graphql';
import { projectRoot } from '../../src/config.ts';
import { settleLive } from '../../src/database.ts';
import { change, makeSandbox } from '../api/sandbox-asking.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

const KITS = join(projectRoot, 'sandbox/kits');

let gateway: TestApp;
let partner: SeededPartner;
let folder: string;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('FairShare');
  // The notices behind the versions, which warn of what is on its way out.
  await settleLive(gateway.app.database, gateway.clock);
  folder = mkdtempSync(join(tmpdir(), 'portico-kit-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await gateway.close();
});

/** The test where the program is on the path; else a loud line, and in CI a failure. */
function testWith(program: string): jest.It {
  if (spawnSync(program, ['--version']).status === 0) return test;
  const complaint = `No ${program}: its kit is NOT tested. Install it (apt-get install ${program}) so that it is on the path.`;
  if (process.env['CI']) throw new Error(complaint);
  console.error(complaint);
  return test.skip;
}

interface Printed {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly complaints: readonly string[];
}

async function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Printed> {
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'], HOME: folder, ...env } });
  const [lines, complaints] = [child.stdout, child.stderr].map(stream => {
    const chunks: string[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    return () => chunks.join('').split('\n').filter(Boolean);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines: lines!(), complaints: complaints!() };
}

/** Runs a kit in a fresh sandbox, and answers what it printed with what the sandbox holds. */
async function runKit(command: string, args: readonly string[], cwd: string): Promise<Printed & { readonly titles: readonly string[]; readonly people: Printed }> {
  const { id, inside } = await makeSandbox(gateway, partner);
  const people = await run(command, [...args.slice(0, -1), args.at(-1)!.replace('milestones', 'people')], cwd, {
    PORTICO_URL: gateway.url,
    CLIENT_ID: inside.clientId,
    CLIENT_SECRET: inside.clientSecret,
  });
  const { data } = await inside.query('{ milestones(first: 100) { nodes { title } } }');
  const titles = (data as { milestones: { nodes: { title: string }[] } }).milestones.nodes.map(({ title }) => title);
  expect(titles.length).toBeGreaterThan(10);
  await change(partner, 'injectFault', { sandboxId: id, kind: 'rate_limited', rate: 0.5 }, 'faults { kind }');
  const printed = await run(command, args, cwd, { PORTICO_URL: gateway.url, CLIENT_ID: inside.clientId, CLIENT_SECRET: inside.clientSecret });
  await change(partner, 'deleteSandbox', { sandboxId: id }, 'deletedSandboxId');
  return { ...printed, titles, people };
}

/** Three pages, of which the second and the third were refused once. */
const WAITED_TWICE = ['waiting 1 s: THROTTLED', 'waiting 1 s: THROTTLED'];

/** The world's people have agreed to one thing each: some to their address, some to their orders. */
const MISSING = [
  'no consent: sharedCustomers.nodes.email: NOT_IN_GRANT; ask for order_support:contact.email:READ',
  'no consent: sharedCustomers.nodes.orders: NOT_IN_GRANT; ask for order_support:order.history:READ',
];

function expectPeople({ code, lines, complaints }: Printed): void {
  expect({ code, complaints: MISSING.filter(line => complaints.includes(line)) }).toEqual({ code: 0, complaints });
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.filter(line => !/^sub_\w+: (\S+@mail\.example|no address); ([A-Z]+|no order)$/.test(line))).toEqual([]);
}

testWith('curl')('curl: pages, waits and warns', async () => {
  const { code, lines, complaints, titles, people } = await runKit('sh', ['milestones.sh'], join(KITS, 'curl'));
  expect({ code, lines }).toEqual({ code: 0, lines: titles });
  expect(complaints.toSorted()).toEqual(['deprecated: MilestoneProgress.percentComplete', ...WAITED_TWICE]);
  expect({ code: people.code, complaints: people.complaints.filter(line => line !== 'no consent: NOT_IN_GRANT') }).toEqual({ code: 0, complaints: [] });
});

testWith('python3')('python: pages, waits and warns', async () => {
  const { code, lines, complaints, titles, people } = await runKit('python3', ['-B', 'milestones.py'], join(KITS, 'python'));
  expect({ code, titles: lines.map(line => line.replace(/: .*/, '')) }).toEqual({ code: 0, titles });
  expect(lines.filter(line => /: \d+ %; /.test(line)).length).toBeGreaterThan(3);
  expect(complaints.toSorted()).toEqual([expect.stringMatching(/^deprecated: MilestoneProgress\.percentComplete: /), ...WAITED_TWICE]);
  expectPeople(people);
});

interface Settings {
  readonly generates: Readonly<Record<string, { readonly presetConfig: object; readonly config: object }>>;
}

/** Does what `npm run generate` does with the kit's settings, its document and the published SDL. */
async function generateInto(kit: string): Promise<void> {
  const [[baseOutputDir, { presetConfig, config }]] = Object.entries((JSON.parse(readFileSync(join(kit, 'codegen.json'), 'utf8')) as Settings).generates) as [
    [string, Settings['generates'][string]],
  ];
  const sdl = await (await fetch(`${gateway.url}/schema/2026-10.graphql`)).text();
  const documents = ['src/milestones.ts', 'src/people.ts'].map(location => {
    const rawSDL = /graphql\(`([^`]*)`\)/.exec(readFileSync(join(kit, location), 'utf8'))![1]!;
    return { location, document: parse(rawSDL), rawSDL };
  });
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir,
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents,
    config,
    presetConfig,
    plugins: [],
    pluginMap: {},
  });
  mkdirSync(join(kit, baseOutputDir), { recursive: true });
  for (const output of outputs) writeFileSync(join(kit, output.filename), await codegen(output));
}

test('typescript: types from the published SDL, compiled strictly; pages, waits and warns', async () => {
  const kit = join(folder, 'typescript');
  cpSync(join(KITS, 'typescript'), kit, { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(kit, 'node_modules'), 'dir');
  await generateInto(kit);
  const tsc = join(kit, 'node_modules/.bin/tsc');
  expect(await run(tsc, ['-p', '.'], kit)).toEqual({ code: 0, lines: [], complaints: [] });
  const { code, lines, complaints, titles, people } = await runKit('node', ['built/milestones.js'], kit);
  expect({ code, titles: lines.map(line => line.replace(/: .*/, '')) }).toEqual({ code: 0, titles });
  expect(lines.filter(line => /: \d+ %; /.test(line)).length).toBeGreaterThan(3);
  expect(complaints.toSorted()).toEqual([expect.stringMatching(/^deprecated: MilestoneProgress\.percentComplete: /), ...WAITED_TWICE]);
  expectPeople(people);
});
