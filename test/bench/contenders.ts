/** Those who are measured, each in a process of its own on the same tables of the same PostgreSQL. */
import { deepStrictEqual } from 'node:assert/strict';
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../src/config.ts';
import type { BenchPartner } from './data.ts';
import type { BenchRequest } from './workload.ts';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly process: ChildProcess;
  /** What identifies each partner to it. */
  headersOf(partners: readonly BenchPartner[]): Promise<Record<string, string>[]>;
}

export type PeerName = 'mercurius' | 'apollo-typeorm';

const START_LIMIT_MS = 60_000;
const PEERS = join(projectRoot, 'test/bench/peers');

/** Portico as its users start it, its log written to a file; with a Redis where one is given.
    @param keeps whether it keeps answers; one that does not makes every one of them anew
    @param nth tells it from others of its kind on the same database */
export async function startPortico(dataDir: string, { redisUrl, keeps = true, nth = 1 }: { redisUrl?: string; keeps?: boolean; nth?: number } = {}): Promise<Contender> {
  const name = `portico${redisUrl ? '+redis' : ''}${nth > 1 ? ` (${nth})` : ''}${keeps ? '' : ', nothing kept'}`;
  const logFile = join(dataDir, `${name}.log`);
  const output = openSync(logFile, 'w');
  const gateway = spawn(process.execPath, ['--max-old-space-size=320', '--max-semi-space-size=4', join(projectRoot, 'dist/src/main.js')], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      PORTICO_DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      REDIS_URL: redisUrl,
      ...(keeps ? {} : { PORTICO_KEPT_ANSWERS_MB: '0' }),
    },
    stdio: ['ignore', output, output],
  });
  const begun = performance.now();
  while (!readFileSync(logFile, 'utf8').includes('Ask it something')) {
    if (gateway.exitCode !== null || performance.now() - begun > START_LIMIT_MS) throw new Error(`The gateway did not start:\n${readFileSync(logFile, 'utf8')}`);
    await sleep(50);
  }
  const { url } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string };
  return { name, url: `${url}/graphql`, process: gateway, headersOf: tokensAt(url) };
}

/** The limit: a process that sends its port, given the database and the environment. */
export const startLimit = (ownerUrl: string, environmentId: string): Promise<Contender> =>
  startPlain('limit', fileURLToPath(new URL('limit-server.js', import.meta.url)), '/', [ownerUrl, environmentId]);

/** A peer; its packages are installed at its first start. */
export async function startPeer(name: PeerName, ownerUrl: string, environmentId: string): Promise<Contender> {
  if (!existsSync(join(PEERS, 'node_modules'))) execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: 'inherit' });
  return startPlain(name, join(PEERS, `${name}.mjs`), '/graphql', [ownerUrl, environmentId]);
}

async function startPlain(name: string, script: string, path: string, args: readonly string[]): Promise<Contender> {
  const child = fork(script, args, { env: { PATH: process.env['PATH'], NODE_ENV: 'production' } });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} did not start (${code}).`);
  });
  const [{ port }] = (await Promise.race([once(child, 'message'), exited])) as [{ port: number }];
  exited.catch(() => undefined);
  return {
    name,
    url: `http://127.0.0.1:${port}${path}`,
    process: child,
    headersOf: async partners => partners.map(({ partnerId, clientId }) => ({ 'x-partner-id': partnerId, 'x-integration-id': clientId })),
  };
}

/** Of a token's 15 minutes, those in which it may still begin a measurement. */
const TOKEN_USE_MS = 8 * 60_000;

/** A token for each partner, by the door that all partners use; kept while it is good for another measurement. */
export function tokensAt(url: string): (partners: readonly BenchPartner[]) => Promise<{ authorization: string }[]> {
  const known = new Map<string, { authorization: string; until: number }>();
  return async partners => {
    const headers: { authorization: string }[] = [];
    for (const partner of partners) {
      let token = known.get(partner.clientId);
      if (!token || token.until < performance.now()) {
        token = { authorization: `Bearer ${await newToken(url, partner)}`, until: performance.now() + TOKEN_USE_MS };
        known.set(partner.clientId, token);
      }
      headers.push({ authorization: token.authorization });
    }
    return headers;
  };
}

/** All partners ask from one address here, which may not ask this fast: a refused one waits as it is told. */
async function newToken(url: string, partner: BenchPartner): Promise<string> {
  const { clientId, clientSecret } = partner;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token) return answer.access_token;
  if (response.status !== 429) throw new Error(`${url} gives ${clientId} no token: ${JSON.stringify(answer)}`);
  await sleep(Number(response.headers.get('retry-after')) * 1000);
  return newToken(url, partner);
}

/** Throws unless all answer every request with equal data.
    @param refusing whether part of an answer may be refused to the contenders that say so */
export async function compareAnswers(contenders: readonly Contender[], partners: readonly BenchPartner[], requests: readonly BenchRequest[], refusing = false): Promise<void> {
  const headers = await Promise.all(contenders.map(contender => contender.headersOf(partners)));
  for (const { body, partner } of requests) {
    const answers = await Promise.all(
      contenders.map(async ({ url }, i) => {
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers[i]![partner] }, body });
        return (await response.json()) as { data?: unknown; errors?: unknown };
      }),
    );
    contenders.forEach(({ name }, i) => {
      const { data, errors } = answers[i]!;
      if (!data || (errors && !refusing)) throw new Error(`${name} does not answer ${body}: ${JSON.stringify(errors)}`);
      deepStrictEqual(data, answers[0]!.data, `${name} and ${contenders[0]!.name} answer ${body} differently.`);
    });
  }
}

export async function stopContenders(contenders: readonly Contender[]): Promise<void> {
  for (const { process } of contenders) process.kill('SIGTERM');
  for (const { process } of contenders) if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
}
