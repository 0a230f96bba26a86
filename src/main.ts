/** Starts the gateway, and ends it: in good order on a signal, with one clear line on a bad setting. */
import { createApp, type App } from './app.ts';
import { wallClock } from './base/clock.ts';
import { readConfig, type Config } from './config.ts';
import { bringUpToDate, locateDatabase, settleLive, type Located } from './database.ts';
import { demoFile, demoTokens, ensureDemo, type Demo } from './demo.ts';
import { createLogger, type Log } from './platform/log.ts';
import { fail } from './fail.ts';

/** How long clients and load balancers have to leave, once asked. */
const GRACE_MS = 2000;

/** A drain that takes longer than this is given up: whoever sent the signal would kill us anyway. */
const DRAIN_LIMIT_MS = 25_000;

async function start(config: Config, log: Log): Promise<void> {
  const located = await locateDatabase(config, log);
  await bringUpToDate(located, log);
  const isDemo = config.mode === 'demo';
  const app = await createApp({
    config,
    serviceUrl: located.serviceUrl,
    log,
    ofProcess: true,
    dueWorkUrl: config.databaseDirectUrl ?? located.serviceUrl,
    demoTokens: isDemo ? it => demoTokens(it, config.dataDir) : null,
  });
  let ending: Promise<void> | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (ending ??= end(app, located, log, signal)));
  const url = await app.listen();
  const demo = isDemo ? await ensureDemo({ database: app.database, ownerUrl: located.ownerUrl, dataDir: config.dataDir, clock: wallClock, url }) : null;
  // After the sample world, which brings rows of its own.
  await settleLive(app.database, wallClock);
  process.stdout.write(welcome(url, config, demo));
}

async function end(app: App, located: Located, log: Log, signal: string): Promise<void> {
  log.info({ signal }, 'draining');
  setTimeout(() => fail(new Error(`The last requests did not end within ${DRAIN_LIMIT_MS} ms.`)), DRAIN_LIMIT_MS).unref();
  await app.close(GRACE_MS);
  await located.stop();
  log.info({}, 'stopped');
  process.exit(0);
}

function welcome(url: string, config: Config, demo: Demo | null): string {
  const lines = [
    '',
    `Portico listens on ${url} (${config.mode} mode).`,
    '',
    `  Partner API   ${url}/graphql`,
    `  Explorer      ${url}/explorer`,
    `  Versions      ${url}/versions.json`,
    '',
  ];
  if (demo) lines.push(`  Credentials   ${demoFile(config.dataDir)}`, '', 'Ask it something:', '', firstQuestion(url, demo), '');
  return `${lines.join('\n')}\n`;
}

/** One command for a shell: a token, then a milestone query. */
const firstQuestion = (url: string, { live }: Demo): string => `  curl -s ${url}/graphql -H 'Content-Type: application/json' \\
    -H "Authorization: Bearer $(curl -s ${url}/oauth/token -d grant_type=client_credentials \\
      -d client_id=${live.clientId} -d client_secret=${live.clientSecret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')" \\
    -d '{"query":"{ milestones(first: 3) { nodes { title userOutcome reward { kind title } } } }"}'`;

try {
  const config = readConfig();
  await start(config, createLogger({ level: config.logLevel as never }));
} catch (error) {
  fail(error);
}
