/**
 * The ledger once more, by one hand and from nothing: what was awarded, decided, sent and taken back says
 * which transactions there must be, and in the order in which they were written each follows from what
 * the accounts held by then. What comes out are lines, to be compared with those that are kept byte by byte.
 */
import {
  accrualOf,
  approvalsNeeded,
  clawbackOf,
  correctionOf,
  fundingOf,
  holdOf,
  nettedOf,
  nettingOf,
  payoutOf,
  postingOf,
  releaseOf,
  returnOf,
  settlementOf,
  voidingOf,
} from './ledger.rules.ts';
import type { Account, Entry, Promised, TransactionKind } from './ledger.rules.ts';

/** A transaction as it is kept. */
export interface KeptTransaction {
  readonly id: string;
  readonly kind: TransactionKind;
  readonly sourceId: string;
  readonly partnerId: string | null;
  /** What came into accounts by it, in minor units: of fundings nothing else knows it. */
  readonly amountMinor: number;
  readonly currency: string;
}

/** Something that is pending until it is decided about. */
export interface AwardFact extends Promised {
  readonly id: string;
  readonly approvals: number;
  readonly isVoided: boolean;
}

export interface PayoutFact {
  readonly id: string;
  readonly partnerId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

export interface ClawbackFact extends Promised {
  readonly id: string;
  readonly awardId: string;
}

/** About money: what was held for it, and what was given on top once it was decided. */
export interface DisputeFact extends Promised {
  readonly id: string;
  readonly correctionMinor: number;
  readonly hasEnded: boolean;
}

/** All that the ledger follows from. */
export interface LedgerFacts {
  readonly programId: string;
  readonly isSandbox: boolean;
  /** Of money, whatever became of them. */
  readonly awards: readonly AwardFact[];
  readonly payouts: readonly PayoutFact[];
  /** Those that were carried out. */
  readonly clawbacks: readonly ClawbackFact[];
  /** Of revenue: what each gave or, negative, took back. */
  readonly shares: readonly AwardFact[];
  readonly disputes: readonly DisputeFact[];
  /** In the order in which they were written. */
  readonly transactions: readonly KeptTransaction[];
}

const nameOf = ({ kind, currency, programId, partnerId, payoutId }: Account): string =>
  [kind, currency, programId ?? partnerId ?? '', payoutId ?? ''].filter(part => part !== '').join(' ');

/** A posting as a line: what it is about, the account, its place there, what came in and what that left. */
export const postingLine = (
  transaction: { readonly kind: string; readonly sourceId: string },
  posted: { readonly account: Account; readonly sequence: number; readonly amountMinor: number; readonly balanceMinor: number },
): string => [transaction.kind, transaction.sourceId, nameOf(posted.account), posted.sequence, posted.amountMinor, posted.balanceMinor].join(' ');

class Accounts {
  private readonly held = new Map<string, { sequence: number; balanceMinor: number }>();

  balanceOf(account: Account): number {
    return this.held.get(nameOf(account))?.balanceMinor ?? 0;
  }

