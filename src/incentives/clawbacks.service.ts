/**
 * Taking back what was awarded: told first, open to an appeal, decided by somebody else than who told
 * it, and carried out as a transaction that reverses the one that paid.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { promise } from '../environments/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueHandler } from '../room.ts';
import { insertAwardReversal, lockAward, type StoredAward } from './award.store.ts';
import { announcedOf, insertClawback, lockClawback, setAppeal, setVerdict, type StoredClawback } from './clawback.store.ts';
import { APPEAL_DAYS, clawbackOf, decideClawback, type MoneyRefusal } from './ledger.rules.ts';
import { balanceOf, lockLedger, post, transactionsAbout } from './ledger.store.ts';
import { reverseRewarded } from './progress.store.ts';

/** The due work that carries a clawback out. */
export const EXECUTE = 'clawback.execute';

const DAY_MS = 86_400_000;
const MAX_APPEAL = 5_000;

type Refused = MoneyRefusal | { readonly code: 'NOT_FOUND' | 'OWN_WORK'; readonly message: string };

const noClawback = refused({ code: 'NOT_FOUND' as const, message: 'There is no such clawback.' });

/** Tells a partner that money will be taken back. Refusals: NOT_FOUND, RULE_BROKEN. */
export async function announceClawback(
  tx: Tx,
  environmentId: string,
  { awardId, amountMinor, reason, personId }: { awardId: string; amountMinor: number; reason: string; personId: string },
  now: Instant,
): Promise<Outcome<{ clawbackId: string }, Refused>> {
  const award = await lockAward(tx, environmentId, awardId);
  const posted = award && (await postingOf(tx, environmentId, awardId));
  if (!award || award.amountMinor === null || !posted) return refused({ code: 'NOT_FOUND', message: 'There is no posted award with this id. What is pending is voided instead.' });
  const decision = decideClawback(
    { amountMinor: award.amountMinor, takenBackMinor: await announcedOf(tx, environmentId, awardId), awardedAt: award.awardedAt.getTime() },
    amountMinor,
    now,
  );
  if (!decision.ok) return decision;
  const [clawbackId, executesAt] = [newId('clb'), now + APPEAL_DAYS * DAY_MS];
  const { partnerId } = award;
  await insertClawback(tx, environmentId, {
    id: clawbackId,
    partnerId,
    awardId,
    amountMinor,
    reason,
    announcedBy: personId,
    announcedAt: new Date(now),
    executesAt: new Date(executesAt),
  });
  await promise(tx, { environmentId, kind: EXECUTE, subjectId: clawbackId, dueAt: executesAt, payload: {} });
  return ok({ clawbackId });
}

const postingOf = async (tx: Tx, environmentId: string, awardId: string): Promise<string | null> =>
  (await transactionsAbout(tx, environmentId, awardId)).find(({ kind }) => kind === 'POSTING')?.id ?? null;

/** The partner objects, and nothing is taken back until somebody has decided. Refusals: NOT_FOUND, INVALID. */
export async function appealClawback(
  tx: Tx,
  environmentId: string,
  clawbackId: string,
  appeal: string,
  now: Instant,
): Promise<Outcome<{ clawbackId: string }, { code: 'NOT_FOUND' | 'INVALID'; message: string; path: string[] }>> {
  if (appeal.trim() === '' || appeal.length > MAX_APPEAL || !isStorableText(appeal))
    return refused({ code: 'INVALID', message: `An appeal has 1 to ${MAX_APPEAL} characters of plain text, and this one has ${appeal.length}.`, path: ['input', 'appeal'] });
  const clawback = await lockClawback(tx, environmentId, clawbackId);
  if (!clawback)
    return refused({ code: 'NOT_FOUND', message: 'There is no such clawback of yours. The query `clawbacks` lists those that there are.', path: ['input', 'clawbackId'] });
  if (clawback.decidedAt || clawback.appealedAt || clawback.executesAt.getTime() <= now)
    return refused({ code: 'INVALID', message: 'It is decided, or appealed against, or its time for an appeal is over.', path: ['input', 'clawbackId'] });
  await setAppeal(tx, environmentId, clawbackId, appeal, new Date(now));
  return ok({ clawbackId });
}

/** Decides on an appeal. Refusals: NOT_FOUND, OWN_WORK, ALREADY_DECIDED. */
export async function decideAppeal(
  tx: Tx,
  environmentId: string,
  { clawbackId, personId, execute, reason }: { clawbackId: string; personId: string; execute: boolean; reason: string },
  now: Instant,
): Promise<Outcome<{ clawbackId: string }, Refused>> {
  const clawback = await lockClawback(tx, environmentId, clawbackId);
  if (!clawback) return noClawback;
  if (clawback.decidedAt) return refused({ code: 'ALREADY_DECIDED', message: 'The clawback is decided.' });
  if (clawback.announcedBy === personId) return refused({ code: 'OWN_WORK', message: 'You announced this clawback: another person decides on the appeal.' });
  if (!execute) await setVerdict(tx, environmentId, clawbackId, 'DROPPED', reason, new Date(now));
  else if (!(await carryOut(tx, environmentId, clawback, reason, now)))
    return refused({ code: 'RULE_BROKEN', message: "The money is on its way to the partner's bank. Decide once the payout is settled or returned." });
  return ok({ clawbackId });
}

/** What nobody objected to in time. While the money is on its way it waits a day more. */
export const executeClawback: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const clawback = await lockClawback(tx, environmentId, subjectId);
  if (!clawback || clawback.decidedAt || clawback.appealedAt) return;
  if (!(await carryOut(tx, environmentId, clawback, 'No appeal in time', clock.now())))
    await promise(tx, { environmentId, kind: EXECUTE, subjectId, dueAt: clock.now() + DAY_MS, payload: {} });
};

/** False where the partner has neither so much to get nor got so much yet. */
async function carryOut(tx: Tx, environmentId: string, clawback: StoredClawback, reason: string, now: Instant): Promise<boolean> {
  await lockLedger(tx, environmentId);
  const award = (await lockAward(tx, environmentId, clawback.awardId)) as StoredAward & { currency: string };
  const { partnerId, programId, currency } = award;
  const { amountMinor } = clawback;
  const payable = await balanceOf(tx, environmentId, { kind: 'PAYABLE', partnerId, currency });
  if (payable + (await balanceOf(tx, environmentId, { kind: 'PAID', partnerId, currency })) < amountMinor) return false;
  const at = new Date(now);
  await post(tx, environmentId, {
    kind: 'CLAWBACK',
    sourceId: clawback.id,
    partnerId,
    reversesId: (await postingOf(tx, environmentId, award.id))!,
    occurredAt: at,
    memo: reason,
    entries: clawbackOf({ programId, partnerId, currency, amountMinor }, payable),
  });
  await setVerdict(tx, environmentId, clawback.id, 'EXECUTED', reason, at);
  if ((await announcedOf(tx, environmentId, award.id)) === award.amountMinor) {
    await insertAwardReversal(tx, environmentId, { awardId: award.id, partnerId, reason, reversedAt: at });
    await reverseRewarded(tx, environmentId, award, at);
  }
  return true;
}
