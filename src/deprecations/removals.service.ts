/**
 * The removal gate at work: what the calendar brings next is weighed against who would notice, the verdict
 * is appended where it says something new, and whoever it waits for is told. Runs as the marketplace in live.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { insertJournalEntry, type StaffAct, type StaffUserError } from '../partners/index.ts';
import type { Job } from '../platform/jobs.ts';
import type { Log } from '../platform/log.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { QUIET_DAYS, blockersOf, decideRemoval, dueRemovals, isDue, saysMore, type Decision, type DueRemoval } from './removal.rules.ts';
import {
  findVerdict,
  insertOverride,
  insertVerdict,
  lastVerdict,
  lockGate,
  overridesOf,
  reminderOf,
  requestsSince,
  usesBefore,
  type RemovalSubject,
  type StoredVerdict,
} from './removal.store.ts';
import type { RegistrySnapshot } from './registry.rules.ts';
import { loadRegistry } from './registry.store.ts';
import { insertNotifications } from './talk.store.ts';

const DAY_MS = 86_400_000;

/** A decision is due hours before its date, so nobody waits for a turn of this. */
const EVERY_MS = 60_000;

const MAX_REASON_LENGTH = 1_000;

/** Persons who together let go of what the gate refused. */
const OVERRIDERS = 2;

/** One subject of a release or a retirement, as the gate finds it at the instant. */
export interface Weighed {
  readonly removal: DueRemoval;
  readonly subject: RemovalSubject;
  readonly decision: Decision;
}

/** What the gate would say now of all that the calendar brings and it has not let go yet. Nothing is written. */
export async function weighRemovals(tx: Tx, now: Instant, { onlyDue = false } = {}): Promise<Weighed[]> {
  const registry = await loadRegistry(tx);
  const removals = dueRemovals(standings(RELEASES, now, registry.gateAt({ assumesPass: false })).slice(0, -1)).filter(removal => !onlyDue || isDue(removal, now));
  const subjects = removals.flatMap(removal => subjectsOf(removal, registry).map(subject => ({ removal, subject })));
  if (subjects.length === 0) return [];
  const since = now - QUIET_DAYS * DAY_MS;
  const known = { usesSince: new Date(since).toISOString(), requests: await requestsSince(tx, since) };
  const weighed: Weighed[] = [];
  for (const { removal, subject } of subjects) {
    const users = await usesBefore(tx, subject, since);
    weighed.push({ removal, subject, decision: decideRemoval(subject.gate, { ...known, users }, now) });
  }
  return weighed;
}

function subjectsOf({ gate, version }: DueRemoval, registry: RegistrySnapshot): RemovalSubject[] {
  if (gate === 'RETIREMENT') return registry.gateAt({ assumesPass: false }).retirableFrom(version) === null ? [{ gate, version, notice: null }] : [];
  return registry.heldIn(version).map(({ id, coordinate }) => ({ gate, version, notice: { id, coordinate } }));
}

/** Asks the gate about everything that is due. Answers the verdicts that are new. */
export async function decideRemovals(tx: Tx, now: Instant): Promise<StoredVerdict[]> {
  await lockGate(tx);
  const decided: StoredVerdict[] = [];
  for (const { subject, decision } of await weighRemovals(tx, now, { onlyDue: true })) {
    const before = await lastVerdict(tx, subject);
    if (!saysMore(decision, before)) continue;
    const verdict = { id: newId('rmv'), subject, ...decision };
    await insertVerdict(tx, { ...verdict, override: null, decidedAt: new Date(now) });
    await tellOwners(tx, verdict, now);
    if (decision.verdict === 'REFUSED') await tellBlockers(tx, verdict, before, now);
    decided.push(verdict);
  }
  return decided;
}

const what = ({ version, notice }: RemovalSubject): string => (notice ? `the release of ${version} without ${notice.coordinate}` : `the retirement of ${version}`);

/** The staff reads it in the journal, and in a notice's history. */
async function tellOwners(tx: Tx, { id, subject, verdict, evidence }: StoredVerdict, now: Instant): Promise<void> {
  const waits = blockersOf(evidence).length;
  const reason =
    verdict === 'PASSED' ? `Nobody is in the way of ${what(subject)}.` : `${waits} ${waits === 1 ? 'integration is' : 'integrations are'} in the way of ${what(subject)}.`;
  await insertJournalEntry(tx, {
    writtenAt: new Date(now),
    staffId: null,
    operation: 'removalGate',
    subjectId: subject.notice?.id ?? id,
    reason,
    details: { verdictId: id, gate: subject.gate, version: subject.version, verdict, integrationIds: blockersOf(evidence) },
    requestId: null,
  });
}

