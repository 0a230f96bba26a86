/**
 * A breach at a partner: one call stops all that flows to it, for every statement that begins after the commit,
 * on every gateway; whom it concerns is told by the log; and a clock of 72 hours runs. Each use case
 * runs in the caller's transaction, as the marketplace.
 */
import type { Instant } from '../../base/clock.ts';
import { newId } from '../../base/ids.ts';
import { ok, refused, type Outcome } from '../../base/outcome.ts';
import type { Clocks } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { actOnGrant } from '../grants.service.ts';
import { closeBreachRow, grantsSuspendedBy, hasOpenBreach, insertBreach, insertNotification, lockBreach, lockRecipient, suspendAll, type Audience } from './breach.store.ts';

export interface BreachRefusal {
  readonly code: 'NOT_FOUND' | 'INVALID' | 'DUPLICATE' | 'RULE_BROKEN';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: BreachRefusal['code'], message: string, ...path: string[]) => refused<BreachRefusal>({ code, message, path });

const isText = (text: string, most: number): boolean => text.trim() !== '' && text.length <= most;

export interface BreachReport {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly summary: string;
  readonly discoveredAt: Instant | null;
  readonly affectedSince: Instant | null;
  readonly staffId: string;
}

/** Opens a breach and suspends every grant of the partner. Refusals: NOT_FOUND, INVALID, DUPLICATE. */
export async function reportBreach(tx: Tx, report: BreachReport, clocks: Clocks): Promise<Outcome<{ breachId: string; suspended: number }, BreachRefusal>> {
  const now = clocks.environment.now();
  const discoveredAt = report.discoveredAt ?? now;
  if (!isText(report.summary, 2000)) return refuse('INVALID', 'Say in 1 to 2000 characters what happened.', 'summary');
  if (discoveredAt > now) return refuse('INVALID', 'A breach is not discovered in the future.', 'discoveredAt');
  // Whoever is about to be given a grant waits here, and then finds the breach.
  if (!(await lockRecipient(tx, report.environmentId, report.partnerId, 'update'))) return refuse('NOT_FOUND', 'There is no such partner.', 'partnerId');
  if (await hasOpenBreach(tx, report.environmentId, report.partnerId))
    return refuse('DUPLICATE', 'There is an open breach of this partner: add to that one, or close it first.', 'partnerId');
  const breachId = newId('brc');
  await insertBreach(tx, { ...report, id: breachId, discoveredAt, reportedAt: now });
  return ok({ breachId, suspended: await suspendAll(tx, report, breachId, now, clocks.wall.now()) });
}

/** Whether nothing may flow to the partner, asked by whoever is about to give it a grant. */
export async function isUnderBreach(tx: Tx, environmentId: string, partnerId: string): Promise<boolean> {
  await lockRecipient(tx, environmentId, partnerId, 'key share');
  return hasOpenBreach(tx, environmentId, partnerId);
}

export interface BreachNotice {
  readonly environmentId: string;
  readonly breachId: string;
  readonly audience: Audience;
  readonly how: string;
  readonly staffId: string;
}

/** Writes down that somebody was told. Refusals: NOT_FOUND, INVALID. */
export async function recordNotification(tx: Tx, notice: BreachNotice, clocks: Clocks): Promise<Outcome<null, BreachRefusal>> {
  if (!isText(notice.how, 1000)) return refuse('INVALID', 'Say in 1 to 1000 characters how they were told, and where it is kept.', 'how');
  if (!(await lockBreach(tx, notice.environmentId, notice.breachId))) return refuse('NOT_FOUND', 'There is no such breach that is open.', 'breachId');
  await insertNotification(tx, { ...notice, id: newId('brn'), at: clocks.environment.now() });
  return ok(null);
}

export interface BreachEnd {
  readonly environmentId: string;
  readonly breachId: string;
  readonly grants: 'RESUMED' | 'REVOKED';
  readonly findings: string;
  readonly staffId: string;
}

/** Closes a breach: what it had suspended goes on or ends. Refusals: NOT_FOUND, INVALID, RULE_BROKEN. */
export async function closeBreach(tx: Tx, end: BreachEnd, clocks: Clocks): Promise<Outcome<null, BreachRefusal>> {
  const { environmentId, breachId } = end;
  if (!isText(end.findings, 2000)) return refuse('INVALID', 'Say in 1 to 2000 characters what was found.', 'findings');
  const breach = await lockBreach(tx, environmentId, breachId);
  if (!breach) return refuse('NOT_FOUND', 'There is no such breach that is open.', 'breachId');
  if (!breach.authorityNotified)
    return refuse(
      'RULE_BROKEN',
      'Nobody has written down that the authority was notified, or why it need not be: do so with `recordBreachNotification` for AUTHORITY.',
      'breachId',
    );
  const act = { act: end.grants === 'RESUMED' ? 'RESUME' : 'REVOKE' } as const;
  for (const grantId of await grantsSuspendedBy(tx, environmentId, breachId)) {
    // What was taken back or ran out meanwhile has ended, and nothing restores it.
    await actOnGrant(tx, null, { environmentId, grantId, act, actor: 'MARKETPLACE', reason: end.findings }, clocks);
  }
  await closeBreachRow(tx, end, clocks.environment.now());
  return ok(null);
}
