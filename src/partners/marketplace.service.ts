/** Secrets of the marketplace's own systems: those that feed an environment with its people. Each use
    case runs as the marketplace, under the context of one environment. */
import type { Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { NotFound } from './credentials.service.ts';
import { insertMarketplaceCredential, setMarketplaceCredentialRevoked } from './marketplace.store.ts';
import { currentEnvironment } from './partner.store.ts';
import { newSecret } from './secret.ts';

export interface MarketplaceCredential {
  readonly clientId: string;
  /** Shown once. */
  readonly clientSecret: string;
}

/** A client of its own for one system. To rotate, issue a second one and revoke the first.
    @param name of the system, for people to tell it from others */
export async function issueMarketplaceCredential(tx: Tx, name: string, clock: Clock): Promise<MarketplaceCredential> {
  const { id: environmentId } = await currentEnvironment(tx);
  const { secret, stored } = newSecret();
  const id = newId('mkt');
  await insertMarketplaceCredential(tx, { environmentId, id, name, stored, createdAt: new Date(clock.now()) });
  return { clientId: id, clientSecret: secret };
}

/** Ends the client and its tokens at once. Refusals: NOT_FOUND. */
export async function revokeMarketplaceCredential(tx: Tx, clientId: string, clock: Clock): Promise<Outcome<{ revokedAt: Date }, NotFound>> {
  const { id: environmentId } = await currentEnvironment(tx);
  const revokedAt = await setMarketplaceCredentialRevoked(tx, environmentId, clientId, new Date(clock.now()));
  return revokedAt ? ok({ revokedAt }) : refused({ code: 'NOT_FOUND', message: 'There is no such client of the marketplace.', path: ['clientId'] });
}
