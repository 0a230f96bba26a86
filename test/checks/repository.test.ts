import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, scratchRepository, type ScratchRepository, type Verdict } from './scratch-repository.ts';

const LONG = ['src/base/long.ts', 'migrations/20270101_01_long.sql', 'scripts/long.mjs', 'src/explorer/app/long.css'];
const MACHINES = ['work', 'home', 'Users'];
const RANGES = { caret: '^1.2.3', tilde: '~1.2.3', family: '1.x', newest: 'latest', floor: '>=1' };

const lines = (count: number) => '// line\n'.repeat(count);
/** Put together here, so that the check does not find this file itself. */
const below = (folder: string) => ['', folder, 'somebody', 'portico'].join('/');

function manifestWith(dependencies: Readonly<Record<string, string>>): string {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { dependencies: object };
  return JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, ...dependencies } });
}

describe('with every rule broken', () => {
  let repository: ScratchRepository;
  let verdict: Verdict;

  beforeAll(() => {
    repository = scratchRepository({
      ...Object.fromEntries(LONG.map(file => [file, lines(401)])),
      ...Object.fromEntries(MACHINES.map(folder => [`docs/${folder}.md`, `Start here.\nRun it in ${below(folder)}.\n`])),
      'package.json': manifestWith(RANGES),
    });
    verdict = repository.run('repository:check');
  });
  afterAll(() => repository.remove());

  test('the check fails', () => {
    expect(verdict.passed).toBe(false);
  });

  test.each(LONG)('%s of 401 lines is refused', file => {
    expect(verdict.output).toContain(`${file} has 401 lines, the limit is 400`);
  });

  test.each(MACHINES)('a path below /%s is refused, with its line', folder => {
    expect(verdict.output).toContain(`docs/${folder}.md:2 names ${['', folder, 'somebody'].join('/')}`);
  });

  test.each(Object.entries(RANGES))('a package pinned by %s (%s) is refused', (name, range) => {
    expect(verdict.output).toContain(`package.json asks for ${name} ${range}: pin one exact version`);
  });
});

test('a repository that keeps the rules passes', () => {
  const repository = scratchRepository({ 'src/base/long.ts': lines(400), 'README.md': 'Settings live in `/etc/portico`, pages in `src/home/page.ts`.\n' });
  try {
    expect(repository.run('repository:check')).toEqual({ passed: true, output: '' });
  } finally {
    repository.remove();
  }
});
