/**
 * The Merkle tree of RFC 6962 (section 2.1): how it grows, and how what it proves is checked. For the
 * sealer, and for whoever verifies from outside with nothing but this file's rules. Leaves and nodes are
 * hashed with different first bytes, so that no node can pass for an entry.
 */
import { createHash } from 'node:crypto';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** Hash of an entry's canonical text. */
export const leafHash = (text: string): Buffer => createHash('sha256').update(LEAF).update(text, 'utf8').digest();

export const nodeHash = (left: Buffer, right: Buffer): Buffer => createHash('sha256').update(NODE).update(left).update(right).digest();

/** A tree by its complete subtrees, from the left, where the largest stands. That is all that growing takes. */
export class Tree {
  size: number;
  private readonly subtrees: Buffer[];

  /** @param subtrees one for each bit of the size, the largest first */
  constructor(size = 0, subtrees: readonly Buffer[] = []) {
    this.size = size;
    this.subtrees = [...subtrees];
  }

  /** Adds a leaf and answers the hashes of the subtrees that it completes, the smallest first. */
  add(leaf: Buffer): Buffer[] {
    const completed: Buffer[] = [];
    let hash = leaf;
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.subtrees.pop()!, hash);
      completed.push(hash);
    }
    this.subtrees.push(hash);
    this.size += 1;
    return completed;
  }

  /** Of an empty tree, the hash of nothing. */
  root(): Buffer {
    return this.subtrees.length === 0 ? createHash('sha256').digest() : this.subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** Sizes of the complete subtrees of a tree with their last leaves, the largest first. */
export function subtreesOf(size: number): { readonly leaves: number; readonly lastLeaf: number }[] {
  const found: { leaves: number; lastLeaf: number }[] = [];
  for (let [rest, ends, leaves] = [size, size, 1]; rest > 0; rest = Math.floor(rest / 2), leaves *= 2) {
    if (rest % 2 === 0) continue;
    found.unshift({ leaves, lastLeaf: ends - 1 });
    ends -= leaves;
  }
  return found;
}

export interface Inclusion {
  readonly leaf: Buffer;
  readonly leafIndex: number;
  readonly size: number;
  readonly path: readonly Buffer[];
}

/** The root that the path leads to (RFC 9162, section 2.1.3.2); null where it leads nowhere. */
export function rootOfInclusion({ leaf, leafIndex, size, path }: Inclusion): Buffer | null {
  if (leafIndex < 0 || leafIndex >= size) return null;
  let [place, last, hash] = [leafIndex, size - 1, leaf];
  for (const next of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(next, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, next);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}

export interface Continuation {
  readonly from: { readonly size: number; readonly root: Buffer };
  readonly to: { readonly size: number; readonly root: Buffer };
  readonly path: readonly Buffer[];
}

/** Whether the larger tree begins with all of the smaller one (RFC 9162, section 2.1.4.2). */
export function continues({ from, to, path }: Continuation): boolean {
  if (from.size < 1 || from.size > to.size) return false;
  if (from.size === to.size) return path.length === 0 && from.root.equals(to.root);
  let [place, last] = [from.size - 1, to.size - 1];
  while (place % 2 === 1) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  // Where the smaller tree is one complete subtree, its root is where the path begins.
  const [first, ...rest] = place === 0 ? [from.root, ...path] : path;
  if (!first) return false;
  let [before, after] = [first, first];
  for (const next of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      before = nodeHash(next, before);
      after = nodeHash(next, after);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      after = nodeHash(after, next);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && before.equals(from.root) && after.equals(to.root);
}
