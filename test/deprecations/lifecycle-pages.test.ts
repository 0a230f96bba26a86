/** `/lifecycle` as anybody meets it: by HTTP, and in a real browser on a phone and a desktop, in the
    light and in the dark. */
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';
import { act, create, dayAfter, noticeContent, publish } from '../api/staff-door.ts';
import { asAdmin } from '../api/credential-door.ts';
import { findBrowser, inBrowser, launch } from '../explorer/browser.ts';
import { SCREENS, axeFaults, fits, openPage } from './page-door.ts';

/** Words that are an attack wherever they are taken for HTML, an attribute or an address. */
const HOSTILE = `</code></p><script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">"' onmouseover="document.title='owned'`;
const GUIDE = [
  '# Read `title` instead',
  `1. Replace the field. ${HOSTILE}`,
  '2. [Click](javascript:document.title="owned") or [read](https://docs.example/guide?a=1&b=2), ![image](https://elsewhere.example/pixel.png)',
  '',
  '```graphql',
  '{ milestones(first: 3) { nodes { title } } }',
  '```',
  '',
  '| before | after |',
  '| --- | --- |',
  '| `userOutcome` | `title` |',
].join('\n');

let gateway: TestApp;
let steward: SeededStaff;
let approvers: SeededStaff[];
let hostile: string;

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(gateway.url + path, { headers });
const text = async (path: string): Promise<string> => (await get(path)).text();

beforeAll(async () => {
  gateway = await startTestApp();
  steward = await gateway.seed.staff('API_STEWARD');
  approvers = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
  hostile = await publish(
    steward,
    approvers,
    noticeContent(gateway.clock.now(), { description: `What people notice. ${HOSTILE}`, reason: `Another field says it better. ${HOSTILE}`, migrationGuide: GUIDE }),
  );
  await act(steward, 'scheduleBrownout', {
    noticeId: hostile,
    startsAt: `${dayAfter(gateway.clock.now(), 40)}T09:00:00Z`,
    endsAt: `${dayAfter(gateway.clock.now(), 40)}T10:00:00Z`,
  });
  await gateway.app.registry.follow();
});
afterAll(() => gateway.close());

test('a notice that was taken back leaves the list, and its own page says so', async () => {
  const noticeId = await publish(steward, approvers, noticeContent(gateway.clock.now(), { coordinate: 'Milestone.category' }));
  await gateway.app.registry.follow();
  expect(await text('/lifecycle')).toContain(noticeId);
  await act(steward, 'withdrawDeprecationNotice', { noticeId });
  await gateway.app.registry.follow();
  expect(await text('/lifecycle')).not.toContain(noticeId);
  expect(await text(`/lifecycle/${noticeId}`)).toContain('This deprecation was taken back');
});

test('the page tells the versions and the notices that partners may know, and nothing of drafts', async () => {
  const draft = await create(steward, noticeContent(gateway.clock.now(), { coordinate: 'Milestone.title', replacement: 'Milestone.userOutcome' }));
  const later = await publish(steward, approvers, noticeContent(gateway.clock.now(), { coordinate: 'Milestone.cadence', announcedOn: dayAfter(gateway.clock.now(), 5) }));
  await gateway.app.registry.follow();
  const page = await text('/lifecycle');
  for (const version of ['2026-10', '2027-01', 'unstable']) expect(page).toContain(`id="version-${version}"`);
  expect(page).toContain(`id="${hostile}"`);
  expect(page).toContain('<code>Milestone.title</code>');
  expect(page).not.toContain(draft);
  expect(page).not.toContain(later);
  expect((await get(`/lifecycle/${draft}`)).status).toBe(404);
  gateway.clock.advance(6 * 86_400_000);
  expect(await text('/lifecycle')).toContain(later);
});

test('words of the staff are data: no script, no handler, no foreign address comes of them', async () => {
  for (const path of ['/lifecycle', `/lifecycle/${hostile}`]) {
    const page = await text(path);
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|<img|<[^>]* on\w+=|href="javascript/i);
  }
  const page = await text(`/lifecycle/${hostile}`);
  expect(page).toContain('<a href="https://docs.example/guide?a=1&amp;b=2" rel="noopener noreferrer nofollow">read</a>');
  expect(page).toContain('<th scope="col">before</th>');
  expect(page).not.toContain('pixel.png');
});

