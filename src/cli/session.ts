/** What a command needs of the house: the settings, a quiet log, and the database while it runs. */
import { readConfig, type Config } from '../config.ts';
import { bringUpToDate, locateDatabase, type Located } from '../database.ts';
import { createLogger, type Log } from '../platform/log.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { assertServiceRole } from '../platform/postgres/setup-roles.ts';
import { rooms } from '../rooms.ts';

/** A command's own words go to standard output; only warnings of the house are logged beside them. */
const quietLog = (): Log => createLogger({ level: 'warn' });

export async function withLocated<T>(work: (located: Located, config: Config, log: Log) => Promise<T>): Promise<T> {
  const config = readConfig();
  const log = quietLog();
  const located = await locateDatabase(config, log);
  try {
    return await work(located, config, log);
  } finally {
    await located.stop();
  }
}

/** The migrated database, as the service role.
    @param options.statementTimeoutMs longest that one statement of the command may run */
export const withDatabase = <T>(work: (database: Database, located: Located, config: Config) => Promise<T>, { statementTimeoutMs = 30_000 } = {}): Promise<T> =>
  withLocated(async (located, config, log) => {
    await bringUpToDate(located, log);
    const database = await openDatabase({
      url: located.serviceUrl,
      entities: rooms.flatMap(room => room.entities ?? []),
      poolSize: 2,
      statementTimeoutMs,
      connectTimeoutMs: 5000,
      applicationName: 'portico command',
    });
    try {
      await assertServiceRole(database.pool);
      return await work(database, located, config);
    } finally {
      await database.close();
    }
  });

export { print } from './output.ts';
