/**
 * Quarterly reviews: what a quarter came to is frozen, changes of targets are proposed by it and lie open to
 * partners for two weeks, two persons who did not propose them decide, and what is published binds from a
 * later quarter on. Nothing that has been earned is touched.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { measureAll } from '../measurement/index.ts';
import type { StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { addVersion, decideVersion, type RuleInput } from './milestones.service.ts';
import { confirmsAt, quarterDays } from './period.rules.ts';
import { changesOf, findChange, freezeInputs, insertChange, insertChangeDecision, insertCycle, lockCycle, setPublished, type StoredCycle } from './review.store.ts';

/** How long what is frozen is looked at and proposals are made, open to partners, before anybody decides. */
export const CHECK_DAYS = 14;

/** Whoever proposes has decided for itself; so many others must agree. */
export const APPROVERS = 2;

const DAY_MS = 86_400_000;
const MAX_EVIDENCE = 10;
const MAX_TEXT = 2_000;

const refuse = (code: StaffUserError['code'], message: string, ...path: string[]): { ok: false; refusal: StaffUserError } => refused<StaffUserError>({ code, message, path });
const noCycle = refuse('NOT_FOUND', 'There is no review with this id. The query `reviewCycles` lists those that there are.', 'cycleId');

type Step = Outcome<{ cycleId: string }, StaffUserError>;

/** Opens the review of a quarter that is over. Refusals: INVALID, DUPLICATE. */
export async function openReview(tx: Tx, environmentId: string, { period, personId }: { period: string; personId: string }, now: Instant): Promise<Step> {
  if (!/^\d{4}-Q[1-4]$/.test(period) || Date.parse(quarterDays(period).to) + DAY_MS > now)
    return refuse('INVALID', 'A review looks at a quarter that is over, e.g. 2026-Q3.', 'period');
  const id = newId('rvc');
  if (!(await insertCycle(tx, environmentId, { id, period, openedBy: personId, openedAt: new Date(now) }))) return refuse('DUPLICATE', `${period} has a review.`, 'period');
  return ok({ cycleId: id });
}

/** Freezes what the quarter came to, once no late event changes it any more. Refusals: NOT_FOUND, REVIEW_STATE. */
export async function freezeReview(tx: Tx, environmentId: string, cycleId: string, now: Instant): Promise<Step> {
  const cycle = await lockCycle(tx, environmentId, cycleId);
  if (!cycle) return noCycle;
  if (cycle.frozenAt) return refuse('REVIEW_STATE', `It was frozen on ${cycle.frozenAt.toISOString()}.`, 'cycleId');
  const closesAt = confirmsAt(cycle.period);
  if (now < closesAt) return refuse('REVIEW_STATE', `Late events count for ${cycle.period} until ${new Date(closesAt).toISOString()}: freeze it then.`, 'cycleId');
  await measureAll(tx, environmentId);
  await freezeInputs(tx, environmentId, cycleId, { from: quarterDays(cycle.period).from, at: new Date(now) });
  return ok({ cycleId });
}

/** From when on proposals are decided. */
const decideFrom = ({ frozenAt }: StoredCycle): Instant => (frozenAt ? frozenAt.getTime() + CHECK_DAYS * DAY_MS : Infinity);

export interface ChangeInput extends RuleInput {
  readonly cycleId: string;
  readonly milestoneId: string;
  readonly evidence: readonly string[];
  readonly personId: string;
}

