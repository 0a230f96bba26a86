import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { PoolShareExceeded, poolShare, type PoolShare } from './pool-share.ts';

/** Work that holds its connection until it is let go. */
function holding(pool: PoolShare, key: string, signal?: AbortSignal): { readonly running: boolean; release: () => void; done: Promise<unknown> } {
  let release = (): void => undefined;
  const held = new Promise<void>(resolve => {
    release = resolve;
  });
  const state = { running: false, release, done: Promise.resolve() as Promise<unknown> };
  state.done = pool
    .run(
      key,
      async () => {
        state.running = true;
        await held;
        state.running = false;
      },
      signal,
    )
    .catch((error: unknown) => error);
  return state;
}

const running = (work: readonly { running: boolean }[]): number => work.filter(one => one.running).length;

test('alone, an integration has all connections but one; whoever comes next gets that one at once', async () => {
  const pool = poolShare({ connections: 10, maxWaiting: 100 });
  const flood = Array.from({ length: 30 }, () => holding(pool, 'flood'));
  await turn();
  expect(running(flood)).toBe(9);
  const other = holding(pool, 'other');
  await turn();
  expect(other.running).toBe(true);
  for (const one of [...flood, other]) one.release();
  await Promise.all([...flood, other].map(one => one.done));
  expect([pool.active, pool.waiting]).toEqual([0, 0]);
});

test('where others wait, each connection that comes free goes to who holds fewest', async () => {
  const pool = poolShare({ connections: 4, maxWaiting: 100 });
  const flood = Array.from({ length: 20 }, () => holding(pool, 'flood'));
  await turn();
  const others = Array.from({ length: 5 }, (_, i) => holding(pool, `other ${i}`));
  await turn();
  expect([running(flood), running(others)]).toEqual([3, 1]);
  for (const one of flood.filter(({ running }) => running).slice(0, 2)) one.release();
  await turn();
  expect([running(flood), running(others)]).toEqual([1, 3]);
  for (const one of [...flood, ...others]) one.release();
  await Promise.all([...flood, ...others].map(one => one.done));
});

test('only so many wait, and more are refused', async () => {
  const pool = poolShare({ connections: 2, maxWaiting: 3 });
  const work = Array.from({ length: 5 }, () => holding(pool, 'a'));
  await turn();
  expect(await work[4]!.done).toBeInstanceOf(PoolShareExceeded);
  for (const one of work) one.release();
  await Promise.all(work.map(one => one.done));
  expect([pool.active, pool.waiting]).toEqual([0, 0]);
});

test('who leaves while waiting takes no turn', async () => {
  const pool = poolShare({ connections: 1, maxWaiting: 3 });
  const [first, gone] = [holding(pool, 'a'), new AbortController()];
  const [second, third] = [holding(pool, 'b', gone.signal), holding(pool, 'c')];
  gone.abort(new Error('gone'));
  expect(await second.done).toEqual(new Error('gone'));
  first.release();
  await first.done;
  await turn();
  expect([second.running, third.running]).toEqual([false, true]);
  third.release();
  await third.done;
  expect([pool.active, pool.waiting]).toEqual([0, 0]);
});

test('work that fails gives its connection back', async () => {
  const pool = poolShare({ connections: 1, maxWaiting: 3 });
  await expect(pool.run('a', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await pool.run('a', async () => 'done')).toBe('done');
});

test('whoever comes and goes, the connections suffice, no share is passed while others wait, and all get their turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), starts: fc.boolean(), pick: fc.nat(50) }), { maxLength: 80 }),
      async (connections, steps) => {
        const pool = poolShare({ connections, maxWaiting: 1_000 });
        const work: (ReturnType<typeof holding> & { key: string })[] = [];
        const faults: string[] = [];
        for (const { key, starts, pick } of steps) {
          const busy = work.filter(one => one.running);
          if (starts) work.push(Object.assign(holding(pool, key), { key }));
          else busy[pick % Math.max(1, busy.length)]?.release();
          await turn();
          if (pool.active > connections) faults.push('too many connections');
          // Idle beside somebody below his share who waits: nobody may be kept from a free connection.
          if (pool.waiting > 0 && pool.active < connections - 1) faults.push('idle');
        }
        for (let left = work.length; left > 0; left--) {
          for (const one of work) one.release();
          await turn();
        }
        await Promise.all(work.map(one => one.done));
        expect([faults, pool.active, pool.waiting]).toEqual([[], 0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});
