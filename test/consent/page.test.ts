/** The consent page in a real browser: without script, by the keyboard alone, with nothing for axe-core
    to find, in both languages, on a phone and on a desktop. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { findBrowser, inBrowser, launch } from '../explorer/browser.ts';
import { attempt, registerBack, rows } from './door.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 900 } };

const executablePath = findBrowser();

inBrowser(executablePath)('in a browser', () => {
  let gateway: TestApp;
  let partner: SeededPartner;
  let browser: Browser;
  let site: Server;
  /** Where people come back to: a site of the partner's. */
  let back: string;
  let shopper = 100;

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

  /** A page at the question, reached as people do. What the browser complained of is in `complaints`. */
  async function atQuestion(options: BrowserContextOptions): Promise<{ page: Page; complaints: string[]; login: string }> {
    const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
    const complaints: string[] = [];
    page.on('console', message => complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(error.message));
    await page.goto(gateway.url + attempt(partner, { redirect_uri: back }).path);
    // The twelve that the page offers are soon used up: the one pressed stands for somebody else.
    const login = `shopper-${String((shopper += 1)).padStart(4, '0')}`;
    await page
      .locator('button')
      .first()
      .evaluate((button, value) => button.setAttribute('value', value), login);
    await page.locator('button').first().click();
    await page.locator('h1').waitFor();
    return { page, complaints, login };
  }

  async function axeFaults(page: Page): Promise<unknown[]> {
    await page.evaluate(AXE);
    const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
    );
    return found.violations.map(({ id, nodes }) => ({ id, html: nodes.map(node => node.html) }));
  }

  test.each([
    ['phone', PHONE, 'en-GB'],
    ['desktop', DESKTOP, 'en-GB'],
    ['phone', PHONE, 'de-DE'],
    ['desktop', DESKTOP, 'de-DE'],
  ] as const)('axe-core finds nothing and nothing is cut off on a %s %o in %s', async (name, options, locale) => {
    const { page, complaints } = await atQuestion({ ...options, locale });
    expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    await page.screenshot({ path: `coverage/consent-${name}-${locale.slice(0, 2)}.png`, fullPage: true });
    expect(await axeFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('yes and no are as large as each other, and neither always stands first', async () => {
    const first = new Set<string>();
    // Each device once at least, and on until both orders have been seen: each is as likely as the other.
    for (let tries = 0; tries < 2 || (first.size < 2 && tries < 20); tries++) {
      const { page } = await atQuestion(tries % 2 === 0 ? PHONE : DESKTOP);
      const boxes = await Promise.all((await page.locator('.answers button').all()).map(button => button.boundingBox()));
      expect(boxes[0]!.width).toBeCloseTo(boxes[1]!.width, 1);
      expect(boxes[0]!.height).toBeCloseTo(boxes[1]!.height, 1);
      const styles = await page.evaluate<string[]>(
        "[...document.querySelectorAll('.answers button')].map(button => { const s = getComputedStyle(button); return [s.color, s.backgroundColor, s.fontSize, s.fontWeight, s.borderColor].join() })",
      );
      expect(styles[0]).toBe(styles[1]);
      first.add((await page.locator('.answers button').first().getAttribute('value'))!);
      await page.context().close();
    }
    expect(first).toEqual(new Set(['yes', 'no']));
  }, 60_000);

  test('the keyboard alone suffices, without script, and what is optional is off until it is ticked', async () => {
    const { page, login } = await atQuestion({ ...DESKTOP, javaScriptEnabled: false });
    expect(await page.locator('input[type=checkbox]').count()).toBe(1);
    expect(await page.locator('input[type=checkbox]:checked').count()).toBe(0);
    await page.locator('a').first().focus();
    const reached: string[] = [];
    // Ticks the optional box, takes the next longer duration, and says yes.
    for (let tabs = 0; tabs < 20; tabs++) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      const what = (await focused.getAttribute('value')) ?? (await focused.getAttribute('href')) ?? '';
      reached.push(what);
      if (what === 'order.history') await page.keyboard.press('Space');
      if (what === '30') await page.keyboard.press('ArrowDown');
      if (what === 'yes') {
        await page.keyboard.press('Enter');
        break;
      }
    }
    await page.waitForURL(`${back}**`);
    expect(reached).toEqual(expect.arrayContaining(['order.history', '30', 'yes']));
    const [grant] = await rows<{ categories: string[]; days: number }>(
      gateway,
      `select array(select category from portico.consent_grant_scope s where s.environment_id = g.environment_id and s.grant_id = g.id order by category) as categories, extract(days from g.expires_at - g.given_at)::int as days
       from portico.consent_grant g join portico.customer c on c.environment_id = g.environment_id and c.id = g.customer_id where c.reference = $1`,
      [login],
    );
    expect(grant).toEqual({ categories: ['contact.email', 'order.history'], days: 90 });
    await page.context().close();
  });

  test('the other language is one press away, and the question stays', async () => {
    const { page } = await atQuestion(PHONE);
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { level: 1, name: 'Darf ParcelPilot Shipping einige Ihrer Daten sehen?' }).waitFor();
    await page.getByRole('button', { name: 'Nein, nicht teilen' }).click();
    await page.waitForURL(`${back}**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    await page.context().close();
  });

  test('the list of what is shared and the sign-in are as accessible, and stopping is one press', async () => {
    const { page, login } = await atQuestion(PHONE);
    await page.locator('button[value=yes]').click();
    await page.waitForURL(`${back}**`);
    await page.goto(`${gateway.url}/consent`);
    expect(await axeFaults(page)).toEqual([]);
    await page
      .locator('button')
      .first()
      .evaluate((button, value) => button.setAttribute('value', value), login);
    await page.locator('button').first().click();
    await page.getByRole('heading', { level: 1, name: 'What I share' }).waitFor();
    await page.screenshot({ path: 'coverage/consent-shared-phone.png', fullPage: true });
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stop sharing' }).click();
    await page.getByText('You stopped it').waitFor();
    await page.goto(`${gateway.url}/consent/nowhere`);
    expect(await axeFaults(page)).toEqual([]);
    await page.context().close();
  });
});
