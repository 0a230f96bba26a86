/**
 * The life of a grant: which state it is in, and what may still happen to it. A grant is what its
 * events add up to (`applyEvent`); its state follows from its instants and the environment's clock, so
 * nothing has to run for a grant to end in time. Ended is ended: nothing is ever restored.
 */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { allCovered, type Scope } from './scope.rules.ts';

export const END_KINDS = ['EXPIRED', 'WITHDRAWN', 'REVOKED', 'RELINQUISHED', 'SUPERSEDED', 'INVALIDATED'] as const;
/** EXPIRED by time, WITHDRAWN by the person, REVOKED by the platform, RELINQUISHED by the partner, SUPERSEDED by a newer
    grant, INVALIDATED because it should never have been given. */
export type EndKind = (typeof END_KINDS)[number];

export type GrantState = 'GIVEN' | 'SUSPENDED' | EndKind;

export interface Grant {
  readonly id: string;
  readonly version: number;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly customerId: string;
  readonly purpose: string;
  readonly purposeVersion: number;
  readonly oneTime: boolean;
  readonly scopes: readonly Scope[];
  readonly givenAt: Instant;
  readonly expiresAt: Instant;
  readonly suspendedAt: Instant | null;
  readonly consumedAt: Instant | null;
  readonly ended: { readonly kind: EndKind; readonly at: Instant } | null;
}

/** A grant has ended at its expiry instant, not after it: sharing one millisecond too little costs a
    retry, one too much is a breach. */
export function grantState(grant: Grant, now: Instant): GrantState {
  if (grant.ended) return grant.ended.kind;
  if (grant.consumedAt !== null || now >= grant.expiresAt) return 'EXPIRED';
  return grant.suspendedAt === null ? 'GIVEN' : 'SUSPENDED';
}

/** Whether anything may be read under it. Before it was given, nothing was: a clock that is behind
    another gateway's must not read under a grant that it has not reached. */
export const isActiveAt = (grant: Grant, now: Instant): boolean => now >= grant.givenAt && grantState(grant, now) === 'GIVEN';

/** What may be done to a grant. */
export type GrantAct =
  | { readonly act: 'WITHDRAW' | 'REVOKE' | 'RELINQUISH' | 'SUPERSEDE' | 'INVALIDATE' | 'SUSPEND' | 'RESUME' | 'CONSUME' | 'EXPIRE' }
  | { readonly act: 'NARROW'; readonly scopes: readonly Scope[] };

export type GrantEventKind = 'NARROWED' | 'SUSPENDED' | 'RESUMED' | 'CONSUMED' | EndKind;

/** What happened to a grant, as the log keeps it. */
export interface GrantEvent {
  readonly kind: GrantEventKind;
  readonly at: Instant;
  /** What is left, where it was narrowed. */
  readonly scopes?: readonly Scope[];
}

export interface GrantRefusal {
  readonly code: 'GRANT_ENDED' | 'NOT_EXPIRED' | 'NOT_SUSPENDED' | 'SUSPENDED' | 'NOT_NARROWER';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: GrantRefusal['code'], message: string) => refused<GrantRefusal>({ code, message, path: [] });

/** From which states each act leads on, and to which event. A person may take back a grant that is
    suspended, too: consent can be withdrawn at any time (GDPR, article 7(3)). */
const ACTS: Readonly<Record<GrantAct['act'], { readonly from: readonly GrantState[]; readonly event: GrantEventKind }>> = {
  WITHDRAW: { from: ['GIVEN', 'SUSPENDED'], event: 'WITHDRAWN' },
  REVOKE: { from: ['GIVEN', 'SUSPENDED'], event: 'REVOKED' },
  RELINQUISH: { from: ['GIVEN'], event: 'RELINQUISHED' },
  SUPERSEDE: { from: ['GIVEN'], event: 'SUPERSEDED' },
  INVALIDATE: { from: ['GIVEN'], event: 'INVALIDATED' },
  SUSPEND: { from: ['GIVEN'], event: 'SUSPENDED' },
  RESUME: { from: ['SUSPENDED'], event: 'RESUMED' },
  CONSUME: { from: ['GIVEN'], event: 'CONSUMED' },
  NARROW: { from: ['GIVEN'], event: 'NARROWED' },
  // Writes down what time has done already.
  EXPIRE: { from: ['EXPIRED'], event: 'EXPIRED' },
};

/** The event that an act makes, or null where the grant already is as the act would have it: the same
    request twice does its work once. Refusals: GRANT_ENDED, SUSPENDED, NOT_SUSPENDED, NOT_EXPIRED, NOT_NARROWER. */
export function decideAct(grant: Grant, act: GrantAct, now: Instant): Outcome<GrantEvent | null, GrantRefusal> {
  const state = grantState(grant, now);
  const { from, event } = ACTS[act.act];
  if (act.act === 'EXPIRE' && state === 'EXPIRED') return ok(grant.ended ? null : { kind: event, at: Math.min(grant.consumedAt ?? Infinity, grant.expiresAt) });
  if (state === event) return ok(null);
  // Who takes back what has ended anyhow has what they want; it is no fault of theirs that they were late.
  if (act.act === 'WITHDRAW' && !from.includes(state)) return ok(null);
  if (act.act === 'RESUME' && state === 'GIVEN') return refuse('NOT_SUSPENDED', 'The grant is not suspended.');
  if (act.act === 'EXPIRE' && (state === 'GIVEN' || state === 'SUSPENDED')) return refuse('NOT_EXPIRED', 'The grant has not expired yet.');
  if (!from.includes(state))
    return state === 'SUSPENDED'
      ? refuse('SUSPENDED', 'The grant is suspended: wait until the marketplace has looked into it.')
      : refuse('GRANT_ENDED', `The grant has ended (${state}): ask for a new one.`);
  if (act.act === 'CONSUME' && !grant.oneTime) return ok(null);
  if (act.act !== 'NARROW') return ok({ kind: event, at: now });
  if (act.scopes.length === 0) return refuse('NOT_NARROWER', 'Nothing would be left: withdraw the grant instead.');
  if (!allCovered(grant.scopes, act.scopes)) return refuse('NOT_NARROWER', 'Narrowing only takes away; whatever goes beyond the grant is asked for anew.');
  return ok(allCovered(act.scopes, grant.scopes) ? null : { kind: 'NARROWED', at: now, scopes: act.scopes });
}

const isEnd = (kind: GrantEventKind): kind is EndKind => (END_KINDS as readonly string[]).includes(kind);

/** The grant after the event. */
export function applyEvent(grant: Grant, event: GrantEvent): Grant {
  const { kind, at } = event;
  const version = grant.version + 1;
  if (isEnd(kind)) return { ...grant, version, ended: { kind, at } };
  switch (kind) {
    case 'NARROWED':
      return { ...grant, version, scopes: event.scopes ?? grant.scopes };
    case 'SUSPENDED':
      return { ...grant, version, suspendedAt: at };
    case 'RESUMED':
      return { ...grant, version, suspendedAt: null };
    case 'CONSUMED':
      return { ...grant, version, consumedAt: at };
    default:
      return kind satisfies never;
  }
}
