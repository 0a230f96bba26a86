/** The review in a real browser, as a reviewer meets it: on a phone and a desktop, in the light and in the
    dark, by the keyboard alone. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { elementSetOf, recordUsage } from '../../src/deprecations/index.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { act, create, dayAfter, noticeContent } from '../api/staff-door.ts';
import { findBrowser, inBrowser, launch } from '../explorer/browser.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';
import { DESKTOP, PHONE, SCREENS, axeFaults, fits, openPage } from './page-door.ts';

const DAY_MS = 86_400_000;

const executablePath = findBrowser();

inBrowser(executablePath)('in a browser', () => {
  let gateway: TestApp;
  let browser: Browser;
  let author: SeededStaff;
  let second: SeededStaff;
  let third: SeededStaff;
  let noticeId: string;

  beforeAll(async () => {
    gateway = await startTestApp();
    [author, second, third] = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD', 'PROGRAM_MANAGER')];
    await gateway.seed.live();
    noticeId = await waiting('Milestone.userOutcome');
    await act(second, 'commentOnDeprecationNotice', { noticeId, text: 'Have the partners that read it each hour been told?\nOne of them is in the middle of its season.' });
    await someUse('Milestone.userOutcome');
    await waiting('Milestone.category');
    browser = await launch(executablePath!);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway.close();
  });

  async function waiting(coordinate: string): Promise<string> {
    const now = gateway.clock.now();
    const id = await create(author, {
      ...noticeContent(now, { coordinate, deprecatedOn: dayAfter(now, 30) }),
      reason: 'The title and the outcome said the same in two ways, and programs showed now the one, now the other.',
      migrationGuide: 'Read `title`:\n\n```graphql\n{ milestones(first: 3) { nodes { title } } }\n```\n',
    });
    await act(author, 'submitDeprecationNotice', { noticeId: id });
    return id;
  }

  /** Three integrations of two partners, each used less from day to day. */
  async function someUse(coordinate: string): Promise<void> {
    const now = gateway.clock.now();
    const partners = [await gateway.seed.partner(), await gateway.seed.partner(), await gateway.seed.partner()];
    const counts = partners.flatMap((partner, index) =>
      Array.from({ length: 88 - index * 20 }, (_, day) => ({
        environmentId: partner.environmentId,
        partnerId: partner.partnerId,
        integrationId: partner.clientId,
        hour: now - (88 - day) * DAY_MS,
        apiVersion: '2026-10',
        elementSet: elementSetOf([coordinate]),
        coordinates: [coordinate],
        operationName: 'Milestones',
        documentHash: 'a'.repeat(64),
        clientName: 'test',
        clientVersion: '1',
        uses: 1 + Math.round((400 / (index + 1)) * (1 - day / 100) * (1 + Math.sin(day / 3) / 4)),
        lastUsedAt: now - (88 - day) * DAY_MS,
        requestIds: [`req_${index}${day}`],
      })),
    );
    await inTransaction(gateway.app.database, NO_TENANT, tx => recordUsage(tx, counts));
  }

  async function signIn(page: Page, person: SeededStaff, path: string): Promise<void> {
    await page.goto(gateway.url + path);
    await page.getByLabel('Client id').fill(person.staffId);
    await page.getByLabel('Client secret').fill(person.clientSecret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  test.each(SCREENS)('axe-core finds nothing and nothing is cut off on a %s', async (name, options) => {
    const { page, complaints } = await openPage(browser, options);
    const look = async (part: string): Promise<void> => {
      await page.screenshot({ path: `coverage/review-${part}-${name}.png`, fullPage: true });
      expect([part, await fits(page), await axeFaults(page)]).toEqual([part, true, []]);
    };
    await page.goto(`${gateway.url}/lifecycle/review`);
    await look('sign-in');
    await signIn(page, second, '/lifecycle/review');
    await look('queue');
    await page.getByRole('link', { name: 'Milestone.userOutcome' }).click();
    await page.getByRole('img', { name: /uses in live in the last 90 days/ }).waitFor();
    await look('notice');
    expect(complaints.filter(each => !each.includes('401'))).toEqual([]);
    await page.context().close();
  });

  test('the chart says in words what it shows', async () => {
    const { page } = await openPage(browser, PHONE);
    await signIn(page, second, `/lifecycle/review/${noticeId}`);
    const words = await page.getByRole('img').getAttribute('aria-labelledby');
    const title = await page.locator(`#${words}`).textContent();
    expect(title).toMatch(/^[\d,]+ uses in live in the last 90 days, most on \d{4}-\d\d-\d\d with \d+, last on \d{4}-\d\d-\d\d\.$/);
    expect(await page.locator('svg rect.bar').count()).toBe(88);
    await page.getByText('Use by day').click();
    expect(await page.locator('tbody tr').count()).toBe(88);
    await page.context().close();
  });

  test('by the keyboard alone, without script, a person signs in, approves and signs out; the next one publishes', async () => {
    for (const [person, review] of [
      [second, 'IN_REVIEW'],
      [third, 'APPROVED'],
    ] as const) {
      const { page } = await openPage(browser, { ...DESKTOP, javaScriptEnabled: false });
      const reach = async (what: string): Promise<void> => {
        for (let tabs = 0; tabs < 40; tabs++) {
          await page.keyboard.press('Tab');
          const focused = page.locator(':focus');
          if ([await focused.getAttribute('id'), await focused.getAttribute('value'), await focused.getAttribute('href'), await focused.textContent()].includes(what)) return;
        }
        throw new Error(`Tab does not lead to ${what}.`);
      };
      await page.goto(`${gateway.url}/lifecycle/review`);
      await reach('client-id');
      await page.keyboard.type(person.staffId);
      await reach('client-secret');
      await page.keyboard.type(person.clientSecret);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await reach(`/lifecycle/review/${noticeId}`);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Milestone.userOutcome' }).waitFor();
      await reach('reason');
      await page.keyboard.type('I have asked the partners that use it.');
      await reach('approve');
      await page.keyboard.press('Enter');
      await page
        .getByText(person === second ? 'You have approved it' : '2 of 2')
        .or(page.getByText('Approved', { exact: true }))
        .first()
        .waitFor();
      const { data } = await author.query('query ($id: ID!) { deprecationNotice(id: $id) { review } }', { id: noticeId });
      expect(data.deprecationNotice.review).toBe(review);
      await reach('Sign out');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
      await page.context().close();
    }
  });

  test('a link from another site finds the session; a form that another site sends does not', async () => {
    const { page } = await openPage(browser, DESKTOP);
    await signIn(page, second, '/lifecycle/review');
    // A site of its own to the browser: another host name for the same machine.
    await page.route('http://elsewhere.example/**', route =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a href="${gateway.url}/lifecycle/review">Review</a><form method="post" action="${gateway.url}/lifecycle/review/${noticeId}/comments"><input name="text" value="Forged"><button>Send</button></form>`,
      }),
    );
    await page.goto('http://elsewhere.example/');
    await page.getByRole('link', { name: 'Review' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto('http://elsewhere.example/');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    const { data } = await author.query('query ($id: ID!) { deprecationNotice(id: $id) { comments { text } } }', { id: noticeId });
    expect(JSON.stringify(data)).not.toContain('Forged');
    await page.context().close();
  });

  test('no other page may show it in a frame', async () => {
    const { page, complaints } = await openPage(browser, DESKTOP);
    const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(`<iframe src="${gateway.url}/lifecycle/review"></iframe>`));
    await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve));
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    expect(await page.frames()[1]!.content()).not.toContain('Client secret');
    expect(complaints.join(' ')).toMatch(/frame-ancestors|X-Frame-Options/);
    await page.context().close();
    await new Promise(resolve => site.close(resolve));
  });
});