/** Each partner that the gate has begun to wait for. */
async function tellBlockers(tx: Tx, { subject, evidence }: StoredVerdict, before: StoredVerdict | null, now: Instant): Promise<void> {
  const known = new Set(before ? blockersOf(before.evidence) : []);
  const partnerIds = evidence.users.filter(({ blocks, integrationId }) => blocks && !known.has(integrationId)).map(({ partnerId }) => partnerId);
  const { version, notice } = subject;
  const notifiedAt = new Date(now);
  if (notice) {
    const body = `Version ${version} is held back because you still use it. Acknowledge the notice with your rewritten operations (acknowledgeDeprecation), sign the day from which you do without it, or ask for an extension. Documents that you registered and no longer send count until you unregister them (unregisterOperations).`;
    await insertNotifications(tx, partnerIds, {
      kind: 'DEPRECATION_REMINDER',
      title: `You still use ${notice.coordinate}, which ${version} lacks`,
      body,
      noticeId: notice.id,
      notifiedAt,
    });
  } else {
    const body = `Its retirement is held back because you asked it within the last ${QUIET_DAYS} days, or have documents registered for it. Move your requests to a newer version, and your pin with pinApiVersion; register your documents there (registerOperations), and unregister those that you no longer send.`;
    await insertNotifications(tx, partnerIds, { kind: 'RETIREMENT_REMINDER', title: reminderOf(version), body, noticeId: null, notifiedAt });
  }
}

const refuse = (code: StaffUserError['code'], message: string, ...path: string[]) => refused<StaffUserError>({ code, message, path });

/** A person's word that lets go of what the gate refused; the second person's makes the verdict, and those who
    were in the way are told why. Refusals: NOT_FOUND, INVALID, REVIEW_STATE, ALREADY_DECIDED. */
export async function overrideVerdict(
  tx: Tx,
  { staffId, clock }: StaffAct,
  verdictId: string,
  publicReason: string,
): Promise<Outcome<{ verdictId: string; noticeId: string | null }, StaffUserError>> {
  if (publicReason.trim() === '' || publicReason.length > MAX_REASON_LENGTH || !isStorableText(publicReason))
    return refuse('INVALID', `A public reason has 1 to ${MAX_REASON_LENGTH} characters of plain text, and this one has ${publicReason.length}.`, 'publicReason');
  await lockGate(tx);
  const verdict = await findVerdict(tx, verdictId);
  if (!verdict) return refuse('NOT_FOUND', 'There is no such verdict.', 'verdictId');
  const last = await lastVerdict(tx, verdict.subject);
  if (verdict.verdict !== 'REFUSED' || last!.id !== verdictId)
    return refuse(
      'REVIEW_STATE',
      `The last word on ${what(verdict.subject)} is ${last!.id}, ${last!.verdict}: only a refusal that is the last word can be overridden.`,
      'verdictId',
    );
  const decidedAt = new Date(clock.now());
  if (!(await insertOverride(tx, { verdictId, staffId, publicReason, decidedAt })))
    return refuse('ALREADY_DECIDED', 'You have overridden this verdict already: another person must be the second.', 'verdictId');
  const overrides = await overridesOf(tx, verdictId);
  const noticeId = verdict.subject.notice?.id ?? null;
  if (overrides.length < OVERRIDERS) return ok({ verdictId, noticeId });
  const reason = [...new Set(overrides.map(each => each.publicReason))].join(' ');
  const overriding = { ...verdict, id: newId('rmv'), verdict: 'OVERRIDDEN' as const };
  await insertVerdict(tx, { ...overriding, override: { reason, by: overrides.map(each => each.staffId) }, decidedAt });
  const partnerIds = verdict.evidence.users.filter(({ blocks }) => blocks).map(({ partnerId }) => partnerId);
  const title = `Nothing holds back ${what(verdict.subject)} any more`;
  await insertNotifications(tx, partnerIds, { kind: 'REMOVAL_OVERRIDDEN', title, body: reason, noticeId, notifiedAt: decidedAt });
  return ok({ verdictId: overriding.id, noticeId });
}

/** Asks the gate of what is due, in live. */
export async function runGate({ database, clock, log }: Services): Promise<void> {
  const [live] = await inTransaction(database, NO_TENANT, tx => tx.query<{ id: string | null }[]>('select portico.live_environment_id() as id'));
  if (!live?.id) return;
  const decided = await inTransaction(database, { environmentId: live.id, partnerId: '*' }, tx => decideRemovals(tx, clock.now()));
  for (const verdict of decided) logVerdict(verdict, log);
}

const logVerdict = ({ id, subject, verdict, evidence }: StoredVerdict, log: Log): void => {
  const facts = { verdictId: id, gate: subject.gate, version: subject.version, coordinate: subject.notice?.coordinate, waitsFor: blockersOf(evidence) };
  if (verdict === 'PASSED') log.info(facts, 'the removal gate lets go');
  else log.warn(facts, 'the removal gate holds back what somebody still uses');
};

/** Not `onOneGateway`: the gate's own lock makes one of them decide, and the others find it decided. */
export const removalJob = (services: Services): Job => ({ name: 'removals.decide', everyMs: EVERY_MS, run: () => runGate(services) });
