import { Plans, statementFor } from './plans.ts';
import { ReadRequest } from './request.ts';

const compiled = (text: string, answer: string) => ({
  text,
  params: [],
  refusals: [],
  guards: [{ question: (request: ReadRequest) => String(request.variables['shape']), answer }],
});
const shaped = (shape: string): ReadRequest => new ReadRequest({}, { shape });

test('plans keep within their bytes, whatever callers send', () => {
  const plans = new Plans(400_000);
  for (let i = 0; i < 1000; i++) plans.keep(`document ${i}`, compiled('x'.repeat(5000), 'a'));
  expect(plans.bytes).toBeLessThanOrEqual(400_000);
  expect(plans.size).toBeGreaterThan(1);
});

test('a document keeps at most sixteen variants, the newest ones', () => {
  const plans = new Plans(10_000_000);
  for (let i = 0; i < 40; i++) plans.keep('document', compiled(`select ${i}`, `shape ${i}`));
  const kept = Array.from({ length: 40 }, (_, i) => i).filter(i => plans.find('document', shaped(`shape ${i}`)));
  expect(kept).toEqual(Array.from({ length: 16 }, (_, i) => i + 24));
});

test('a plan serves only requests that answer its questions alike', () => {
  const plans = new Plans(100_000);
  plans.keep('document', compiled('select 1', 'a'));
  expect(plans.find('document', shaped('a'))?.text).toBe('select 1');
  expect(plans.find('document', shaped('b'))).toBeUndefined();
});

test('a statement gets its name with its third use', () => {
  const plan = new Plans(100_000).keep('document', compiled('select 1', 'a'));
  expect([1, 2, 3].map(() => statementFor(plan, shaped('a')).name)).toEqual([undefined, undefined, plan.name]);
});
