/** Letters to people, as a real SMTP server of an operator's receives them. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { consentRoom, sendLetters } from '../../src/consent/index.ts';
import { readConfig } from '../../src/config.ts';
import { openSigningKeys } from '../../src/partners/index.ts';
import { openPost } from '../../src/platform/mail.ts';
import { createLogger } from '../../src/platform/log.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { Browser, asMarketplace, granted, hiddenFields, registerBack, rows } from './door.ts';

const FROM = 'privacy@harbour-market.example';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

let gateway: TestApp;
let partner: SeededPartner;
let server: SMTPServer;
let isTaking = true;
const received: Received[] = [];
const logged: string[] = [];
let deliver: () => Promise<void>;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_address, _session, done) => done(isTaking ? null : Object.assign(new Error('Later'), { responseCode: 451 })),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8').replaceAll('=\r\n', '') });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.server.once('listening', resolve));
  const mail = { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, from: FROM };
  gateway = await startTestApp({ demoMode: true, mail });
  partner = await (await gateway.seed.world())('ParcelPilot');
  await registerBack(partner);
  const keys = await openSigningKeys({ directory: gateway.keysDir }, gateway.clock, { warn: () => undefined });
  const { clock, app, url } = gateway;
  const log = createLogger({ level: 'info', destination: { write: line => void logged.push(line) } });
  const house = { keys, controller: readConfig({}).marketplace, publicUrl: () => url, sendsMail: true };
  deliver = () => sendLetters({ database: app.database, clock, log, house, post: openPost(mail) });
});
afterAll(async () => {
  await gateway.close();
  await new Promise<void>(resolve => server.close(resolve));
});

const addressOf = async (login: string): Promise<string> => (await rows<{ email: string }>(gateway, 'select email from portico.customer where reference = $1', [login]))[0]!.email;
const waiting = () => rows(gateway, 'select kind from portico.letter');
const lettersTo = (address: string): Received[] => received.filter(({ to }) => to.includes(address));

test('whoever shares something is written to, and a server that does not take it is asked again later', async () => {
  const address = await addressOf('shopper-0001');
  isTaking = false;
  await granted(gateway, partner, 'shopper-0001');
  await deliver();
  expect(await waiting()).toEqual([{ kind: 'GRANT_GIVEN' }]);
  expect(logged.some(line => line.includes('not taken')) || gateway.logged.some(line => line.includes('not taken'))).toBe(true);
  expect([...logged, ...gateway.logged].some(line => line.includes(address))).toBe(false);
  isTaking = true;
  await deliver();
  expect(lettersTo(address)).toEqual([]);
  gateway.clock.advance(5 * 60_000);
  await deliver();
  while ((await waiting()).length > 0) await deliver();
  expect(lettersTo(address)).toEqual([{ from: FROM, to: [address], text: expect.stringMatching(/Auto-Submitted: auto-generated[^]*ParcelPilot Shipping[^]*\/me/) }]);
});

test('whoever goes on sharing is reminded of it after 90 days', async () => {
  const address = await addressOf('shopper-0004');
  const { consent_grant: grantId } = await granted(gateway, partner, 'shopper-0004', { decision: 'yes', duration: '180' });
  await deliver();
  while ((await waiting()).length > 0) await deliver();
  const dueAt = gateway.clock.now() + 90 * 86_400_000;
  await asMarketplace(gateway, partner.environmentId, tx =>
    consentRoom.dueWork!['grant.remind']!(tx, { environmentId: partner.environmentId, subjectId: grantId as string, dueAt, payload: {} }, { now: () => dueAt }),
  );
  gateway.clock.advance(90 * 86_400_000);
  await deliver();
  while ((await waiting()).length > 0) await deliver();
  expect(lettersTo(address).map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1])).toEqual([
    expect.stringMatching(/^(You share data|Sie teilen Daten)/),
    expect.stringMatching(/^(You still share data|Sie teilen weiter Daten)/),
  ]);
});

test('whoever is erased is told so, once, and the address goes with the letter', async () => {
  const address = await addressOf('shopper-0002');
  const browser = new Browser(gateway.url);
  await browser.post('/consent/sign-in', { ...hiddenFields(await browser.get('/me')), login: 'shopper-0002' });
  const page = await browser.get('/me/erase');
  expect((await browser.post('/me/erase', { ...hiddenFields(page), confirm: 'yes' })).status).toBe(200);
  await deliver();
  while ((await waiting()).length > 0) await deliver();
  expect(lettersTo(address)).toHaveLength(1);
  expect(await rows(gateway, 'select from portico.letter where address is not null')).toEqual([]);
});

test('nobody in a sandbox is written to', async () => {
  const sandboxId = await gateway.seed.sandboxOf(partner);
  const rehearsing = await (await gateway.seed.world(sandboxId))('ParcelPilot');
  await registerBack(rehearsing);
  await granted(gateway, rehearsing, 'shopper-0003');
  expect(await waiting()).toEqual([]);
});
