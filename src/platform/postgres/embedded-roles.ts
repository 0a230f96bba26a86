/**
 * Portico's roles and database, promised to whoever sets a server up. The service role is neither
 * superuser nor BYPASSRLS: row-level security would not bind it otherwise.
 */
import type pg from 'pg';
import { SERVICE_SETTINGS } from './setup-roles.ts';

export interface RolePasswords {
  readonly owner: string;
  readonly service: string;
}

const PLAIN = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

/** Makes the roles and the database, or brings them back to what they should be. Safe to repeat,
    after a crash at any statement, and by two processes at once. */
export async function ensureRoles(admin: pg.Client, passwords: RolePasswords): Promise<void> {
  // Two processes that change the same role at once fail with "tuple concurrently updated".
  await admin.query("select pg_advisory_lock(hashtext('portico roles'))");
  await ensureRole(admin, 'portico_owner', passwords.owner);
  await ensureRole(admin, 'portico_service', passwords.service);
  for (const setting of SERVICE_SETTINGS) await admin.query(`alter role portico_service set ${setting}`);
  const { rowCount } = await admin.query("select from pg_database where datname = 'portico'");
  if (rowCount === 0) await admin.query('create database portico owner portico_owner');
  await admin.query('revoke all on database portico from public');
  await admin.query('grant connect on database portico to portico_service');
  await admin.query("select pg_advisory_unlock(hashtext('portico roles'))");
}

async function ensureRole(admin: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [name]);
  await admin.query(`${rowCount === 0 ? 'create' : 'alter'} role ${name} ${PLAIN} password ${admin.escapeLiteral(password)}`);
}
