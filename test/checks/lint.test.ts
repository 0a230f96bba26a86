/** Each rule that the code leans on, seen to fail. */
import { scratchRepository, type ScratchRepository } from './scratch-repository.ts';

const CASES: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-floating-promises', 'src/base/floating.ts', 'const work = async (): Promise<void> => undefined;\nexport function start(): void {\n  work();\n}\n'],
  ['no-misused-promises', 'src/base/misused.ts', 'const check = async (): Promise<boolean> => true;\nexport const verdict = (): string => (check() ? "yes" : "no");\n'],
  ['await-thenable', 'src/base/awaits.ts', 'export async function wait(): Promise<void> {\n  await 1;\n}\n'],
  [
    'return-await',
    'src/base/returns.ts',
    'const work = async (): Promise<void> => undefined;\nexport async function go(): Promise<void> {\n  try {\n    return work();\n  } catch {\n    return undefined;\n  }\n}\n',
  ],
  [
    'switch-exhaustiveness-check',
    'src/base/switches.ts',
    "export function word(kind: 'LIVE' | 'SANDBOX'): string {\n  switch (kind) {\n    case 'LIVE':\n      return 'live';\n  }\n  return '';\n}\n",
  ],
  ['only-throw-error', 'src/base/throws.ts', "export function refuse(): never {\n  throw 'no';\n}\n"],
  ['no-explicit-any', 'src/base/any.ts', 'export const anything = (value: any): unknown => value;\n'],
  ['no-restricted-properties', 'src/limits/reads-environment.ts', "export const level = process.env['LOG_LEVEL'];\n"],
  ['no-restricted-properties', 'src/limits/takes-environment.ts', 'export const { env } = process;\n'],
  ['no-restricted-imports', 'src/limits/imports-environment.ts', "export { env } from 'node:process';\n"],
  ['no-restricted-imports', 'src/explorer/app/reaches-out.ts', "export { wallClock } from '../../base/clock.ts';\n"],
  ['no-console', 'src/base/prints.ts', "console.log('hello');\n"],
  ['no-warning-comments', 'src/base/later.ts', `// ${['TO', 'DO'].join('')}: later\nexport const later = 1;\n`],
  ['no-conditional-expect', 'test/api/branches.test.ts', "test('branches', () => {\n  if (Date.now() > 0) {\n    expect(1).toBe(1);\n  }\n});\n"],
  ['no-focused-tests', 'test/api/focused.test.ts', "test.only('alone', () => {\n  expect(1).toBe(1);\n});\n"],
];

let repository: ScratchRepository;
let output: string;

beforeAll(() => {
  repository = scratchRepository(Object.fromEntries(CASES.map(([, file, text]) => [file, text])));
  output = repository.run('lint', '--format=unix').output;
});
afterAll(() => repository.remove());

test.each(CASES)('%s is refused in %s', (rule, file) => {
  expect(output.split('\n').filter(line => line.startsWith(`${file}:`) && line.includes(`(${rule})`))).not.toEqual([]);
});

test('code that breaks no rule passes, and config.ts may read the environment', () => {
  const tidy = scratchRepository({
    'src/base/tidy.ts': 'export const one = 1;\n',
    'src/config.ts': "export const level = process.env['LOG_LEVEL'];\n",
  });
  try {
    expect(tidy.run('lint')).toMatchObject({ passed: true });
  } finally {
    tidy.remove();
  }
});
