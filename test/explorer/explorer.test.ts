/** The explorer in a real browser in front of a real gateway, as a partner engineer meets it. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import type { Browser } from 'playwright-core';
import { projectRoot } from '../../src/config.ts';
import { explorerRoutes } from '../../src/explorer/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { findBrowser, launch, openExplorer, run, write } from './browser.ts';

interface Answer {
  data: { viewer: { apiVersion: string; environment: { kind: string } }; milestones: { nodes: { userOutcome: string }[] } };
  errors: { message: string; extensions?: { code: string } }[];
}

const root = join(projectRoot, 'dist/explorer');
const build = () => execFileSync(process.execPath, [join(projectRoot, 'scripts/build-explorer.mjs')], { encoding: 'utf8' });

let demo: TestApp;
let production: TestApp;
let live: SeededPartner;
let sandbox: SeededPartner;
/** How the demo hands out its tokens; a test may give it other ways. */
let handOut: { lifeMs: number; fresh: boolean };

beforeAll(async () => {
  build();
  demo = await startTestApp({
    demoTokens: () =>
      Promise.all(
        [
          { label: 'Live', partner: live },
          { label: 'Sandbox', partner: sandbox },
        ].map(async ({ label, partner }) => ({
          label,
          environmentId: partner.environmentId,
          accessToken: await partner.token({ fresh: handOut.fresh }),
          expiresAt: new Date(Date.now() + handOut.lifeMs).toISOString(),
        })),
      ),
  });
  // Which versions the page offers depends on the day.
  demo.clock.moveTo('2026-11-23T09:30:00Z');
  production = await startTestApp({ beside: demo });
  live = await (await demo.seed.world())('ParcelPilot');
  sandbox = await (await demo.seed.world(await demo.seed.sandboxOf(live)))('ParcelPilot');
});
beforeEach(() => {
  handOut = { lifeMs: 900_000, fresh: true };
});
afterAll(async () => {
  await production.close();
  await demo.close();
});

describe('the routes', () => {
  test('the page is asked for anew each time, its hashed files are kept for good, and both carry their own policy', async () => {
    const page = await fetch(`${demo.url}/explorer`);
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);

    const script = /src="(\/explorer\/assets\/[^"]+\.js)"/.exec(await page.text())![1]!;
    const asset = await fetch(demo.url + script);
    await asset.arrayBuffer();
    expect([asset.status, asset.headers.get('cache-control'), asset.headers.get('content-encoding')]).toEqual([200, 'public, max-age=31536000, immutable', 'gzip']);
    for (const { headers } of [page, asset]) expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
  });

  test('a demo token is given to the page itself, and to none of other sites', async () => {
    const answer = await fetch(`${demo.url}/explorer/demo-token`, { headers: { origin: 'https://elsewhere.example' } });
    expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('cache-control')]).toEqual([200, null, 'no-store']);
    expect(await answer.json()).toMatchObject({ accessToken: expect.any(String), environments: [{ label: 'Live', environmentId: live.environmentId }, { label: 'Sandbox' }] });
  });

  test('there is no demo token outside demo mode', async () => {
    expect(await (await fetch(`${production.url}/explorer/config.json`)).json()).toEqual({ demo: false });
    expect((await fetch(`${production.url}/explorer/demo-token`)).status).toBe(404);
  });

  test('before the first build the answer is 503 and says how to build', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'portico-explorer-'));
    const server = fastify();
    await server.register(explorerRoutes({ root: empty, demoTokens: null }));
    const answer = await fetch(`${await server.listen({ host: '127.0.0.1', port: 0 })}/explorer`);
    expect([answer.status, await answer.text()]).toEqual([503, 'The explorer has not been built. Run "npm run build:explorer", then reload this page.\n']);
    await server.close();
    await rm(empty, { recursive: true });
  });

  test('a build is skipped while nothing has changed', async () => {
    const { mtimeMs } = await stat(root);
    expect(build()).toBe('');
    expect((await stat(root)).mtimeMs).toBe(mtimeMs);
  });
});

const browserPath = findBrowser();

