/**
 * What happens to a grant once it is given: withdrawing, narrowing, suspending, ending. Each use case
 * locks the grant, decides, writes the grant, its event and a receipt, in the caller's transaction,
 * under the context of one environment. What it does counts for every statement that begins after
 * the commit, on every gateway: nothing remembers a grant.
 */
import { wallClock, type Clock, type Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { promise } from '../environments/index.ts';
import type { Clocks } from '../graphql/writing.ts';
import type { SigningKeys } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueWork } from '../room.ts';
import type { Language } from './catalogue.rules.ts';
import { loadCategories, loadPurpose, loadRecipient } from './catalogue.store.ts';
import { insertDuty } from './duty.store.ts';
import { applyEvent, decideAct, grantState, type Grant, type GrantAct, type GrantEventKind, type GrantRefusal } from './grant.rules.ts';
import { appendEvent, insertReceipt, lockGrant, newestReceipt, saveGrant, standingGrantsOf, type Actor, type StoredReceipt } from './grant.store.ts';
import { writeGrantLetter } from './mail/letter.store.ts';
import { insertReminder } from './reminder.store.ts';
import { signReceipt, type Controller, type ReceiptFacts } from './receipt.ts';
import { pairwiseSubject } from './subject.store.ts';

/** What deciding needs of the house. */
export interface ConsentHouse {
  readonly keys: SigningKeys;
  readonly controller: Controller;
  readonly publicUrl: () => string;
  /** Whether letters to people are written. */
  readonly sendsMail: boolean;
}

export interface ActRequest {
  readonly environmentId: string;
  readonly grantId: string;
  readonly act: GrantAct;
  readonly actor: Actor;
  /** Whose the grant must be; without it, anybody's. */
  readonly customerId?: string;
  readonly integrationId?: string;
  /** In words, for the record: of the platform's acts. */
  readonly reason?: string;
  readonly language?: Language;
}

export interface ActDone {
  readonly grant: Grant;
  /** False where the grant already was as the act would have it. */
  readonly changed: boolean;
  readonly receipt: StoredReceipt | null;
}

export type NoGrant = { readonly code: 'NOT_FOUND'; readonly message: string; readonly path: readonly string[] };

/** Does something to a grant. Doing it twice changes nothing more, and answers the same receipt.
    Without a house to sign for it no receipt is written.
    Refusals: NOT_FOUND, GRANT_ENDED, SUSPENDED, NOT_SUSPENDED, NOT_EXPIRED, NOT_NARROWER. */
export async function actOnGrant(tx: Tx, house: ConsentHouse | null, request: ActRequest, clocks: Clocks): Promise<Outcome<ActDone, GrantRefusal | NoGrant>> {
  const { environmentId, grantId, act } = request;
  const grant = await lockGrant(tx, environmentId, grantId);
  const isTheirs = grant && (request.customerId ?? grant.customerId) === grant.customerId && (request.integrationId ?? grant.integrationId) === grant.integrationId;
  if (!isTheirs) return refused({ code: 'NOT_FOUND', message: 'There is no such grant.', path: ['grantId'] });
  const now = clocks.environment.now();
  const decision = decideAct(grant, act, now);
  if (!decision.ok) return decision;
  const event = decision.value;
  if (!event) return ok({ grant, changed: false, receipt: await newestReceipt(tx, environmentId, grantId) });
  const changed = applyEvent(grant, event);
  await saveGrant(tx, environmentId, changed, event);
  const { kind, at, ...detail } = event;
  await appendEvent(
    tx,
    {
      environmentId,
      partnerId: grant.partnerId,
      customerId: grant.customerId,
      grant: changed,
      kind,
      actor: request.actor,
      detail: { ...detail, ...(request.reason === undefined ? {} : { reason: request.reason }) },
      at,
    },
    clocks.wall.now(),
  );
  if (changed.ended) await insertDuty(tx, environmentId, changed, changed.ended.at);
  const receipt = house && (await writeReceipt(tx, house, { environmentId, grant: changed, event: kind, at: now, language: request.language ?? 'en', notice: null }, clocks));
  return ok({ grant: changed, changed: true, receipt });
}

