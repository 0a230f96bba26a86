/** What partners learn of deprecations and say to them, and what is known of who uses what. */
import { randomUUID } from 'node:crypto';
import { elementSetOf, insertVerdict, noticeState, recordUsage, settleNotices, sunsetAt, type RemovalSubject, type UsageCount } from '../../src/deprecations/index.ts';
import { newId } from '../../src/base/ids.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { versionAfter } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner, SeededStaff } from '../harness/seed.ts';
import { asAdmin } from './credential-door.ts';
import { act, dayAfter, noticeContent, publish, refusals } from './staff-door.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let gateway: TestApp;
let steward: SeededStaff;
let approvers: SeededStaff[];
let partner: SeededPartner;
let neighbour: SeededPartner;
let start: number;

beforeAll(async () => {
  gateway = await startTestApp();
  start = gateway.clock.now();
  [partner, neighbour] = [await gateway.seed.partner(), await gateway.seed.partner()];
  steward = await gateway.seed.staff('API_STEWARD');
  approvers = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
});
afterAll(() => gateway.close());

const use = (user: SeededPartner, coordinate: string, changes: Partial<UsageCount> = {}): UsageCount => ({
  environmentId: user.environmentId,
  partnerId: user.partnerId,
  integrationId: user.clientId,
  hour: start,
  apiVersion: '2026-10',
  elementSet: elementSetOf([coordinate]),
  coordinates: [coordinate],
  operationName: 'Shelf',
  documentHash: 'a'.repeat(64),
  clientName: 'pilot',
  clientVersion: '1.2',
  uses: 3,
  lastUsedAt: start,
  requestIds: ['req_1'],
  ...changes,
});

const record = (...counts: UsageCount[]) => inTransaction(gateway.app.database, NO_TENANT, tx => recordUsage(tx, counts));

describe('usage', () => {
  test('counts add up within the hour, and the last five requests are kept', async () => {
    const coordinate = 'Usage.added';
    await record(use(partner, coordinate), use(partner, coordinate, { hour: start + 1, uses: 2, requestIds: ['req_2'], lastUsedAt: start + 1 }));
    await record(use(partner, coordinate, { uses: 1, lastUsedAt: start + 5, requestIds: ['req_6', 'req_5', 'req_4', 'req_3'] }), use(neighbour, coordinate));
    const { rows } = await asAdmin(gateway, client =>
      client.query('select uses, last_used_at, request_ids from portico.usage_by_hour where coordinate = $1 order by uses desc', [coordinate]),
    );
    expect(rows).toEqual([
      { uses: '6', last_used_at: new Date(start + 5), request_ids: ['req_6', 'req_5', 'req_4', 'req_3', 'req_2'] },
      { uses: '3', last_used_at: new Date(start), request_ids: ['req_1'] },
    ]);
  });

  test('20 batches of the same rows at once, in any order, lose nothing and wait for nobody for ever', async () => {
    const coordinates = Array.from({ length: 30 }, (_, i) => `Usage.race${i}`);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        record(...(i % 2 === 0 ? coordinates : coordinates.toReversed()).map(coordinate => use(partner, coordinate, { uses: 1, hour: start + 40 * DAY_MS }))),
      ),
    );
    const { rows } = await asAdmin(gateway, client =>
      client.query("select count(*)::integer as n, min(uses) as least, max(uses) as most from portico.usage_by_hour where coordinate like 'Usage.race%'"),
    );
    expect(rows).toEqual([{ n: 30, least: '20', most: '20' }]);
  });

  test('a month that ended 13 months ago is dropped, a younger one kept', async () => {
    const at = Date.UTC(2026, 10, 15);
    for (const month of [9, 10]) await record(use(partner, 'Usage.old', { hour: Date.UTC(2025, month, 20) }));
    const months = async () =>
      (
        await asAdmin(gateway, client =>
          client.query("select distinct to_char(hour at time zone 'UTC', 'YYYY-MM') as month from portico.usage_by_hour where coordinate = 'Usage.old' order by 1"),
        )
      ).rows.map(({ month }) => month);
    const { forgottenSince } = await import('../../src/deprecations/usage.service.ts');
    expect(forgottenSince(at).toISOString()).toBe('2025-10-01T00:00:00.000Z');
    const trim = (now: number) => inTransaction(gateway.app.database, NO_TENANT, tx => tx.query('select portico.trim_usage($1)', [forgottenSince(now)]));
    await trim(at);
    expect(await months()).toEqual(['2025-10', '2025-11']);
    await trim(Date.UTC(2026, 11, 1));
    expect(await months()).toEqual(['2025-11']);
  });

  test("a partner sees its own rows and nobody else's, also in a month's own table", async () => {
    await record(use(partner, 'Usage.own'), use(neighbour, 'Usage.own'));
    const month = new Date(start).toISOString().slice(0, 7).replace('-', '_');
    for (const table of ['usage_by_hour', 'operation_use', `operation_use_${month}`]) {
      const rows = await inTransaction(gateway.app.database, partner, tx => tx.query<{ partner_id: string }[]>(`select distinct partner_id from portico.${table}`));
      expect(rows).toEqual([{ partner_id: partner.partnerId }]);
      expect(await inTransaction(gateway.app.database, NO_TENANT, tx => tx.query(`select from portico.${table}`))).toEqual([]);
    }
  });
});

