/**
 * A process of its own that keeps an embedded PostgreSQL on the folder it is given, for tests that
 * kill it. It prints one line of JSON for each thing that happens, and stops at the end of its input.
 */
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';

const print = (event: string, values: object = {}): void => console.log(JSON.stringify({ event, ...values }));
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('Name the data folder as the first argument.');

const log = { info: (_values: object, message: string) => print('info', { message }), warn: (_values: object, message: string) => print('warn', { message }) };
const started = performance.now();
const server = await startEmbeddedPostgres({ dataDir, log, onRestart: () => print('restarted') });
const { adminUrl, ownerUrl, serviceUrl, port } = server;
print('ready', { adminUrl, ownerUrl, serviceUrl, port, tookMs: Math.round(performance.now() - started) });
for await (const _ of process.stdin);
await server.stop();
print('stopped');
