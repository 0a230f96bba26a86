/** Operations that are known of integrations, each with what another version means for it in the words that partners
    read: for the report of one integration, and for the staff's view of all. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse, print, separateOperations, validate, type DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { assumedCost } from '../limits/index.ts';
import type { OperationUpgrade, UpgradeFinding, UpgradePath } from '../versions/index.ts';
import { documentIdOf } from './document.rules.ts';
import type { KnownOperations, Origin } from './operation.store.ts';

export type Verdict = OperationUpgrade['verdict'];

/** What another version means for one operation of a document, whoever sends it. */
interface Judged {
  readonly operationName: string | null;
  /** The version whose words its document is in. */
  readonly from: string;
  readonly verdict: Verdict;
  readonly coordinates: readonly string[];
  readonly findings: readonly ToldFinding[];
  readonly document: string;
  readonly rewritten: string | null;
  readonly costBefore: number | null;
  readonly costAfter: number | null;
}

type ToldFinding = Omit<UpgradeFinding, 'places'> & { readonly paths: readonly string[] };

/** One operation as the API shows it. */
export interface ToldOperation extends Judged {
  readonly documentId: string;
  readonly origin: Origin;
  readonly lastSentAt: string | null;
}

export interface Way {
  /** The version that operations are written for; without it, and where they are not valid there, each one's own. */
  readonly from: string | null;
  readonly to: string;
}

const ORDER: readonly Verdict[] = ['BROKEN', 'WARNED', 'UNAFFECTED'];

/** What is written for the target, or for a version after it, is there already. */
const NOTHING: OperationUpgrade = { verdict: 'UNAFFECTED', findings: [], rewritten: null };

/** Bytes of judgements that are kept, about 3 kB each: one takes two milliseconds, and a report of several pages, or of
    everybody, asks for the same ones again. Versions do not change while a process runs. */
const KEPT_BYTES = 6_000_000;

class Upgrades {
  readonly path: UpgradePath;
  private readonly kept = new LRUCache<string, readonly Judged[]>({ maxSize: KEPT_BYTES });

  constructor(path: UpgradePath) {
    this.path = path;
  }

  /** Every operation in the documents, worst first. Lets others have their turns in between. */
  async judgeAll(known: readonly KnownOperations[], way: Way): Promise<ToldOperation[]> {
    const told: ToldOperation[] = [];
    for (const { documentHash, origin, lastSentAt, ...text } of known) {
      const judged = await this.judged(text, way);
      told.push(...judged.map(operation => ({ ...operation, documentId: documentIdOf(documentHash), origin, lastSentAt: lastSentAt?.toISOString() ?? null })));
    }
    return told.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || ((a.operationName ?? '') < (b.operationName ?? '') ? -1 : 1));
  }

  private async judged({ textHash, document, apiVersion }: Pick<KnownOperations, 'textHash' | 'document' | 'apiVersion'>, way: Way): Promise<readonly Judged[]> {
    const key = `${textHash} ${apiVersion} ${way.from ?? ''} ${way.to}`;
    const known = this.kept.get(key);
    if (known) return known;
    await nextTurn();
    const judged = Object.entries(separateOperations(parse(document))).map(([name, alone]) => this.judge(name, alone, apiVersion, way));
    this.kept.set(key, judged, { size: key.length + JSON.stringify(judged).length });
    return judged;
  }

  private judge(name: string, document: DocumentNode, own: string, { from: given, to }: Way): Judged {
    const from = given === null || given === own || validate(this.schemaOf(given), document).length > 0 ? own : given;
    const { verdict, findings, rewritten } = this.isBefore(from, to) ? this.path.judge(document, { from, to }) : NOTHING;
    const newer = rewritten ?? (verdict === 'BROKEN' ? null : document);
    return {
      operationName: name === '' ? null : name,
      from,
      verdict,
      coordinates: [...new Set(findings.flatMap(({ coordinate }) => coordinate ?? []))],
      findings: findings.map(({ places, ...finding }) => ({ ...finding, paths: [...new Set(places.map(place => place.path))] })),
      document: print(document),
      rewritten: rewritten && print(rewritten),
      costBefore: assumedCost(this.schemaOf(from), document),
      costAfter: newer && assumedCost(this.schemaOf(this.isBefore(from, to) ? to : from), newer),
    };
  }

  private schemaOf(version: string) {
    return this.path.versions.get(version)!.schema;
  }

  private isBefore(version: string, other: string): boolean {
    const order = [...this.path.versions.keys()];
    return order.indexOf(version) < order.indexOf(other);
  }
}

const byPath = new WeakMap<UpgradePath, Upgrades>();

/** One for a path, so that partners and staff share what was judged already. */
export function upgradesOf(path: UpgradePath): Upgrades {
  let upgrades = byPath.get(path);
  if (!upgrades) byPath.set(path, (upgrades = new Upgrades(path)));
  return upgrades;
}
