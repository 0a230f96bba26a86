/**
 * Asking for consent and deciding on it. A partner asks in advance (`requestConsent`) or by the
 * browser alone; either way there is one consent request, which lapses after 15 minutes and is
 * decided once. What the person is asked is worked out when they see it, from what stands then.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import { promise } from '../environments/index.ts';
import type { Clocks } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { REQUEST_LIFETIME_MS, checkAsked, decideAsk, refuseAsk, termsOf, type Ask, type AskRefusal, type AskedScope, type Choice } from './asking.rules.ts';
import { purposeAt, type Language, type Purpose } from './catalogue.rules.ts';
import { isUnderBreach } from './breach/breach.service.ts';
import { isApproved, loadCategories, loadPurpose, loadRecipient, type Recipient } from './catalogue.store.ts';
import { overdueSince } from './duty.store.ts';
import { applyEvent, decideAct, grantState, type Grant } from './grant.rules.ts';
import { appendEvent, insertGrant, lockStanding, saveGrant, saveNotice } from './grant.store.ts';
import { promiseReminder, writeReceipt, type ConsentHouse } from './grants.service.ts';
import { writeGrantLetter } from './mail/letter.store.ts';
import { insertRequest, lastRefusal, lockRequest, redirectUrisOf, setDecision, setRequestCustomer, type ConsentRequest } from './request.store.ts';
import { pairwiseSubject, personBehind } from './subject.store.ts';

export interface AskInput {
  readonly purpose: string;
  readonly scopes: readonly AskedScope[];
  /** The pairwise id by which the partner knows the person; null where it does not yet. */
  readonly subjectId: string | null;
}

export interface Asking {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
}

/** Writes down what an integration wants to ask. Where it names the person, what the person would not
    be asked anyhow is refused at once. Refusals: INVALID, NOT_FOUND, PURPOSE_NOT_APPROVED,
    PURPOSE_EXCEEDED, RECIPIENT_UNVERIFIED, REDIRECT_URI_MISSING, CONSENT_RESTING,
    CONSENT_ALREADY_GIVEN, DELETION_OVERDUE, SUSPENDED. */
export async function requestConsent(tx: Tx, asking: Asking, input: AskInput, clocks: Clocks): Promise<Outcome<{ requestId: string; kind: Ask['kind'] | null }, AskRefusal>> {
  const now = clocks.environment.now();
  const purpose = purposeAt(await loadPurpose(tx, input.purpose), now);
  if (!purpose) return refuseAsk('NOT_FOUND', `There is no purpose ${input.purpose} in force.`, 'purpose');
  if (!(await isApproved(tx, asking.environmentId, asking.integrationId, input.purpose)))
    return refuseAsk('PURPOSE_NOT_APPROVED', `Your integration is not approved for ${input.purpose}: ask the marketplace for it.`, 'purpose');
  if (!(await loadRecipient(tx, asking.environmentId, asking.integrationId)))
    return refuseAsk('RECIPIENT_UNVERIFIED', 'The marketplace has not verified your organisation yet, so people cannot be told who asks: ask the marketplace for it.');
  if ((await redirectUrisOf(tx, asking.environmentId, asking.integrationId)).length === 0)
    return refuseAsk('REDIRECT_URI_MISSING', 'Your integration has no redirect URI, so people could not come back to you: register one with `setRedirectUris`.');
  const overdue = await refuseRecipient(tx, asking.environmentId, asking.partnerId, now);
  if (overdue) return overdue;
  const undated = new Set((await loadCategories(tx)).filter(({ dated }) => !dated).map(({ code }) => code));
  const checked = checkAsked(input.scopes, purpose, undated);
  if (!checked.ok) return checked;
  const customerId = input.subjectId === null ? null : await personBehind(tx, asking.environmentId, asking.partnerId, input.subjectId);
  if (input.subjectId !== null && customerId === null) return refuseAsk('NOT_FOUND', 'There is no such person: leave `subjectId` out, and whoever signs in is asked.', 'subjectId');
  const request: ConsentRequest = {
    ...asking,
    id: newId('crq'),
    customerId,
    purpose: purpose.purpose,
    purposeVersion: purpose.version,
    scopes: checked.value,
    expiresAt: clocks.wall.now() + REQUEST_LIFETIME_MS,
    decision: null,
    grantId: null,
  };
  const ask = customerId === null ? null : await askOf(tx, asking.environmentId, request, customerId, now);
  if (ask && !ask.ok) return ask;
  await insertRequest(tx, asking.environmentId, request, now);
  await appendEvent(
    tx,
    {
      environmentId: asking.environmentId,
      partnerId: asking.partnerId,
      customerId,
      requestId: request.id,
      kind: 'REQUESTED',
      actor: 'PARTNER',
      detail: { purpose: purpose.purpose, scopes: checked.value },
      at: now,
    },
    clocks.wall.now(),
  );
  return ok({ requestId: request.id, kind: ask?.value.ask.kind ?? null });
}

