/** Commands for events and metrics: sending a file of events, and proving the sums that are kept. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { wallClock } from '../base/clock.ts';
import { ConfigError, readConfig } from '../config.ts';
import { settleLive } from '../database.ts';
import { demoFile } from '../demo.ts';
import { measureWaiting, recompute } from '../measurement/index.ts';
import { inTransaction } from '../platform/postgres/database.ts';
import { print, withDatabase } from './session.ts';

/** Lines of one request: enough that asking costs nothing beside, few enough to be sent again. */
const LINES_AT_ONCE = 20_000;

/** How often a request that failed is sent again: events count once, so that it does no harm. */
const MAX_TRIES = 8;

/** All events of an environment take as long as they take. */
const LONGEST_MS = 6 * 60 * 60_000;

const RECEIPT = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  rejectedCount: z.number(),
  rejected: z.array(z.object({ line: z.number(), id: z.string().nullable(), path: z.string(), reason: z.string() })),
});
type Receipt = z.infer<typeof RECEIPT>;

export interface IngestOptions {
  readonly url?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly json?: boolean;
}

interface Sender {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Who sends: as the options say, or the demo's live integration. */
async function senderOf({ url, clientId, clientSecretFile }: IngestOptions): Promise<Sender> {
  if (url && clientId && clientSecretFile) return { url: url.replace(/\/+$/, ''), clientId, clientSecret: (await readFile(clientSecretFile, 'utf8')).trim() };
  if (url || clientId || clientSecretFile) throw new ConfigError('Give --url, --client-id and --client-secret-file together, or none of them for the demo on this machine.');
  const file = demoFile(readConfig().dataDir);
  try {
    const demo = JSON.parse(await readFile(file, 'utf8')) as { url: string; live: { clientId: string; clientSecret: string } };
    return { url: demo.url, ...demo.live };
  } catch {
    throw new ConfigError(`There is no demo here (${file}). Give --url, --client-id and --client-secret-file.`);
  }
}

export async function ingestFile(file: string, options: IngestOptions): Promise<void> {
  const sender = await senderOf(options);
  const begun = performance.now();
  const total = { lines: 0, accepted: 0, duplicates: 0, rejected: 0 };
  let token: string | null = null;
  for await (const lines of linesOf(file)) {
    const receipt = await sendAgain(
      async () => sendLines(sender, (token ??= await tokenOf(sender)), lines),
      () => (token = null),
    );
    for (const { line, id, path, reason } of receipt.rejected) process.stderr.write(`${file}:${total.lines + line}: ${id ?? 'no id'}: ${path || 'the event'}: ${reason}\n`);
    total.lines += lines.length;
    total.accepted += receipt.accepted;
    total.duplicates += receipt.duplicates;
    total.rejected += receipt.rejectedCount;
    const seconds = (performance.now() - begun) / 1000;
    if (!options.json) process.stderr.write(`${total.lines} lines, ${Math.round(total.lines / seconds)} a second\n`);
  }
  print(total, { json: options.json ?? false });
}

/** The file's lines, so many at a time; one that ends in .gz is unpacked. */
async function* linesOf(file: string): AsyncGenerator<string[]> {
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  if (input !== bytes) bytes.once('error', error => input.destroy(error));
  let lines: string[] = [];
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    lines.push(line);
    if (lines.length < LINES_AT_ONCE) continue;
    yield lines;
    lines = [];
  }
  if (lines.length > 0) yield lines;
}

async function tokenOf({ url, clientId, clientSecret }: Sender): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new ConfigError(`${url} gives ${clientId} no access token: its id or secret is wrong, or was revoked.`);
  return token;
}

/** The gateway answered that it cannot be done, or not now. */
class NotTaken extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`The gateway answered ${status}: ${text.slice(0, 500)}`);
    this.status = status;
  }
}

async function sendLines({ url }: Sender, token: string, lines: readonly string[]): Promise<Receipt> {
  const response = await fetch(`${url}/events/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip', authorization: `Bearer ${token}` },
    body: new Uint8Array(gzipSync(`${lines.join('\n')}\n`, { level: 1 })),
  });
  const text = await response.text();
  if (!response.ok) throw new NotTaken(response.status, text);
  return RECEIPT.parse(JSON.parse(text));
}

/** Sends until it is taken: waits out a gateway that is gone or has no room, and renews a token that has ended. */
async function sendAgain(send: () => Promise<Receipt>, renew: () => void): Promise<Receipt> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      const status = error instanceof NotTaken ? error.status : 503;
      if (error instanceof ConfigError || tries === MAX_TRIES || ![401, 429, 500, 503].includes(status)) throw error;
      if (status === 401) renew();
      await sleep(250 * 2 ** tries);
    }
  }
}

/** What the events say, against the sums that are kept: of the live environment, or of a sandbox. */
export const recomputeMetrics = ({ prove, environment, json }: { prove?: boolean; environment?: string; json?: boolean }): Promise<void> =>
  withDatabase(
    async database => {
      const environmentId = environment ?? (await settleLive(database, wallClock));
      await measureWaiting(database);
      const { sums, differences } = await inTransaction(database, { environmentId, partnerId: '*' }, tx => recompute(tx, environmentId, { mend: !prove }));
      if (json) process.stdout.write(`${JSON.stringify({ sums, differences })}\n`);
      else {
        for (const it of differences)
          process.stdout.write(
            `${it.metric} of ${it.integration_id}, ${it.grain} from ${it.starts_on}: kept ${it.kept ?? 'nothing'}, by the events ${it.recomputed ?? 'nothing'}\n`,
          );
        process.stdout.write(
          differences.length === 0
            ? `All ${sums} sums are what the events say.\n`
            : prove
              ? 'The sums above differ. Without --prove they are made anew.\n'
              : 'The sums were made anew.\n',
        );
      }
      if (prove && differences.length > 0) process.exitCode = 1;
    },
    { statementTimeoutMs: LONGEST_MS },
  );
