/**
 * Whether what is kept is what the events, the rules and the decisions say: every result is computed again
 * from the events that had been measured when it was computed, and the whole ledger from what was awarded
 * and decided, each from nothing. What comes out is compared as bytes, so that a difference of a microsecond shows.
 */
import { createHash } from 'node:crypto';
import { isSandbox } from '../environments/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { postingLine, replayLedger } from './ledger-replay.rules.ts';
import { lockLedger } from './ledger.store.ts';
import { programOf } from './milestone.store.ts';
import { computeStandings, placeOf } from './progress.service.ts';
import { keptTest, lockProgress, type NewProgress, type StoredProgress } from './progress.store.ts';
import type { ProgressState } from './progress.rules.ts';
import {
  loadAwardFacts,
  loadClawbackFacts,
  loadDisputeFacts,
  loadKeptPostings,
  loadKeptProgress,
  loadKeptTransactions,
  loadPayoutFacts,
  loadShareFacts,
  type KeptProgress,
} from './replay.store.ts';

/** Integrations that are judged at once. */
const INTEGRATIONS_AT_ONCE = 50;

/** The most differences that are told. */
const MAX_DIFFERENCES = 20;

export interface Difference {
  readonly kept: string | null;
  readonly replayed: string | null;
}

export interface Compared {
  readonly lines: number;
  /** SHA-256 of the lines that are kept, hexadecimal, and of those that were made anew. */
  readonly kept: string;
  readonly replayed: string;
  /** The first of those lines that differ. */
  readonly differences: readonly Difference[];
}

export interface Replay {
  readonly progress: Compared;
  readonly ledger: Compared;
}

/** Computes an environment's progress and ledger anew, and changes nothing. In a transaction of the
    marketplace's there, in which nobody else judges or moves money meanwhile. */
export async function replay(tx: Tx, environmentId: string): Promise<Replay> {
  await lockProgress(tx, environmentId);
  await lockLedger(tx, environmentId);
  return { progress: await replayProgress(tx, environmentId), ledger: await replayedLedger(tx, environmentId) };
}

const digest = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');

/** Line by line, by what stands before its first tab. */
function compare(kept: ReadonlyMap<string, string>, replayed: ReadonlyMap<string, string>): Compared {
  const names = [...new Set([...kept.keys(), ...replayed.keys()])];
  const differences = names.filter(name => kept.get(name) !== replayed.get(name)).map(name => ({ kept: kept.get(name) ?? null, replayed: replayed.get(name) ?? null }));
  return { lines: kept.size, kept: digest([...kept.values()]), replayed: digest([...replayed.values()]), differences: differences.slice(0, MAX_DIFFERENCES) };
}

async function replayProgress(tx: Tx, environmentId: string): Promise<Compared> {
  const all = await loadKeptProgress(tx, environmentId);
  const kept = new Map(all.map(row => [placeOf(row), lineOf(row, row.state)]));
  const replayed = new Map<string, string>();
  // What was written at once was computed at one instant from the same events.
  const turns = new Map<string, KeptProgress[]>();
  for (const row of all) {
    const turn = `${row.asOf} ${row.countedUntil}`;
    turns.set(turn, [...(turns.get(turn) ?? []), row]);
  }
  const rowOf = new Map(all.map(row => [placeOf(row), row]));
  for (const rows of turns.values()) {
    const integrationIds = [...new Set(rows.map(({ integrationId }) => integrationId))];
    for (let at = 0; at < integrationIds.length; at += INTEGRATIONS_AT_ONCE) {
      const some = integrationIds.slice(at, at + INTEGRATIONS_AT_ONCE);
      for (const standing of await standingsOfThen(tx, environmentId, all, rows[0]!, some)) {
        const place = placeOf({ integrationId: standing.id, milestoneId: standing.milestoneId, period: standing.period });
        const row = rowOf.get(place);
        // A result that was computed again later is replayed as of then.
        if (row && (row.asOf !== rows[0]!.asOf || row.countedUntil !== rows[0]!.countedUntil)) continue;
        replayed.set(place, row ? lineOf({ ...row, ...asKept(standing, row) }, stateBy(standing, row)) : lineOf(asKept(standing, null), standing.state));
      }
    }
  }
  return compare(kept, new Map([...kept.keys(), ...replayed.keys()].filter(place => replayed.has(place)).map(place => [place, replayed.get(place)!])));
}

