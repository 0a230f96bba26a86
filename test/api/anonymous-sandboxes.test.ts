/** Sandboxes without an account: there at once, claimable, and bounded in rows. The tests follow one
    another on one gateway, whose only address they are. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { CONNECTIONS_FOR_STRANGERS, MAX_PER_ADDRESS, MAX_UNCLAIMED } from '../../src/environments/anonymous.service.ts';
import { sweepSandboxes } from '../../src/environments/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { SeededPartner } from '../harness/seed.ts';
import { change } from './sandbox-asking.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let owner: pg.Client;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await gateway.seed.partner();
  owner = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await gateway.close();
});

const post = () => fetch(`${gateway.url}/sandboxes/anonymous`, { method: 'POST' });

interface Refused {
  errors: [{ message: string; extensions: { code: string; retryAfterMs: number } }];
}

interface Started {
  readonly claimToken: string;
  readonly expiresAt: string;
  readonly environmentId: string;
  readonly inside: SeededPartner;
}

async function start(): Promise<Started> {
  const response = await post();
  expect(response.status).toBe(201);
  const { environmentId, clientId, clientSecret, claimToken, expiresAt } = (await response.json()) as Record<
    'environmentId' | 'clientId' | 'clientSecret' | 'claimToken' | 'expiresAt',
    string
  >;
  const inside = new SeededPartner(gateway.url, { environmentId, partnerId: '', clientId, clientSecret });
  return { claimToken, expiresAt, environmentId, inside };
}

const CLAIMED = 'sandbox { id name clientId environmentId }';
const claim = (claimToken: string, asker: SeededPartner) => change(asker, 'claimSandbox', { claimToken, name: 'Found' }, CLAIMED);
const sweep = () => sweepSandboxes({ database: gateway.app.database, clock: gateway.clock });

async function sandboxesLeft(): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>("select id from portico.environment where kind = 'SANDBOX'");
  return rows.map(({ id }) => id);
}

let first: Started;

// How soon is measured by test/scripts/sandboxes.mjs, where nothing else runs beside it.
test('a newcomer reads its first milestone with what it was given', async () => {
  first = await start();
  const answer = await first.inside.query('{ viewer { environment { id kind } } milestones(first: 1) { nodes { title } } }');
  expect(answer.data).toEqual({ viewer: { environment: { id: first.environmentId, kind: 'SANDBOX' } }, milestones: { nodes: [{ title: 'First orders served' }] } });
  expect(first.expiresAt).toBe(new Date(gateway.clock.now() + DAY_MS).toISOString());
});

test('it resets itself and moves its clock', async () => {
  expect((await change(first.inside, 'advanceClock', { by: 'P30D' }, 'now')).userErrors).toEqual([]);
  expect((await change(first.inside, 'resetSandbox', {}, 'environmentId')).userErrors).toEqual([]);
});

test('a flood from one address ends in refusals, not in rows, and holds none of the connections that partners need', async () => {
  const statuses = new Set<number>();
  const refusals: { body: Refused; retryAfter: string | null }[] = [];
  let most = 0;
  // Fewer than an address may ask at once: what refuses them is that another one is being made.
  let left = 200;
  const inUse = () => gateway.app.database.pool.totalCount - gateway.app.database.pool.idleCount + gateway.app.database.pool.waitingCount;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      while (left-- > 0) {
        const response = await post();
        statuses.add(response.status);
        most = Math.max(most, inUse());
        const body = (await response.json()) as Refused;
        if (response.status === 429) refusals.push({ body, retryAfter: response.headers.get('retry-after') });
      }
    }),
  );
  expect([...statuses].toSorted((a, b) => a - b)).toEqual([201, 429]);
  expect(most).toBeLessThanOrEqual(CONNECTIONS_FOR_STRANGERS);
  for (const { body, retryAfter } of refusals) {
    expect(body.errors[0].extensions).toMatchObject({ code: 'THROTTLED', retryAfterMs: expect.any(Number) as number });
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  }
  expect((await sandboxesLeft()).length).toBeLessThanOrEqual(MAX_PER_ADDRESS);
}, 30_000);

test('an address has so many, all addresses so many together', async () => {
  for (let n = (await sandboxesLeft()).length; n < MAX_PER_ADDRESS; n++) await start();
  const fourth = await post();
  expect({ status: fourth.status, retryAfter: fourth.headers.get('retry-after') }).toEqual({ status: 429, retryAfter: String(DAY_MS / 1000) });
  // Others fill the rest; nothing but their number counts.
  await owner.query('update portico.anonymous_sandbox set address_hash = sha256(environment_id::text::bytea)');
  await owner.query(
    `with made as (
       insert into portico.environment (id, kind, name, id_namespace, born_at, created_at)
       select 'env_other' || n, 'SANDBOX', 'Other', (select string_agg(l, '' order by md5(n || l)) from unnest(string_to_array('0123456789abcdefghjkmnpqrstvwxyz', null)) l), now(), now()
       from generate_series(1, $1) n returning id)
     insert into portico.anonymous_sandbox (environment_id, address_hash, claim_hash, world, size, seed, client_id, row_count, created_at, expires_at)
     select id, sha256(id::text::bytea), sha256(id::text::bytea), 'harbour-market', 'SMALL', 1, 'int_x', 0, now(), $2 from made`,
    [MAX_UNCLAIMED - MAX_PER_ADDRESS, new Date(gateway.clock.now() + DAY_MS)],
  );
  const refused = await post();
  expect({ status: refused.status, message: ((await refused.json()) as Refused).errors[0].message }).toEqual({
    status: 429,
    message: expect.stringContaining('as many unclaimed sandboxes') as string,
  });
  await owner.query("with gone as (delete from portico.anonymous_sandbox where environment_id like 'env_other%') delete from portico.environment where id like 'env_other%'");
});

test('a partner claims it once; its credentials go on, and it lives on while those of others go after a day', async () => {
  const unclaimed = await start();
  const input = { claimToken: first.claimToken, name: 'Found', idempotencyKey: randomUUID() };
  const claimed = await change(partner, 'claimSandbox', input, CLAIMED);
  expect(claimed).toMatchObject({ userErrors: [], sandbox: { name: 'Found', clientId: first.inside.clientId, environmentId: first.environmentId } });
  expect(await change(partner, 'claimSandbox', input, CLAIMED)).toEqual(claimed);
  expect((await claim(first.claimToken, await gateway.seed.partner())).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['claimToken'] }]);
  gateway.clock.advance(DAY_MS);
  await partner.token({ fresh: true });
  expect((await claim(unclaimed.claimToken, partner)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  // Somebody works in one of them just now: it is left to the next turn, and holds up none of the others.
  await owner.query('begin');
  await owner.query('select from portico.environment where id = $1 for no key update', [unclaimed.environmentId]);
  await sweep();
  expect((await sandboxesLeft()).toSorted()).toEqual([first.environmentId, unclaimed.environmentId].toSorted());
  await owner.query('rollback');
  // Two gateways at once: what one removes, the other leaves to it.
  await Promise.all([sweep(), sweep()]);
  expect(await sandboxesLeft()).toEqual([first.environmentId]);
  await expect(unclaimed.inside.token({ fresh: true })).rejects.toThrow('invalid_client');
  await first.inside.token({ fresh: true });
  expect((await first.inside.query('{ viewer { environment { id } } }')).data.viewer.environment.id).toBe(first.environmentId);
});

test('a sandbox that its owner is using is not waited for when its time is over', async () => {
  gateway.clock.advance(400 * DAY_MS);
  await owner.query('begin');
  await owner.query('select from portico.sandbox where sandbox_environment_id = $1 for no key update', [first.environmentId]);
  await sweep();
  expect(await sandboxesLeft()).toEqual([first.environmentId]);
  await owner.query('rollback');
  await Promise.all([sweep(), sweep()]);
  expect(await sandboxesLeft()).toEqual([]);
});
