/** On a server of its own: the roles of the run's server belong to all other files too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { migrate, migrationFiles } from '../../src/platform/postgres/migrate.ts';
import { assertServiceRole, planRoles, setupRoles } from '../../src/platform/postgres/setup-roles.ts';
import { inDatabase } from '../harness/run.ts';

const QUIET = { info: () => undefined, warn: () => undefined };

let folder: string;
let server: EmbeddedPostgres;
/** What a managed server gives its customer: no superuser, but CREATEROLE and the database. */
let managerUrl: string;

async function run(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as Record<string, unknown>[];
    return rows;
  } finally {
    await client.end();
  }
}

function as(url: string, role: string, password: string): string {
  const login = new URL(url);
  login.username = role;
  login.password = encodeURIComponent(password);
  return login.href;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portico-roles-'));
  server = await startEmbeddedPostgres({ dataDir: folder, log: QUIET });
  await run(
    server.adminUrl,
    'drop database portico',
    'drop role portico_owner, portico_service',
    "create role manager login createrole password 'manager'",
    'create database portico owner manager',
  );
  managerUrl = as(inDatabase(server.adminUrl, 'portico'), 'manager', 'manager');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an administrator without superuser makes both roles, the owner migrates, and a second run changes nothing', async () => {
  const setup = planRoles({ adminUrl: managerUrl });
  expect(setup.newPassword).toBe(true);
  expect(setup.sql).not.toContain(new URL(setup.serviceUrl).password);
  await setupRoles(managerUrl, setup);
  await migrate({ ownerUrl: setup.ownerUrl, files: migrationFiles(), log: QUIET });

  const again = planRoles({ adminUrl: managerUrl, ownerUrl: setup.ownerUrl, serviceUrl: setup.serviceUrl });
  expect(again).toMatchObject({ newPassword: false, ownerUrl: setup.ownerUrl, serviceUrl: setup.serviceUrl });
  await setupRoles(managerUrl, again);

  const [settings] = await run(
    setup.serviceUrl,
    "select current_user as role, current_setting('jit') as jit, current_setting('timezone') as timezone, current_setting('search_path') as path",
  );
  expect(settings).toEqual({ role: 'portico_service', jit: 'off', timezone: 'UTC', path: 'portico' });
  const roles = await run(
    setup.ownerUrl,
    "select rolname from pg_roles where rolname like 'portico%' and not (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication) order by 1",
  );
  expect(roles).toEqual([{ rolname: 'portico_owner' }, { rolname: 'portico_service' }]);
});

test("a password that DATABASE_URL gives is the role's password, whatever characters it has", async () => {
  const serviceUrl = as(managerUrl, 'portico_service', 'p@ss:w\'ord/ %"$$');
  const setup = planRoles({ adminUrl: managerUrl, serviceUrl });
  await setupRoles(managerUrl, setup);
  expect(setup.serviceUrl).toBe(serviceUrl);
  expect(await run(serviceUrl, 'select current_user::text as role')).toEqual([{ role: 'portico_service' }]);
});

test('a service role that has become privileged is not taken as it is', async () => {
  await run(server.adminUrl, 'alter role portico_service bypassrls');
  await expect(setupRoles(managerUrl, planRoles({ adminUrl: managerUrl }))).rejects.toThrow(/portico_service exists and is SUPERUSER, BYPASSRLS or CREATEROLE/);
  await run(server.adminUrl, 'alter role portico_service nobypassrls');
});

describe('a gateway', () => {
  const verdictOn = async (url: string): Promise<string> => {
    const pool = new pg.Pool({ connectionString: url });
    // The server may stop while the pool's last session is still closing.
    pool.on('error', () => undefined);
    try {
      return await assertServiceRole(pool).then(
        () => 'fine',
        (error: Error) => error.message,
      );
    } finally {
      await pool.end();
    }
  };

  test.each([
    ['superuser', 'is a superuser'],
    ['bypassrls', 'has BYPASSRLS'],
    ['in role privileged', 'is a member of privileged, which is SUPERUSER or BYPASSRLS'],
    ['in role portico_owner', /owns the table \w+ or is a member of its owner/],
  ])('refuses to serve as a role that is %s', async (attribute, reason) => {
    await run(server.adminUrl, 'drop role if exists privileged', 'create role privileged bypassrls', `create role gateway login ${attribute} password 'gateway'`);
    const verdict = await verdictOn(as(managerUrl, 'gateway', 'gateway'));
    await run(server.adminUrl, 'drop role gateway', 'drop role privileged');
    expect(verdict).toMatch(reason);
    expect(verdict).toMatch(/^The role gateway of DATABASE_URL .*`npx portico setup-roles` makes it\.$/);
  });

  test('serves as portico_service', async () => {
    const setup = planRoles({ adminUrl: managerUrl });
    await setupRoles(managerUrl, setup);
    expect(await verdictOn(setup.serviceUrl)).toBe('fine');
  });
});
