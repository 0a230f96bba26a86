/**
 * Settings, from the environment and nowhere else; the only reader of `process.env`. Each is
 * checked at start, and one that is unknown or bad stops the process with one clear line.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export class ConfigError extends Error {}

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      value => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`,
    );
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine(value => value >= min && value <= max, `must be ${min} to ${max}`);
const postgresUrl = url(['postgres:', 'postgresql:']);

/** Every setting that Portico knows, with what it accepts. */
const SETTINGS = z.object({
  PORT: integer(0, 65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  REDIS_CLUSTER: z.enum(['true', 'false'], 'must be true or false').default('false'),
  PORTICO_DATA_DIR: z.string().min(1).default('.portico'),
  PORTICO_MODE: z.enum(['demo', 'production'], 'must be demo or production').optional(),
  // Two at least: a job on one gateway holds one connection while it works on another.
  PORTICO_POOL_SIZE: integer(2, 500).default(10),
  PORTICO_STATEMENT_TIMEOUT_MS: integer(100, 60_000).default(5000),
  PORTICO_SLOW_STATEMENT_MS: integer(0, 60_000).default(500),
  PORTICO_KEPT_ANSWERS_MB: integer(0, 10_000).default(96),
  PUBLIC_URL: url(['http:', 'https:']).optional(),
  TRUST_PROXY: z
    .string()
    .regex(/^(true|false|\d{1,2}|[0-9a-f.:/, ]+)$/i, 'must be true, false, a number of proxies, or their addresses')
    .default('false'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be trace, debug, info, warn, error, fatal or silent').default('info'),
  SIGNING_KEYS_DIR: z.string().min(1).optional(),
  SIGNING_KEY: z.string().includes('PRIVATE KEY', 'must be one or more private keys in PEM form').optional(),
  GATEWAY_COUNT: integer(1, 1000).default(1),
  OIDC_ISSUER: url(['https:', 'http:']).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  MAIL_FROM: z.string().min(3).max(300).optional(),
  MARKETPLACE_NAME: z.string().min(1).max(100).default('Harbour Market'),
  MARKETPLACE_ADDRESS: z.string().min(1).max(300).default('1 Quay Street, 20457 Hamburg, Germany'),
  MARKETPLACE_CONTACT: z.string().min(1).max(200).default('privacy@harbour-market.example'),
  MARKETPLACE_COMPLAINTS: z.string().min(1).max(300).default('privacy@harbour-market.example'),
  MARKETPLACE_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country by its two capital letters, e.g. DE')
    .default('DE'),
});

/** Settings of ours that a typing error could hide among are looked for by these beginnings. */
const OURS = /^(PORTICO_|DATABASE_|REDIS_|SIGNING_|GATEWAY_|OIDC_|MARKETPLACE_)/;

/** What platforms set beside a database of theirs, which is none of our settings. */
const NOT_OURS = new Set(['DATABASE_NAME', 'DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_USER', 'DATABASE_PASSWORD', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD']);

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly mode: 'demo' | 'production';
  /** The service role's URL; null for the embedded server. */
  readonly databaseUrl: string | null;
  /** The owner role's URL, for migrations and seeds; null where it was not given. */
  readonly databaseOwnerUrl: string | null;
  /** A road to PostgreSQL around a transaction pooler. */
  readonly databaseDirectUrl: string | null;
  readonly redisUrl: string | null;
  /** Whether the URL names one node of a cluster. */
  readonly redisCluster: boolean;
  readonly dataDir: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** A read that takes longer is logged. */
  readonly slowStatementMs: number;
  /** Memory for answers that are given out again where nothing has changed; 0 keeps none. */
  readonly keptAnswersMb: number;
  /** Without it, the address that the gateway listens on. */
  readonly publicUrl: string | null;
  readonly trustProxy: boolean | number | string;
  readonly logLevel: string;
  readonly signingKeysDir: string;
  readonly signingKey: string | null;
  readonly gatewayCount: number;
  /** The operator's mail server and the address that letters to people come from; null where none are sent. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  /** The marketplace's OpenID Provider, where people sign in. */
  readonly oidc: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string } | null;
  /** The marketplace, as people read it on consent pages and receipts. */
  readonly marketplace: { readonly name: string; readonly address: string; readonly contact: string; readonly complaints: string; readonly jurisdiction: string };
}

/** The folder that holds package.json, migrations/, schema/ and sandbox/: beside dist/. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Reads the settings. Throws ConfigError with one line that names the setting and what it takes. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // An empty setting is what `NAME= command` and many deployment files mean by "not set".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const unknown = Object.keys(given).find(name => OURS.test(name) && !(name in SETTINGS.shape) && !NOT_OURS.has(name));
  if (unknown) throw new ConfigError(`${unknown} is no setting of Portico. The settings are ${Object.keys(SETTINGS.shape).join(', ')}.`);
  const parsed = SETTINGS.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${issue?.path.join('.')} ${issue?.message}.`);
  }
  const settings = parsed.data;
  const dataDir = resolve(settings.PORTICO_DATA_DIR);
  const databaseUrl = settings.DATABASE_URL ?? null;
  if (settings.DATABASE_OWNER_URL && !databaseUrl) throw new ConfigError('DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither for the embedded server.');
  return {
    port: settings.PORT,
    host: settings.HOST,
    mode: settings.PORTICO_MODE ?? (databaseUrl ? 'production' : 'demo'),
    databaseUrl,
    databaseOwnerUrl: settings.DATABASE_OWNER_URL ?? null,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    redisCluster: settings.REDIS_CLUSTER === 'true',
    dataDir,
    poolSize: settings.PORTICO_POOL_SIZE,
    statementTimeoutMs: settings.PORTICO_STATEMENT_TIMEOUT_MS,
    slowStatementMs: settings.PORTICO_SLOW_STATEMENT_MS,
    keptAnswersMb: settings.PORTICO_KEPT_ANSWERS_MB,
    publicUrl: settings.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    trustProxy: /^(true|false)$/.test(settings.TRUST_PROXY)
      ? settings.TRUST_PROXY === 'true'
      : /^\d+$/.test(settings.TRUST_PROXY)
        ? Number(settings.TRUST_PROXY)
        : settings.TRUST_PROXY,
    logLevel: settings.LOG_LEVEL,
    signingKeysDir: resolve(settings.SIGNING_KEYS_DIR ?? `${dataDir}/keys`),
    signingKey: settings.SIGNING_KEY ?? null,
    gatewayCount: settings.GATEWAY_COUNT,
    mail: mailServer(settings),
    oidc: openIdProvider(settings),
    marketplace: {
      name: settings.MARKETPLACE_NAME,
      address: settings.MARKETPLACE_ADDRESS,
      contact: settings.MARKETPLACE_CONTACT,
      complaints: settings.MARKETPLACE_COMPLAINTS,
      jurisdiction: settings.MARKETPLACE_COUNTRY,
    },
  };
}

function mailServer({ SMTP_URL: url, MAIL_FROM: from }: z.infer<typeof SETTINGS>): Config['mail'] {
  if (url === undefined && from === undefined) return null;
  if (url === undefined || from === undefined) throw new ConfigError('SMTP_URL and MAIL_FROM belong together: set both, or none.');
  return { url, from };
}

function openIdProvider({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret }: z.infer<typeof SETTINGS>): Config['oidc'] {
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return null;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined)
    throw new ConfigError('OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all three, or none.');
  return { issuer, clientId, clientSecret };
}
