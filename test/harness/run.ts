/**
 * What the run's setup started, for the test files in its worker processes: they inherit the
 * setup's environment, and nothing else passes from one to the other.
 */

export interface TestRun {
  /** A superuser's URL of the run's PostgreSQL server. */
  readonly adminUrl: string;
  /** Logins of the server's two roles; which database they name is up to the file. */
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** A migrated database that nobody connects to, so that it can be cloned. */
  readonly templateDatabase: string;
  /** Null where no Redis could be found, started or installed. */
  readonly redisUrl: string | null;
}

const VARIABLE = 'TEST_SERVERS';

export function publishRun(run: TestRun): void {
  process.env[VARIABLE] = JSON.stringify(run);
}

export function currentRun(): TestRun {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('The test servers are not running: start the tests with `npm test`, which sets them up.');
  return JSON.parse(text) as TestRun;
}

/** The same login in another database of the server. */
export function inDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
