/** Commands for the database: its roles, its shape, its sample rows. */
import { wallClock } from '../base/clock.ts';
import { ConfigError, readConfig } from '../config.ts';
import { furnish } from '../database.ts';
import { ensureDemo } from '../demo.ts';
import { planRoles, setupRoles } from '../platform/postgres/setup-roles.ts';
import { print, withDatabase, withLocated } from './session.ts';

export async function runSetupRoles({ adminUrl }: { adminUrl?: string }): Promise<void> {
  const config = readConfig();
  const target = adminUrl ?? config.databaseUrl;
  if (!target) throw new ConfigError("Give an administrator's URL with --admin-url, or set DATABASE_URL to have the SQL for its database printed.");
  if (!URL.canParse(target)) throw new ConfigError('--admin-url must be a URL that begins with postgres://.');
  const plan = planRoles({
    adminUrl: target,
    ...(config.databaseOwnerUrl ? { ownerUrl: config.databaseOwnerUrl } : {}),
    ...(config.databaseUrl ? { serviceUrl: config.databaseUrl } : {}),
  });
  if (!adminUrl) {
    process.stdout.write(`${plan.sql}\n`);
    // Beside the script, which holds no password that could be read from it.
    if (plan.newPassword) process.stderr.write(`New passwords, shown once:\nDATABASE_OWNER_URL=${plan.ownerUrl}\nDATABASE_URL=${plan.serviceUrl}\n`);
    return;
  }
  await setupRoles(adminUrl, plan);
  if (plan.newPassword) print({ DATABASE_OWNER_URL: plan.ownerUrl, DATABASE_URL: plan.serviceUrl });
  else process.stdout.write('The roles of DATABASE_OWNER_URL and DATABASE_URL are set up.\n');
}

export const runMigrate = (): Promise<void> =>
  withLocated(async ({ ownerUrl }, _config, log) => {
    const { applied } = await furnish(ownerUrl, log);
    process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `${applied.map(title => `Applied ${title}.`).join('\n')}\n`);
  });

export const runSeed = ({ reports }: { reports?: number }): Promise<void> =>
  withDatabase(async (database, { ownerUrl }, config) => {
    if (config.mode !== 'demo') throw new ConfigError('Sample data is for demo mode: set PORTICO_MODE=demo on a database that will never hold real people.');
    const demo = await ensureDemo({ database, ownerUrl, dataDir: config.dataDir, clock: wallClock, url: config.publicUrl, reports });
    print({ 'live environment': demo.live.environmentId, sandbox: demo.sandbox.environmentId });
  });
