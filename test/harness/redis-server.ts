/**
 * Finds a Redis for the run, in this order: REDIS_URL; a `redis-server` on the path; one installed
 * with apt-get (as root on Debian or Ubuntu); one in a running Docker.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

const INSTALL_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 10_000;
/** A first start in Docker downloads the image. */
const DOCKER_START_TIMEOUT_MS = 120_000;

const succeeds = (command: string, args: readonly string[], timeout = 10_000): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => {
    server.close(resolve);
  });
  return port;
}

async function answers(url: string, withinMs: number, alive: () => boolean): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (alive() && Date.now() < until) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 });
    redis.on('error', () => undefined);
    const answer = await redis
      .connect()
      .then(() => redis.ping())
      .catch(() => null);
    redis.disconnect();
    if (answer === 'PONG') return true;
    await sleep(50);
  }
  return false;
}

/** The shell leaves a guard behind and becomes the command. The guard reads a pipe from this process:
    a line releases it, the pipe's end means that this process was killed, and the command follows. */
const GUARDED = '( read -r released <&3 || kill $$ ) & exec "$@" 3<&-';

async function startGuarded(command: string, args: readonly string[], port: number, withinMs: number): Promise<RedisServer | null> {
  const server = spawn('/bin/sh', ['-c', GUARDED, 'sh', command, ...args], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const guard = server.stdio[3] as Writable;
  guard.on('error', () => undefined);
  const ended = new Promise<void>(resolve => {
    server.once('error', () => resolve());
    server.once('exit', () => {
      guard.end('\n');
      resolve();
    });
  });
  const stop = async () => {
    server.kill();
    await ended;
  };
  const url = `redis://127.0.0.1:${port}`;
  if (await answers(url, withinMs, () => server.exitCode === null)) return { url, stop };
  await stop();
  return null;
}

export const hasRedisBinary = (): boolean => succeeds('redis-server', ['--version']);

/** A server of its own; null where it does not come up. */
export async function startBinary(port?: number, options: readonly string[] = []): Promise<RedisServer | null> {
  const own = port ?? (await freePort());
  return await startGuarded('redis-server', ['--port', String(own), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options], own, START_TIMEOUT_MS);
}

async function startContainer(): Promise<RedisServer | null> {
  const port = await freePort();
  return await startGuarded('docker', ['run', '--rm', '-p', `127.0.0.1:${port}:6379`, 'redis:7-alpine'], port, DOCKER_START_TIMEOUT_MS);
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function installWithApt(): boolean {
  if (process.getuid?.() !== 0 || !isDebian()) return false;
  console.log('No redis-server found; installing it with apt-get for the tests.');
  return succeeds('apt-get', ['update', '-q'], INSTALL_TIMEOUT_MS) && succeeds('apt-get', ['install', '-yq', '--no-install-recommends', 'redis-server'], INSTALL_TIMEOUT_MS);
}

/** Null where there is no way to one. */
export async function startRedis(): Promise<RedisServer | null> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    if (!(await answers(given, START_TIMEOUT_MS, () => true))) throw new Error('REDIS_URL is set, but no Redis answers there. Start it, or unset REDIS_URL.');
    return { url: given, stop: async () => undefined };
  }
  if (hasRedisBinary() || installWithApt()) return await startBinary();
  if (succeeds('docker', ['info'])) return await startContainer();
  return null;
}
