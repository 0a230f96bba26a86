/** `/lifecycle/review` by HTTP: who comes in, for how long, and that its buttons do what the staff API
    does, by the same rules. */
import { isObjectType } from 'graphql';
import { asAdmin } from '../api/credential-door.ts';
import { act, create, noticeContent } from '../api/staff-door.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';
import { tcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { Visiting, alertOf, fieldsOf } from './review-door.ts';

const HOME = '/lifecycle/review';
const MINUTE_MS = 60_000;

let gateway: TestApp;
let road: TcpProxy;
let author: SeededStaff;
let second: SeededStaff;
let third: SeededStaff;
let auditor: SeededStaff;
let coordinates: string[];

beforeAll(async () => {
  gateway = await startTestApp({
    statementTimeoutMs: 2000,
    databasePort: async port => {
      road = await tcpProxy(port);
      return road.port;
    },
  });
  await gateway.seed.live();
  [author, second, third] = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
  auditor = await gateway.seed.staff('AUDITOR');
  // One element a notice, so that tests do not meet in one.
  coordinates = ['MilestoneProgress', 'Integration', 'Milestone'].flatMap(name => {
    const type = gateway.app.schema.getType(name);
    return isObjectType(type) ? Object.keys(type.getFields()).map(field => `${name}.${field}`) : [];
  });
});
afterAll(async () => {
  await gateway.close();
  await road.close();
});

const content = (): Record<string, unknown> => ({ ...noticeContent(gateway.clock.now(), { coordinate: coordinates.pop() }), replacement: null, noReplacement: 'Do without.' });

/** A notice that waits for two approvals. */
async function waiting(): Promise<string> {
  const noticeId = await create(author, content());
  await act(author, 'submitDeprecationNotice', { noticeId });
  return noticeId;
}

async function signedIn(person: SeededStaff): Promise<Visiting> {
  const browser = new Visiting(gateway.url);
  expect((await browser.signIn(person)).status).toBe(303);
  return browser;
}

const decide = (browser: Visiting, noticeId: string, decision: string, reason = 'I have read it.') =>
  browser.fillIn(`${HOME}/${noticeId}`, `${HOME}/${noticeId}/decision`, { decision, reason });

interface Reviewed {
  readonly review: string;
  readonly round: number;
  readonly approvals: readonly { readonly verdict: string; readonly reason: string; readonly staff: { readonly id: string } }[];
  readonly history: readonly { readonly operation: string; readonly reason: string; readonly requestId: string }[];
}

const reviewed = async (noticeId: string): Promise<Reviewed> =>
  (
    await author.query('query ($id: ID!) { deprecationNotice(id: $id) { review round approvals { verdict reason staff { id } } history { operation reason requestId } } }', {
      id: noticeId,
    })
  ).data.deprecationNotice as Reviewed;

describe('the session', () => {
  test('whoever is not signed in is asked to, and comes to where they were going', async () => {
    const noticeId = await waiting();
    const browser = new Visiting(gateway.url);
    const asked = await browser.get(`${HOME}/${noticeId}`);
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="portico"']);
    expect(asked.text).not.toContain('Milestone.');
    const form = fieldsOf(asked.text, `${HOME}/sign-in`);
    const entered = await browser.post(`${HOME}/sign-in`, { ...form, client_id: second.staffId, client_secret: second.clientSecret });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, `${HOME}/${noticeId}`]);
    expect((await browser.get(`${HOME}/${noticeId}`)).text).toContain('0 of 2 approvals');
  });

  test('its cookie is out of reach of scripts and of other sites, and is a new one', async () => {
    const browser = new Visiting(gateway.url);
    const before = (await browser.get(HOME)).headers.getSetCookie();
    const after = (await browser.signIn(second)).headers.getSetCookie();
    for (const cookie of [...before, ...after]) expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect([...browser.cookies.keys()]).toEqual(['portico-staff']);
  });

  test('an access token of the staff API opens a session that ends with it', async () => {
    const token = await second.token({ fresh: true });
    const browser = new Visiting(gateway.url);
    expect((await browser.signIn(second, { client_id: '', client_secret: '', access_token: token })).status).toBe(303);
    expect((await browser.get(HOME)).status).toBe(200);
    await fetch(`${gateway.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams({ token, client_id: second.staffId, client_secret: second.clientSecret }) });
    expect((await browser.get(HOME)).status).toBe(401);
  });

  test('a wrong secret, a partner, a stranger and a forged token are told the same, and after ten failures to wait', async () => {
    const partner = await gateway.seed.partner();
    const told = new Set<string | null>();
    const wrong: Record<string, string>[] = [
      { client_secret: 'pcs_wrong' },
      { client_id: partner.clientId, client_secret: partner.clientSecret },
      { client_id: 'stf_nobody', client_secret: 'pcs_wrong' },
      { access_token: await partner.token() },
      { access_token: 'e30.e30.e30' },
    ];
    for (const fields of wrong) {
      const answer = await new Visiting(gateway.url).signIn(auditor, fields);
      expect(answer.status).toBe(401);
      told.add(alertOf(answer.text));
    }
    expect([...told]).toEqual(['That did not work. Check the client id and secret of a member of staff, or the access token.']);
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries++) statuses.push((await new Visiting(gateway.url).signIn(third, { client_secret: 'pcs_wrong' })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const blocked = await new Visiting(gateway.url).signIn(third);
    expect([blocked.status, Number(blocked.headers.get('retry-after')) > 0, blocked.headers.get('x-frame-options')]).toEqual([429, true, 'DENY']);
    gateway.clock.advance(6 * MINUTE_MS);
    expect((await new Visiting(gateway.url).signIn(third)).status).toBe(303);
  });

  test('it ends after a quarter of an hour; what was typed meanwhile is kept and not sent', async () => {
    for (const person of [author, second]) await person.token({ fresh: true });
    const noticeId = await waiting();
    const browser = await signedIn(second);
    const form = fieldsOf((await browser.get(`${HOME}/${noticeId}`)).text, `${HOME}/${noticeId}/decision`);
    gateway.clock.advance(16 * MINUTE_MS);
    for (const person of [author, second]) await person.token({ fresh: true });
    const words = { decision: 'approve', reason: 'A long <i>thought</i>.' };
    const ended = await browser.post(`${HOME}/${noticeId}/decision`, { ...form, ...words });
    expect([ended.status, alertOf(ended.text)]).toEqual([401, 'Your session has ended, and nothing was changed. Sign in to go on.']);
    expect((await reviewed(noticeId)).approvals).toEqual([]);
    const again = await browser.post(`${HOME}/sign-in`, {
      ...fieldsOf(ended.text, `${HOME}/sign-in`),
      reason: words.reason,
      client_id: second.staffId,
      client_secret: second.clientSecret,
    });
    expect(again.status).toBe(200);
    expect(again.text).toContain('\nA long &lt;i&gt;thought&lt;/i&gt;.</textarea>');
    expect((await reviewed(noticeId)).approvals).toEqual([]);
    expect((await browser.post(`${HOME}/${noticeId}/decision`, { ...fieldsOf(again.text, `${HOME}/${noticeId}/decision`), ...words })).status).toBe(303);
  });

  test('words that another site sent are not kept', async () => {
    const sent = await new Visiting(gateway.url).post(`${HOME}/${await waiting()}/decision`, { decision: 'approve', reason: 'Words of an attacker' });
    expect(sent.status).toBe(401);
    expect(sent.text).not.toContain('Words of an attacker');
  });

  test('it ends at once with its credential, its person, and with signing out', async () => {
    const leaver = await gateway.seed.staff('API_STEWARD');
    const browser = await signedIn(leaver);
    const kept = [...browser.cookies];
    expect((await browser.fillIn(HOME, `${HOME}/sign-out`, {})).headers.get('location')).toBe(HOME);
    expect(browser.cookies.has('portico-staff')).toBe(false);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect((await browser.get(HOME)).status).toBe(401);

    const other = await signedIn(leaver);
    await asAdmin(gateway, client => client.query("update portico.staff set status = 'SUSPENDED' where id = $1", [leaver.staffId]));
    expect((await other.get(HOME)).status).toBe(401);
  });

  test('whoever comes by a link from elsewhere is sent on once, with the cookie that was held back', async () => {
    const browser = await signedIn(second);
    const stranger = await new Visiting(gateway.url).get(HOME, { 'sec-fetch-site': 'cross-site' });
    expect([stranger.status, stranger.headers.getSetCookie()]).toEqual([200, []]);
    expect(stranger.text).toContain('<meta http-equiv="refresh" content="0">');
    expect((await browser.get(HOME, { 'sec-fetch-site': 'same-origin' })).text).toContain('Sign out');
  });

  test('a sign-in leads nowhere but into the review', async () => {
    for (const next of ['https://elsewhere.example/', '//elsewhere.example', '/graphql', `${HOME}/../../x`, `${HOME}/x?y`])
      expect((await new Visiting(gateway.url).signIn(second, { next })).headers.get('location')).toBe(HOME);
  });
});

describe('a decision', () => {
  test('two persons approve by the form, and the notice is what the staff API makes of it', async () => {
    const noticeId = await waiting();
    const done = await decide(await signedIn(second), noticeId, 'approve', 'Right.\r\nAnd in time.');
    expect([done.status, done.headers.get('location')]).toEqual([303, `${HOME}/${noticeId}`]);
    expect((await decide(await signedIn(third), noticeId, 'approve', 'Yes.')).status).toBe(303);
    const { review, approvals, history } = await reviewed(noticeId);
    expect(review).toBe('APPROVED');
    expect(new Map(approvals.map(({ staff, verdict, reason }) => [staff.id, `${verdict} ${reason}`]))).toEqual(
      new Map([
        [second.staffId, 'APPROVED Right.\nAnd in time.'],
        [third.staffId, 'APPROVED Yes.'],
      ]),
    );
    const decided = history.filter(({ operation }) => operation === 'approveDeprecationNotice');
    expect(new Set(decided.map(({ reason }) => reason))).toEqual(new Set(['Yes.', 'Right.\nAnd in time.']));
    expect(decided[0]!.requestId).toMatch(/^req_/);
  });

  test('a rejection goes back with its reason', async () => {
    const noticeId = await waiting();
    expect((await decide(await signedIn(second), noticeId, 'reject', 'Too soon.')).status).toBe(303);
    expect(await reviewed(noticeId)).toMatchObject({ review: 'REJECTED', approvals: [{ verdict: 'REJECTED', reason: 'Too soon.' }] });
  });

  test('the author is offered no button, and a form sent all the same is refused by the rule', async () => {
    const noticeId = await waiting();
    const browser = await signedIn(author);
    const { text } = await browser.get(`${HOME}/${noticeId}`);
    expect(text).toContain('You wrote this notice: another person must decide on it.');
    expect(text).not.toContain('value="approve"');
    const { csrf } = fieldsOf(text, `${HOME}/${noticeId}/comments`);
    const refused = await browser.post(`${HOME}/${noticeId}/decision`, { csrf: csrf!, key: 'a-key', decision: 'approve', reason: 'Mine.' });
    expect([refused.status, alertOf(refused.text)]).toEqual([409, 'You wrote this notice or a part of it: another person must decide on it.']);
    expect((await reviewed(noticeId)).approvals).toEqual([]);
  });

  test('an auditor reads everything, and can neither decide nor comment', async () => {
    const noticeId = await waiting();
    const browser = await signedIn(auditor);
    const { status, text } = await browser.get(`${HOME}/${noticeId}`);
    expect(status).toBe(200);
    expect(text).toContain('API stewards decide on notices.');
    expect(text).not.toContain('<textarea');
    const { csrf } = fieldsOf(text, `${HOME}/sign-out`);
    for (const [path, fields] of [
      ['decision', { decision: 'approve', reason: 'Please.' }],
      ['comments', { text: 'Please.' }],
    ] as const) {
      const refused = await browser.post(`${HOME}/${noticeId}/${path}`, { csrf: csrf!, key: `key-${path}`, ...fields });
      expect(refused.status).toBe(403);
    }
    expect((await reviewed(noticeId)).approvals).toEqual([]);
  });

  test('a form that is not ours, or of another session, changes nothing', async () => {
    const noticeId = await waiting();
    const browser = await signedIn(second);
    const path = `${HOME}/${noticeId}/decision`;
    const ours = fieldsOf((await browser.get(`${HOME}/${noticeId}`)).text, path);
    const theirs = fieldsOf((await (await signedIn(third)).get(`${HOME}/${noticeId}`)).text, path);
    const words = { decision: 'approve', reason: 'Yes.' };
    for (const csrf of ['', 'x', ours['csrf']!.slice(1), theirs['csrf']!]) expect((await browser.post(path, { ...ours, ...words, csrf })).status).toBe(403);
    expect((await browser.post(path, { ...ours, ...words }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await browser.post(path, { ...ours, ...words, reason: 'a\0b' })).status).toBe(400);
    expect((await browser.post(`${HOME}/sign-out`, { csrf: 'x' })).status).toBe(403);
    expect((await new Visiting(gateway.url).post(`${HOME}/sign-in`, { client_id: second.staffId, client_secret: second.clientSecret })).status).toBe(403);
    expect((await reviewed(noticeId)).approvals).toEqual([]);
  });

  test('a form sent twice does its work once, and one without a reason or a button is asked for it', async () => {
    const noticeId = await waiting();
    const browser = await signedIn(second);
    const path = `${HOME}/${noticeId}/decision`;
    const form = fieldsOf((await browser.get(`${HOME}/${noticeId}`)).text, path);
    const empty = await browser.post(path, { ...form, decision: 'approve', reason: '  ' });
    expect([empty.status, alertOf(empty.text)]).toEqual([422, "`reason` says nothing: write why you do this, for the staff's journal."]);
    expect((await browser.post(path, { ...form, decision: 'perhaps', reason: 'Hm.' })).status).toBe(422);
    const twice = await Promise.all([1, 2].map(() => browser.post(path, { ...form, decision: 'approve', reason: 'Yes.' })));
    expect(twice.map(({ status }) => status)).toEqual([303, 303]);
    expect((await reviewed(noticeId)).approvals).toHaveLength(1);
    expect((await browser.get(`${HOME}/${noticeId}`)).text).toContain('You have approved it: another person must be the next.');
  });

  test('a comment is on the notice, as text', async () => {
    const noticeId = await waiting();
    const browser = await signedIn(second);
    const path = `${HOME}/${noticeId}/comments`;
    expect((await browser.fillIn(`${HOME}/${noticeId}`, path, { text: `<script>alert(1)</script>` })).status).toBe(303);
    const { text } = await browser.get(`${HOME}/${noticeId}`);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script');
    expect((await browser.fillIn(`${HOME}/${noticeId}`, path, { text: 'x'.repeat(5001) })).status).toBe(422);
  });
});

describe('every answer', () => {
  test('may not be framed, stored, scripted or read by other sites, whatever its status', async () => {
    const browser = await signedIn(second);
    const answers = [
      await browser.get(HOME),
      await browser.get(`${HOME}/dpn_nobody`),
      await browser.get(`${HOME}/x/y/z`),
      await browser.get(`${HOME}?after=nonsense`),
      await browser.post(`${HOME}/dpn_nobody/decision`, {}),
      await browser.post(`${HOME}/dpn_nobody/decision`, { reason: 'x'.repeat(70_000) }),
      await new Visiting(gateway.url).get(HOME),
      await new Visiting(gateway.url).post(`${HOME}/sign-in`, {}),
      await browser.fillIn(HOME, `${HOME}/sign-out`, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 400, 403, 413, 401, 403, 303]);
    for (const { headers, text } of answers) {
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
      expect([headers.get('x-frame-options'), headers.get('cache-control'), headers.get('access-control-allow-origin'), headers.get('content-encoding')]).toEqual([
        'DENY',
        'no-store',
        null,
        null,
      ]);
      expect(text).not.toContain('<script');
    }
  });

  test('the queue comes in pages of 25, each notice on exactly one, and its other lists are a link away', async () => {
    await asAdmin(gateway, client =>
      client.query(
        `insert into portico.deprecation_notice (id, origin, author_id, review, round, created_at, updated_at, coordinate, description, reason, no_replacement, migration_guide, criticality, owner_team,
           announced_on, deprecated_on, removed_in)
         select 'dpn_many0000' || lpad(n::text, 4, '0'), 'STAFF', $1, 'IN_REVIEW', 1, now(), now() - n * interval '1 hour', 'Query.element' || n, repeat('What it is. ', 100), repeat('Why it goes. ', 70),
           repeat('Do without. ', 70), repeat('A long guide. ', 1400), 'BREAKING', 'API', '2027-01-01', '2027-02-01', '2028-01' from generate_series(1, 500) n`,
        [author.staffId],
      ),
    );
    const browser = await signedIn(second);
    const seen: string[] = [];
    let path: string | undefined = HOME;
    while (path !== undefined) {
      const { text } = await browser.get(path);
      expect(text.length).toBeLessThan(60_000);
      seen.push(...[...text.matchAll(/href="\/lifecycle\/review\/(dpn_\w+)"/g)].map(([, id]) => id!));
      path = /<a rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen.filter(id => id.startsWith('dpn_many'))).toHaveLength(500);
    expect(new Set(seen).size).toBe(seen.length);
    const draft = await create(author, content());
    expect((await browser.get(`${HOME}?review=DRAFT`)).text).toContain(draft);
    expect((await browser.get(`${HOME}?review=nonsense`)).text).toContain('Notices that wait for a decision');
  });

  test('while PostgreSQL is away the public page answers, and the review says that it cannot', async () => {
    const browser = await signedIn(second);
    await road.cut();
    expect((await browser.get('/lifecycle')).status).toBe(200);
    const away = await browser.get(HOME);
    expect([away.status, away.headers.get('x-frame-options'), away.headers.get('retry-after')]).toEqual([503, 'DENY', '1']);
    await road.restore();
  });
});