  take(account: Account, amountMinor: number): { sequence: number; balanceMinor: number } {
    const before = this.held.get(nameOf(account)) ?? { sequence: 0, balanceMinor: 0 };
    const after = { sequence: before.sequence + 1, balanceMinor: before.balanceMinor + amountMinor };
    this.held.set(nameOf(account), after);
    return after;
  }
}

const byId = <T extends { readonly id: string }>(facts: readonly T[]): Map<string, T> => new Map(facts.map(fact => [fact.id, fact]));

/** The lines of all postings, and what of the facts has no transaction, a line each. */
export function replayLedger(facts: LedgerFacts): { readonly lines: string[]; readonly missing: string[] } {
  const pending = byId([...facts.awards, ...facts.shares.filter(({ amountMinor }) => amountMinor > 0)]);
  const [payouts, clawbacks, shares, disputes] = [byId(facts.payouts), byId(facts.clawbacks), byId(facts.shares), byId(facts.disputes)];
  const accounts = new Accounts();
  const entriesOf = ({ kind, sourceId, currency, amountMinor }: KeptTransaction): readonly Entry[] => {
    const [award, payout, clawback] = [pending.get(sourceId), payouts.get(sourceId), clawbacks.get(sourceId)];
    const sent = payout && { ...payout, payoutId: payout.id };
    switch (kind) {
      case 'FUNDING':
        return fundingOf({ programId: facts.programId, currency, amountMinor });
      case 'ACCRUAL':
        return award ? accrualOf(award) : [];
      case 'POSTING':
        return award && award.approvals >= approvalsNeeded(award.amountMinor, facts.isSandbox) ? postingOf(award) : [];
      case 'VOIDING':
        return award?.isVoided ? voidingOf(award) : [];
      case 'NETTING': {
        if (!payout) return [];
        // Half of what would have been paid at most: what was paid and what was kept are what was due.
        const netted = nettedOf(payout.amountMinor + amountMinor / 2, accounts.balanceOf({ kind: 'RECEIVABLE', partnerId: payout.partnerId, currency }));
        return nettingOf({ programId: facts.programId, partnerId: payout.partnerId, currency, amountMinor: netted });
      }
      case 'PAYOUT':
        return sent ? payoutOf(sent) : [];
      case 'SETTLEMENT':
        return sent ? settlementOf(sent) : [];
      case 'RETURN':
        return sent ? returnOf(sent) : [];
      case 'CLAWBACK':
        return clawback ? clawbackOf(clawback, accounts.balanceOf({ kind: 'PAYABLE', partnerId: clawback.partnerId, currency })) : [];
      case 'HOLD':
      case 'RELEASE':
      case 'CORRECTION': {
        const dispute = disputes.get(sourceId);
        if (!dispute) return [];
        return kind === 'HOLD' ? holdOf(dispute) : kind === 'RELEASE' ? releaseOf(dispute) : correctionOf({ ...dispute, amountMinor: dispute.correctionMinor });
      }
      case 'REVERSAL': {
        const share = shares.get(sourceId);
        return share ? clawbackOf({ ...share, amountMinor: -share.amountMinor }, accounts.balanceOf({ kind: 'PAYABLE', partnerId: share.partnerId, currency })) : [];
      }
    }
  };
  const lines = facts.transactions.flatMap(transaction =>
    entriesOf(transaction).map(({ account, amountMinor }) => postingLine(transaction, { account, amountMinor, ...accounts.take(account, amountMinor) })),
  );
  return { lines, missing: missingOf(facts) };
}

function missingOf({ awards, payouts, clawbacks, shares, disputes, transactions, isSandbox }: LedgerFacts): string[] {
  const given = [...awards, ...shares.filter(({ amountMinor }) => amountMinor > 0)];
  const written = new Set(transactions.map(({ kind, sourceId }) => `${kind} ${sourceId}`));
  const needed = [
    ...given.map(({ id }) => `ACCRUAL ${id}`),
    ...given.filter(({ isVoided }) => isVoided).map(({ id }) => `VOIDING ${id}`),
    ...given.filter(({ isVoided, approvals, amountMinor }) => !isVoided && approvals >= approvalsNeeded(amountMinor, isSandbox)).map(({ id }) => `POSTING ${id}`),
    ...payouts.map(({ id }) => `PAYOUT ${id}`),
    ...clawbacks.map(({ id }) => `CLAWBACK ${id}`),
    ...disputes.filter(({ amountMinor }) => amountMinor > 0).flatMap(({ id, hasEnded }) => [`HOLD ${id}`, ...(hasEnded ? [`RELEASE ${id}`] : [])]),
    ...disputes.filter(({ correctionMinor }) => correctionMinor > 0).map(({ id }) => `CORRECTION ${id}`),
    ...shares.filter(({ amountMinor }) => amountMinor < 0).map(({ id }) => `REVERSAL ${id}`),
  ];
  return needed.filter(each => !written.has(each));
}
