/**
 * What only people and the marketplace do in live, done by a sandbox's partner in their place: an erasure, and a
 * breach from its report to its end. Each is the use case of live and nothing else; live itself refuses.
 */
import { ok, refused, type Outcome } from '../../base/outcome.ts';
import { inEnvironment, isSandbox } from '../../environments/index.ts';
import { apiError } from '../../graphql/errors.ts';
import type { Calling, Clocks } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { closeBreach, recordNotification, reportBreach, type BreachEnd, type BreachNotice, type BreachRefusal, type BreachReport } from '../breach/breach.service.ts';
import { eraseMe } from '../rights/rights.service.ts';
import { personBehind } from '../subject.store.ts';

export interface RehearsalRefusal {
  readonly code: 'NOT_FOUND' | 'INVALID';
  readonly message: string;
  readonly path: readonly string[];
}

/** Does the work as the marketplace of the sandbox that asks. Throws SANDBOX_VALUE_IN_LIVE. */
async function asMarketplace<T>(tx: Tx, { environmentId }: Calling, work: () => Promise<T>): Promise<T> {
  if (await isSandbox(tx, environmentId)) return inEnvironment(tx, environmentId, work);
  throw apiError('SANDBOX_VALUE_IN_LIVE', 'In live people erase themselves, and the marketplace alone declares breaches: rehearse with the token of a sandbox.');
}

/** Erases the person whom the partner knows by an id, as they would themselves. Refusals: NOT_FOUND. */
export const rehearseErasure = (tx: Tx, calling: Calling, subjectId: string, clocks: Clocks): Promise<Outcome<null, RehearsalRefusal>> =>
  asMarketplace(tx, calling, async () => {
    const { environmentId, partnerId } = calling;
    const customerId = await personBehind(tx, environmentId, partnerId, subjectId);
    if (customerId === null) return refused({ code: 'NOT_FOUND', message: 'There is no such person.', path: ['subjectId'] });
    await eraseMe(tx, null, { environmentId, customerId }, true, clocks);
    return ok(null);
  });

const asPartnersSeeIt = <T>(outcome: Outcome<T, BreachRefusal>): Outcome<T, RehearsalRefusal> =>
  outcome.ok ? outcome : refused({ ...outcome.refusal, code: outcome.refusal.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'INVALID' });

type Own<T> = Omit<T, 'environmentId' | 'partnerId' | 'staffId'>;

const ownOf = <T>(calling: Calling, rest: T) => ({ ...rest, environmentId: calling.environmentId, partnerId: calling.partnerId, staffId: calling.integrationId });

/** Declares a breach at the partner that asks. Refusals: INVALID, also while one is open. */
export const rehearseBreach = (tx: Tx, calling: Calling, report: Own<BreachReport>, clocks: Clocks): Promise<Outcome<{ breachId: string; suspended: number }, RehearsalRefusal>> =>
  asMarketplace(tx, calling, async () => asPartnersSeeIt(await reportBreach(tx, ownOf(calling, report), clocks)));

/** Writes down that somebody was told. Refusals: NOT_FOUND, INVALID. */
export const rehearseNotification = (tx: Tx, calling: Calling, notice: Own<BreachNotice>, clocks: Clocks): Promise<Outcome<null, RehearsalRefusal>> =>
  asMarketplace(tx, calling, async () => asPartnersSeeIt(await recordNotification(tx, ownOf(calling, notice), clocks)));

/** Closes a breach. Refusals: NOT_FOUND, INVALID. */
export const rehearseBreachEnd = (tx: Tx, calling: Calling, end: Own<BreachEnd>, clocks: Clocks): Promise<Outcome<null, RehearsalRefusal>> =>
  asMarketplace(tx, calling, async () => asPartnersSeeIt(await closeBreach(tx, ownOf(calling, end), clocks)));