async function askOf(tx: Tx, environmentId: string, request: ConsentRequest, customerId: string, now: Instant): Promise<Outcome<{ ask: Ask; standing: Grant | null }, AskRefusal>> {
  const key = { environmentId, customerId, purpose: request.purpose };
  const standing = await lockStanding(tx, { ...key, integrationId: request.integrationId });
  const lastRefusedAt = await lastRefusal(tx, { ...key, partnerId: request.partnerId });
  const ask = decideAsk(request.scopes, request.purposeVersion, { grant: standing, lastRefusedAt }, now);
  return ask.ok ? ok({ ask: ask.value, standing }) : ask;
}

/** Who owes a deletion that is overdue, or has let data slip, is given nothing new. */
async function refuseRecipient(tx: Tx, environmentId: string, partnerId: string, now: Instant) {
  if (await isUnderBreach(tx, environmentId, partnerId))
    return refuseAsk('SUSPENDED', 'The marketplace is looking into a breach at your organisation: nobody can agree to anything new until that is closed.');
  const since = await overdueSince(tx, environmentId, partnerId, now);
  if (!since) return null;
  return refuseAsk('DELETION_OVERDUE', `Your organisation owes a deletion since ${since.toISOString()}: see \`deletionDuties\`, delete, and say so with \`attestDeletion\`.`);
}

/** What a person is about to decide on. */
export interface OpenRequest {
  readonly request: ConsentRequest;
  readonly ask: Ask;
  readonly purpose: Purpose;
  readonly recipient: Recipient;
  readonly standing: Grant | null;
}

export type OpeningRefusal = AskRefusal | { readonly code: 'REQUEST_LAPSED' | 'REQUEST_DECIDED' | 'OTHER_PERSON'; readonly message: string; readonly path: readonly string[] };

const refuseOpening = (code: 'REQUEST_LAPSED' | 'REQUEST_DECIDED' | 'OTHER_PERSON', message: string) => ({ ok: false as const, refusal: { code, message, path: [] } });

/** The request as the person who has signed in would be asked it now, locked for a decision. Also
    writes down who the person is. Refusals: those of asking, REQUEST_LAPSED, REQUEST_DECIDED, OTHER_PERSON. */
export async function openRequest(tx: Tx, environmentId: string, requestId: string, customerId: string, clocks: Clocks): Promise<Outcome<OpenRequest, OpeningRefusal>> {
  const now = clocks.environment.now();
  const request = await lockRequest(tx, environmentId, requestId);
  if (!request || clocks.wall.now() >= request.expiresAt) return refuseOpening('REQUEST_LAPSED', 'The request has lapsed.');
  if (request.decision) return refuseOpening('REQUEST_DECIDED', 'The request has been decided.');
  if (request.customerId !== null && request.customerId !== customerId) return refuseOpening('OTHER_PERSON', 'The request is for somebody else.');
  const purpose = purposeAt(await loadPurpose(tx, request.purpose), now);
  if (!purpose || purpose.version !== request.purposeVersion) return refuseOpening('REQUEST_LAPSED', 'The purpose has changed since.');
  if (!(await isApproved(tx, environmentId, request.integrationId, request.purpose)))
    return refuseAsk('PURPOSE_NOT_APPROVED', 'The integration is no longer approved for the purpose.');
  const recipient = await loadRecipient(tx, environmentId, request.integrationId);
  if (!recipient) return refuseAsk('RECIPIENT_UNVERIFIED', 'The recipient is not verified.');
  const overdue = await refuseRecipient(tx, environmentId, request.partnerId, now);
  if (overdue) return overdue;
  const asked = await askOf(tx, environmentId, request, customerId, now);
  if (!asked.ok) return asked;
  if (request.customerId === null) await setRequestCustomer(tx, environmentId, requestId, customerId);
  return ok({ request: { ...request, customerId }, ask: asked.value.ask, standing: asked.value.standing, purpose, recipient });
}

