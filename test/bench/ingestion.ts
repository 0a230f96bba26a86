/** Events a second through each door, beside what PostgreSQL takes of the same events when nobody looks at them. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { tokensAt, type Contender } from './contenders.ts';
import type { BenchPartner } from './data.ts';
import type { Effort } from './measurements.ts';
import { cpuMs, postgresCpuMs, rssMiB } from './processes.ts';

export interface IngestionRow {
  readonly name: string;
  readonly eventsPerSecond: number;
  /** Events a second as a share of the plain insert's. */
  readonly ratioToPlain: number;
  /** Of the gateway and PostgreSQL together; the plain insert has no gateway. */
  readonly cpuMsPerThousand: number;
  /** From the last answer until all events are in the metrics; zero where none are measured. */
  readonly measuredAfterMs: number;
  /** Most of the gateway's process while events came, in its rounds. */
  readonly rssMiB: number;
}

interface Sample {
  readonly perSecond: number;
  readonly cpuMsPerThousand: number;
  readonly measuredAfterMs: number;
  readonly rssMiB: number;
}

/** Events of one batch: as many as `ingestEvents` takes. */
const BATCH = 1_000;
/** Operations that one client has under way. */
const LANES = 2;
const DAY_MS = 86_400_000;

const INGEST = 'mutation ($events: [CloudEvent!]!) { ingestEvents(input: { events: $events }) { accepted } }';

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface BenchEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly data: object;
}

/** Events of three kinds that are in no other batch. */
class Events {
  private next = 0;
  batch(): BenchEvent[] {
    const now = Date.now();
    return Array.from({ length: BATCH }, (): BenchEvent => {
      const i = this.next++;
      const kinds: [string, object][] = [
        ['case.resolved', { case: `c${i}`, duration: { value: i % 100, unit: 'min' }, reopened: i % 9 === 0 }],
        ['order.placed', { order: `o${i}`, shopper: `s${(i * 7919) % 5000}`, amount: { minorUnits: i, currency: 'EUR' }, repeat: i % 4 === 0 }],
        ['checkout.finished', { checkout: `k${i}`, outcome: i % 5 === 0 ? 'ABANDONED' : 'ORDERED', duration: { value: i % 60, unit: 's' } }],
      ];
      const [type, data] = kinds[i % 3]!;
      return { specversion: '1.0', id: `e${i}`, source: '/bench', type, time: new Date(now - DAY_MS * ((i * 31) % 20) - 60_000).toISOString(), data };
    });
  }
}

/** Sends batches for `seconds`, and answers how many events were taken. Each throws unless all of its events were. */
type Door = (seconds: number) => Promise<number>;

export class IngestionBench {
  private readonly events = new Events();
  private readonly portico: Contender;
  private readonly postmaster: number;
  private readonly effort: Effort;
  private readonly client: pg.Client;

  constructor(portico: Contender, ownerUrl: string, postmaster: number, effort: Effort) {
    this.portico = portico;
    this.postmaster = postmaster;
    this.effort = effort;
    this.client = new pg.Client({ connectionString: ownerUrl });
  }

