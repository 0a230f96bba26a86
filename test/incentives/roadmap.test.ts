/** The roadmap: for anybody without a token, with one's own progress with one. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner, SeededStaff } from '../harness/seed.ts';
import { reportingPartner } from '../measurement/events.ts';
import { RULE, dayOf, pass, publish, report, settledCase, type PublishedMilestone } from './program.ts';

let gateway: TestApp;
let partner: SeededPartner;
let manager: SeededStaff;
let announced: PublishedMilestone;

interface RoadmapJson {
  readonly roadmap: readonly { readonly title: string; readonly state: string; readonly versions: readonly { readonly ruleHash: string }[]; readonly percent: number | null }[];
}

const get = (path: string, token?: string): Promise<Response> => fetch(`${gateway.url}${path}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
  announced = await publish(gateway, manager, { title: 'Answers <before> noon', effectiveOn: dayOf(gateway.clock.now() + 10 * 86_400_000) });
});
afterAll(() => gateway.close());

test('what is announced is there with its rule’s hash, escaped, and as JSON', async () => {
  const page = await get('/roadmap');
  expect([page.status, page.headers.get('content-type'), page.headers.get('content-security-policy')]).toEqual([
    200,
    'text/html; charset=utf-8',
    expect.stringContaining("default-src 'none'"),
  ]);
  const text = await page.text();
  expect(text).toContain('Answers &lt;before&gt; noon');
  expect(text).toContain(announced.versions[0]!.ruleHash);
  expect(text).not.toContain('<progress');
  const { roadmap } = (await (await get('/roadmap.json')).json()) as RoadmapJson;
  expect(roadmap).toMatchObject([{ title: 'Answers <before> noon', state: 'ANNOUNCED', versions: [{ ruleHash: announced.versions[0]!.ruleHash }], percent: null }]);
});

test('the hash at its announcement is the hash in force, and a partner sees how near it is', async () => {
  await pass(gateway, 10, partner);
  await report(
    gateway,
    partner,
    Array.from({ length: 30 }, (_, i) => settledCase(gateway, `noon-${i}`)),
  );
  const token = await partner.token();
  const { roadmap } = (await (await get('/roadmap.json', token)).json()) as RoadmapJson;
  expect(roadmap).toMatchObject([{ state: 'OPEN', versions: [{ ruleHash: announced.versions[0]!.ruleHash }], percent: 100 }]);
  const own = await get('/roadmap', token);
  expect(own.headers.get('cache-control')).toBe('private, no-store');
  expect(await own.text()).toContain('<progress max="100" value="100">');
  const { data } = await partner.query('{ program { mix roadmap { state milestone { versions { rule ruleHash } } } } }');
  expect(data.program).toEqual({ mix: ['FINANCIAL'], roadmap: [{ state: 'OPEN', milestone: { versions: [{ rule: RULE, ruleHash: announced.versions[0]!.ruleHash }] } }] });
});

test('a token that does not stand is refused', async () => {
  expect((await get('/roadmap', 'x.y.z')).status).toBe(401);
});
