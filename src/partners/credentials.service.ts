/**
 * Issuing, rotating and revoking the secrets of integrations. Each use case runs in the caller's
 * transaction, under the context of one environment. A secret is answered once and never again.
 */
import type { Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { KEPT_AFTER_END_MS, KEPT_CREDENTIALS, decideIssue, decideRotation, type RotationRefusal, type TooManyCredentials } from './credential.rules.ts';
import { insertCredential, integrationOfCredential, lockCredentials, setCredentialExpiry, setCredentialRevoked, trimCredentials } from './credential.store.ts';
import type { Refusal } from './partner.rules.ts';
import { currentEnvironment } from './partner.store.ts';
import { newSecret } from './secret.ts';

export interface IssuedCredential {
  readonly credentialId: string;
  readonly clientId: string;
  /** Shown once. */
  readonly clientSecret: string;
  readonly secretPrefix: string;
}

export type NotFound = Refusal<'NOT_FOUND'>;

const notFound = (what: string, path: string) => refused<NotFound>({ code: 'NOT_FOUND', message: `There is no such ${what}.`, path: [path] });

/** Refusals: NOT_FOUND, TOO_MANY_CREDENTIALS. */
export async function issueCredential(tx: Tx, integrationId: string, clock: Clock): Promise<Outcome<IssuedCredential, TooManyCredentials | NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  const integration = await lockCredentials(tx, environmentId, integrationId, clock.now());
  if (!integration) return notFound('integration', 'integrationId');
  const decision = decideIssue(integration.credentials, clock.now());
  if (!decision.ok) return decision;
  return ok(await addCredential(tx, { environmentId, partnerId: integration.partnerId, integrationId }, clock));
}

/** Adds a credential and lets the replaced one go on for `overlapSeconds`, in which the partner moves
    to the new secret. Refusals: NOT_FOUND, CREDENTIAL_ENDED, TOO_MANY_CREDENTIALS, INVALID. */
export async function rotateCredential(
  tx: Tx,
  rotation: { credentialId: string; overlapSeconds: number },
  clock: Clock,
): Promise<Outcome<IssuedCredential & { replacedEndsAt: Date }, RotationRefusal | NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  const integrationId = await integrationOfCredential(tx, environmentId, rotation.credentialId);
  const integration = integrationId === null ? null : await lockCredentials(tx, environmentId, integrationId, clock.now());
  if (integrationId === null || integration === null) return notFound('credential', 'credentialId');
  const decision = decideRotation(integration.credentials, rotation.credentialId, rotation.overlapSeconds, clock.now());
  if (!decision.ok) return decision;
  const { replacedEndsAt } = decision.value;
  await setCredentialExpiry(tx, environmentId, rotation.credentialId, replacedEndsAt);
  const issued = await addCredential(tx, { environmentId, partnerId: integration.partnerId, integrationId }, clock);
  return ok({ ...issued, replacedEndsAt });
}

/** Ends a credential, and with it every token issued for it, at once. Revoking it again changes
    nothing. Refusals: NOT_FOUND. */
export async function revokeCredential(tx: Tx, credentialId: string, clock: Clock): Promise<Outcome<{ revokedAt: Date }, NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  const revokedAt = await setCredentialRevoked(tx, environmentId, credentialId, new Date(clock.now()));
  return revokedAt ? ok({ revokedAt }) : notFound('credential', 'credentialId');
}

async function addCredential(tx: Tx, owner: { environmentId: string; partnerId: string; integrationId: string }, clock: Clock): Promise<IssuedCredential> {
  const { secret, stored } = newSecret();
  const id = newId('crd');
  await insertCredential(tx, {
    ...owner,
    id,
    secretHmac: stored.hmac,
    salt: stored.salt,
    secretPrefix: stored.prefix,
    createdAt: new Date(clock.now()),
    expiresAt: null,
    revokedAt: null,
  });
  return { credentialId: id, clientId: owner.integrationId, clientSecret: secret, secretPrefix: stored.prefix };
}

/** Ends every credential of the integration at once and issues a new one: for secrets that are lost
    or known to others. Refusals: NOT_FOUND. */
export async function replaceCredentials(tx: Tx, integrationId: string, clock: Clock): Promise<Outcome<IssuedCredential, NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  const integration = await lockCredentials(tx, environmentId, integrationId, clock.now());
  if (!integration) return notFound('integration', 'integrationId');
  for (const { id } of integration.credentials) await setCredentialRevoked(tx, environmentId, id, new Date(clock.now()));
  return ok(await addCredential(tx, { environmentId, partnerId: integration.partnerId, integrationId }, clock));
}

const TRIM_MS = 10 * 60_000;

export const credentialJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'credential.trim',
    everyMs: TRIM_MS,
    run: () => inTransaction(database, NO_TENANT, tx => trimCredentials(tx, new Date(clock.now() - KEPT_AFTER_END_MS), KEPT_CREDENTIALS)),
  }),
];
