/**
 * OAuth clients at the token endpoint: integrations, members of staff and the marketplace's own
 * systems. Whatever is wrong (nobody
 * has that id, the secret is another, somebody is suspended), the answer is the same null, after the
 * same work.
 */
import type { Clock } from '../base/clock.ts';
import { idPrefix } from '../base/ids.ts';
import { inTransaction, NO_TENANT, type Database } from '../platform/postgres/database.ts';
import type { AccessTokens, IssuedToken } from './access-token.ts';
import type { MarketplaceClaims, PartnerClaims, StaffClaims } from './access-token.rules.ts';
import { MAX_VALID_CREDENTIALS } from './credential.rules.ts';
import { secretsOfIntegration, secretsOfStaff, type IntegrationSecret, type StaffSecret } from './credential.store.ts';
import { loadCaller } from './gate.ts';
import { insertMarketplaceRevokedToken, isMarketplaceTokenActive, secretsOfMarketplace, type MarketplaceSecret } from './marketplace.store.ts';
import { insertRevokedToken, insertStaffRevokedToken } from './revoked-token.store.ts';
import { matchSecret } from './secret.ts';
import { findStaffCaller, type StaffCaller } from './staff.store.ts';

export interface IntegrationClient {
  readonly kind: 'integration';
  readonly clientId: string;
  readonly environmentId: string;
  readonly partnerId: string;
  readonly credentialId: string;
  /** What its tokens may carry at most. */
  readonly scopes: readonly string[];
}

export interface StaffClient {
  readonly kind: 'staff';
  readonly clientId: string;
  readonly credentialId: string;
  readonly scopes: readonly string[];
}

/** A system of the marketplace's; its credential is the client. */
export interface MarketplaceClient {
  readonly kind: 'marketplace';
  readonly clientId: string;
  readonly environmentId: string;
  readonly scopes: readonly string[];
}

export type Client = IntegrationClient | StaffClient | MarketplaceClient;

/** The client that the secret proves, or null. Throws `UnavailableError`. */
export async function authenticateClient(database: Database, clientId: string, clientSecret: string, clock: Clock): Promise<Client | null> {
  const candidates = await candidatesFor(database, clientId, clock);
  const match = matchSecret(clientSecret, candidates, MAX_VALID_CREDENTIALS);
  return match?.active ? match.client : null;
}

async function candidatesFor(database: Database, clientId: string, clock: Clock) {
  const prefix = idPrefix(clientId);
  if (prefix === 'int')
    return (await inTransaction(database, NO_TENANT, tx => secretsOfIntegration(tx, clientId, clock.now()))).map(secret => ({
      ...secret,
      client: integrationClient(clientId, secret),
    }));
  if (prefix === 'stf')
    return (await inTransaction(database, NO_TENANT, tx => secretsOfStaff(tx, clientId, clock.now()))).map(secret => ({ ...secret, client: staffClient(clientId, secret) }));
  if (prefix === 'mkt')
    return (await inTransaction(database, NO_TENANT, tx => secretsOfMarketplace(tx, clientId))).map(secret => ({
      ...secret,
      active: true,
      client: marketplaceClient(clientId, secret),
    }));
  return [];
}

const integrationClient = (clientId: string, { environmentId, partnerId, credentialId, scopes }: IntegrationSecret): Client => ({
  kind: 'integration',
  clientId,
  environmentId,
  partnerId,
  credentialId,
  scopes,
});

const staffClient = (clientId: string, { credentialId }: StaffSecret): Client => ({ kind: 'staff', clientId, credentialId, scopes: [] });

const marketplaceClient = (clientId: string, { environmentId }: MarketplaceSecret): Client => ({ kind: 'marketplace', clientId, environmentId, scopes: [] });

export function issueToken(tokens: AccessTokens, client: Client, scopes: readonly string[]): IssuedToken {
  if (client.kind === 'staff') return tokens.issueToStaff({ staffId: client.clientId, credentialId: client.credentialId });
  if (client.kind === 'marketplace') return tokens.issueToMarketplace(client);
  return tokens.issueToPartner({ integrationId: client.clientId, partnerId: client.partnerId, environmentId: client.environmentId, credentialId: client.credentialId, scopes });
}

/** A token that is still good, as its own client may see it. */
export type ClientToken =
  | { readonly kind: 'integration'; readonly claims: PartnerClaims }
  | { readonly kind: 'staff'; readonly claims: StaffClaims }
  | { readonly kind: 'marketplace'; readonly claims: MarketplaceClaims };

/** The verified token if it is of the client's kind, whoever it was issued to; else null. */
export async function readTokenFor(tokens: AccessTokens, client: Client, token: string): Promise<ClientToken | null> {
  if (client.kind === 'staff') {
    const verdict = await tokens.verifyStaffToken(token);
    return verdict.ok ? { kind: 'staff', claims: verdict.claims } : null;
  }
  if (client.kind === 'marketplace') {
    const verdict = await tokens.verifyMarketplaceToken(token);
    return verdict.ok ? { kind: 'marketplace', claims: verdict.claims } : null;
  }
  const verdict = await tokens.verifyPartnerToken(token);
  return verdict.ok ? { kind: 'integration', claims: verdict.claims } : null;
}

/** Whether the token would be let in now. Throws `UnavailableError`. */
export async function isTokenActive(database: Database, token: ClientToken, clock: Clock): Promise<boolean> {
  if (token.kind === 'marketplace') return loadMarketplaceCaller(database, token.claims);
  const caller = token.kind === 'staff' ? await loadStaffCaller(database, token.claims, clock) : await loadCaller(database, token.claims, clock.now());
  return caller !== null;
}

/** The staff member behind a verified token, or null where it may not come in any more. Throws `UnavailableError`. */
export const loadStaffCaller = (database: Database, claims: StaffClaims, clock: Clock): Promise<StaffCaller | null> =>
  inTransaction(database, NO_TENANT, tx => findStaffCaller(tx, claims, clock.now()));

/** Whether the system of the marketplace's behind a verified token may still come in. Throws `UnavailableError`. */
export const loadMarketplaceCaller = (database: Database, { env, sub, jti }: MarketplaceClaims): Promise<boolean> =>
  inTransaction(database, { environmentId: env, partnerId: '*' }, tx => isMarketplaceTokenActive(tx, { environmentId: env, clientId: sub, tokenId: jti }));

/** Ends one token at once (RFC 7009). Throws `UnavailableError`. */
export async function revokeToken(database: Database, token: ClientToken, clock: Clock): Promise<void> {
  const { jti: tokenId, exp } = token.claims;
  // Kept a little beyond the expiry: a gateway whose clock is behind still accepts the token then.
  const expiresAt = new Date((exp + 60) * 1000);
  const now = new Date(clock.now());
  if (token.kind === 'staff') {
    await inTransaction(database, NO_TENANT, tx => insertStaffRevokedToken(tx, { tokenId, expiresAt }, now));
    return;
  }
  if (token.kind === 'marketplace') {
    const environmentId = token.claims.env;
    await inTransaction(database, { environmentId, partnerId: '*' }, tx => insertMarketplaceRevokedToken(tx, { environmentId, tokenId, expiresAt }, now));
    return;
  }
  const { env: environmentId, partner: partnerId } = token.claims;
  await inTransaction(database, { environmentId, partnerId }, tx => insertRevokedToken(tx, { environmentId, tokenId, partnerId, expiresAt }, now));
}
