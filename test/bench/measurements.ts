/** Measures contenders in turns: a warm-up, then rounds in which each has its seconds; medians. */
import type { Contender } from './contenders.ts';
import type { BenchPartner } from './data.ts';
import { CONNECTIONS, load } from './load.ts';
import { cpuMs, postgresCpuMs, rssMiB } from './processes.ts';
import type { BenchRequest } from './workload.ts';

export interface Row {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Requests per second as a share of the limit's. */
  readonly ratioToLimit: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the contender's process and PostgreSQL together. */
  readonly cpuMsPerRequest: number;
  readonly nodeCpuMsPerRequest: number;
  readonly postgresCpuMsPerRequest: number;
  /** Of the contender's process, after its last round. */
  readonly rssMiB: number;
}

type Sample = Pick<Row, 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'nodeCpuMsPerRequest' | 'postgresCpuMsPerRequest'>;

export interface Effort {
  readonly rounds: number;
  /** Of each contender in each round. */
  readonly seconds: number;
}

/** Who is asked what. */
export interface Trial {
  readonly name: string;
  /** Process id of the PostgreSQL that they ask. */
  readonly postmaster: number;
  /** The first is the limit. */
  readonly contenders: readonly Contender[];
  readonly partners: readonly BenchPartner[];
  readonly requests: readonly BenchRequest[];
}

/** The first warm-up fills connections, caches and the JIT's profile from nothing, and is long. Each of the mix's 4,000 requests has come three times by then at 1,000 a second: what is kept is, as it is after
    hours. How it is before that, the row of the gateway that keeps nothing tells. */
const FIRST_WARM_SECONDS = 12;
const WARM_SECONDS = 1;

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export class Measurements {
  private readonly effort: Effort;

  constructor(effort: Effort) {
    this.effort = effort;
  }

  /** One row a contender, named after it and what was asked. */
  async take(trial: Trial): Promise<Row[]> {
    return (await this.takeInTurns([trial]))[0]!;
  }

  /** The rows of each trial. In each round a contender is asked in all trials, which have their contenders in one
      order, before the next one is: what is compared across trials is measured within seconds. */
  async takeInTurns(trials: readonly Trial[]): Promise<Row[][]> {
    const samples = new Map<Contender, Sample[]>(trials.flatMap(({ contenders }) => contenders.map(contender => [contender, []])));
    for (let round = 0; round < this.effort.rounds; round++) {
      for (const place of trials[0]!.contenders.keys()) {
        for (const trial of trials) {
          const contender = trial.contenders[place]!;
          samples.get(contender)!.push(await this.sample(trial, contender, round === 0 ? FIRST_WARM_SECONDS : WARM_SECONDS));
        }
      }
    }
    return trials.map(trial => this.rowsOf(trial, samples));
  }

  private rowsOf({ contenders, name }: Trial, samples: ReadonlyMap<Contender, readonly Sample[]>): Row[] {
    const middle = (contender: Contender, of: keyof Sample): number => median(samples.get(contender)!.map(sample => sample[of]));
    const limitRate = middle(contenders[0]!, 'requestsPerSecond');
    return contenders.map(contender => ({
      name: `${contender.name}: ${name}`,
      requestsPerSecond: Math.round(middle(contender, 'requestsPerSecond')),
      ratioToLimit: rounded(middle(contender, 'requestsPerSecond') / limitRate, 3),
      p50Ms: middle(contender, 'p50Ms'),
      p99Ms: middle(contender, 'p99Ms'),
      cpuMsPerRequest: rounded(median(samples.get(contender)!.map(sample => sample.nodeCpuMsPerRequest + sample.postgresCpuMsPerRequest)), 3),
      nodeCpuMsPerRequest: rounded(middle(contender, 'nodeCpuMsPerRequest'), 3),
      postgresCpuMsPerRequest: rounded(middle(contender, 'postgresCpuMsPerRequest'), 3),
      rssMiB: Math.round(rssMiB(contender.process.pid!)),
    }));
  }

  private async sample({ postmaster, partners, requests }: Trial, contender: Contender, warmSeconds: number): Promise<Sample> {
    const pid = contender.process.pid!;
    const spent = () => ({ node: cpuMs(pid), postgres: postgresCpuMs(postmaster) });
    let [before, after] = [spent(), spent()];
    // Anew each time: a token lives 15 minutes, a run may take longer.
    const headers = await contender.headersOf(partners);
    const { seconds } = this.effort;
    const result = await load(
      { url: contender.url, headers, requests, connections: CONNECTIONS, warmSeconds, seconds },
      () => (before = spent()),
      () => (after = spent()),
    );
    return {
      requestsPerSecond: result.requests / seconds,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      nodeCpuMsPerRequest: (after.node - before.node) / result.requests,
      postgresCpuMsPerRequest: (after.postgres - before.postgres) / result.requests,
    };
  }
}
