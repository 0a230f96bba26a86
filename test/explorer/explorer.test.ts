/** The explorer in a real browser, as a partner engineer meets it. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { explorerRoutes } from '../../src/explorer/index.ts';
import { findBrowser, launch, openExplorer, run, write } from './browser.ts';
import { startSmallApi, type SmallApi } from './small-api.ts';

interface Answer {
  data: { viewer: { apiVersion: string; environment: { kind: string } }; milestones: { nodes: { userOutcome: string }[] } };
  errors: { extensions: { code: string } }[];
}

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const root = join(repository, 'dist/explorer');
const build = () => execFileSync(process.execPath, [join(repository, 'scripts/build-explorer.mjs')], { encoding: 'utf8' });

// A build and then a browser, beside the other suites.
jest.setTimeout(60_000);

beforeAll(() => void build());

describe('the files', () => {
  let server: FastifyInstance | undefined;

  async function serve(folder: string): Promise<string> {
    server = fastify();
    await server.register(explorerRoutes({ root: folder, demoTokens: null }));
    return server.listen({ host: '127.0.0.1', port: 0 });
  }
  afterEach(() => server?.close());

  test('the page is asked for anew each time, its hashed files are kept for good, and both carry their own policy', async () => {
    const url = await serve(root);
    const page = await fetch(`${url}/explorer`);
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);

    const script = /src="(\/explorer\/assets\/[^"]+\.js)"/.exec(await page.text())![1]!;
    const asset = await fetch(url + script);
    expect([asset.status, asset.headers.get('cache-control'), asset.headers.get('content-encoding')]).toEqual([200, 'public, max-age=31536000, immutable', 'gzip']);
    await asset.arrayBuffer();
    for (const { headers } of [page, asset]) expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
  });

  test('a build is skipped while nothing has changed', async () => {
    const { mtimeMs } = await stat(root);
    expect(build()).toBe('');
    expect((await stat(root)).mtimeMs).toBe(mtimeMs);
  });

  test('before the first build the answer is 503 and says how to build', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'portico-explorer-'));
    const answer = await fetch(`${await serve(empty)}/explorer`);
    expect([answer.status, await answer.text()]).toEqual([503, 'The explorer has not been built. Run "npm run build:explorer", then reload this page.\n']);
    await rm(empty, { recursive: true });
  });

  test('there is no demo token outside demo mode', async () => {
    const url = await serve(root);
    expect(await (await fetch(`${url}/explorer/config.json`)).json()).toEqual({ demo: false });
    expect((await fetch(`${url}/explorer/demo-token`)).status).toBe(404);
  });
});

const browserPath = findBrowser();

(browserPath ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let api: SmallApi;

  beforeAll(async () => (browser = await launch(browserPath!)));
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map(context => context.close()));
    await api.stop();
  });

  const runs = () => api.asked.filter(({ operationName }) => operationName === 'Milestones');

  test('in demo mode the default query answers at once, and no request leaves the gateway', async () => {
    api = await startSmallApi({ root, demo: true });
    const { page, strangers, complaints } = await openExplorer(browser, api.url);

    expect((await run<Answer>(page)).data.milestones.nodes[0]!.userOutcome).toBe('Fewer parcels arrive late.');
    expect(await page.getByLabel('Response headers').innerText()).toMatch(/200 in \d+ ms\s+API-Version\s+2026-10\s+X-Request-Id\s+req_/);
    await page.getByLabel('Prettify query').click();
    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.getByText('MilestoneConnection').waitFor();
    expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
  });

  test('a field that the schema lacks is marked while it is typed', async () => {
    api = await startSmallApi({ root, demo: true });
    const { page } = await openExplorer(browser, api.url);
    const marks = page.locator('.graphiql-query-editor .squiggly-error');
    expect(await marks.count()).toBe(0);
    await write(page, '{ viewer { apiVersion shoeSize } }');
    await marks.first().waitFor();
    expect(await marks.count()).toBe(1);
  });

  test('the version and the environment that are chosen are those that answer', async () => {
    api = await startSmallApi({ root, demo: true });
    const { page } = await openExplorer(browser, api.url);
    expect(await page.getByLabel('Version').locator('option').allTextContents()).toEqual(['unstable', '2026-10 (current)']);
    await page.getByLabel('Version').selectOption('unstable');
    await page.getByLabel('Environment').selectOption('Sandbox');

    expect((await run<Answer>(page)).data.viewer).toMatchObject({ apiVersion: 'unstable', environment: { kind: 'SANDBOX' } });
    expect(runs()).toMatchObject([{ path: '/graphql/unstable', status: 200 }]);
    await page.reload();
    expect(await page.getByLabel('Version').inputValue()).toBe('unstable');
  });

  test('a credential signs in, and neither its secret nor its token is stored', async () => {
    api = await startSmallApi({ root, demo: false });
    const { page } = await openExplorer(browser, api.url);
    expect((await run<Answer>(page)).errors).toEqual([{ message: 'Sign in first: the client id and its secret go into the form above.' }]);
    expect(api.asked).toEqual([]);
    await page.getByLabel('Client id').fill('int_1');
    await page.getByLabel('Client secret').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'The client id or the secret was refused (invalid_client)' }).waitFor();

    await page.getByLabel('Client secret').fill('right');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Signed in as int_1').waitFor();
    expect((await run<Answer>(page)).data.viewer.environment.kind).toBe('INT_1');
    expect(await page.locator('.notice').count()).toBe(0);
    const stored = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');
    expect(stored).not.toContain('right');
    expect(stored).not.toContain(runs()[0]!.token);
  });

  test('a token is renewed before it expires', async () => {
    api = await startSmallApi({ root, demo: true, tokenLifeMs: 30_000 });
    const { page } = await openExplorer(browser, api.url);
    await run(page);
    await run(page);
    const [first, second] = runs();
    expect([first!.status, second!.status]).toEqual([200, 200]);
    expect(first!.token).not.toBe(second!.token);
  });

  test('a refused token is replaced once; where the fresh one is refused too, the page says what to do', async () => {
    api = await startSmallApi({ root, demo: true });
    const { page } = await openExplorer(browser, api.url);
    await run(page);
    api.revokeTokens();
    expect((await run<Answer>(page)).data.viewer.apiVersion).toBe('2026-10');
    expect(runs().map(({ status }) => status)).toEqual([200, 401, 200]);

    api.refuseTokens();
    expect((await run<Answer>(page)).errors[0]!.extensions.code).toBe('UNAUTHENTICATED');
    await page.getByRole('alert').filter({ hasText: 'Sign in with another credential' }).waitFor();
    expect(runs().map(({ status }) => status)).toEqual([200, 401, 200, 401, 401]);
  });

  test('on a phone nothing is wider than the screen, and query and answer are both in view', async () => {
    api = await startSmallApi({ root, demo: true });
    const { page } = await openExplorer(browser, api.url, { viewport: { width: 390, height: 844 }, isMobile: true });
    await run(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    for (const pane of ['.graphiql-query-editor', '.graphiql-response']) {
      const { x, width, height } = (await page.locator(pane).boundingBox())!;
      expect({ pane, fits: x >= 0 && x + width <= 390 && width > 300 && height > 200 }).toEqual({ pane, fits: true });
    }
  });
});
