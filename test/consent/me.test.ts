/** A person's way in a real browser, on a phone and on a desktop: from the yes to the receipt, the first disclosure, the
    withdrawal, the partner's refusal, and the erasure, with nothing for axe-core to find on any page. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, inBrowser, launch } from '../explorer/browser.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { attempt, exchange, registerBack } from './door.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 900 } };
const EMAIL = 'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email } }';

const executablePath = findBrowser();

inBrowser(executablePath)('in a browser', () => {
  let gateway: TestApp;
  let partner: SeededPartner;
  let browser: Browser;
  let site: Server;
  let back: string;

  beforeAll(async () => {
    gateway = await startTestApp({ demoMode: true });
    partner = await (await gateway.seed.world())('ParcelPilot');
    site = createServer((_request, response) => response.end('back')).listen(0, '127.0.0.1');
    await new Promise(resolve => site.once('listening', resolve));
    back = `http://127.0.0.1:${(site.address() as AddressInfo).port}/back`;
    await registerBack(partner, [back]);
    browser = await launch(executablePath!);
  });
  afterAll(async () => {
    await browser?.close();
    site.close();
    await gateway.close();
  });

  async function expectFlawless(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: `coverage/me-${name}.png`, fullPage: true });
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
    );
    expect(violations.map(({ id, nodes }) => ({ name, id, html: nodes.map(node => node.html) }))).toEqual([]);
  }

  test.each([
    [
      'phone',
      PHONE,
      'en-GB',
      'shopper-0001',
      {
        log: 'Who read what',
        data: 'My data',
        stop: 'Stop sharing',
        stopped: 'You stopped it',
        erase: 'Erase everything about me',
        last: 'Erase everything',
        gone: 'You are erased',
      },
    ],
    [
      'desktop',
      DESKTOP,
      'de-DE',
      'shopper-0002',
      {
        log: 'Wer was gelesen hat',
        data: 'Meine Daten',
        stop: 'Nicht mehr teilen',
        stopped: 'Von Ihnen beendet',
        erase: 'Alles über mich löschen',
        last: 'Alles löschen',
        gone: 'Sie sind gelöscht',
      },
    ],
  ] as const)(
    'on a %s a person goes from yes to the receipt, the first disclosure, the withdrawal and the erasure',
    async (name, options, locale, login, say) => {
      const page = await (await browser.newContext({ ...options, locale, acceptDownloads: true })).newPage();
      const signIn = async (): Promise<void> => {
        await page.locator(`button[value="${login}"]`).click();
      };
      const tried = attempt(partner, { redirect_uri: back });
      await page.goto(gateway.url + tried.path);
      await signIn();
      await page.locator('button[value=yes]').click();
      await page.waitForURL(`${back}**`);
      const { subject } = (await exchange(gateway, partner, new URL(page.url()).searchParams.get('code')!, tried.verifier, { redirect_uri: back })).json as { subject: string };
      const read = async () => partner.query(EMAIL, { id: subject });
      expect((await read()).errors).toBeUndefined();

      await page.goto(`${gateway.url}/me`);
      await expectFlawless(page, `${name}-sign-in`);
      await signIn();
      await page.waitForURL('**/me');
      await page.locator('summary').click();
      await expectFlawless(page, `${name}-shared`);
      const [receipt] = await Promise.all([page.waitForEvent('download'), page.locator('a[href^="/consent/receipts/"]').click()]);
      expect(readFileSync(await receipt.path(), 'utf8')).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/);

      await page.getByRole('link', { name: say.log }).click();
      await page.locator('ol.plain li').waitFor();
      expect(await page.locator('ol.plain li').count()).toBe(1);
      expect(await page.locator('ol.plain li').innerText()).toContain('ParcelPilot Shipping');
      await expectFlawless(page, `${name}-log`);

      await page.getByRole('link', { name: say.data }).click();
      await page.locator('textarea').fill('The number is not mine.');
      await page.locator('form[action="/me/correct"] button').click();
      await page.locator('blockquote').waitFor();
      await expectFlawless(page, `${name}-data`);
      const [copy] = await Promise.all([page.waitForEvent('download'), page.locator('form[action="/me/export"] button').click()]);
      expect(JSON.parse(readFileSync(await copy.path(), 'utf8'))).toMatchObject({
        person: { id: login },
        disclosures: [expect.objectContaining({ fields: ['SharedCustomer.email'] })],
      });

      await page.goto(`${gateway.url}/me`);
      await page.getByRole('button', { name: say.stop, exact: true }).click();
      await page.getByText(say.stopped).waitFor();
      const refused = await read();
      expect(refused.errors![0]!.extensions).toMatchObject({ code: 'CONSENT_REQUIRED', reason: 'WITHDRAWN' });

      await page.goto(`${gateway.url}/me/data`);
      await page.getByRole('link', { name: say.erase }).click();
      await page.getByRole('button', { name: say.last, exact: true }).click();
      await page.getByRole('alert').waitFor();
      await expectFlawless(page, `${name}-erase`);
      await page.locator('#confirm').check();
      await page.getByRole('button', { name: say.last, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: say.gone }).waitFor();
      await expectFlawless(page, `${name}-erased`);
      await page.goto(`${gateway.url}/me`);
      expect(await page.locator(`button[value="${login}"]`).count()).toBe(0);
      await page.context().close();
    },
    60_000,
  );
});
