/** Managing credentials as a partner does: by the mutations, with a key for each request. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createIntegration, partnersRoom, suspendPartner } from '../../src/partners/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { createLogger } from '../../src/platform/log.ts';
import type { TestApp } from '../harness/app.ts';
import { SeededPartner, type AskOptions, type GraphQLAnswer } from '../harness/seed.ts';

const PAYLOAD = 'credential { id secretPrefix status expiresAt revokedAt } userErrors { code message path }';
const SECRET = 'clientSecret secretShown';

const ISSUE = `mutation ($input: IssueCredentialInput!) { issueCredential(input: $input) { ${SECRET} ${PAYLOAD} } }`;
const ROTATE = `mutation ($input: RotateCredentialInput!) { rotateCredential(input: $input) { ${SECRET} ${PAYLOAD} replacedCredential { id expiresAt status } } }`;
const REVOKE = `mutation ($input: RevokeCredentialInput!) { revokeCredential(input: $input) { ${PAYLOAD} } }`;

/** Options of a request that names itself. */
export const keyed = (key: string, options: AskOptions = {}): AskOptions => ({ ...options, headers: { ...options.headers, 'idempotency-key': key } });

export const issue = (caller: SeededPartner, integrationId: string, options: AskOptions = keyed(randomUUID())): Promise<GraphQLAnswer> =>
  caller.query(ISSUE, { input: { integrationId } }, options);

export const rotate = (caller: SeededPartner, credentialId: string, overlapSeconds: number, options: AskOptions = keyed(randomUUID())): Promise<GraphQLAnswer> =>
  caller.query(ROTATE, { input: { credentialId, overlapSeconds } }, options);

export const revoke = (caller: SeededPartner, credentialId: string, options: AskOptions = {}): Promise<GraphQLAnswer> => caller.query(REVOKE, { input: { credentialId } }, options);

export interface ListedCredential {
  readonly id: string;
  readonly status: string;
}

/** An integration's credentials, as the partner sees them. */
export async function listed(caller: SeededPartner, integrationId: string, options: AskOptions = {}): Promise<ListedCredential[]> {
  return (await caller.query('query ($id: ID!) { integration(id: $id) { credentials { id status } } }', { id: integrationId }, options)).data.integration.credentials;
}

/** Whether a secret is exchanged for a token. */
export async function opens(gateway: TestApp, clientId: string, clientSecret: string): Promise<boolean> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  return (await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })).status === 200;
}

/** Another integration of the partner's, with one credential. */
export function addIntegration(gateway: TestApp, { environmentId, partnerId }: SeededPartner): Promise<{ clientId: string; credentialId: string; clientSecret: string }> {
  return inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, async tx => {
    const created = await createIntegration(tx, { partnerId, name: 'Returns', category: 'SHIPPING', live: true }, gateway.clock);
    if (!created.ok) throw new Error(created.refusal.message);
    return created.value;
  });
}

/** The same partner, calling with another credential of its own. */
export const callingAs = ({ url }: TestApp, { environmentId, partnerId, clientId }: SeededPartner, credential: { clientId?: string; clientSecret: string }): SeededPartner =>
  new SeededPartner(url, { environmentId, partnerId, clientId: credential.clientId ?? clientId, clientSecret: credential.clientSecret });

export const suspend = (gateway: TestApp, { environmentId, partnerId }: SeededPartner): Promise<unknown> =>
  inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, tx => suspendPartner(tx, partnerId));

/** Runs the turn of each of the room's jobs. */
export async function runJobs(gateway: TestApp): Promise<void> {
  const log = createLogger({ level: 'silent', destination: { write: () => undefined } });
  for (const job of partnersRoom.jobs!({ database: gateway.app.database, clock: gateway.clock, log })) await job.run();
}

/** Looks, or meddles, behind the gateway's back. */
export async function asAdmin<T>({ database }: TestApp, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What a partner's requests have left in the database. */
export const rowsOf = (gateway: TestApp, { partnerId }: SeededPartner): Promise<{ credentials: number; keys: number }> =>
  asAdmin(gateway, async client => {
    const { rows } = await client.query<{ credentials: number; keys: number }>(
      `select (select count(*)::integer from portico.credential where partner_id = $1) as credentials,
         (select count(*)::integer from portico.idempotency_key where partner_id = $1) as keys`,
      [partnerId],
    );
    return rows[0]!;
  });

/** Holds the integration's row, so that a mutation which is about it stops in the middle of its
    transaction, its key taken; `work` runs meanwhile, and the row is let go after it. */
export const whileHeld = <T>(gateway: TestApp, integrationId: string, mutate: () => Promise<T>, work: () => Promise<unknown>): Promise<T> =>
  asAdmin(gateway, async client => {
    await client.query('begin');
    await client.query('select from portico.integration where id = $1 for update', [integrationId]);
    const answering = mutate();
    await untilWaiting(client, 'transactionid');
    await work();
    await client.query('commit');
    return await answering;
  });

/** Returns once a session of the database waits, for a lock of the type or in the given event. */
export async function untilWaiting(client: pg.Client, event: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const { rowCount } = await client.query('select from pg_stat_activity where datname = current_database() and wait_event = $1', [event]);
    if (rowCount) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error(`No session came to wait for ${event}.`);
}
