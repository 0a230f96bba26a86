/** What anybody may read about the versions without a token: the calendar, the schemas, the changelog. */
import { buildSchema, getNamedType } from 'graphql';
import { changelogFeed } from '../../src/http/changelog-feed.ts';
import { RELEASES, UNSTABLE, standings } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp();
  gateway.clock.moveTo('2026-11-23T09:30:00Z');
});
afterAll(() => gateway.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(gateway.url + path, { headers });

const VERSIONS = [...RELEASES, UNSTABLE];
const at = (text: string): number => Date.parse(text);
const feedAt = (now: string, changes: Parameters<typeof changelogFeed>[0]['changes'] = new Map()): string =>
  changelogFeed({ publicUrl: 'https://api.example', standings: standings(RELEASES, at(now)), changes });
const every = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);

test('the calendar tells of each version what it is, since when and until when', async () => {
  const response = await get('/versions.json');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(await response.json()).toEqual({
    versions: [
      { version: '2026-01', kind: 'DEPRECATED', releasedAt: '2026-01-01T17:00:00.000Z', deprecatedAt: '2026-10-01T17:00:00.000Z', retiresAt: '2027-01-01T17:00:00.000Z' },
      { version: '2026-04', kind: 'SUPPORTED', releasedAt: '2026-04-01T17:00:00.000Z', deprecatedAt: '2027-01-01T17:00:00.000Z', retiresAt: '2027-04-01T17:00:00.000Z' },
      { version: '2026-07', kind: 'SUPPORTED', releasedAt: '2026-07-01T17:00:00.000Z', deprecatedAt: '2027-04-01T17:00:00.000Z', retiresAt: '2027-07-01T17:00:00.000Z' },
      { version: '2026-10', kind: 'CURRENT', releasedAt: '2026-10-01T17:00:00.000Z', deprecatedAt: null, retiresAt: null },
      { version: '2027-01', kind: 'RELEASE_CANDIDATE', releasedAt: '2027-01-01T17:00:00.000Z', deprecatedAt: null, retiresAt: null },
      { version: 'unstable', kind: 'UNSTABLE', releasedAt: null, deprecatedAt: null, retiresAt: null },
    ],
  });
});

test('the API tells the same by the clock of the environment', async () => {
  const partner = await gateway.seed.partner();
  const { versions } = (await (await get('/versions.json')).json()) as { versions: { version: string; kind: string; releasedAt: string | null; retiresAt: string | null }[] };
  expect((await partner.query('{ apiVersions { version kind releasedAt supportedUntil } }')).data.apiVersions).toEqual(
    versions.map(({ version, kind, releasedAt, retiresAt }) => ({ version, kind, releasedAt, supportedUntil: retiresAt })),
  );
});

test.each(VERSIONS)('the schema of %s is SDL in the order of names, which the tools read', async version => {
  const response = await get(`/schema/${version}.graphql`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const text = await response.text();
  const schema = buildSchema(text);
  expect(getNamedType(schema.getQueryType()!.getFields()['viewer']!.type).name).toBe('Viewer');
  const names = every(text, /^(?:type|interface|enum|input|scalar|union) (\w+)/gm);
  expect(names.length).toBeGreaterThan(20);
  expect(names).toEqual(names.toSorted());
});

test.each(['2026-11.graphql', '2026-10', '2026-10.json', '.graphql', '__proto__.graphql', '..%2f..%2fpackage.json', '2026-10.graphql%0d%0aX-Injected:%20yes'])(
  'there is no schema %s, and the answer names those that there are',
  async file => {
    const response = await get(`/schema/${file}`);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: Record<string, unknown> }[] };
    expect({ status: response.status, code: errors[0]!.extensions['code'], versions: errors[0]!.extensions['versions'], injected: response.headers.get('x-injected') }).toEqual({
      status: 404,
      code: 'API_VERSION_UNKNOWN',
      versions: VERSIONS,
      injected: null,
    });
    expect(errors[0]!.message).toContain('/schema/2026-10.graphql');
  },
);

