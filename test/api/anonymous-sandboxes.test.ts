/** Sandboxes without an account: there at once, claimable, and bounded in rows. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MAX_PER_ADDRESS, MAX_UNCLAIMED } from '../../src/environments/anonymous.service.ts';
import { sweepSandboxes } from '../../src/environments/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { SeededPartner } from '../harness/seed.ts';
import { change } from './sandbox-asking.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;

beforeEach(async () => {
  gateway = await startTestApp();
  partner = await gateway.seed.partner();
});
afterEach(() => gateway.close());

async function asOwner(statement: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

const post = () => fetch(`${gateway.url}/sandboxes/anonymous`, { method: 'POST' });

async function start(): Promise<{ claimToken: string; expiresAt: string; environmentId: string; inside: SeededPartner }> {
  const response = await post();
  expect(response.status).toBe(201);
  const { environmentId, clientId, clientSecret, claimToken, expiresAt } = (await response.json()) as Record<string, string>;
  const inside = new SeededPartner(gateway.url, { environmentId: environmentId!, partnerId: '', clientId: clientId!, clientSecret: clientSecret! });
  return { claimToken: claimToken!, expiresAt: expiresAt!, environmentId: environmentId!, inside };
}

const claim = (claimToken: string, asker = partner) =>
  change(asker, 'claimSandbox', { claimToken, name: 'Found' }, 'sandbox { id name clientId environmentId rowCount expiresAt }');

test('a newcomer reads its first milestone within five seconds', async () => {
  const began = performance.now();
  const { inside, expiresAt, environmentId } = await start();
  const answer = await inside.query('{ viewer { environment { id kind } } milestones(first: 1) { nodes { title } } }');
  expect(answer.data).toEqual({ viewer: { environment: { id: environmentId, kind: 'SANDBOX' } }, milestones: { nodes: [{ title: 'First orders served' }] } });
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(expiresAt).toBe(new Date(gateway.clock.now() + DAY_MS).toISOString());
});

test('it resets itself and moves its clock', async () => {
  const { inside } = await start();
  expect((await change(inside, 'advanceClock', { by: 'P30D' }, 'now')).userErrors).toEqual([]);
  expect((await change(inside, 'resetSandbox', {}, 'environmentId')).userErrors).toEqual([]);
});

test('a partner claims it once; its credentials go on, and it lives on', async () => {
  const { inside, claimToken, environmentId } = await start();
  await inside.token();
  const input = { claimToken, name: 'Found', idempotencyKey: randomUUID() };
  const claimed = await change(partner, 'claimSandbox', input, 'sandbox { id name clientId environmentId }');
  expect(claimed).toMatchObject({ userErrors: [], sandbox: { name: 'Found', clientId: inside.clientId, environmentId } });
  expect(await change(partner, 'claimSandbox', input, 'sandbox { id name clientId environmentId }')).toEqual(claimed);
  expect((await claim(claimToken, await gateway.seed.partner())).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['claimToken'] }]);
  gateway.clock.advance(2 * DAY_MS);
  await sweepSandboxes({ database: gateway.app.database, clock: gateway.clock });
  await inside.token({ fresh: true });
  expect((await inside.query('{ viewer { environment { id } } }')).data.viewer.environment.id).toBe(environmentId);
});

test('after a day it is gone, and its token claims nothing', async () => {
  const { inside, claimToken, environmentId } = await start();
  gateway.clock.advance(DAY_MS);
  expect((await claim(claimToken)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  await sweepSandboxes({ database: gateway.app.database, clock: gateway.clock });
  expect(await asOwner('select from portico.environment where id = $1', [environmentId])).toEqual([]);
  await expect(inside.token({ fresh: true })).rejects.toThrow('invalid_client');
});

test('ten thousand requests of one address end in refusals, not in rows', async () => {
  const statuses = new Map<number, number>();
  let body: any;
  let retryAfter: string | null = null;
  let left = 10_000;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      while (left-- > 0) {
        const response = await post();
        const text = await response.text();
        if (response.status === 429) [body, retryAfter] = [JSON.parse(text), response.headers.get('retry-after')];
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      }
    }),
  );
  expect(new Set(statuses.keys())).toEqual(new Set([201, 429]));
  expect(statuses.get(201)).toBeLessThanOrEqual(MAX_PER_ADDRESS);
  expect(body.errors[0].extensions).toMatchObject({ code: 'THROTTLED', retryAfterMs: expect.any(Number) });
  expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  expect((await asOwner("select count(*)::integer as n from portico.environment where kind = 'SANDBOX'"))[0].n).toBeLessThanOrEqual(MAX_PER_ADDRESS);
}, 60_000);

test('an address has so many, all addresses so many together', async () => {
  for (let i = 0; i < MAX_PER_ADDRESS; i++) await start();
  const third = await post();
  expect({ status: third.status, retryAfter: third.headers.get('retry-after') }).toEqual({ status: 429, retryAfter: String(DAY_MS / 1000) });
  await asOwner('update portico.anonymous_sandbox set address_hash = sha256(environment_id::text::bytea)');
  // Others fill the rest; nothing but their number counts.
  await asOwner(
    `with made as (
       insert into portico.environment (id, kind, name, id_namespace, born_at, created_at)
       select 'env_other' || n, 'SANDBOX', 'Other', (select string_agg(l, '' order by md5(n || l)) from unnest(string_to_array('0123456789abcdefghjkmnpqrstvwxyz', null)) l), now(), now()
       from generate_series(1, $1) n returning id)
     insert into portico.anonymous_sandbox (environment_id, address_hash, claim_hash, world, size, seed, client_id, row_count, created_at, expires_at)
     select id, sha256(id::text::bytea), sha256(id::text::bytea), 'harbour-market', 'SMALL', 1, 'int_x', 0, now(), $2 from made`,
    [MAX_UNCLAIMED - MAX_PER_ADDRESS, new Date(gateway.clock.now() + DAY_MS)],
  );
  const refused = await post();
  expect({ status: refused.status, message: ((await refused.json()) as any).errors[0].message }).toEqual({
    status: 429,
    message: expect.stringContaining('as many unclaimed sandboxes'),
  });
});
