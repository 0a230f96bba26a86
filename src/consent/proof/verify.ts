/**
 * The verifier: what an auditor needs to tell that a log is what it was, with an export of it and a
 * checkpoint kept from before. It asks no gateway and no database.
 */
import type { JWK } from 'jose';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { Tree, continues, leafHash, rootOfInclusion } from './merkle.rules.ts';

export interface LogToVerify {
  /** Canonical entries in their order, a line each. */
  readonly lines: Iterable<string> | AsyncIterable<string>;
  /** Checkpoints that must hold, whoever signed them: the signature is `readCheckpoint`'s affair. */
  readonly checkpoints: readonly Pick<Checkpoint, 'size' | 'root'>[];
  /** Leaf hashes that were exported earlier, hexadecimal, in their order; they name the first entry that differs. */
  readonly leaves?: readonly string[];
}

export interface Verdict {
  /** Lines that there were. */
  readonly entries: number;
  /** What is wrong, in sentences; empty where everything that the checkpoints cover is as it was. */
  readonly faults: readonly string[];
  /** The first entry that is not what the leaf hashes say; null where none is, or none were given. */
  readonly firstBad: { readonly leafIndex: number; readonly found: string | null } | null;
}

/** Checks a log against checkpoints. */
export async function verifyLog({ lines, checkpoints, leaves = [] }: LogToVerify): Promise<Verdict> {
  const tree = new Tree();
  const rootsWanted = new Map(checkpoints.map(({ size }) => [size, '']));
  let firstBad: Verdict['firstBad'] = null;
  for await (const line of lines) {
    const hash = leafHash(line);
    const expected = leaves[tree.size];
    if (!firstBad && expected !== undefined && expected !== hash.toString('hex')) firstBad = { leafIndex: tree.size, found: idOf(line) };
    tree.add(hash);
    if (rootsWanted.has(tree.size)) rootsWanted.set(tree.size, tree.root().toString('hex'));
  }
  if (!firstBad && tree.size < leaves.length) firstBad = { leafIndex: tree.size, found: null };
  const faults = checkpoints.flatMap(({ size, root }) => {
    if (size > tree.size) return [`A checkpoint covers ${size} entries, and there are ${tree.size}: ${size - tree.size} were cut off or taken out.`];
    return rootsWanted.get(size) === root ? [] : [`The first ${size} entries are not those of the checkpoint of ${size}: some were changed, taken out, put in or moved.`];
  });
  return { entries: tree.size, faults, firstBad };
}

function idOf(line: string): string | null {
  return /"id":"([a-z]{3}_[0-9a-z_]+)"/.exec(line)?.[1] ?? null;
}

/** The partner API's `auditProof`, as it answers it. */
export interface AuditProofAnswer {
  readonly leafIndex: number;
  readonly path: readonly string[];
  readonly entry: { readonly canonical: string };
  readonly checkpoint: { readonly signature: string };
}

/** The partner API's `consistencyProof`, as it answers it. */
export interface ConsistencyProofAnswer {
  readonly path: readonly string[];
  readonly from: { readonly signature: string };
  readonly to: { readonly signature: string };
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** Why the proof does not show that the entry is in the log of its checkpoint; null where it does. */
export async function faultOfInclusion({ leafIndex, path, entry, checkpoint }: AuditProofAnswer, keys: readonly JWK[]): Promise<string | null> {
  const said = await readCheckpoint(checkpoint.signature, keys);
  if (typeof said === 'string') return `The checkpoint does not count. ${said}`;
  const root = rootOfInclusion({ leaf: leafHash(entry.canonical), leafIndex, size: said.size, path: path.map(bytes) });
  return root?.equals(bytes(said.root)) ? null : `The entry is not at ${leafIndex} of the ${said.size} that the checkpoint covers.`;
}

/** Why the proof does not show that the later log begins with all of the earlier one; null where it does. */
export async function faultOfConsistency({ path, from, to }: ConsistencyProofAnswer, keys: readonly JWK[]): Promise<string | null> {
  const [earlier, later] = [await readCheckpoint(from.signature, keys), await readCheckpoint(to.signature, keys)];
  if (typeof earlier === 'string') return `The earlier checkpoint does not count. ${earlier}`;
  if (typeof later === 'string') return `The later checkpoint does not count. ${later}`;
  if (earlier.environment !== later.environment) return 'The checkpoints are of two environments.';
  const pair = { from: { size: earlier.size, root: bytes(earlier.root) }, to: { size: later.size, root: bytes(later.root) } };
  return continues({ ...pair, path: path.map(bytes) }) ? null : `The log of ${later.size} entries does not continue that of ${earlier.size}: its beginning was changed.`;
}
