/**
 * Brings a database to the shape that this code expects. Migrations are plain SQL files, run in the
 * order of their names by TypeORM's executor, each in one transaction together with its record in
 * `portico.portico_migration`: whatever ends a run, the next one goes on after the last file that
 * landed whole. A landed file is never edited; one that was is refused before anything runs.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { AbstractLogger, DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';

/** One clear line: which migration, why, and the next step. */
export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MigrationError';
  }
}

export interface MigrationLog {
  info(facts: object, message: string): void;
}

interface Migration {
  /** The file's name without `.sql`. */
  readonly title: string;
  /** What TypeORM records: the title and the 13 digits that it orders by. */
  readonly name: string;
  readonly path: string;
  readonly sql: string;
  /** SHA-256 of the text with LF line ends, hexadecimal: a checkout on Windows changes nothing. */
  readonly checksum: string;
}

const FOLDER = fileURLToPath(new URL('../../../../migrations/', import.meta.url));
const FILE_NAME = /^(\d{4})(\d{2})(\d{2})_(\d{2})_[a-z0-9_]+\.sql$/;
const MINUTE_MS = 60_000;

/** The files of `migrations/`, in order. */
export const migrationFiles = (): string[] =>
  readdirSync(FOLDER)
    .filter(file => file.endsWith('.sql'))
    .toSorted();

function readMigration(file: string): Migration {
  const path = resolve(FOLDER, file);
  const [, year, month, day, number] = FILE_NAME.exec(basename(path)) ?? [];
  if (number === undefined) throw new MigrationError(`The migration ${file} must be named like 20261123_01_what_it_does.sql: date, number of the day, intent.`);
  const title = basename(path, '.sql');
  const timestamp = Date.UTC(Number(year), Number(month) - 1, Number(day)) + Number(number) * MINUTE_MS;
  const sql = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  return { title, name: `${title}_${timestamp}`, path, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

const readMigrations = (files: readonly string[]): Migration[] => files.map(readMigration).toSorted((a, b) => (a.title < b.title ? -1 : 1));

/** The line of the file that PostgreSQL complains about; its `position` counts characters from 1. */
const lineOf = (sql: string, position: unknown): string => (typeof position === 'string' ? `, line ${sql.slice(0, Number(position)).split('\n').length}` : '');

/** The migrations as the classes that TypeORM runs. */
export const migrationClasses = (files: readonly string[]) =>
  readMigrations(files).map(
    migration =>
      class implements MigrationInterface {
        name = migration.name;

        async up(runner: QueryRunner): Promise<void> {
          // The column `checksum` takes its default from this setting, so that the record which
          // TypeORM adds in the same transaction can carry it.
          await runner.query("select set_config('portico.migration_checksum', $1, true)", [migration.checksum]);
          try {
            await runner.query(migration.sql);
          } catch (error) {
            const { message, position } = error as pg.DatabaseError;
            throw new MigrationError(
              `Migration ${migration.title} failed${lineOf(migration.sql, position)}: ${message}. Nothing of it was kept; earlier ones were. Mend the cause and migrate again.`,
              { cause: error },
            );
          }
        }

        async down(): Promise<void> {
          throw new MigrationError(`Migration ${migration.title} cannot be undone: write a new one that takes its change back.`);
        }
      },
  );

/** TypeORM prints a failing migration even with logging off; whoever catches the error reports it. */
class Silent extends AbstractLogger {
  protected writeLog(): void {}
}

const RECORDS = `
  create schema if not exists portico;
  create table portico.portico_migration (
    id integer generated always as identity primary key,
    timestamp bigint not null,
    name text not null unique,
    checksum text not null default current_setting('portico.migration_checksum'),
    applied_at timestamptz not null default now()
  );
  grant usage on schema portico to portico_service;
  grant select on portico.portico_migration to portico_service;`;

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Checksums of the landed migrations by name, or null where none has ever run. */
async function landedMigrations(query: Query): Promise<Map<string, string> | null> {
  const [table] = await query(
    "select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'portico' and c.relname = 'portico_migration'",
  );
  if (!table) return null;
  const rows = (await query('select name, checksum from portico.portico_migration')) as { name: string; checksum: string }[];
  return new Map(rows.map(row => [row.name, row.checksum]));
}

/** A landed migration that this code does not know is let be: an older gateway may still run while
    the database is already ahead of it. */
function pendingAmong(migrations: readonly Migration[], landed: ReadonlyMap<string, string>): Migration[] {
  for (const { name, title, checksum } of migrations) {
    if ((landed.get(name) ?? checksum) !== checksum) {
      throw new MigrationError(`Migration ${title} was edited after it had landed in this database. Restore the file and put the change into a new migration.`);
    }
  }
  return migrations.filter(migration => !landed.has(migration.name));
}

/** A session's lock, not a transaction's: it spans all files, and a killed process frees it. */
async function takeTurn(runner: QueryRunner, log: MigrationLog): Promise<void> {
  const key = "hashtextextended('portico.migrate', 0)";
  const [attempt] = (await runner.query(`select pg_try_advisory_lock(${key}) as taken`)) as { taken: boolean }[];
  if (attempt?.taken) return;
  log.info({}, 'waiting for another process that is migrating this database');
  await runner.query(`select pg_advisory_lock(${key})`);
}

/**
 * Runs the files that have not landed yet; waits while another process does. `files` are names in
 * `migrations/` or absolute paths. The owner need not be a superuser: it may create in the database.
 */
export async function migrate({ ownerUrl, files, log }: { ownerUrl: string; files: readonly string[]; log: MigrationLog }): Promise<{ applied: string[] }> {
  const migrations = readMigrations(files);
  const dataSource = new DataSource({
    type: 'postgres',
    url: ownerUrl,
    schema: 'portico',
    migrations: migrationClasses(files),
    migrationsTableName: 'portico_migration',
    logger: new Silent(),
    applicationName: 'portico migrate',
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  const query: Query = sql => runner.query(sql) as Promise<Record<string, unknown>[]>;
  try {
    await query('set statement_timeout = 0');
    await takeTurn(runner, log);
    // A migration that waits for a table makes every later query on that table wait behind it.
    await query("set lock_timeout = '10s'");
    const [service] = await query("select from pg_catalog.pg_roles where rolname = 'portico_service'");
    if (!service) throw new MigrationError('The role portico_service does not exist on this server. Run `npx portico setup-roles` first.');
    const landed = await landedMigrations(query);
    if (!landed) await query(RECORDS);
    const pending = pendingAmong(migrations, landed ?? new Map());
    if (pending.length > 0) log.info({ migrations: pending.map(migration => migration.title) }, 'migrating the database');
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    await executor.executePendingMigrations();
    return { applied: pending.map(migration => migration.title) };
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** Titles of the migrations that have not landed, for a gateway that may read but not migrate. */
export async function pendingMigrations(url: string, files: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'portico' });
  await client.connect();
  try {
    const landed = await landedMigrations(async sql => (await client.query(sql)).rows as Record<string, unknown>[]);
    return pendingAmong(readMigrations(files), landed ?? new Map()).map(migration => migration.title);
  } finally {
    await client.end();
  }
}

/** Refuses to go on with a database that is behind this code. */
export async function assertMigrated(url: string, files: readonly string[]): Promise<void> {
  const pending = await pendingMigrations(url, files);
  if (pending.length > 0) {
    throw new MigrationError(`The database is behind this code by ${pending.length} migration(s), first ${pending[0]}. Run \`npx portico migrate\` with DATABASE_OWNER_URL.`);
  }
}
