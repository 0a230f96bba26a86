/** What is worth its memory: answers to questions that come again, for as long as they do. */
import { BURST, KeptAnswers } from './kept.ts';

const ANSWER_BYTES = 1_000;
const answer = { data: 'x'.repeat(ANSWER_BYTES - 400), errors: null, object_count: 0, version: '1' };

/** Asks as a reader does. Answers whether it was kept. */
function ask(kept: KeptAnswers, question: string): boolean {
  if (kept.find(question)) return true;
  kept.keep(question, answer);
  return false;
}

const named = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);
const hitsOf = (kept: KeptAnswers, questions: readonly string[]): number => questions.filter(question => ask(kept, question)).length;

describe('kept answers', () => {
  test('are those of questions that come again, after more than a burst', () => {
    const kept = new KeptAnswers(1_000 * ANSWER_BYTES);
    const often = named('often', 3);
    for (let times = 0; times < 4; times++) expect(hitsOf(kept, often)).toBe(0);
    expect(hitsOf(kept, named('once', BURST))).toBe(0);
    expect(hitsOf(kept, often)).toBe(0);
    expect(hitsOf(kept, often)).toBe(3);
  });

  test('stay where a few more questions than there is room for come round in turn', () => {
    const kept = new KeptAnswers(1_000 * ANSWER_BYTES);
    const round = named('round', 1_100);
    for (let times = 0; times < 2; times++) hitsOf(kept, round);
    for (let times = 0; times < 5; times++) expect(hitsOf(kept, round)).toBeGreaterThanOrEqual(900);
    expect(kept.bytes).toBeLessThanOrEqual(1_000 * ANSWER_BYTES);
  });

  test('make room, all of them, once others are asked for instead', () => {
    const kept = new KeptAnswers(1_000 * ANSWER_BYTES);
    const [before, after] = [named('before', 900), named('after', 900)];
    for (let times = 0; times < 3; times++) hitsOf(kept, before);
    expect(hitsOf(kept, before)).toBe(900);
    for (let times = 0; times < 2; times++) hitsOf(kept, after);
    expect(hitsOf(kept, after)).toBe(900);
    expect(kept.bytes).toBeLessThanOrEqual(1_000 * ANSWER_BYTES);
  });

  test('are not pushed out by questions of which none comes again', () => {
    const kept = new KeptAnswers(1_000 * ANSWER_BYTES);
    const habit = named('habit', 950);
    for (let times = 0; times < 2; times++) hitsOf(kept, habit);
    hitsOf(kept, named('once', 20_000));
    expect(hitsOf(kept, habit)).toBe(950);
  });
});
