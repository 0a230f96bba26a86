/** What a request costs as the tables around it grow: a database of each size, all of them asked in turns, so that
    whatever the machine does meanwhile it does to all sizes alike. */
import { startPortico, stopContenders, type Contender } from './contenders.ts';
import { median, type Measurements, type Row } from './measurements.ts';
import { startStand, type Stand } from './stand.ts';
import { requestsOf } from './workload.ts';

/** Partners of each database. */
const SIZES = [10, 1_000, 10_000];

/** The same number asks at each size, evenly spread: what changes is how much lies around what is theirs. */
const ASKERS = [10, 200];

/** Gateways that keep answers, of each size: one costs up to 1.7 times what another does in the same place, as V8's
    collector happens to settle, for as long as it lives. Their median is compared. */
const GATEWAYS = 3;

/** Growth must not change the cost of a request by more than this share. */
const FLAT_WITHIN = 0.2;

export interface Growth {
  readonly rows: readonly Row[];
  /** A line for each contender and number of askers. */
  readonly changes: readonly string[];
}

export async function measureGrowth(measurements: Measurements): Promise<Growth> {
  const stands = new Map<number, Stand>();
  const more = new Map<number, Contender[]>();
  const [rows, changes]: [Row[], string[]] = [[], []];
  try {
    for (const size of SIZES) {
      const stand = await startStand();
      stands.set(size, stand);
      await stand.data.growTo(size);
      const others: Contender[] = [];
      more.set(size, others);
      for (let nth = 2; nth <= GATEWAYS; nth++) others.push(await startPortico(stand.dataDir, { nth }));
    }
    for (const askers of ASKERS) {
      const sizes = SIZES.filter(size => askers <= size);
      const trials = await Promise.all(
        sizes.map(async size => {
          const { postmaster, data, limit, portico, keepingNothing } = stands.get(size)!;
          return {
            name: `mix, ${askers} of ${size} partners`,
            postmaster,
            contenders: [limit, keepingNothing, portico, ...more.get(size)!],
            partners: await data.partners(askers),
            requests: requestsOf(askers),
          };
        }),
      );
      const taken = await measurements.takeInTurns(trials);
      for (const [name, from, to] of [
        ['limit', 0, 1],
        ['portico, nothing kept', 1, 2],
        ['portico', 2, 2 + GATEWAYS],
      ] as const) {
        const costs = taken.map(ofSize => median(ofSize.slice(from, to).map(({ cpuMsPerRequest }) => cpuMsPerRequest)));
        const change = Math.max(...costs) / Math.min(...costs) - 1;
        const percent = `${(change * 100).toFixed(0)} % (${FLAT_WITHIN * 100} % may be)`;
        changes.push(`${name}: with ${sizes.join(', ')} partners, of whom ${askers} ask, a request costs ${costs.join(', ')} ms of CPU: it changes by ${percent}.`);
      }
      rows.push(...taken.flat());
    }
  } finally {
    await stopContenders([...more.values()].flat());
    for (const stand of stands.values()) await stand.stop();
  }
  return { rows, changes };
}
