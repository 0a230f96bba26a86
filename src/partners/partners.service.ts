/**
 * Welcoming partners and their integrations, and stopping them. Each use case runs in the caller's
 * transaction, under the context of one environment and of the marketplace (partner `*`).
 */
import { environmentInstant, type Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { issueCredential, type IssuedCredential, type NotFound } from './credentials.service.ts';
import type { IntegrationEntity } from './integration.entity.ts';
import { checkIntegration, checkPartner, type CheckedIntegration, type InputRefusal, type IntegrationInput, type PartnerInput } from './partner.rules.ts';
import type { PartnerEntity } from './partner.entity.ts';
import {
  currentEnvironment,
  insertIntegration,
  insertMember,
  insertPartner,
  partnerExists,
  setIntegrationStatus,
  setPartnerStatus,
  type CurrentEnvironment,
} from './partner.store.ts';

export interface NewIntegration extends IssuedCredential {
  readonly integration: IntegrationEntity;
}

export interface NewPartner extends NewIntegration {
  readonly partner: PartnerEntity;
}

/** Creates a partner with its first integration and that one's first credential. The partner begins
    in the first tier. Refusals: REQUIRED, TOO_LONG, INVALID. */
export async function createPartner(tx: Tx, input: PartnerInput, clock: Clock): Promise<Outcome<NewPartner, InputRefusal>> {
  const checked = checkPartner(input);
  if (!checked.ok) return checked;
  const { name, owner, integration } = checked.value;
  const environment = await currentEnvironment(tx);
  const joinedAt = environmentNow(environment, clock);
  const partner: PartnerEntity = { environmentId: environment.id, id: newId('prt'), name, website: null, tier: 'HARBOUR', status: 'ACTIVE', joinedAt };
  await insertPartner(tx, partner);
  if (owner) await insertMember(tx, { environmentId: environment.id, id: newId('mbr'), partnerId: partner.id, ...owner, role: 'OWNER', joinedAt });
  return ok({ partner, ...(await addIntegration(tx, environment, partner.id, integration, clock)) });
}

/** Adds an integration to a partner, with its first credential. Refusals: REQUIRED, TOO_LONG, INVALID, NOT_FOUND. */
export async function createIntegration(tx: Tx, input: IntegrationInput & { partnerId: string }, clock: Clock): Promise<Outcome<NewIntegration, InputRefusal | NotFound>> {
  const checked = checkIntegration(input);
  if (!checked.ok) return checked;
  const environment = await currentEnvironment(tx);
  if (!(await partnerExists(tx, environment.id, input.partnerId))) return noPartner;
  return ok(await addIntegration(tx, environment, input.partnerId, checked.value, clock));
}

/** Closes the door to all of a partner's integrations, and to its sandboxes', at once. Refusals: NOT_FOUND. */
export const suspendPartner = (tx: Tx, partnerId: string): Promise<Outcome<null, NotFound>> => changePartner(tx, partnerId, 'SUSPENDED');

/** Opens it again: credentials and tokens that have not ended work as before. Refusals: NOT_FOUND. */
export const reinstatePartner = (tx: Tx, partnerId: string): Promise<Outcome<null, NotFound>> => changePartner(tx, partnerId, 'ACTIVE');

/** Closes the door to one integration at once. Refusals: NOT_FOUND. */
export const suspendIntegration = (tx: Tx, integrationId: string): Promise<Outcome<null, NotFound>> => changeIntegration(tx, integrationId, 'SUSPENDED');

/** Refusals: NOT_FOUND. */
export const reinstateIntegration = (tx: Tx, integrationId: string): Promise<Outcome<null, NotFound>> => changeIntegration(tx, integrationId, 'ACTIVE');

const noPartner = refused<NotFound>({ code: 'NOT_FOUND', message: 'There is no such partner.', path: ['partnerId'] });
const noIntegration = refused<NotFound>({ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] });

async function changePartner(tx: Tx, partnerId: string, status: PartnerEntity['status']): Promise<Outcome<null, NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  return (await setPartnerStatus(tx, environmentId, partnerId, status)) ? ok(null) : noPartner;
}

async function changeIntegration(tx: Tx, integrationId: string, status: IntegrationEntity['status']): Promise<Outcome<null, NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  return (await setIntegrationStatus(tx, environmentId, integrationId, status)) ? ok(null) : noIntegration;
}

async function addIntegration(tx: Tx, environment: CurrentEnvironment, partnerId: string, checked: CheckedIntegration, clock: Clock): Promise<NewIntegration> {
  const { live, ...described } = checked;
  const createdAt = environmentNow(environment, clock);
  const integration: IntegrationEntity = {
    environmentId: environment.id,
    id: newId('int'),
    partnerId,
    ...described,
    status: 'ACTIVE',
    createdAt,
    liveAt: live ? createdAt : null,
    liveUntil: null,
  };
  await insertIntegration(tx, integration);
  const issued = await issueCredential(tx, integration.id, clock);
  if (!issued.ok) throw new Error(`A new integration was refused its first credential: ${issued.refusal.message}`);
  return { integration, ...issued.value };
}

const environmentNow = (environment: CurrentEnvironment, clock: Clock): Date => new Date(environmentInstant(environment.clock, clock.now()));
