import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchRepository, type ScratchRepository } from './scratch-repository.ts';

let repository: ScratchRepository;

beforeEach(() => {
  repository = scratchRepository();
});
afterEach(() => repository.remove());

const lines = (count: number) => '// line\n'.repeat(count);

test('a repository that keeps the rules passes', () => {
  repository.write({ 'src/base/long.ts': lines(400), 'README.md': 'Settings live in `/etc/portico`, data in `src/home/page.ts`.\n' });
  expect(repository.run('repository:check')).toEqual({ passed: true, output: '' });
});

test.each(['src/base/long.ts', 'migrations/20270101_01_long.sql', 'scripts/long.mjs'])('%s of 401 lines is refused', file => {
  repository.write({ [file]: lines(401) });
  const { passed, output } = repository.run('repository:check');
  expect(passed).toBe(false);
  expect(output).toContain(`${file} has 401 lines, the limit is 400`);
});

test.each(['work', 'home', 'Users'])('a path below /%s is refused, with its line', folder => {
  const path = ['', folder, 'somebody', 'portico'].join('/');
  repository.write({ 'docs/guide.md': `Start here.\nRun it in ${path}.\n` });
  const { passed, output } = repository.run('repository:check');
  expect(passed).toBe(false);
  expect(output).toContain(`docs/guide.md:2 names ${['', folder, 'somebody'].join('/')}`);
});

test.each(['^1.2.3', '~1.2.3', '1.x', 'latest', '>=1'])('a package asked for as %s is refused', version => {
  const manifest = JSON.parse(readFileSync(join(repository.folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  manifest.dependencies['left-pad'] = version;
  repository.write({ 'package.json': JSON.stringify(manifest) });
  const { passed, output } = repository.run('repository:check');
  expect(passed).toBe(false);
  expect(output).toContain(`package.json asks for left-pad ${version}`);
});