test.each(['/versions.json', '/schema/2026-10.graphql', '/changelog.atom'])('%s is kept for a minute, and then asked for by its tag', async path => {
  const response = await get(path);
  const tag = response.headers.get('etag')!;
  const text = await response.text();
  expect([response.headers.get('cache-control'), tag]).toEqual(['public, max-age=60', expect.stringMatching(/^W\/"[\w-]{43}"$/)]);
  for (const known of [tag, `"other", ${tag}`, '*']) {
    const again = await get(path, { 'if-none-match': known });
    expect({ known, status: again.status, tag: again.headers.get('etag'), caching: again.headers.get('cache-control'), body: await again.text() }).toEqual({
      known,
      status: 304,
      tag,
      caching: 'public, max-age=60',
      body: '',
    });
  }
  const other = await get(path, { 'if-none-match': '"other"' });
  expect([other.status, await other.text()]).toEqual([200, text]);
  const head = await fetch(gateway.url + path, { method: 'HEAD' });
  expect([head.status, head.headers.get('etag')]).toEqual([200, tag]);
});

test('a tag changes with what it stands for, at the very instant', async () => {
  const later = await startTestApp();
  later.clock.moveTo('2027-01-01T16:59:59.999Z');
  const read = async (path: string) => (await fetch(later.url + path)).headers.get('etag');
  const before = [await read('/versions.json'), await read('/changelog.atom'), await read('/schema/2026-01.graphql')];
  later.clock.advance(1);
  const after = [await read('/versions.json'), await read('/changelog.atom'), await read('/schema/2026-01.graphql')];
  await later.close();
  // The retired version's schema stays as it is, for whoever moves away from it.
  expect(after.map((tag, i) => tag === before[i])).toEqual([false, false, true]);
});

test('the changelog is a feed with an entry a version, newest first', async () => {
  const response = await get('/changelog.atom');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/atom+xml; charset=utf-8']);
  const feed = await response.text();
  expect(every(feed, /<id>([^<]*)<\/id>/g)).toEqual([`${gateway.url}/changelog.atom`, ...[...RELEASES].toReversed().map(version => `${gateway.url}/changelog.atom#${version}`)]);
  expect(every(feed, /<title>([^<]*)<\/title>/g)).toEqual([
    'Versions of the partner API',
    'API version 2027-01: release candidate',
    'API version 2026-10: current',
    'API version 2026-07: supported',
    'API version 2026-04: supported',
    'API version 2026-01: deprecated',
  ]);
  const links = every(feed, /rel="alternate"[^>]* href="([^"]*)"/g);
  expect(links).toHaveLength(RELEASES.length);
  for (const link of links) expect((await fetch(link)).status).toBe(200);
});

test("an entry is updated at each step of its version's life, and the feed with the newest of them", () => {
  const updated = (now: string): (string | undefined)[] => every(feedAt(now), /<updated>([^<]*)<\/updated>/g).map(instant => instant.slice(0, 10));
  expect(updated('2025-06-01T00:00:00Z')).toEqual(['1970-01-01']);
  expect(updated('2026-01-01T17:00:00Z')).toEqual(['2026-01-01', '2026-01-01', '2026-01-01']);
  expect(updated('2026-11-23T00:00:00Z')).toEqual(['2026-10-01', '2026-10-01', '2026-10-01', '2026-07-01', '2026-04-01', '2026-10-01']);
  expect(updated('2027-01-01T17:00:00Z')).toEqual(['2027-01-01', '2027-01-01', '2026-10-01', '2026-07-01', '2027-01-01', '2027-01-01']);
});

test('changes stand in their version, whatever characters they are of', () => {
  const feed = feedAt(
    '2026-11-23T00:00:00Z',
    new Map([['2026-10', [{ id: 'amount', title: 'Reward.amount <is> Money & "more"', text: 'Ask `amount { minorUnits }`.\0 ]]> \ud800 😀' }]]]),
  );
  expect(feed).toContain('<dt id="2026-10-amount">Reward.amount &lt;is&gt; Money &amp; &quot;more&quot;</dt><dd>Ask `amount { minorUnits }`.\ufffd ]]&gt; \ufffd 😀</dd>');
  const [before, after] = feed.split('changelog.atom#2026-10</id>');
  expect(before).not.toContain('<dl>');
  expect(after!.split('</entry>')[0]).toContain('<dt id="2026-10-amount">');
});
