/** What the documents say is so: commands, settings, files, and the first request with its answer. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, readConfig } from '../../src/config.ts';
import { repositoryRoot } from './scratch-repository.ts';

const textOf = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

const readme = textOf('README.md');

const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(repositoryRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
];

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);

/** What stands in the first column of the section's table. */
function tableOf(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return matches(section, /^\| `([^`]+)` \|/gm).toSorted();
}

describe.each(documents)('%s', document => {
  const text = textOf(document);

  test('links to files that exist', () => {
    const targets = matches(text, /\]\((?!https?:)([^)#]+)[^)]*\)/g);
    expect(targets.filter(target => !existsSync(join(repositoryRoot, dirname(document), target)))).toEqual([]);
  });

  test('names files and scripts that exist', () => {
    const files = matches(text, /(?<![\w./-])((?:src|test|scripts|migrations|schema|docs)\/[\w./-]+\.(?:ts|mjs|sql|graphql|md))/g);
    expect(files.filter(file => !existsSync(join(repositoryRoot, file)))).toEqual([]);
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    expect(matches(text, /npm run ([\w:]+)/g).filter(script => !(script in scripts))).toEqual([]);
  });
});

test('the README leads to every decision', () => {
  const decisions = documents.filter(document => document.startsWith('docs/decisions/'));
  expect(decisions.length).toBeGreaterThan(0);
  expect(decisions.filter(decision => !readme.includes(`](${decision})`))).toEqual([]);
});

test('the README lists the settings that there are', () => {
  const refused = (): string => {
    try {
      readConfig({ PORTICO_UNKNOWN: 'x' });
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
    }
    return '';
  };
  expect(tableOf('Settings')).toEqual(/The settings are ([\w, ]+)\./.exec(refused())![1]!.split(', ').toSorted());
});

/** The commands that the help lists, those of groups with their group's name. Only what takes neither
    options nor arguments can be a group. */
async function commandsBelow(path: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(repositoryRoot, 'bin/portico.js'), ...path, '--help']);
  const listed = [...(stdout.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}(\S+)( [[<])?/gm)].filter(([, name]) => name !== 'help');
  if (listed.length === 0) return [path.join(' ')];
  const below = listed.map(async ([, name, takes]) => (takes ? [[...path, name!].join(' ')] : commandsBelow([...path, name!])));
  return (await Promise.all(below)).flat();
}

test('the README lists the commands that there are', async () => {
  expect(tableOf('Commands')).toEqual((await commandsBelow([])).toSorted());
}, 60_000);

describe('the first request', () => {
  let dataDir: string;
  let gateway: ChildProcess;
  let printed = '';

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'portico-readme-'));
    gateway = spawn(process.execPath, [join(repositoryRoot, 'dist/src/main.js')], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', PORTICO_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      gateway.once('exit', () => reject(new Error(`The gateway did not start:\n${printed}`)));
      gateway.stdout!.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes(`"}'\n`)) resolve();
      });
    });
  }, 60_000);

  afterAll(async () => {
    const exited = gateway.exitCode === null ? once(gateway, 'exit') : Promise.resolve();
    gateway.kill('SIGTERM');
    await exited;
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** The shell's command in a text, line by line, without what differs from start to start. */
  const command = (text: string): string[] =>
    /^ *curl -s \S+\/graphql .*?'$/ms
      .exec(text)![0]
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'URL')
      .replaceAll(/(int|pcs)_[\w.-]+/g, '$1_...')
      .split('\n')
      .map(line => line.trim());

  test('is in the README as the gateway prints it', () => {
    expect(command(printed)).toEqual(command(readme));
  });

  test('has the answer that stands below it', async () => {
    const { url, live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string; live: { clientId: string; clientSecret: string } };
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: live.clientId, client_secret: live.clientSecret });
    const { access_token: token } = (await (await fetch(`${url}/oauth/token`, { method: 'POST', body: form })).json()) as { access_token: string };
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: /'(\{.*\})'$/.exec(command(printed).at(-1)!)![1]!,
    });
    expect(await response.json()).toEqual(JSON.parse(/```json\n(.*?)```/s.exec(readme)![1]!));
  });
});
