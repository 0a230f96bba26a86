/** The end of a process that cannot go on: one clear line, never a stack, for what its operator can
    mend; the whole story for faults of ours. */
import { ConfigError } from './config.ts';
import { EmbeddedPostgresError } from './platform/postgres/embedded.ts';
import { isUnavailable, failureCode } from './platform/postgres/failures.ts';
import { MigrationError } from './platform/postgres/migrate.ts';
import { RoleError } from './platform/postgres/setup-roles.ts';
import { SigningKeyError } from './partners/index.ts';

const OURS = [ConfigError, EmbeddedPostgresError, MigrationError, RoleError, SigningKeyError];

function clearLine(error: unknown): string | null {
  if (OURS.some(kind => error instanceof kind)) return (error as Error).message;
  const code = failureCode(error);
  if (code === 'EADDRINUSE') return 'The port is taken by another process. Stop it, or set PORT to a free one.';
  if (code === '28P01' || code === '28000')
    return 'PostgreSQL refuses the login. Check the role and password in DATABASE_URL and DATABASE_OWNER_URL; `npx portico setup-roles` makes the roles.';
  if (code === '3D000') return 'PostgreSQL has no database of the name in DATABASE_URL. Create it, then run `npx portico setup-roles` and `npx portico migrate`.';
  if (isUnavailable(error)) return 'PostgreSQL does not answer. Check DATABASE_URL, and that the server runs and can be reached from here.';
  return null;
}

/** Prints why and ends the process with status 1. */
export function fail(error: unknown): never {
  const line = clearLine(error);
  process.stderr.write(`portico: ${line ?? (error instanceof Error ? error.stack : String(error))}\n`);
  process.exit(1);
}