/** Proposes another rule for a milestone, by what is frozen. Refusals: NOT_FOUND, REVIEW_STATE, INVALID and those of a rule's version. */
export async function proposeChange(tx: Tx, environmentId: string, input: ChangeInput, now: Instant): Promise<Outcome<{ changeId: string }, StaffUserError>> {
  const { cycleId, milestoneId, evidence, personId, effectiveOn, why, attainabilityReason } = input;
  const cycle = await lockCycle(tx, environmentId, cycleId);
  if (!cycle) return noCycle;
  if (!cycle.frozenAt) return refuse('REVIEW_STATE', 'Freeze the review first, so that everybody decides by the same numbers.', 'cycleId');
  if (now >= decideFrom(cycle))
    return refuse('REVIEW_STATE', `Proposals were taken for ${CHECK_DAYS} days, so that partners could look at each: make it in the next review.`, 'cycleId');
  if (evidence.length < 1 || evidence.length > MAX_EVIDENCE || evidence.some(each => each.trim() === '' || each.length > MAX_TEXT || !isStorableText(each)))
    return refuse(
      'INVALID',
      `Evidence is 1 to ${MAX_EVIDENCE} texts of 1 to ${MAX_TEXT} characters: what of the market, of people or of the frozen numbers speaks for it.`,
      'evidence',
    );
  const decided = await decideVersion(tx, environmentId, milestoneId, input, now);
  if (!decided.ok) return decided;
  const changeId = newId('tgc');
  const { rule } = decided.value;
  await insertChange(tx, environmentId, {
    id: changeId,
    cycleId,
    milestoneId,
    rule,
    effectiveOn,
    why,
    evidence,
    attainabilityReason,
    proposedBy: personId,
    proposedAt: new Date(now),
  });
  return ok({ changeId });
}

export interface ChangeDecision {
  readonly changeId: string;
  readonly personId: string;
  readonly approve: boolean;
  readonly reason: string;
}

/** Decides in a person's name; one rejection ends a proposal. Refusals: NOT_FOUND, OWN_WORK, REVIEW_STATE, ALREADY_DECIDED. */
export async function decideChange(
  tx: Tx,
  environmentId: string,
  { changeId, personId, approve, reason }: ChangeDecision,
  now: Instant,
): Promise<Outcome<{ changeId: string }, StaffUserError>> {
  const change = await findChange(tx, environmentId, changeId);
  if (!change) return refuse('NOT_FOUND', 'There is no proposal with this id. Each review lists its own.', 'changeId');
  const cycle = (await lockCycle(tx, environmentId, change.cycleId))!;
  if (change.proposedBy === personId) return refuse('OWN_WORK', `You proposed it: ${APPROVERS} others decide.`, 'changeId');
  if (cycle.publishedAt) return refuse('REVIEW_STATE', `The review was published on ${cycle.publishedAt.toISOString()}.`, 'changeId');
  if (now < decideFrom(cycle)) return refuse('REVIEW_STATE', `Partners look at it until ${new Date(decideFrom(cycle)).toISOString()}: decide then.`, 'changeId');
  const decision = { changeId, personId, verdict: approve ? ('APPROVED' as const) : ('REJECTED' as const), reason, at: new Date(now) };
  if (!(await insertChangeDecision(tx, environmentId, decision))) return refuse('ALREADY_DECIDED', 'You have decided on it: another person must be the next.', 'changeId');
  return ok({ changeId });
}

/** Publishes what was approved, each as the next version of its milestone's rule, all or nothing.
    Refusals: NOT_FOUND, REVIEW_STATE, NOTICE_TOO_SHORT and the others of a rule's version. */
export async function publishReview(tx: Tx, environmentId: string, cycleId: string, now: Instant): Promise<Step> {
  const cycle = await lockCycle(tx, environmentId, cycleId);
  if (!cycle) return noCycle;
  if (cycle.publishedAt) return refuse('REVIEW_STATE', `It was published on ${cycle.publishedAt.toISOString()}.`, 'cycleId');
  if (now < decideFrom(cycle)) return refuse('REVIEW_STATE', `A review is published ${CHECK_DAYS} days after it was frozen at the earliest.`, 'cycleId');
  const changes = await changesOf(tx, environmentId, cycleId);
  const open = changes.find(({ isRejected, approvedBy }) => !isRejected && approvedBy.length < APPROVERS);
  if (open)
    return refuse(
      'REVIEW_STATE',
      `The proposal ${open.id} has ${open.approvedBy.length} of the ${APPROVERS} approvals that it needs: decide on it first, or reject it.`,
      'cycleId',
    );
  for (const change of changes.filter(({ isRejected }) => !isRejected)) {
    const added = await addVersion(tx, environmentId, change.milestoneId, change, now);
    if (!added.ok) return refuse(added.refusal.code, `The proposal ${change.id} cannot be published: ${added.refusal.message}`, 'cycleId');
  }
  await setPublished(tx, environmentId, cycleId, new Date(now));
  return ok({ cycleId });
}
