import { Writable } from 'node:stream';
import pg from 'pg';
import { createLogger, type Log } from '../../src/platform/log.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

function logTo(lines: string[]): Log {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return createLogger({ level: 'info', destination });
}

const JWT = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJpbnRfMSJ9.c2lnbmF0dXJlLW9mLXNvbWUtbGVuZ3Ro';

test.each([
  ['a header', (log: Log) => log.info({ headers: { authorization: `Bearer ${JWT}`, cookie: 'session=abcdefgh' } }, 'request'), ['c2lnbmF0dXJl', 'abcdefgh']],
  ['a header of a request', (log: Log) => log.info({ request: { headers: { authorization: 'Basic aW50XzE6c2VjcmV0' } } }, 'request'), ['aW50XzE6c2VjcmV0']],
  ['a list of headers far down', (log: Log) => log.info({ a: { b: { c: { 'set-cookie': ['one=abcdefgh', 'two="ijklmnop"'] } } } }, 'request'), ['abcdefgh', 'ijklmnop']],
  ['a secret with a quotation mark', (log: Log) => log.info({ password: 'before"after' }, 'created'), ['before', 'after']],
  ['a field named as a secret', (log: Log) => log.info({ body: { client_secret: 'hunter2-hunter2' }, clientSecret: 'hunter3' }, 'created'), ['hunter2', 'hunter3']],
  ['a database URL in a message', (log: Log) => log.warn('cannot reach postgres://portico_service:p4ss-w0rd@db.example:5432/portico'), ['p4ss-w0rd']],
  ['a token in a message', (log: Log) => log.warn(`refused ${JWT}`), ['c2lnbmF0dXJl']],
  ['a client secret in an error', (log: Log) => log.error({ err: new Error('bad secret pcs_0123456789abcdefghij') }, 'failed'), ['0123456789abcdefghij']],
  [
    'a private key in a cause',
    (log: Log) => log.error({ err: new Error('no', { cause: new Error('-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----') }) }, 'failed'),
    ['MIGHAgEA'],
  ],
])('%s never reaches the log', (_where, write, secrets) => {
  const lines: string[] = [];
  write(logTo(lines));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ level: expect.any(String) as string });
  for (const secret of secrets) expect(lines[0]).not.toContain(secret);
});

test('a line carries its request id, and an error its type, code and cause', () => {
  const lines: string[] = [];
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  logTo(lines)
    .child({ requestId: 'req_1' })
    .error({ err: new TypeError('no answer', { cause }) }, 'failed');
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    level: 'error',
    requestId: 'req_1',
    msg: 'failed',
    err: { type: 'TypeError', message: 'no answer', cause: { message: 'refused', code: 'ECONNREFUSED' } },
  });
});

describe('with a database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  test('the row that a constraint quotes stays out of the log', async () => {
    const client = new pg.Client({ connectionString: database.serviceUrl });
    await client.connect();
    const insert = "insert into portico.staff (id, name, email, created_at) values ($1, 'Ada', 'ada@harbour.example', now())";
    await client.query(insert, ['stf_1']);
    const error: unknown = await client.query(insert, ['stf_2']).catch((caught: unknown) => caught);
    await client.end();
    expect(error).toMatchObject({ detail: expect.stringContaining('ada@harbour.example') as string });

    const lines: string[] = [];
    logTo(lines).error({ err: error }, 'failed');
    expect(lines[0]).toContain('staff_email_key');
    expect(lines[0]).not.toContain('ada@harbour.example');
  });
});

test('causes that close on themselves are followed only so far', () => {
  const error = new Error('round');
  error.cause = error;
  const lines: string[] = [];
  logTo(lines).error({ err: error }, 'failed');
  expect(lines[0]?.match(/"message":"round"/g)).toHaveLength(5);
});
