/**
 * A database per test file: a clone of the run's migrated template on a real server, dropped by
 * force at the end whoever is still connected.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { currentRun, inDatabase } from './run.ts';

export interface TestDatabase {
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** A superuser's login: to look behind row-level security, never to run what is tested. */
  readonly adminUrl: string;
  readonly drop: () => Promise<void>;
}

/** Runs one statement that cannot stand in a transaction. */
async function onServer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A database with Portico's shape and no rows; with `empty`, one without even the shape. */
export async function testDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const run = currentRun();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(run.adminUrl, `create database ${name} owner portico_owner template ${empty ? 'template1' : run.templateDatabase}`);
  return {
    ownerUrl: inDatabase(run.ownerUrl, name),
    serviceUrl: inDatabase(run.serviceUrl, name),
    adminUrl: inDatabase(run.adminUrl, name),
    async drop() {
      // Sessions that are just closing get PostgreSQL's five seconds to go by themselves: cut off,
      // they would raise an error in a pool that nobody listens to any more.
      await onServer(run.adminUrl, `drop database if exists ${name}`).catch(() => onServer(run.adminUrl, `drop database if exists ${name} with (force)`));
    },
  };
}