/** What was on the page when the person decided. */
export interface ShownNotice {
  readonly hash: string;
  readonly document: unknown;
  readonly language: Language;
}

/** A yes: ends what stood before and gives the new grant; without a house to sign for it no receipt is written. Null where the choice is none that was offered. */
export async function giveConsent(
  tx: Tx,
  house: ConsentHouse | null,
  environmentId: string,
  open: OpenRequest,
  choice: Choice,
  notice: ShownNotice,
  clocks: Clocks,
): Promise<Grant | null> {
  const { request, ask, purpose, standing } = open;
  const now = clocks.environment.now();
  const terms = termsOf(ask, choice, purpose, standing, now);
  if (!terms) return null;
  const customerId = request.customerId!;
  const common = { environmentId, partnerId: request.partnerId, customerId, requestId: request.id };
  if (standing) await giveWay(tx, common, standing, clocks);
  const grant: Grant = {
    id: newId('cgr'),
    version: 1,
    partnerId: request.partnerId,
    integrationId: request.integrationId,
    customerId,
    purpose: request.purpose,
    purposeVersion: request.purposeVersion,
    givenAt: now,
    suspendedAt: null,
    consumedAt: null,
    ended: null,
    ...terms,
  };
  await saveNotice(tx, environmentId, notice.hash, notice.document);
  await promise(tx, { environmentId, kind: 'grant.expire', subjectId: grant.id, dueAt: grant.expiresAt, payload: {} });
  await promiseReminder(tx, environmentId, grant, now);
  await insertGrant(tx, environmentId, request.id, await pairwiseSubject(tx, common), grant);
  await setDecision(tx, environmentId, request.id, 'GIVEN', grant.id, now);
  const detail = {
    noticeHash: notice.hash,
    language: notice.language,
    kind: ask.kind,
    scopes: grant.scopes,
    expiresAt: new Date(grant.expiresAt).toISOString(),
    oneTime: grant.oneTime,
  };
  await appendEvent(tx, { ...common, grant, kind: 'GIVEN', actor: 'SUBJECT', detail, at: now }, clocks.wall.now());
  const shown = { hash: notice.hash, shown: ask.scopes.map(({ category }) => category) };
  if (house?.sendsMail) await writeGrantLetter(tx, { environmentId, kind: 'GRANT_GIVEN', customerId, grantId: grant.id }, clocks.wall.now());
  if (house) await writeReceipt(tx, house, { environmentId, grant, event: 'GIVEN', at: now, language: notice.language, notice: shown }, clocks);
  return grant;
}

/** What stood before makes room: superseded, or its expiry written down. */
async function giveWay(tx: Tx, common: { environmentId: string; partnerId: string; customerId: string; requestId: string }, standing: Grant, clocks: Clocks): Promise<void> {
  const now = clocks.environment.now();
  const decision = decideAct(standing, { act: grantState(standing, now) === 'EXPIRED' ? 'EXPIRE' : 'SUPERSEDE' }, now);
  if (!decision.ok || !decision.value) throw new Error(`The grant ${standing.id} neither stands nor has ended.`);
  const ended = applyEvent(standing, decision.value);
  await saveGrant(tx, common.environmentId, ended, decision.value);
  await appendEvent(tx, { ...common, grant: ended, kind: decision.value.kind, actor: 'PORTICO', at: decision.value.at }, clocks.wall.now());
}

/** A no: the standing grant stays as it is, and the partner may not ask again for a month. */
export async function refuseConsent(tx: Tx, environmentId: string, { request }: OpenRequest, notice: ShownNotice, clocks: Clocks): Promise<void> {
  const now = clocks.environment.now();
  await saveNotice(tx, environmentId, notice.hash, notice.document);
  await setDecision(tx, environmentId, request.id, 'REFUSED', null, now);
  await appendEvent(
    tx,
    {
      environmentId,
      partnerId: request.partnerId,
      customerId: request.customerId,
      requestId: request.id,
      kind: 'REFUSED',
      actor: 'SUBJECT',
      detail: { purpose: request.purpose, noticeHash: notice.hash },
      at: now,
    },
    clocks.wall.now(),
  );
}
