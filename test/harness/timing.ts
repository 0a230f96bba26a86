/** Times, told apart from those of a busy machine. */
import { setTimeout as sleep } from 'node:timers/promises';

export const p99 = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;

/** How late a timer comes while something runs: on a busy machine everything is, and what is tested is not to blame. */
export async function whileTimed<T>(work: Promise<T>): Promise<{ outcome: T; lateP99Ms: number; latestMs: number }> {
  const late: number[] = [0];
  let isDone = false;
  const timing = (async () => {
    while (!isDone) {
      const begun = performance.now();
      await sleep(5);
      late.push(performance.now() - begun - 5);
    }
  })();
  const outcome = await work.finally(() => (isDone = true));
  await timing;
  return { outcome, lateP99Ms: p99(late), latestMs: Math.max(...late) };
}
