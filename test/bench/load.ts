/** Starts load in another process, so that asking costs the bench nothing that it would count. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchRequest } from './workload.ts';

export const CONNECTIONS = 32;

export interface LoadJob {
  readonly url: string;
  /** Of each partner, by its place. */
  readonly headers: readonly Readonly<Record<string, string>>[];
  readonly requests: readonly BenchRequest[];
  readonly connections: number;
  readonly warmSeconds: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type LoadMessage = { readonly stage: 'begun' } | ({ readonly stage: 'ended'; readonly refused: number; readonly errors: number } & LoadResult);

/** Throws unless every request was answered with data.
    @param onBegun called when the warm-up is over
    @param onEnded called before the load's process is gone */
export async function load(job: LoadJob, onBegun: () => void = () => undefined, onEnded: () => void = () => undefined): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('load-process.js', import.meta.url)));
  child.send(job);
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`The load on ${job.url} ended early (${code}).`)));
    child.on('message', (message: LoadMessage) => {
      if (message.stage === 'begun') return onBegun();
      onEnded();
      if (message.refused === 0 && message.errors === 0) resolve(message);
      else reject(new Error(`${job.url}: ${message.refused} answers without data and ${message.errors} errors.`));
    });
  });
}