test('whoever has the page asks whether it still holds, and gets it anew once something changed', async () => {
  const first = await get('/lifecycle');
  expect([first.headers.get('content-type'), first.headers.get('cache-control')]).toEqual(['text/html; charset=utf-8', 'public, max-age=60']);
  const etag = first.headers.get('etag')!;
  expect((await get('/lifecycle', { 'if-none-match': etag })).status).toBe(304);
  gateway.clock.advance(86_400_000);
  const next = await get('/lifecycle', { 'if-none-match': etag });
  expect(next.status).toBe(200);
  expect(next.headers.get('etag')).not.toBe(etag);
});

test.each(['/lifecycle', '/lifecycle?page=999', '/lifecycle?page=0', '/lifecycle?page=1&page=2', '/lifecycle/dpn_nobody', '/lifecycle/..%2f..%2fetc', '/lifecycle/%3Cscript%3E'])(
  '%s may not be framed nor run anything, whatever its status',
  async path => {
    const response = await get(path);
    expect(response.status).toBe(path === '/lifecycle' ? 200 : 404);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect([response.headers.get('x-frame-options'), response.headers.get('x-content-type-options')]).toEqual(['DENY', 'nosniff']);
    expect(await response.text()).not.toContain('<script');
  },
);

const executablePath = findBrowser();
inBrowser(executablePath)('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch(executablePath!);
  });
  afterAll(() => browser?.close());

  test.each(SCREENS)('axe-core finds nothing and nothing is cut off on a %s', async (name, options) => {
    const { page, complaints } = await openPage(browser, options);
    for (const [part, path] of [
      ['list', '/lifecycle'],
      ['notice', `/lifecycle/${hostile}`],
    ]) {
      await page.goto(gateway.url + path);
      await page.screenshot({ path: `coverage/lifecycle-${part}-${name}.png`, fullPage: true });
      expect(await fits(page)).toBe(true);
      expect(await axeFaults(page)).toEqual([]);
      expect(await page.title()).toContain('Partner API');
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('without script the keyboard leads from the list to a guide and back', async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${gateway.url}/lifecycle`);
    const link = page.getByRole('link', { name: 'Milestone.userOutcome' }).first();
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Milestone.userOutcome' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/lifecycle/${hostile}`);
    await page.getByRole('link', { name: 'All versions and deprecations' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Versions and deprecations' }).waitFor();
    await page.context().close();
  });
});

test('500 notices come in pages of 25, each of bounded size, and each notice is on exactly one', async () => {
  await asAdmin(gateway, client =>
    client.query(
      `insert into portico.deprecation_notice (id, origin, review, created_at, updated_at, approved_at, coordinate, description, reason, no_replacement, migration_guide, criticality, owner_team,
         announced_on, deprecated_on, removed_in)
       select 'dpn_many0000' || lpad(n::text, 4, '0'), 'IMPORT', 'APPROVED', now(), now(), now(), 'Query.element' || n, repeat('What it is. ', 100), repeat('Why it goes. ', 70), repeat('Do without. ', 70),
         repeat('A long guide. ', 1400), 'BREAKING', 'API', '2026-01-01', '2026-02-01', '2028-01' from generate_series(1, 500) n`,
    ),
  );
  await gateway.app.registry.follow();
  const seen: string[] = [];
  for (let page = 1; page <= 21; page++) {
    const found = await text(`/lifecycle?page=${page}`);
    expect(found.length).toBeLessThan(150_000);
    seen.push(...[...found.matchAll(/<article class="sheet" id="(\w+)"/g)].map(([, id]) => id!));
  }
  expect(new Set(seen.filter(id => id.startsWith('dpn_many'))).size).toBe(500);
  expect(seen.length).toBe(new Set(seen).size);
  expect((await get('/lifecycle?page=22')).status).toBe(404);
});
