/** Commands for the access log: an export for auditors, and the verifier, which works offline. */
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { JWK } from 'jose';
import { readCheckpoint, type Checkpoint } from '../consent/proof/checkpoint.ts';
import { faultOfConsistency, faultOfInclusion, verifyLog, type AuditProofAnswer, type ConsistencyProofAnswer } from '../consent/proof/verify.ts';
import { UnusableInput, textIn } from './files.ts';
import { print } from './output.ts';

const FILES = { entries: 'entries.ndjson', leaves: 'leaves.txt', checkpoint: 'checkpoint.jws', keys: 'keys.json' } as const;

export interface VerifyOptions {
  readonly checkpoint: string[];
  readonly leaves?: string;
  readonly keys?: string;
  readonly json?: boolean;
}

/** Verifies an export's folder, or a file that holds the answer of `auditProof` or `consistencyProof`. Exit code 1 where it does not hold. */
export async function verifyAudit(path: string, options: VerifyOptions): Promise<void> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  await (isFolder ? verifyFolder(path, options) : verifyAnswer(path, options));
}

async function verifyFolder(folder: string, { checkpoint: held, leaves, keys: keysFile, json = false }: VerifyOptions): Promise<void> {
  // What was kept from before is checked with keys that were kept from before: a rebuilt log brings keys of its own.
  const keys = keysIn(keysFile ?? join(folder, FILES.keys));
  const checkpoints: Checkpoint[] = [];
  const faults: string[] = [];
  for (const file of [join(folder, FILES.checkpoint), ...held]) {
    const said = await readCheckpoint(textIn(file).text.trim(), keys);
    if (typeof said === 'string') faults.push(`${file} is no checkpoint that counts. ${said}`);
    else checkpoints.push(said);
  }
  if (new Set(checkpoints.map(({ environment }) => environment)).size > 1) faults.push('The checkpoints are of more than one environment.');
  const lines = createInterface({ input: createReadStream(join(folder, FILES.entries)), crlfDelay: Infinity });
  const known = leaves === undefined ? [] : textIn(leaves).text.trim().split('\n');
  const verdict = await verifyLog({ lines, checkpoints, leaves: known });
  const found = [...faults, ...verdict.faults];
  if (json) print({ entries: verdict.entries, checkpoints: checkpoints.map(({ size }) => size), holds: found.length === 0, faults: found, firstBad: verdict.firstBad }, { json });
  else {
    const names =
      verdict.firstBad &&
      `The first that differs is number ${verdict.firstBad.leafIndex}${verdict.firstBad.found ? `, where ${verdict.firstBad.found} stands` : ', which is missing'}.`;
    const covered = Math.max(0, ...checkpoints.map(({ size }) => size));
    process.stdout.write(
      `${found.length === 0 ? `${verdict.entries} entries; all ${covered} that the checkpoints cover are as they were.` : [...found, ...(names ? [names] : [])].join('\n')}\n`,
    );
  }
  if (found.length > 0) process.exitCode = 1;
}

async function verifyAnswer(file: string, { keys: keysFile, json = false }: VerifyOptions): Promise<void> {
  if (keysFile === undefined) throw new UnusableInput('A proof is checked with keys that you have: give --keys, a file with what /.well-known/log-keys.json answers.');
  const keys = keysIn(keysFile);
  const answer = parsed<{ data?: Partial<Proofs> } & Partial<Proofs>>(file);
  const { auditProof, consistencyProof } = { ...answer, ...answer.data };
  if (!auditProof && !consistencyProof) throw new UnusableInput(`${file}: It holds neither an auditProof nor a consistencyProof.`);
  const faults = [auditProof ? await faultOfInclusion(auditProof, keys) : null, consistencyProof ? await faultOfConsistency(consistencyProof, keys) : null].filter(
    fault => fault !== null,
  );
  if (json) print({ holds: faults.length === 0, faults }, { json });
  else process.stdout.write(`${faults.length === 0 ? 'The proof holds.' : faults.join('\n')}\n`);
  if (faults.length > 0) process.exitCode = 1;
}

interface Proofs {
  readonly auditProof: AuditProofAnswer;
  readonly consistencyProof: ConsistencyProofAnswer;
}

function parsed<T>(file: string): T {
  const { text } = textIn(file);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new UnusableInput(`${file}: It is no JSON.`, { cause: error });
  }
}

const keysIn = (file: string): readonly JWK[] => parsed<{ keys: JWK[] }>(file).keys;

export async function exportAudit(folder: string, { environment, json = false }: { environment?: string; json?: boolean }): Promise<void> {
  if (existsSync(join(folder, FILES.entries))) throw new UnusableInput(`${folder} holds an export already: keep it to compare with, and name another folder.`);
  const [{ exportLog, lineOf }, { inTransaction }, { settleLive }, { wallClock }, { withDatabase }] = await Promise.all([
    import('../consent/proof/export.ts'),
    import('../platform/postgres/database.ts'),
    import('../database.ts'),
    import('../base/clock.ts'),
    import('./session.ts'),
  ]);
  await withDatabase(async database => {
    const environmentId = environment ?? (await settleLive(database, wallClock));
    await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
      const log = await exportLog(tx, environmentId);
      if (!log) throw new UnusableInput(`The log of ${environmentId} is empty: nothing has been read of anybody.`);
      await mkdir(folder, { recursive: true });
      const [entries, leaves] = [createWriteStream(join(folder, FILES.entries)), createWriteStream(join(folder, FILES.leaves))];
      for await (const leaf of log.leaves) {
        leaves.write(`${leaf.leafHash}\n`);
        if (!entries.write(`${lineOf(leaf)}\n`)) await once(entries, 'drain');
      }
      await Promise.all([entries, leaves].map(stream => new Promise(resolve => stream.end(resolve))));
      await writeFile(join(folder, FILES.checkpoint), `${log.jws}\n`);
      await writeFile(join(folder, FILES.keys), `${JSON.stringify({ keys: log.keys }, null, 2)}\n`);
      print({ environment: environmentId, entries: log.size, folder }, { json });
    });
  });
}