async function standingsOfThen(tx: Tx, environmentId: string, all: readonly KeptProgress[], turn: KeptProgress, integrationIds: readonly string[]): Promise<NewProgress[]> {
  const { asOf, countedUntil } = turn;
  const now = Date.parse(asOf);
  // A result that counts is judged as of the millisecond before, when what counts at that instant, too, had opened what depends on it.
  const stored = all
    .filter(row => integrationIds.includes(row.integrationId) && row.confirmedAt !== null && Date.parse(row.confirmedAt) <= now + 1)
    .map((row): StoredProgress => ({
      ...row,
      state: row.reversedAt !== null && row.reversedAt <= asOf ? 'REVERSED' : 'CONFIRMED',
      reachedAt: null,
      confirmsAt: null,
      confirmedAt: new Date(row.confirmedAt!),
    }));
  const ofThisTurn = new Set(all.filter(row => row.asOf === asOf && row.countedUntil === countedUntil).map(placeOf));
  const without = new Set(
    stored
      .filter(({ confirmedAt }) => confirmedAt!.getTime() <= now)
      .map(placeOf)
      .filter(place => !ofThisTurn.has(place)),
  );
  return computeStandings(tx, environmentId, { integrationIds, stored, now, without, countedUntil });
}

/** What events do not say. */
type Decided = 'id' | 'state' | 'partnerId' | 'isAwarded' | 'isDisputed' | 'isUpheld' | 'wasDisputed' | 'reversedAt' | 'confirmedAt';

/** To the microsecond, as PostgreSQL keeps it. */
const precise = (instant: string | null): string | null => instant && instant.replace(/\.(\d{3})Z$/, '.$1000Z');

function asKept(standing: NewProgress, row: KeptProgress | null): Omit<KeptProgress, Decided> {
  const { id, milestoneId, period, version, percent, openedAt, reachedAt, confirmsAt, updatedAt, isForecast, asOf, countedUntil, tests } = standing;
  return {
    integrationId: id,
    milestoneId,
    period,
    version,
    percent,
    // What is decided stays open however its dependencies change.
    openedAt: row?.confirmedAt ? row.openedAt : precise(openedAt),
    reachedAt: precise(reachedAt),
    confirmsAt: precise(confirmsAt),
    // A decision moves it on.
    updatedAt: row?.confirmedAt || row?.wasDisputed ? row.updatedAt : precise(updatedAt)!,
    isForecast,
    asOf: precise(asOf)!,
    countedUntil,
    tests: tests.map(keptTest),
  };
}

/** Where the result stands once what was decided about it is counted in. */
function stateBy(standing: NewProgress, row: KeptProgress): ProgressState {
  if (row.isDisputed) return 'DISPUTED';
  if (row.confirmedAt === null || (standing.state !== 'PROVISIONAL' && !row.isUpheld)) return standing.state;
  if (row.reversedAt !== null) return 'REVERSED';
  return row.isAwarded ? 'REWARDED' : 'CONFIRMED';
}

const lineOf = (row: Omit<KeptProgress, Decided>, state: string): string =>
  JSON.stringify([
    row.integrationId,
    row.milestoneId,
    row.period,
    state,
    row.version,
    row.percent,
    row.openedAt,
    row.reachedAt,
    row.confirmsAt,
    row.updatedAt,
    row.isForecast,
    row.asOf,
    row.tests.map(test => [test.criterionId, test.value, test.satisfied, test.missing, test.missingCount, test.events, test.first, test.last]),
  ]);

async function replayedLedger(tx: Tx, environmentId: string): Promise<Compared> {
  const { lines, missing } = replayLedger({
    programId: await programOf(tx, environmentId),
    isSandbox: await isSandbox(tx, environmentId),
    awards: await loadAwardFacts(tx, environmentId),
    payouts: await loadPayoutFacts(tx, environmentId),
    clawbacks: await loadClawbackFacts(tx, environmentId),
    shares: await loadShareFacts(tx, environmentId),
    disputes: await loadDisputeFacts(tx, environmentId),
    transactions: await loadKeptTransactions(tx, environmentId),
  });
  const kept = (await loadKeptPostings(tx, environmentId)).map(posting => postingLine(posting, posting));
  // Of one transaction's postings the order says nothing.
  const inOrder = (all: readonly string[]): Map<string, string> => new Map(all.toSorted().map(line => [line, line]));
  return compare(inOrder(kept), inOrder([...lines, ...missing]));
}
