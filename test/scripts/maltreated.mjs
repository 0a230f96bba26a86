/**
 * Two gateways and a PostgreSQL of their own, which a script can kill at random while it works with them:
 * what ingestion.mjs and awards.mjs have in common.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/src/platform/postgres/embedded.js';

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const cli = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

class Gateway {
  constructor(port, environment) {
    this.url = `http://127.0.0.1:${port}`;
    this.environment = { ...environment, PORT: String(port) };
    /** How often it ended by itself. */
    this.deaths = 0;
  }
  start() {
    this.spawn();
    return this.ready();
  }
  /** As a supervisor does: a gateway that finds no PostgreSQL while it starts ends itself, and is started again. */
  spawn() {
    const child = spawn(process.execPath, [main], { env: this.environment, stdio: ['ignore', 'ignore', 'inherit'] });
    this.child = child;
    this.gone = new Promise(resolve => child.once('exit', resolve));
    child.once('exit', code => {
      if (code === 0 || child.killed) return;
      this.deaths += 1;
      setTimeout(() => this.child === child && this.spawn(), 250);
    });
  }
  async ready() {
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) if ((await fetch(`${this.url}/readyz`).catch(() => null))?.ok) return;
    throw new Error('The gateway does not get ready.');
  }
  async kill(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.gone;
  }
  /** An access token of a client of either API. */
  async tokenOf({ clientId, clientSecret }) {
    const response = await fetch(`${this.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
    });
    return (await response.json()).access_token;
  }
}

/** @param mode what the gateways run as, `demo` or `production`
    @param nodeOptions of the gateways' processes */
export async function openHouse(name, mode, nodeOptions = '') {
  const folder = mkdtempSync(join(tmpdir(), `portico-${name}-`));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: { info: () => undefined, warn: () => undefined } });
  const adminUrl = new URL(postgres.adminUrl);
  adminUrl.pathname = new URL(postgres.serviceUrl).pathname;
  const { PATH, HOME } = process.env;
  const environment = {
    PATH,
    HOME,
    DATABASE_URL: postgres.serviceUrl,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    PORTICO_MODE: mode,
    PORTICO_DATA_DIR: folder,
    LOG_LEVEL: 'fatal',
    PUBLIC_URL: 'http://portico.example',
    NODE_OPTIONS: nodeOptions,
  };
  const gateways = [new Gateway(await freePort(), environment), new Gateway(await freePort(), environment)];

  /** As the database's administrator, again where PostgreSQL is just coming back. */
  async function query(sql, values) {
    for (let tries = 0; ; tries++) {
      const client = new pg.Client({ connectionString: adminUrl.href });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query(sql, values)).rows;
      } catch (error) {
        // A statement that is wrong stays so: those of class 57 were ended from outside.
        if (tries === 20 || (error.code && !/^(57|08|E)/.test(error.code))) throw error;
        await sleep(250);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  return {
    folder,
    gateways,
    query,
    serviceUrl: postgres.serviceUrl,

    /** The `portico` command; answers its exit code. */
    command: (...words) => new Promise(resolve => spawn(process.execPath, [cli, ...words], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] }).once('exit', resolve)),

    /** Kills one gateway after the other, and PostgreSQL so many times among them, until that is done or `isOver`.
        @param pause waits until the next kill is due, of which it gets the ordinal */
    async maltreat({ kills, crashes, pause, isOver, random = Math.random }) {
      const toll = { killed: 0, crashes: 0 };
      const every = Math.max(1, Math.ceil(kills / Math.max(1, crashes)));
      for (; toll.killed < kills && !isOver(); toll.killed++) {
        await pause(toll.killed);
        const gateway = gateways[random() < 0.5 ? 0 : 1];
        await gateway.kill();
        await gateway.start();
        if (toll.crashes < crashes && toll.killed % every === 0) {
          // A backend that dies takes all of the server's memory with it: PostgreSQL ends at once and recovers.
          const [{ pid }] = await query("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1").catch(() => [{ pid: null }]);
          if (pid) process.kill(pid, 'SIGKILL');
          toll.crashes += 1;
        }
      }
      return toll;
    },

    async close() {
      for (const gateway of gateways) if (gateway.child) await gateway.kill('SIGTERM');
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Numbers from 0 to 1, the same ones from the same seed. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