(browserPath ? describe : describe.skip)('the page', () => {
  let browser: Browser;

  beforeAll(async () => (browser = await launch(browserPath!)));
  afterEach(() => Promise.all(browser.contexts().map(context => context.close())));
  afterAll(() => browser.close());

  test('in demo mode the default query answers at once, and no request leaves the gateway', async () => {
    const { page, strangers, complaints } = await openExplorer(browser, demo.url);
    expect((await run<Answer>(page)).data.milestones.nodes[0]!.userOutcome).not.toBe('');
    expect(await page.getByLabel('Response headers').innerText()).toMatch(/200 in \d+ ms\s+API-Version\s+2026-10\s+X-Request-Id\s+req_/);
    await page.getByLabel('Prettify query').click();
    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.getByText('MilestoneConnection').waitFor();
    expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
  });

  test('a field that the schema lacks is marked while it is typed', async () => {
    const { page } = await openExplorer(browser, demo.url);
    const marks = page.locator('.graphiql-query-editor .squiggly-error');
    expect(await marks.count()).toBe(0);
    await write(page, '{ viewer { apiVersion shoeSize } }');
    await marks.first().waitFor();
    expect(await marks.count()).toBe(1);
  });

  test('every version that answers can be chosen, and is marked with what it is', async () => {
    const { page } = await openExplorer(browser, demo.url);
    const version = page.getByLabel('Version');
    expect(await version.locator('option').allInnerTexts()).toEqual([
      '2026-01 (deprecated, retires 2027-01-01)',
      '2026-04 (supported)',
      '2026-07 (supported)',
      '2026-10 (current)',
      '2027-01 (release candidate)',
      'unstable',
    ]);
    expect(await version.inputValue()).toBe('2026-10');
    for (const chosen of ['2026-01', '2027-01']) {
      await version.selectOption(chosen);
      expect(await run<Answer>(page)).toMatchObject({ extensions: { version: chosen } });
      expect(await page.getByLabel('Response headers').innerText()).toMatch(new RegExp(`API-Version\\s+${chosen}`));
    }
  });

  test("a browser's reader of XML takes the changelog feed", async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${demo.url}/explorer`);
    const feed = await page.evaluate<{ root: string; entries: number; faults: number }>(`fetch('/changelog.atom').then(response => response.text()).then(text => {
      const xml = new DOMParser().parseFromString(text, 'application/xml');
      return { root: xml.documentElement.namespaceURI, entries: xml.getElementsByTagName('entry').length, faults: xml.getElementsByTagName('parsererror').length };
    })`);
    expect(feed).toEqual({ root: 'http://www.w3.org/2005/Atom', entries: 5, faults: 0 });
  });

  test('the cost stands beside the query as it is typed, and says how to ask for less', async () => {
    const { page, complaints } = await openExplorer(browser, demo.url);
    const cost = page.getByLabel('Cost of the operation');
    await cost.filter({ hasText: /^Cost \d+ of 1,000$/ }).waitFor();
    await write(page, 'query Wide { milestones(first: 100) { nodes { progress(first: 100) { nodes { id } } } } }');
    await cost.filter({ hasText: 'Cost 10,201 of 1,000' }).waitFor();
    expect(await cost.innerText()).toContain('ask for `first: 9` there to fit 1,000.');
    await write(page, 'query Wide { milestones(first: 100) { nodes { ');
    await cost.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('the version and the environment that are chosen are those that answer', async () => {
    const { page, answers } = await openExplorer(browser, demo.url);
    await page.getByLabel('Version').selectOption('unstable');
    await page.getByLabel('Environment').selectOption('Sandbox');
    expect((await run<Answer>(page)).data.viewer).toMatchObject({ apiVersion: 'unstable', environment: { kind: 'SANDBOX' } });
    expect(answers).toMatchObject([{ path: '/graphql/unstable', status: 200 }]);

    await page.reload();
    expect(await page.getByLabel('Version').inputValue()).toBe('unstable');
  });

  test('a credential signs in, and neither its secret nor its token is stored', async () => {
    const { page, answers } = await openExplorer(browser, production.url);
    expect((await run<Answer>(page)).errors).toEqual([{ message: 'Sign in first: the client id and its secret go into the form above.' }]);
    await page.getByLabel('Client id').fill(live.clientId);
    await page.getByLabel('Client secret').fill(`${live.clientSecret}x`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'The client id or the secret was refused (invalid_client)' }).waitFor();
    expect(answers).toEqual([]);

    await page.getByLabel('Client secret').fill(live.clientSecret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(`Signed in as ${live.clientId}`).waitFor();
    expect((await run<Answer>(page)).data.viewer.environment.kind).toBe('LIVE');
    expect(await page.locator('.notice').count()).toBe(0);
    const stored = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');
    expect(stored).not.toContain(live.clientSecret);
    expect(stored).not.toContain(answers[0]!.token!.replace('Bearer ', ''));
  });

  test('a token is renewed before it expires', async () => {
    handOut.lifeMs = 30_000;
    const { page, answers } = await openExplorer(browser, demo.url);
    await run(page);
    await run(page);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]!.token).not.toBe(answers[1]!.token);
  });

  test('a refused token is replaced once; where the next is refused too, the page says what to do', async () => {
    const { page, answers } = await openExplorer(browser, demo.url);
    await run(page);
    await revoke(answers[0]!.token!);
    expect((await run<Answer>(page)).data.viewer.apiVersion).toBe('2026-10');
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200]);

    await revoke(answers[2]!.token!);
    await revoke(`Bearer ${await live.token()}`);
    handOut.fresh = false;
    expect((await run<Answer>(page)).errors[0]!.extensions!.code).toBe('UNAUTHENTICATED');
    await page.getByRole('alert').filter({ hasText: 'Sign in with another credential' }).waitFor();
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401, 401]);
  });

  test('on a phone nothing is wider than the screen, and query and answer are both in view', async () => {
    const { page } = await openExplorer(browser, demo.url, { viewport: { width: 390, height: 844 }, isMobile: true });
    await run(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    for (const pane of ['.graphiql-query-editor', '.graphiql-response']) {
      const { x, width, height } = (await page.locator(pane).boundingBox())!;
      expect({ pane, fits: x >= 0 && x + width <= 390 && width > 300 && height > 200 }).toEqual({ pane, fits: true });
    }
  });

  async function revoke(authorization: string): Promise<void> {
    const response = await fetch(`${demo.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: authorization.replace('Bearer ', ''), client_id: live.clientId, client_secret: live.clientSecret }),
    });
    expect(response.status).toBe(200);
  }
});
