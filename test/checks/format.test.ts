import { scratchRepository, type ScratchRepository } from './scratch-repository.ts';

let repository: ScratchRepository;

beforeAll(() => {
  repository = scratchRepository({ 'src/tidy.ts': "export const quote = 'single';\n" });
});
afterAll(() => repository.remove());

test('an unformatted file fails, with its name and the command that mends it', () => {
  repository.write({ 'src/untidy.ts': 'export const quote = "double"\n' });
  const before = repository.run('format:check');
  expect(before.passed).toBe(false);
  expect(before.output).toContain('src/untidy.ts');
  expect(before.output).not.toContain('src/tidy.ts');
  expect(before.output).toContain('npm run format');

  repository.run('format');
  expect(repository.run('format:check')).toMatchObject({ passed: true });
});
