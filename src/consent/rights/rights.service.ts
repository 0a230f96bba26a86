/**
 * People's rights (GDPR, articles 15 to 21), one function each, for their own pages and their own API. What
 * can be done at once is done at once; what needs somebody to decide has a date by which they must.
 * Each runs in the caller's transaction, as the marketplace in the person's environment.
 */
import { ok, refused, type Outcome } from '../../base/outcome.ts';
import type { Clocks } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { loadCategories } from '../catalogue.store.ts';
import { grantState } from '../grant.rules.ts';
import { grantsOfPerson } from '../grant.store.ts';
import { actOnGrant, type ConsentHouse } from '../grants.service.ts';
import { erasePerson } from './erasure.service.ts';
import { disclosuresOf, insertRightsRequest, lockOpenRequest, recordOf, requestsOf, settleRequest, type PersonKey } from './rights.store.ts';

const DAY_MS = 86_400_000;

/** A month (article 12(3)); a shorter one would fall on no month's last day. */
const ANSWER_MS = 30 * DAY_MS;

/** Of everything that there is of somebody, more than anybody has. */
const EVERYTHING = 100_000;

export const MAX_WORDS = 1000;

export interface RightsRefusal {
  readonly code: 'INVALID' | 'NOT_FOUND' | 'CONFIRMATION_NEEDED' | 'GRANT_ENDED';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: RightsRefusal['code'], message: string, ...path: string[]) => refused<RightsRefusal>({ code, message, path });

/** Everything that is known of a person and what became of it, as one JSON object. */
export async function exportMyData(tx: Tx, person: PersonKey, marketplace: string, clocks: Clocks): Promise<Record<string, unknown>> {
  const now = clocks.environment.now();
  const grants = await grantsOfPerson(tx, person.environmentId, person.customerId, EVERYTHING);
  const exported = {
    marketplace,
    exportedAt: new Date(now).toISOString(),
    ...(await recordOf(tx, person)),
    grants: grants.map(grant => ({
      id: grant.id,
      partner: grant.partnerName,
      app: grant.integrationName,
      purpose: grant.purpose,
      state: grantState(grant, now),
      scopes: grant.scopes,
      givenAt: new Date(grant.givenAt).toISOString(),
      expiresAt: new Date(grant.expiresAt).toISOString(),
      endedAt: grant.ended && new Date(grant.ended.at).toISOString(),
    })),
    disclosures: await disclosuresOf(tx, person, { first: EVERYTHING, after: null }),
    requests: await requestsOf(tx, person, EVERYTHING),
  };
  await insertRightsRequest(tx, { ...person, kind: 'EXPORT', askedAt: now, dueAt: now + DAY_MS, isSettled: true });
  return exported;
}

/** Erases the person. Refusals: CONFIRMATION_NEEDED. */
export async function eraseMe(tx: Tx, house: ConsentHouse | null, person: PersonKey, confirm: boolean, clocks: Clocks): Promise<Outcome<{ requestId: string }, RightsRefusal>> {
  if (!confirm) return refuse('CONFIRMATION_NEEDED', 'An erasure cannot be taken back: say so with `confirm: true`.', 'confirm');
  const now = clocks.environment.now();
  const requestId = await insertRightsRequest(tx, { ...person, kind: 'ERASURE', askedAt: now, dueAt: now + ANSWER_MS, isSettled: true });
  await erasePerson(tx, house, { ...person, actor: 'SUBJECT' }, clocks);
  return ok({ requestId });
}

const wordsOf = (words: string): string | null => {
  const said = words.trim();
  return said === '' || said.length > MAX_WORDS ? null : said;
};

/** Stops what is read under a grant, until somebody has decided. Refusals: INVALID, NOT_FOUND, GRANT_ENDED. */
export async function object(
  tx: Tx,
  house: ConsentHouse,
  person: PersonKey,
  grantId: string,
  words: string,
  clocks: Clocks,
): Promise<Outcome<{ requestId: string }, RightsRefusal>> {
  const said = wordsOf(words);
  if (said === null) return refuse('INVALID', `Say in 1 to ${MAX_WORDS} characters what you object to.`, 'words');
  const done = await actOnGrant(tx, house, { ...person, grantId, act: { act: 'SUSPEND' }, actor: 'SUBJECT', reason: 'The person objected.' }, clocks);
  if (!done.ok)
    return done.refusal.code === 'NOT_FOUND'
      ? refuse('NOT_FOUND', done.refusal.message, 'grantId')
      : refuse('GRANT_ENDED', 'The grant has ended: nothing is read under it any more.', 'grantId');
  const now = clocks.environment.now();
  return ok({ requestId: await insertRightsRequest(tx, { ...person, kind: 'OBJECTION', grantId, words: said, askedAt: now, dueAt: now + ANSWER_MS, isSettled: false }) });
}

/** Asks that something wrong is put right. Refusals: INVALID. */
export async function correct(tx: Tx, person: PersonKey, category: string, words: string, clocks: Clocks): Promise<Outcome<{ requestId: string }, RightsRefusal>> {
  const said = wordsOf(words);
  if (said === null) return refuse('INVALID', `Say in 1 to ${MAX_WORDS} characters what is wrong and what is right.`, 'words');
  const categories = (await loadCategories(tx)).map(({ code }) => code);
  if (!categories.includes(category)) return refuse('INVALID', `There is no category ${category}. There are ${categories.join(', ')}.`, 'category');
  const now = clocks.environment.now();
  return ok({ requestId: await insertRightsRequest(tx, { ...person, kind: 'CORRECTION', category, words: said, askedAt: now, dueAt: now + ANSWER_MS, isSettled: false }) });
}

export interface Settlement {
  readonly requestId: string;
  readonly outcome: 'GRANTED' | 'REFUSED';
  readonly answer: string;
  readonly staffId: string;
}

/** Answers a request. An objection that is granted ends its grant; one that is refused lets it go on.
    Refusals: INVALID, NOT_FOUND. */
export async function settle(tx: Tx, environmentId: string, { requestId, outcome, answer, staffId }: Settlement, clocks: Clocks): Promise<Outcome<null, RightsRefusal>> {
  const said = wordsOf(answer);
  if (said === null) return refuse('INVALID', `Answer the person in 1 to ${MAX_WORDS} characters.`, 'answer');
  const request = await lockOpenRequest(tx, environmentId, requestId);
  if (!request) return refuse('NOT_FOUND', 'There is no such request that waits for an answer.', 'requestId');
  if (request.grantId !== null) {
    const act = { act: outcome === 'GRANTED' ? 'REVOKE' : 'RESUME' } as const;
    // A grant that has ended meanwhile stays as it is: the person may have withdrawn it.
    await actOnGrant(tx, null, { environmentId, grantId: request.grantId, act, actor: 'MARKETPLACE', reason: said }, clocks);
  }
  await settleRequest(tx, environmentId, requestId, { staffId, outcome, answer: said, at: clocks.environment.now() });
  return ok(null);
}
