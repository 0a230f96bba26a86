/**
 * The two roles that Portico knows on a server: `portico_owner` migrates, `portico_service` serves
 * requests behind row-level security. The SQL may be run again at any time, by a superuser or by a
 * managed server's administrator who has CREATEROLE and owns the database.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** One clear line: what is wrong with the role, why it matters, and the next step. */
export class RoleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RoleError';
  }
}

export interface RoleSetup {
  readonly sql: string;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** Whether a password is new: then the URLs are to be shown, once. */
  readonly newPassword: boolean;
}

const OWNER = 'portico_owner';
const SERVICE = 'portico_service';

/** What each session of the service role begins with. Compiled reads are short statements: compiling
    them to machine code costs more than it saves. */
export const SERVICE_SETTINGS: readonly string[] = ['jit = off', "timezone = 'UTC'", 'search_path = portico', "idle_in_transaction_session_timeout = '60s'"];

/** PostgreSQL's default (`scram_iterations`). */
const SCRAM_ITERATIONS = 4096;

/** What PostgreSQL stores for a password (RFC 5803), so that the password itself reaches neither
    the server's log nor a printed script. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x20-\x7e]+$/.test(password))
    throw new RoleError("A role's password must be printable ASCII: other characters are prepared differently by different clients (RFC 4013).");
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyOf = (label: string) => createHmac('sha256', salted).update(label).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${keyOf('Server Key').toString('base64')}`;
}

/** SQL that makes both roles fit for `database`; it runs while connected to that database. */
export function setupRolesSql({ database, ownerPassword, servicePassword }: { database: string; ownerPassword: string; servicePassword: string }): string {
  const name = pg.escapeIdentifier(database);
  return `-- Portico's roles in the database ${name}; safe to run again.
do $$
declare
  role_name text;
  current pg_catalog.pg_roles;
begin
  foreach role_name in array array['${OWNER}', '${SERVICE}'] loop
    select * into current from pg_catalog.pg_roles where rolname = role_name;
    if not found then
      execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole', role_name);
    elsif current.rolsuper or current.rolbypassrls or current.rolcreaterole then
      raise exception '% exists and is SUPERUSER, BYPASSRLS or CREATEROLE, which row-level security does not bind: take that away from it first', role_name;
    end if;
  end loop;
end $$;
alter role ${OWNER} login password '${scramVerifier(ownerPassword)}';
alter role ${SERVICE} login password '${scramVerifier(servicePassword)}';

grant connect, create, temporary on database ${name} to ${OWNER};
grant connect on database ${name} to ${SERVICE};

${SERVICE_SETTINGS.map(setting => `alter role ${SERVICE} set ${setting};`).join('\n')}
`;
}

function urlOf(server: string, role: string, password: string): string {
  const url = new URL(server);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

function passwordIn(url: string | undefined, role: string): string | null {
  if (!url) return null;
  const { username, password } = new URL(url);
  return decodeURIComponent(username) === role && password !== '' ? decodeURIComponent(password) : null;
}

/**
 * The script and the two URLs for the database that `adminUrl` names. A password stands where
 * `serviceUrl` (DATABASE_URL) or `ownerUrl` (DATABASE_OWNER_URL) names the role with one; else it
 * is random.
 */
export function planRoles({ adminUrl, ownerUrl, serviceUrl }: { adminUrl: string; ownerUrl?: string; serviceUrl?: string }): RoleSetup {
  const database = decodeURIComponent(new URL(adminUrl).pathname.slice(1));
  if (database === '') throw new RoleError("The administrator's URL names no database: end it with /portico, or whatever the database is called.");
  const given = { owner: passwordIn(ownerUrl, OWNER), service: passwordIn(serviceUrl, SERVICE) };
  const ownerPassword = given.owner ?? randomBytes(24).toString('base64url');
  const servicePassword = given.service ?? randomBytes(24).toString('base64url');
  return {
    sql: setupRolesSql({ database, ownerPassword, servicePassword }),
    ownerUrl: given.owner === null || !ownerUrl ? urlOf(adminUrl, OWNER, ownerPassword) : ownerUrl,
    serviceUrl: given.service === null || !serviceUrl ? urlOf(adminUrl, SERVICE, servicePassword) : serviceUrl,
    newPassword: given.owner === null || given.service === null,
  };
}

/** Runs the script, whole or not at all. */
export async function setupRoles(adminUrl: string, setup: RoleSetup): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'portico setup-roles' });
  await client.connect();
  try {
    // Several statements in one message are one transaction.
    await client.query(setup.sql);
  } catch (error) {
    throw new RoleError(
      `The roles could not be set up: ${(error as Error).message}. Nothing was changed. Run it as a superuser, or as a role with CREATEROLE that owns the database.`,
      {
        cause: error,
      },
    );
  } finally {
    await client.end();
  }
}

const UNBOUND = `
  select self.rolname as role, case
    when self.rolsuper then 'is a superuser'
    when self.rolbypassrls then 'has BYPASSRLS'
    when privileged.rolname is not null then 'is a member of ' || privileged.rolname || ', which is SUPERUSER or BYPASSRLS'
    when owned.relname is not null then 'owns the table ' || owned.relname || ' or is a member of its owner'
  end as reason
  from pg_catalog.pg_roles self
  left join lateral (
    select r.rolname from pg_catalog.pg_roles r where (r.rolsuper or r.rolbypassrls) and pg_catalog.pg_has_role(self.oid, r.oid, 'MEMBER') order by 1 limit 1
  ) privileged on true
  left join lateral (
    select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'portico' and c.relkind in ('r', 'p') and pg_catalog.pg_has_role(self.oid, c.relowner, 'MEMBER') order by 1 limit 1
  ) owned on true
  where self.rolname = current_user`;

/** Refuses a login that row-level security would not bind: with it, one missing predicate shows one
    partner another's rows. */
export async function assertServiceRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ role: string; reason: string | null }>(UNBOUND);
  for (const { role, reason } of rows) {
    if (reason === null) continue;
    throw new RoleError(
      `The role ${role} of DATABASE_URL ${reason}, so row-level security does not bind it. Let DATABASE_URL name ${SERVICE}; \`npx portico setup-roles\` makes it.`,
    );
  }
}