  /** A row for the plain insert and each door, in turns as the requests are. */
  async rows(partner: BenchPartner): Promise<IngestionRow[]> {
    await this.client.connect();
    try {
      await this.client.query('create table bench_event (source text, id text, type text, occurred_at timestamptz, data jsonb, primary key (source, id))');
      const origin = new URL(this.portico.url).origin;
      const authorization = async (): Promise<Record<string, string>> => (await tokensAt(origin)([partner]))[0]!;
      const doors: readonly (readonly [string, Door])[] = [
        ['plain insert', seconds => this.inserted(seconds)],
        ['POST /events/bulk', async seconds => this.streamed(`${origin}/events/bulk`, await authorization(), seconds)],
        ['ingestEvents', async seconds => this.mutated(this.portico.url, await authorization(), seconds)],
      ];
      const samples = doors.map((): Sample[] => []);
      for (let round = 0; round <= this.effort.rounds; round++) {
        for (const [i, [, door]] of doors.entries()) {
          const sample = await this.sample(door);
          // The first one warms.
          if (round > 0) samples[i]!.push(sample);
        }
      }
      const plain = median(samples[0]!.map(({ perSecond }) => perSecond));
      return doors.map(([name], i) => {
        const of = (key: keyof Sample): number => median(samples[i]!.map(sample => sample[key]));
        return {
          name,
          eventsPerSecond: Math.round(of('perSecond')),
          ratioToPlain: Number((of('perSecond') / plain).toFixed(3)),
          cpuMsPerThousand: Math.round(of('cpuMsPerThousand')),
          measuredAfterMs: Math.round(of('measuredAfterMs')),
          rssMiB: Math.max(...samples[i]!.map(sample => sample.rssMiB)),
        };
      });
    } finally {
      await this.client.end();
    }
  }

  private async sample(door: Door): Promise<Sample> {
    const { pid } = this.portico.process;
    const cpu = (): number => cpuMs(pid!) + postgresCpuMs(this.postmaster);
    const [begun, cpuBefore] = [performance.now(), cpu()];
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, rssMiB(pid!))), 100);
    const taken = await door(this.effort.seconds);
    const answered = performance.now();
    await this.allMeasured();
    clearInterval(watch);
    return {
      perSecond: taken / ((answered - begun) / 1_000),
      cpuMsPerThousand: (cpu() - cpuBefore) / (taken / 1_000),
      measuredAfterMs: performance.now() - answered,
      rssMiB: Math.round(most),
    };
  }

  private async allMeasured(): Promise<void> {
    for (;;) {
      const { rows } = await this.client.query<{ waits: boolean }>('select exists (select from portico.event_batch where measured_at is null) as waits');
      if (!rows[0]!.waits) return;
      await sleep(10);
    }
  }

  private async inserted(seconds: number): Promise<number> {
    let taken = 0;
    for (const begun = performance.now(); performance.now() - begun < seconds * 1_000; taken += BATCH) {
      const batch = this.events.batch();
      await this.client.query('insert into bench_event select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])', [
        batch.map(({ source }) => source),
        batch.map(({ id }) => id),
        batch.map(({ type }) => type),
        batch.map(({ time }) => time),
        batch.map(({ data }) => JSON.stringify(data)),
      ]);
    }
    return taken;
  }

  /** One request, for as long as it is given. */
  private async streamed(url: string, authorization: Record<string, string>, seconds: number): Promise<number> {
    const { events } = this;
    const begun = performance.now();
    let sent = 0;
    async function* lines(): AsyncGenerator<Buffer> {
      for (; performance.now() - begun < seconds * 1_000; sent += BATCH)
        yield Buffer.from(
          events
            .batch()
            .map(event => `${JSON.stringify(event)}\n`)
            .join(''),
        );
    }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...authorization },
      body: ReadableStream.from(lines()),
      duplex: 'half',
    });
    return took(sent, ((await response.json()) as { accepted?: number }).accepted, response.status);
  }

  private async mutated(url: string, authorization: Record<string, string>, seconds: number): Promise<number> {
    const begun = performance.now();
    const lanes = Array.from({ length: LANES }, async () => {
      let taken = 0;
      while (performance.now() - begun < seconds * 1_000) {
        const body = JSON.stringify({ query: INGEST, variables: { events: this.events.batch() } });
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...authorization }, body });
        const { data } = (await response.json()) as { data?: { ingestEvents: { accepted: number } } };
        taken += took(BATCH, data?.ingestEvents.accepted, response.status);
      }
      return taken;
    });
    return (await Promise.all(lanes)).reduce((sum, taken) => sum + taken, 0);
  }
}

function took(sent: number, accepted: number | undefined, status: number): number {
  if (accepted !== sent) throw new Error(`Of ${sent} events ${accepted ?? 'none'} were accepted (HTTP ${status}).`);
  return sent;
}