const LIST = `query ($mine: Boolean) { deprecations(first: 50, affectingMe: $mine) { nodes { id coordinate state sunsetAt uses(first: 5) { nodes { apiVersion operationName documentHash uses lastUsedAt requestIds } } } } }`;

describe('what partners read', () => {
  let noticeId: string;
  let ofOthers: string;

  beforeAll(async () => {
    await record(use(partner, 'Query.tiers'), use(partner, 'Program.tiers'), use(partner, 'Milestone.reward', { apiVersion: 'unstable' }), use(neighbour, 'Milestone.reward'));
    noticeId = await publish(steward, approvers, noticeContent(start, { coordinate: 'Program.tiers', announcedOn: dayAfter(start, 1) }));
    ofOthers = await publish(steward, approvers, noticeContent(start, { coordinate: 'Milestone.reward' }));
    await publish(steward, [], noticeContent(start, { coordinate: 'Milestone.criteria' }));
  });

  const listed = async (mine: boolean | null, who = partner) => (await who.query(LIST, { mine }, { version: 'unstable' })).data.deprecations.nodes as any[];

  test('notices that are published and announced, and no others', async () => {
    expect((await listed(null)).map(({ id }) => id)).toEqual([ofOthers]);
    gateway.clock.advance(DAY_MS);
    for (const who of [partner, neighbour, steward, ...approvers]) await who.token({ fresh: true });
    expect(new Set((await listed(false)).map(({ id, state }) => `${id} ${state}`))).toEqual(new Set([`${noticeId} ANNOUNCED`, `${ofOthers} ANNOUNCED`]));
  });

  test('affectingMe shows what the own organisation used in a version that holds it, with the evidence', async () => {
    const [mine, ...more] = await listed(true);
    expect(more).toEqual([]);
    expect(mine).toMatchObject({ id: noticeId, sunsetAt: new Date(sunsetAt({ removedIn: `${new Date(start).getUTCFullYear() + 2}-01`, emergencySunsetOn: null })).toISOString() });
    expect(mine.uses.nodes).toEqual([
      { apiVersion: '2026-10', operationName: 'Shelf', documentHash: 'a'.repeat(64), uses: 3, lastUsedAt: new Date(start).toISOString(), requestIds: ['req_1'] },
    ]);
    expect((await listed(true, neighbour)).map(({ id }) => id)).toEqual([ofOthers]);
    expect((await listed(null)).find(({ id }) => id === ofOthers).uses.nodes).toEqual([]);
  });

  test('an approval told those whom it touches, and nobody else; a reminder tells them again', async () => {
    const told = async (who: SeededPartner) =>
      (await who.query('{ notifications(first: 9) { nodes { kind title body notice { id } } } }')).data.notifications.nodes.filter(
        (node: { notice: { id: string } }) => node.notice.id === noticeId,
      );
    expect(await told(partner)).toMatchObject([{ kind: 'DEPRECATION_ANNOUNCED', title: expect.stringContaining('Program.tiers will be deprecated on'), notice: { id: noticeId } }]);
    expect(await told(neighbour)).toEqual([]);
    await act(steward, 'remindPartnersOfDeprecation', { noticeId, message: 'Soon now.' });
    expect((await told(partner)).map((node: { body: string }) => node.body)).toContain('Soon now.');
    expect(await told(neighbour)).toEqual([]);
  });

  test('the staff sees who would break, and how the use went by day', async () => {
    const { data } = await steward.query(
      `query ($id: ID!) {
        deprecationImpact(coordinate: "Program.tiers", removedIn: "2028-01", noticeId: $id) { integrationId partnerId apiVersions operationNames uses lastUsedAt requestIds hasAnswered }
        none: deprecationImpact(coordinate: "Program.tiers", removedIn: "2026-07") { integrationId }
        deprecationUsage(coordinate: "Program.tiers") { on uses integrations }
      }`,
      { id: noticeId },
    );
    const impact = {
      integrationId: partner.clientId,
      partnerId: partner.partnerId,
      apiVersions: ['2026-10'],
      operationNames: ['Shelf'],
      uses: 3,
      lastUsedAt: new Date(start).toISOString(),
    };
    expect(data).toEqual({
      deprecationImpact: [{ ...impact, requestIds: ['req_1'], hasAnswered: false }],
      none: [],
      deprecationUsage: [{ on: dayAfter(start, 0), uses: 3, integrations: 1 }],
    });
  });

  const respond = (who: SeededPartner, mutation: string, type: string, input: object) =>
    who.query(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { response { id kind message onDate signedBy } notice { id responses { kind } } userErrors { code path } } }`,
      { input },
      {
        headers: { 'idempotency-key': randomUUID() },
        version: 'unstable',
      },
    );

  test('a partner acknowledges once, signs a date, and asks for longer; the staff reads it', async () => {
    const acknowledged = await respond(partner, 'acknowledgeDeprecation', 'AcknowledgeDeprecationInput', { noticeId, message: 'Seen.' });
    expect(acknowledged.data.acknowledgeDeprecation).toMatchObject({ response: { kind: 'ACKNOWLEDGED', message: 'Seen.' }, userErrors: [] });
    const again = await respond(partner, 'acknowledgeDeprecation', 'AcknowledgeDeprecationInput', { noticeId });
    expect(again.data.acknowledgeDeprecation.response).toEqual(acknowledged.data.acknowledgeDeprecation.response);
    const signed = await respond(partner, 'signDeprecationDate', 'SignDeprecationDateInput', { noticeId, movedOn: '2027-06-01', signedBy: 'Ada Pilot' });
    expect(signed.data.signDeprecationDate.response).toMatchObject({ kind: 'SIGNED', onDate: '2027-06-01', signedBy: 'Ada Pilot' });
    const longer = await respond(partner, 'requestDeprecationExtension', 'RequestDeprecationExtensionInput', { noticeId, until: '2040-01-01', message: 'We ship yearly.' });
    expect(longer.data.requestDeprecationExtension).toMatchObject({
      response: { kind: 'EXTENSION_REQUESTED', onDate: '2040-01-01' },
      notice: { responses: expect.arrayContaining([{ kind: 'SIGNED' }]) },
    });
    const { data } = await steward.query(
      'query ($id: ID!) { deprecationNotice(id: $id) { responses { partner { id } kind } } deprecationImpact(coordinate: "Program.tiers", noticeId: $id) { hasAnswered } }',
      { id: noticeId },
    );
    expect(data.deprecationNotice.responses.map((response: { kind: string }) => response.kind).toSorted()).toEqual(['ACKNOWLEDGED', 'EXTENSION_REQUESTED', 'SIGNED']);
    expect(data.deprecationImpact).toEqual([{ hasAnswered: true }]);
    expect((await neighbour.query('query ($id: ID!) { node(id: $id) { ... on DeprecationNotice { responses { id } } } }', { id: noticeId })).data.node.responses).toEqual([]);
  });

  test.each([
    ['acknowledgeDeprecation', 'AcknowledgeDeprecationInput', { noticeId: 'dpn_nobody' }, 'NOT_FOUND'],
    ['signDeprecationDate', 'SignDeprecationDateInput', { movedOn: '2040-01-01', signedBy: 'Ada' }, 'INVALID'],
    ['signDeprecationDate', 'SignDeprecationDateInput', { movedOn: '2027-01-01', signedBy: ' ' }, 'INVALID'],
    ['requestDeprecationExtension', 'RequestDeprecationExtensionInput', { until: '2027-01-01', message: 'Longer.' }, 'INVALID'],
  ])('%s of %s with %j is refused: %s', async (mutation, type, input, code) => {
    const answer = await respond(partner, mutation, type, { noticeId, ...input });
    expect(answer.data[mutation]).toMatchObject({ response: null, userErrors: [{ code }] });
  });

  test('a brownout is scheduled ahead, opted out of, and aborted', async () => {
    const startsAt = Date.parse(dayAfter(start, 60));
    const window = (from: number, hours: number) => ({ noticeId, startsAt: new Date(from).toISOString(), endsAt: new Date(from + hours * HOUR_MS).toISOString() });
    const selection = 'brownout { id startsAt abortedAt } notice { brownouts { id } } userErrors { code path }';
    expect(refusals(await act(steward, 'scheduleBrownout', window(gateway.clock.now() + HOUR_MS, 1), selection))).toEqual(['RULE_BROKEN']);
    const { brownout } = (await act(steward, 'scheduleBrownout', window(startsAt, 2), selection)).data.scheduleBrownout;
    expect(refusals(await act(steward, 'scheduleBrownout', window(startsAt + HOUR_MS, 2), selection))).toEqual(['RULE_BROKEN']);
    const opted = await partner.query(
      'mutation ($id: ID!) { optOutOfBrownout(input: { windowId: $id, reason: "Our sale." }) { brownout { id isOptedOut abortedAt } userErrors { code } } }',
      { id: brownout.id },
      { version: 'unstable' },
    );
    expect(opted.data.optOutOfBrownout).toEqual({ brownout: { id: brownout.id, isOptedOut: true, abortedAt: null }, userErrors: [] });
    expect((await neighbour.query('query ($id: ID!) { node(id: $id) { ... on BrownoutWindow { isOptedOut } } }', { id: brownout.id })).data.node).toEqual({ isOptedOut: false });
    await gateway.app.registry.follow();
    const effect = gateway.app.registry.current().effectiveAt({ now: startsAt, assumesPass: false }, '2026-10').get('Program.tiers')!;
    expect(effect.state.stage).toBe('BROWNOUT');
    expect([partner, neighbour].map(who => gateway.app.registry.current().isExempt(effect, startsAt, who))).toEqual([true, false]);
    expect(refusals(await act(steward, 'abortBrownout', { windowId: brownout.id }, selection))).toEqual([]);
    expect(refusals(await act(steward, 'abortBrownout', { windowId: brownout.id }, selection))).toEqual(['DUPLICATE']);
    await gateway.app.registry.follow();
    expect(gateway.app.registry.current().effectiveAt({ now: startsAt, assumesPass: false }, '2026-10').get('Program.tiers')!.state.stage).toBe('DEPRECATED');
  });

  test('a withdrawn notice leaves the list and stays readable by its id', async () => {
    await act(steward, 'withdrawDeprecationNotice', { noticeId: ofOthers });
    expect((await listed(null)).map(({ id }) => id)).toEqual([noticeId]);
    expect((await partner.query('query ($id: ID!) { node(id: $id) { ... on DeprecationNotice { state } } }', { id: ofOthers })).data.node).toEqual({ state: 'WITHDRAWN' });
  });

  test("a draft is nobody's but the staff's", async () => {
    const [draft] = (await steward.query('{ deprecationNotices(first: 1, filter: { coordinate: "Milestone.criteria" }) { nodes { id } } }')).data.deprecationNotices.nodes;
    expect((await partner.query('query ($id: ID!) { node(id: $id) { id } }', { id: draft.id })).data).toEqual({ node: null });
    const seen = await inTransaction(gateway.app.database, partner, tx => tx.query<{ audience: string }[]>('select distinct audience from portico.deprecation_notice'));
    expect(seen).toEqual([{ audience: 'PUBLIC' }]);
  });
});

test('the notices behind version changes are made once, approved, and acted upon', async () => {
  const deprecation = {
    coordinate: 'Reward.amount',
    reason: 'Use `worth`.',
    replacement: 'Reward.worth',
    deprecatedOn: '2026-01-01',
    removedIn: '2026-07',
    criticality: 'BREAKING' as const,
  };
  const context = { environmentId: partner.environmentId, partnerId: '*' };
  for (let i = 0; i < 2; i++) await inTransaction(gateway.app.database, context, tx => settleNotices(tx, [deprecation], new Date(start)));
  const { data } = await steward.query(
    '{ deprecationNotices(first: 9, filter: { coordinate: "Reward.amount" }) { nodes { origin review state author { id } history { operation staff { id } } } } }',
  );
  expect(data.deprecationNotices.nodes).toEqual([
    { origin: 'CHANGE', review: 'APPROVED', state: 'DEPRECATED', author: null, history: [{ operation: 'settleNotices', staff: null }] },
  ]);
});

test('the database says of every instant what the rules say', async () => {
  await gateway.app.registry.follow();
  const [notice] = gateway.app.registry.current().noticesFor('Program.tiers');
  const end = sunsetAt(notice!);
  const { removedIn } = notice!;
  const decidedAt = end + DAY_MS;
  // The release came late by days, the retirement a day after its date.
  const releasedAt = Date.parse(`${removedIn}-20T10:00:00Z`);
  const passed = (subject: RemovalSubject, at: number) => ({
    id: newId('rmv'),
    subject,
    verdict: 'PASSED' as const,
    evidence: { usesSince: '', requests: 0, users: [] },
    override: null,
    decidedAt: new Date(at),
  });
  await inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, async tx => {
    await insertVerdict(tx, passed({ gate: 'RELEASE', version: removedIn!, notice: notice! }, releasedAt));
    await insertVerdict(tx, passed({ gate: 'RETIREMENT', version: versionAfter(removedIn!, -1), notice: null }, decidedAt));
  });
  await gateway.app.registry.follow();
  const registry = gateway.app.registry.current();
  const turns = [notice!.announcedOn, notice!.deprecatedOn]
    .map(date => Date.parse(date))
    .concat(
      notice!.brownouts.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]),
      end,
      releasedAt,
      sunsetAt(notice!, registry.gateAt({ assumesPass: false })),
      decidedAt,
    );
  for (const instant of turns.flatMap(turn => [turn - 1, turn, turn + 1])) {
    for (const assumes of [true, false]) {
      const [row] = await inTransaction(gateway.app.database, NO_TENANT, tx =>
        tx.query<{ stage: string; ends: Date }[]>(
          'select portico.notice_stage($1, $2, $3) as stage, (select portico.notice_sunset_at(removed_in, emergency_sunset_on) from portico.deprecation_notice where id = $1) as ends',
          [notice!.id, new Date(instant), assumes],
        ),
      );
      const state = noticeState(notice!, instant, registry.gateAt({ assumesPass: assumes }));
      expect({ instant, assumes, stage: row!.stage, ends: row!.ends.getTime() }).toEqual({ instant, assumes, stage: state.stage, ends: state.sunsetAt });
    }
  }
});
