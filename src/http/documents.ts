/**
 * Documents that have proven valid, kept for all versions within one bound: a document is what a
 * caller sent. Apollo keeps here what it has parsed and validated, and the road takes from here
 * what need not go through Apollo again.
 */
import { visit, type DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** What a node of a document takes in memory, its place in the text forgotten. */
const NODE_BYTES = 250;

export class Documents {
  private readonly kept: LRUCache<string, DocumentNode>;

  constructor(maxBytes: number) {
    this.kept = new LRUCache({ maxSize: maxBytes });
  }

  /** The document of that SHA-256, where it is known to be valid in the version. */
  find(version: string, hash: string): DocumentNode | undefined {
    return this.kept.get(version + hash);
  }

  /** Keeps a document that is valid in the version. Its places in the text are for the errors of
      validation, and four fifths of its memory: they are taken from it. */
  keep(version: string, hash: string, document: DocumentNode): void {
    let nodes = 0;
    visit(document, {
      enter(node) {
        delete (node as { loc?: unknown }).loc;
        nodes += 1;
      },
    });
    this.kept.set(version + hash, document, { size: nodes * NODE_BYTES });
  }

  get bytes(): number {
    return this.kept.calculatedSize;
  }
}
