/** The OAuth endpoints alone, on a port chosen free, with a partner and a member of staff to use them. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { wallClock } from '../../src/base/clock.ts';
import { readConfig } from '../../src/config.ts';
import { oauthRoutes } from '../../src/http/oauth.ts';
import { openGuesses, type Guesses } from '../../src/limits/index.ts';
import {
  accessTokens,
  createPartner,
  createStaff,
  openSigningKeys,
  type AccessTokens,
  type NewPartner,
  type NewStaff,
  type PartnerClaims,
  type SigningKeys,
} from '../../src/partners/index.ts';
import { inTransaction, NO_TENANT, type Database } from '../../src/platform/postgres/database.ts';
import { done, openIdentity, type Identity } from './identity.ts';

export interface OAuthServer {
  readonly url: string;
  readonly tokens: AccessTokens;
}

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Post {
  readonly to?: OAuthServer;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

export interface OAuthGateway extends OAuthServer {
  readonly identity: Identity;
  readonly keys: SigningKeys;
  readonly keysDir: string;
  readonly partner: NewPartner;
  readonly staff: NewStaff;
  newPartner(environmentId?: string): Promise<NewPartner>;
  /** The same endpoints once more, with other limits or another road to the database. */
  serve(guesses: Guesses, database?: Database): Promise<OAuthServer>;
  post(body: string | Record<string, string>, request?: Post): Promise<Answer>;
  tokenFor(client: Client): Promise<string>;
  close(): Promise<void>;
}

/** The usual ten wrong guesses an address are soon used up by tests about something else. */
const GENEROUS = { failures: 1_000, windowMs: 60_000, burst: 100_000, intervalMs: 1 };

export const credentials = ({ clientId, clientSecret }: Client) => ({ client_id: clientId, client_secret: clientSecret });
export const grant = (client: Client, more: Record<string, string> = {}) => ({ grant_type: 'client_credentials', ...credentials(client), ...more });
export const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
export const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as PartnerClaims;

export async function openOAuthGateway(): Promise<OAuthGateway> {
  const identity = await openIdentity();
  const keysDir = mkdtempSync(join(tmpdir(), 'portico-keys-'));
  const keys = await openSigningKeys({ directory: keysDir }, wallClock, { warn: () => undefined });
  const servers: FastifyInstance[] = [];

  async function serve(guesses: Guesses, database = identity.database): Promise<OAuthServer> {
    // A test says whom a request comes from in X-Forwarded-For.
    const server = fastify({ trustProxy: true });
    servers.push(server);
    let url = '';
    const tokens = accessTokens(keys, wallClock, () => url);
    await server.register(
      oauthRoutes({
        database,
        keys,
        tokens,
        guesses,
        clock: wallClock,
        issuer: () => url,
        house: { keys, controller: readConfig({}).marketplace, publicUrl: () => url, sendsMail: false },
      }),
    );
    await server.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    return { url, tokens };
  }

  const usual = await serve(openGuesses(wallClock, null, GENEROUS));
  const newPartner = (environmentId = identity.liveId) =>
    identity.asMarketplace(
      async tx =>
        done(
          await createPartner(
            tx,
            { name: 'ParcelPilot', integration: { name: 'Parcel tracking', category: 'SHIPPING', live: true, scopes: ['read', 'consent:write'] } },
            wallClock,
          ),
        ),
      environmentId,
    );
  const post = async (body: string | Record<string, string>, { to = usual, path = '/oauth/token', headers = {} }: Post = {}): Promise<Answer> => {
    const response = await fetch(to.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };

  return {
    ...usual,
    identity,
    keys,
    keysDir,
    partner: await newPartner(),
    staff: await inTransaction(identity.database, NO_TENANT, async tx => done(await createStaff(tx, { name: 'Ada', email: 'ada@portico.example', roles: ['SUPPORT'] }, wallClock))),
    newPartner,
    serve,
    post,
    tokenFor: async client => String((await post(grant(client))).json['access_token']),
    async close() {
      await Promise.all(servers.map(server => server.close()));
      await identity.close();
      rmSync(keysDir, { recursive: true, force: true });
    },
  };
}
