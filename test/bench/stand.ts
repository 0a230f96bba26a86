/** A database of the benchmark's with those who are measured on it at every part: the limit, Portico, and a Portico
    that keeps no answers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { widenLimits } from '../harness/limits.ts';
import { startLimit, startPortico, stopContenders, type Contender } from './contenders.ts';
import { BenchData, type BenchPartner } from './data.ts';

export interface Stand {
  readonly dataDir: string;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** Process id of its PostgreSQL. */
  readonly postmaster: number;
  readonly data: BenchData;
  readonly live: BenchPartner & { readonly environmentId: string };
  readonly limit: Contender;
  readonly portico: Contender;
  readonly keepingNothing: Contender;
  /** Ends them, and leaves nothing. */
  stop(): Promise<void>;
}

export async function startStand(): Promise<Stand> {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const contenders: Contender[] = [];
  const stop = async (): Promise<void> => {
    await stopContenders(contenders);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const portico = await startPortico(dataDir);
    contenders.push(portico);
    const keepingNothing = await startPortico(dataDir, { keeps: false });
    contenders.push(keepingNothing);
    const { live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Pick<Stand, 'live'>;
    const { ownerUrl, serviceUrl } = await startEmbeddedPostgres({ dataDir, log: { info: () => undefined, warn: () => undefined } });
    const postmaster = Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
    // Limits stay on, and refuse nobody: what is measured is what they cost.
    await widenLimits(ownerUrl);
    const limit = await startLimit(ownerUrl, live.environmentId);
    contenders.push(limit);
    return { dataDir, ownerUrl, serviceUrl, postmaster, data: new BenchData(ownerUrl, live.environmentId), live, limit, portico, keepingNothing, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
