/**
 * The removal gate: whether an element may be missing from the next release, and whether a version may
 * retire. Pure: what is known of those who would notice goes in, and comes out as evidence, with a verdict.
 */
import type { Instant } from '../base/clock.ts';
import { dueAt, retirementOf, type VersionStanding } from '../versions/index.ts';
import type { Verdict } from './notice-state.rules.ts';

/** Before a release lacks an element, and before a version retires. */
export const REMOVAL_GATES = ['RELEASE', 'RETIREMENT'] as const;
export type RemovalGate = (typeof REMOVAL_GATES)[number];

/** How far back a use counts: what runs once a month has not moved before it has run without the element. */
export const QUIET_DAYS = 30;

/** How long before its date something is decided on, so that a release comes on its instant. What is let go
    then may be used once more until that date; a later decision would hold what nobody needs. */
export const DECIDED_HOURS_AHEAD = 24;

const HOUR_MS = 3_600_000;

/** What a partner said last to the notice. Reading it is not moving. */
export interface PartnerAnswer {
  readonly kind: 'ACKNOWLEDGED' | 'EXTENSION_REQUESTED' | 'SIGNED';
  /** Documents that do without the element and are valid without it. */
  readonly rewrittenOperations: number;
  /** Until when it asked for the element, or from when on it does without. */
  readonly onDate: string | null;
  readonly respondedAt: string;
}

/** An integration in live that used the element, or the version, within the quiet days, or has registered documents that do. */
export interface UseInEvidence {
  readonly integrationId: string;
  readonly integrationName: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly apiVersions: readonly string[];
  readonly operationNames: readonly string[];
  readonly uses: number;
  /** Of all requests in live in that time, 0 to 1. */
  readonly shareOfTraffic: number;
  /** Documents that it registered, sent or not. */
  readonly registeredOperations: number;
  /** Null where it sent none within the quiet days. */
  readonly lastUsedAt: string | null;
  readonly requestIds: readonly string[];
  /** When its partner was last told; null where it never was. */
  readonly notifiedAt: string | null;
  readonly answer: PartnerAnswer | null;
  /** Whether the verdict waits for it. */
  readonly blocks: boolean;
}

export interface RemovalEvidence {
  readonly usesSince: string;
  /** Requests in live in that time. */
  readonly requests: number;
  readonly users: readonly UseInEvidence[];
}

/** What is known of a user before anything is decided. */
export type KnownUse = Omit<UseInEvidence, 'blocks' | 'shareOfTraffic'>;

/** Whether the partner is ready: it showed its operations without the element, or signed a day that has come.
    A version that retires takes along even what was rewritten and not sent yet: there only a signed day counts. */
export const isReady = (answer: PartnerAnswer | null, gate: RemovalGate, today: string): boolean =>
  answer !== null && ((answer.kind === 'SIGNED' && answer.onDate! <= today) || (gate === 'RELEASE' && answer.kind === 'ACKNOWLEDGED' && answer.rewrittenOperations > 0));

export interface Decision {
  readonly verdict: 'PASSED' | 'REFUSED';
  readonly evidence: RemovalEvidence;
}

/** Refused while anybody who used it lately, or may send a registered document that does, is not ready. */
export function decideRemoval(gate: RemovalGate, { usesSince, requests, users }: { usesSince: string; requests: number; users: readonly KnownUse[] }, now: Instant): Decision {
  const today = new Date(now).toISOString().slice(0, 10);
  const weighed = users.map(user => ({ ...user, shareOfTraffic: requests === 0 ? 0 : user.uses / requests, blocks: !isReady(user.answer, gate, today) }));
  return { verdict: weighed.some(({ blocks }) => blocks) ? 'REFUSED' : 'PASSED', evidence: { usesSince, requests, users: weighed } };
}

/** Whether a decision says something that the one before it did not: a verdict, or whom it waits for. */
export function saysMore({ verdict, evidence }: Decision, before: { readonly verdict: Verdict['verdict']; readonly evidence: RemovalEvidence } | null): boolean {
  return before === null || before.verdict !== verdict || blockersOf(before.evidence).join(' ') !== blockersOf(evidence).join(' ');
}

/** Ids of the integrations that a verdict waits for. */
export const blockersOf = ({ users }: RemovalEvidence): string[] =>
  users
    .filter(({ blocks }) => blocks)
    .map(({ integrationId }) => integrationId)
    .toSorted();

/** A release or a retirement that the calendar brings. */
export interface DueRemoval {
  readonly gate: RemovalGate;
  readonly version: string;
  readonly dueAt: Instant;
}

/** What comes next of the calendar, released or retired by then or not: the gate is asked of each.
    `versions` are standings in the calendar's order without the head. */
export function dueRemovals(versions: readonly VersionStanding[]): DueRemoval[] {
  const releases = versions.filter(({ kind }) => kind === 'RELEASE_CANDIDATE').map(({ version }): DueRemoval => ({ gate: 'RELEASE', version, dueAt: dueAt(version) }));
  const retirements = versions.flatMap(({ version, kind, retiresAt }, i): DueRemoval[] => {
    const successor = versions[i + 1]?.version;
    if (kind === 'RETIRED' || kind === 'RELEASE_CANDIDATE' || successor === undefined) return [];
    return [{ gate: 'RETIREMENT', version, dueAt: retiresAt ?? retirementOf(version, successor) }];
  });
  return [...releases, ...retirements].toSorted((a, b) => a.dueAt - b.dueAt);
}

/** Whether it is time to decide. */
export const isDue = ({ dueAt: due }: DueRemoval, now: Instant): boolean => due - DECIDED_HOURS_AHEAD * HOUR_MS <= now;