/** Ends a grant by its person's will. Refusals: NOT_FOUND. */
export const withdrawConsent = (
  tx: Tx,
  house: ConsentHouse,
  withdrawal: { environmentId: string; grantId: string; customerId: string; language?: Language },
  clocks: Clocks,
): Promise<Outcome<ActDone, GrantRefusal | NoGrant>> => actOnGrant(tx, house, { ...withdrawal, act: { act: 'WITHDRAW' }, actor: 'SUBJECT' }, clocks);

/** Ends a grant by its partner's will. Refusals: NOT_FOUND, GRANT_ENDED, SUSPENDED. */
export const relinquishConsent = (tx: Tx, grant: { environmentId: string; grantId: string }, clocks: Clocks): Promise<Outcome<ActDone, GrantRefusal | NoGrant>> =>
  actOnGrant(tx, null, { ...grant, act: { act: 'RELINQUISH' }, actor: 'PARTNER' }, clocks);

/** Writes down that time has ended a grant, which then leaves a duty behind like any other end. */
export async function expireGrant(tx: Tx, { environmentId, subjectId: grantId }: DueWork, environment: Clock): Promise<void> {
  await actOnGrant(tx, null, { environmentId, grantId, act: { act: 'EXPIRE' }, actor: 'PORTICO' }, { environment, wall: wallClock });
  // A sandbox's shopper who takes back what was looked at once does so in the statement that reads.
  const grant = await lockGrant(tx, environmentId, grantId);
  if (grant?.ended?.kind === 'WITHDRAWN') await insertDuty(tx, environmentId, grant, grant.ended.at);
}

/** How long a person goes on sharing without being reminded of it. */
const REMINDER_MS = 90 * 86_400_000;

/** Promises the reminder after `from`, where the grant lasts that long. */
export async function promiseReminder(tx: Tx, environmentId: string, { id, expiresAt }: Pick<Grant, 'id' | 'expiresAt'>, from: Instant): Promise<void> {
  const dueAt = from + REMINDER_MS;
  if (dueAt < expiresAt) await promise(tx, { environmentId, kind: 'grant.remind', subjectId: id, dueAt, payload: {} });
}

/** Reminds a person of what they share, and a partner of what it does not use; and promises the next one. */
export async function remindGrant(tx: Tx, { environmentId, subjectId: grantId, dueAt }: DueWork): Promise<void> {
  const grant = await lockGrant(tx, environmentId, grantId);
  if (!grant || !['GIVEN', 'SUSPENDED'].includes(grantState(grant, dueAt))) return;
  await insertReminder(tx, environmentId, grantId, dueAt - REMINDER_MS, dueAt);
  await writeGrantLetter(tx, { environmentId, kind: 'GRANT_REMINDER', customerId: grant.customerId, grantId }, wallClock.now());
  await promiseReminder(tx, environmentId, grant, dueAt);
}

/** Ends everything that a person has given: with an erasure, or because they ask for it. */
export async function withdrawAll(
  tx: Tx,
  house: ConsentHouse | null,
  person: { environmentId: string; customerId: string; actor: Actor; reason?: string },
  clocks: Clocks,
): Promise<void> {
  for (const grantId of await standingGrantsOf(tx, person.environmentId, person.customerId)) {
    await actOnGrant(tx, house, { ...person, grantId, act: { act: 'WITHDRAW' } }, clocks);
  }
}

export interface ReceiptRequest {
  readonly environmentId: string;
  readonly grant: Grant;
  readonly event: GrantEventKind | 'GIVEN';
  readonly at: Instant;
  readonly language: Language;
  readonly notice: ReceiptFacts['notice'];
}

/** Signs and keeps the receipt of what has just happened to a grant; null for a recipient without a
    profile, who has never been given anything. */
export async function writeReceipt(tx: Tx, house: ConsentHouse, { environmentId, grant, ...rest }: ReceiptRequest, clocks: Clocks): Promise<StoredReceipt | null> {
  const [versions, recipient, categories] = [await loadPurpose(tx, grant.purpose), await loadRecipient(tx, environmentId, grant.integrationId), await loadCategories(tx)];
  const purpose = versions.find(({ version }) => version === grant.purposeVersion);
  if (!purpose || !recipient) return null;
  const subjectId = await pairwiseSubject(tx, { environmentId, partnerId: grant.partnerId, customerId: grant.customerId });
  const receipt = signReceipt(house.keys, { grant, subjectId, purpose, recipient, categories, ...rest }, house.controller, house.publicUrl());
  await insertReceipt(tx, environmentId, grant, receipt, clocks.wall.now());
  return receipt;
}
