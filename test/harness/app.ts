/**
 * A gateway for a test file: the real application on a database of its own, a port chosen free and
 * a clock that the test moves. What a test does, it does over HTTP.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app.ts';
import { wallClock, type Clock, type Instant } from '../../src/base/clock.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/log.ts';
import type { Room } from '../../src/room.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { widenLimits } from './limits.ts';
import { Seed } from './seed.ts';

/** A clock that stands unless moved; it begins at the wall's time. */
export class TestClock implements Clock {
  private instant: Instant = Date.now();
  now(): Instant {
    return this.instant;
  }
  advance(ms: number): void {
    this.instant += ms;
  }
  moveTo(instant: string): void {
    this.instant = Date.parse(instant);
  }
}

export interface TestAppOptions {
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly rooms?: readonly Room[];
  /** Another road to the database, e.g. through a proxy that a test breaks. */
  readonly databasePort?: (port: number) => Promise<number>;
  /** Whether this gateway does what falls due as time passes. */
  readonly dueWork?: boolean;
  /** A second gateway on the same database, keys and clock as this one. */
  readonly beside?: TestApp;
  readonly demoTokens?: Parameters<typeof createApp>[0]['demoTokens'];
  /** The limits that Portico comes with; without them tiers have room for all that a test asks, by
      the wall's clock. A single operation's maximum is the same. */
  readonly limitsAsShipped?: boolean;
  /** Budgets by the wall's clock all the same, where a test waits for them to refill. */
  readonly wallBudgets?: boolean;
  /** As in a demo: the people of live are made up, and whoever signs in chooses one. */
  readonly demoMode?: boolean;
  readonly oidc?: NonNullable<ReturnType<typeof readConfig>['oidc']>;
  readonly mail?: NonNullable<ReturnType<typeof readConfig>['mail']>;
  /** Most that one operation may cost, unless the limits are as shipped. */
  readonly maxOperationCost?: number;
  /** Budgets in this Redis, by its own clock; without it they are in the gateway, by the test's. */
  readonly redisUrl?: string;
  /** How many gateways the limits are divided by while each counts for itself. */
  readonly gatewayCount?: number;
  /** Memory for kept answers; as Portico comes unless said otherwise. */
  readonly keptAnswersMb?: number;
}

export interface TestApp {
  readonly app: App;
  readonly url: string;
  readonly clock: TestClock;
  readonly database: TestDatabase;
  readonly seed: Seed;
  /** Lines that the gateway logged. */
  readonly logged: string[];
  readonly keysDir: string;
  close(): Promise<void>;
}

export async function startTestApp({
  poolSize = 4,
  statementTimeoutMs = 5000,
  rooms,
  beside,
  demoTokens,
  databasePort,
  dueWork,
  limitsAsShipped = false,
  wallBudgets = !limitsAsShipped,
  demoMode = false,
  oidc,
  mail,
  maxOperationCost,
  redisUrl,
  gatewayCount = 1,
  keptAnswersMb,
}: TestAppOptions = {}): Promise<TestApp> {
  const database = beside?.database ?? (await testDatabase());
  if (!beside && !limitsAsShipped) await widenLimits(database.ownerUrl, maxOperationCost);
  const keysDir = beside?.keysDir ?? (await mkdtemp(join(tmpdir(), 'portico-keys-')));
  const clock = beside?.clock ?? new TestClock();
  const logged: string[] = [];
  const config = {
    ...readConfig({ PORT: '0', SIGNING_KEYS_DIR: keysDir, DATABASE_URL: database.serviceUrl, DATABASE_OWNER_URL: database.ownerUrl }),
    poolSize,
    statementTimeoutMs,
    publicUrl: beside?.url ?? null,
    ...(demoMode ? { mode: 'demo' as const } : {}),
    ...(oidc ? { oidc } : {}),
    ...(mail ? { mail } : {}),
    redisUrl: redisUrl ?? null,
    gatewayCount,
    ...(keptAnswersMb === undefined ? {} : { keptAnswersMb }),
  };
  const serviceUrl = new URL(database.serviceUrl);
  if (databasePort) serviceUrl.port = String(await databasePort(Number(serviceUrl.port)));
  const log = createLogger({ level: 'info', destination: { write: line => void logged.push(line) } });
  const app = await createApp({
    config,
    serviceUrl: serviceUrl.href,
    log,
    clock,
    ...(wallBudgets ? { budgetClock: wallClock } : {}),
    ...(rooms ? { rooms } : {}),
    ...(dueWork ? { dueWorkUrl: database.serviceUrl } : {}),
    ...(demoTokens ? { demoTokens } : {}),
  });
  await app.listen();
  const url = `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`;
  return {
    app,
    url,
    clock,
    database,
    seed: new Seed(app, database, url, clock),
    logged,
    keysDir,
    async close() {
      await app.close();
      if (beside) return;
      await database.drop();
      await rm(keysDir, { recursive: true, force: true });
    },
  };
}
