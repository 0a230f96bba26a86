/** A notice on its way through the review: persons decide, words that were changed are read again, and
    what is published stays on record. */
import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { SeededStaff } from '../harness/seed.ts';
import { issueStaffCredential } from '../../src/partners/index.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { act, create, dayAfter, noticeContent, publish, refusals } from './staff-door.ts';

const DAY_MS = 86_400_000;

let gateway: TestApp;
let elsewhere: TestApp | undefined;
let author: SeededStaff;
let second: SeededStaff;
let third: SeededStaff;
let coordinates: string[];

const content = (changes: Record<string, unknown> = {}) => noticeContent(gateway.clock.now(), { coordinate: coordinates.pop(), ...changes });

beforeAll(async () => {
  gateway = await startTestApp();
  [author, second, third] = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
  // One element a notice, so that tests do not meet in one.
  coordinates = ['MilestoneProgress', 'Integration', 'Program', 'Query'].flatMap(type =>
    Object.keys((gateway.app.schema.getType(type) as any).getFields()).map(field => `${type}.${field}`),
  );
});
afterAll(() => Promise.all([gateway.close(), elsewhere?.close()]));

const review = async (noticeId: string) => (await author.query('query ($id: ID!) { deprecationNotice(id: $id) { review round } }', { id: noticeId })).data.deprecationNotice;

test('a breaking notice is published by two persons, neither of them its author', async () => {
  const noticeId = await create(author, content());
  expect(await review(noticeId)).toEqual({ review: 'DRAFT', round: 0 });
  expect(refusals(await act(second, 'approveDeprecationNotice', { noticeId }))).toEqual(['REVIEW_STATE']);
  expect((await act(author, 'submitDeprecationNotice', { noticeId })).data.submitDeprecationNotice.notice).toMatchObject({ review: 'IN_REVIEW', round: 1, approvalsNeeded: 2 });
  expect(refusals(await act(author, 'approveDeprecationNotice', { noticeId }))).toEqual(['OWN_WORK']);
  expect(refusals(await act(second, 'approveDeprecationNotice', { noticeId, reason: 'Right.' }))).toEqual([]);
  expect(await review(noticeId)).toEqual({ review: 'IN_REVIEW', round: 1 });
  expect(refusals(await act(second, 'approveDeprecationNotice', { noticeId }))).toEqual(['ALREADY_DECIDED']);
  const approved = (await act(third, 'approveDeprecationNotice', { noticeId, reason: 'Yes.' })).data.approveDeprecationNotice.notice;
  expect(approved).toMatchObject({ review: 'APPROVED', state: 'ANNOUNCED' });
  expect(
    new Set(approved.approvals.map((approval: { staff: { id: string }; verdict: string; reason: string }) => `${approval.staff.id} ${approval.verdict} ${approval.reason}`)),
  ).toEqual(new Set([`${second.staffId} APPROVED Right.`, `${third.staffId} APPROVED Yes.`]));
});

test('two credentials of one person are one person', async () => {
  const noticeId = await create(author, content());
  await act(author, 'submitDeprecationNotice', { noticeId });
  const issued = await inTransaction(gateway.app.database, NO_TENANT, tx => issueStaffCredential(tx, second.staffId, gateway.clock));
  if (!issued.ok) throw new Error(issued.refusal.message);
  const sameAgain = new SeededStaff(gateway.url, { staffId: second.staffId, clientSecret: issued.value.clientSecret });
  await act(second, 'approveDeprecationNotice', { noticeId });
  expect(refusals(await act(sameAgain, 'approveDeprecationNotice', { noticeId }))).toEqual(['ALREADY_DECIDED']);
  expect(await review(noticeId)).toMatchObject({ review: 'IN_REVIEW' });
});

test('20 approvals of two persons at once publish it once', async () => {
  const noticeId = await create(author, content());
  await act(author, 'submitDeprecationNotice', { noticeId });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => act(i % 2 === 0 ? second : third, 'approveDeprecationNotice', { noticeId })));
  expect(answers.flatMap(refusals).filter(code => code !== 'ALREADY_DECIDED' && code !== 'REVIEW_STATE')).toEqual([]);
  expect(answers.filter(answer => refusals(answer).length === 0)).toHaveLength(2);
  expect(await review(noticeId)).toEqual({ review: 'APPROVED', round: 1 });
});

test('a dangerous one needs one approval', async () => {
  expect(await review(await publish(author, [second], content({ criticality: 'DANGEROUS' })))).toEqual({ review: 'APPROVED', round: 1 });
});

test('an edit under review makes it a draft: whoever edits is an author, and earlier approvals count no more', async () => {
  const notice = content();
  const noticeId = await create(author, notice);
  await act(author, 'submitDeprecationNotice', { noticeId });
  await act(second, 'approveDeprecationNotice', { noticeId });
  expect(refusals(await act(third, 'editDeprecationNotice', { noticeId, notice: { ...notice, reason: 'For another reason.' } }))).toEqual([]);
  expect(await review(noticeId)).toEqual({ review: 'DRAFT', round: 1 });
  await act(author, 'submitDeprecationNotice', { noticeId });
  expect(refusals(await act(third, 'approveDeprecationNotice', { noticeId }))).toEqual(['OWN_WORK']);
  expect(refusals(await act(second, 'approveDeprecationNotice', { noticeId }))).toEqual([]);
  expect(await review(noticeId)).toEqual({ review: 'IN_REVIEW', round: 2 });
});

test('a rejected notice goes back; edited, it is submitted again', async () => {
  const notice = content();
  const noticeId = await create(author, notice);
  await act(author, 'submitDeprecationNotice', { noticeId });
  expect((await act(second, 'rejectDeprecationNotice', { noticeId, reason: 'Why?' })).data.rejectDeprecationNotice.notice).toMatchObject({
    review: 'REJECTED',
    approvals: [{ verdict: 'REJECTED', reason: 'Why?' }],
  });
  expect(refusals(await act(author, 'submitDeprecationNotice', { noticeId }))).toEqual(['REVIEW_STATE']);
  await act(author, 'editDeprecationNotice', { noticeId, notice });
  expect(refusals(await act(author, 'submitDeprecationNotice', { noticeId }))).toEqual([]);
});

test('a published notice is withdrawn, never edited, and another may take its place', async () => {
  const notice = content();
  const noticeId = await publish(author, [second, third], notice);
  expect(refusals(await act(author, 'editDeprecationNotice', { noticeId, notice }))).toEqual(['REVIEW_STATE']);
  expect(refusals(await act(author, 'createDeprecationNotice', { notice }))).toEqual(['DUPLICATE']);
  expect((await act(author, 'withdrawDeprecationNotice', { noticeId })).data.withdrawDeprecationNotice.notice).toMatchObject({ review: 'WITHDRAWN', state: 'WITHDRAWN' });
  expect(refusals(await act(author, 'withdrawDeprecationNotice', { noticeId }))).toEqual(['REVIEW_STATE']);
  expect(refusals(await act(author, 'createDeprecationNotice', { notice }))).toEqual([]);
});

test('a fault names the field, its limit and what would pass', async () => {
  const late = await act(author, 'createDeprecationNotice', { notice: content({ removedIn: '2027-04', deprecatedOn: '2026-12-01' }) });
  expect(late.data.createDeprecationNotice.userErrors).toEqual([
    {
      code: 'RULE_BROKEN',
      message:
        'An element that leaves in 2027-04 must be deprecated 6 months and 2 versions earlier, on 2026-10-01 at the latest, and this one is on 2026-12-01. Let it leave later.',
      path: ['notice', 'removedIn'],
    },
  ]);
  const missing = await act(author, 'createDeprecationNotice', { notice: { ...content(), coordinate: 'Query.nonsense' } });
  expect(missing.data.createDeprecationNotice.userErrors).toMatchObject([{ code: 'INVALID', path: ['notice', 'coordinate'] }]);
});

test.each(['Milestone', 'Milestone.category', 'Query.milestones(filter:)', 'MilestoneFilter.category', 'MilestoneCategory.ONBOARDING', '@deprecated', '@deprecated(reason:)'])(
  'an element of each kind may be deprecated: %s',
  async coordinate => {
    expect(refusals(await act(author, 'createDeprecationNotice', { notice: { ...content(), coordinate } }))).toEqual([]);
  },
);

test('dates that have passed by the time of the approval are refused', async () => {
  const noticeId = await create(author, content({ announcedOn: dayAfter(gateway.clock.now(), 1) }));
  await act(author, 'submitDeprecationNotice', { noticeId });
  gateway.clock.advance(2 * DAY_MS);
  for (const person of [author, second, third]) await person.token({ fresh: true });
  expect((await act(second, 'approveDeprecationNotice', { noticeId })).data.approveDeprecationNotice.userErrors).toMatchObject([{ code: 'RULE_BROKEN', path: ['announcedOn'] }]);
});

test('an emergency ends an element on its own day, once the named person and another approved', async () => {
  const now = gateway.clock.now();
  const emergency = { sunsetOn: dayAfter(now, 3), approverId: third.staffId, publicReason: 'It shows what nobody may see.' };
  const notice = content({ removedIn: null, announcedOn: dayAfter(now, 0), deprecatedOn: dayAfter(now, 0), criticality: 'DANGEROUS', emergency });
  expect(refusals(await act(author, 'createDeprecationNotice', { notice: { ...notice, emergency: { ...emergency, approverId: 'stf_nobody' } } }))).toEqual(['INVALID']);
  const noticeId = await create(author, notice);
  await act(author, 'submitDeprecationNotice', { noticeId });
  const fourth = await gateway.seed.staff('API_STEWARD');
  for (const person of [second, fourth]) await act(person, 'approveDeprecationNotice', { noticeId });
  expect(await review(noticeId)).toMatchObject({ review: 'IN_REVIEW' });
  await act(third, 'approveDeprecationNotice', { noticeId });
  expect(await review(noticeId)).toMatchObject({ review: 'APPROVED' });
});

test('the history of a notice says who did what, when and why, and comments stand beside it', async () => {
  const noticeId = await publish(author, [second, third], content());
  const supporter = await gateway.seed.staff('SUPPORT');
  await act(supporter, 'commentOnDeprecationNotice', { noticeId, text: 'A partner asked.' });
  const { data } = await author.query(
    'query ($id: ID!) { deprecationNotice(id: $id) { author { id } origin comments { staff { id } text } history { operation staff { id } reason writtenAt } } }',
    {
      id: noticeId,
    },
  );
  expect(data.deprecationNotice).toMatchObject({ author: { id: author.staffId }, origin: 'STAFF', comments: [{ staff: { id: supporter.staffId }, text: 'A partner asked.' }] });
  expect(
    new Set(data.deprecationNotice.history.map((entry: { operation: string; staff: { id: string }; reason: string }) => `${entry.operation} ${entry.staff.id} ${entry.reason}`)),
  ).toEqual(
    new Set([
      `createDeprecationNotice ${author.staffId} For a test.`,
      `submitDeprecationNotice ${author.staffId} For a test.`,
      `approveDeprecationNotice ${second.staffId} For a test.`,
      `approveDeprecationNotice ${third.staffId} For a test.`,
      `commentOnDeprecationNotice ${supporter.staffId} For a test.`,
    ]),
  );
});

test('an export is imported elsewhere as drafts of whoever imports it, once', async () => {
  const { deprecationExport: json } = (await author.query('{ deprecationExport }')).data;
  elsewhere = await startTestApp();
  const [importer, reviewer] = [await elsewhere.seed.staff('API_STEWARD'), await elsewhere.seed.staff('API_STEWARD')];
  const regular = (JSON.parse(json).notices as any[]).filter(notice => notice.emergency === null);
  const text = JSON.stringify({ ...JSON.parse(json), notices: regular });
  const answer = await act(
    importer,
    'importDeprecationNotices',
    { json: text },
    'notices { id review origin author { id } history { operation } } userErrors { code message path }',
  );
  const { notices, userErrors } = answer.data.importDeprecationNotices;
  expect(userErrors).toEqual([]);
  expect(notices).toHaveLength(regular.length);
  for (const notice of notices)
    expect(notice).toMatchObject({
      review: 'DRAFT',
      origin: 'IMPORT',
      author: { id: importer.staffId },
      history: expect.arrayContaining([{ operation: 'importDeprecationNotice' }]),
    });
  expect(JSON.parse((await importer.query('{ deprecationExport }')).data.deprecationExport)).toEqual(JSON.parse(text));
  expect(refusals(await act(importer, 'importDeprecationNotices', { json: text }, 'userErrors { code }'))).toEqual(['DUPLICATE']);
  const noticeId = notices[0].id;
  await act(importer, 'submitDeprecationNotice', { noticeId });
  expect(refusals(await act(importer, 'approveDeprecationNotice', { noticeId }))).toEqual(['OWN_WORK']);
  expect(refusals(await act(reviewer, 'approveDeprecationNotice', { noticeId }))).toEqual([]);
});

test.each([
  ['no JSON', '{', /is no JSON/],
  ['another file', '{"format":"x","notices":[]}', /at format/],
  ['a notice with an unknown field', '{"format":"portico-deprecations","notices":[{"x":1}]}', /at notices\.0/],
])('an import of %s is refused', async (_title, json, message) => {
  const { userErrors } = (await act(author, 'importDeprecationNotices', { json }, 'userErrors { code message path }')).data.importDeprecationNotices;
  expect(userErrors).toMatchObject([{ code: 'INVALID', message: expect.stringMatching(message), path: ['json'] }]);
});

test('the queue shows what waits for a review, longest waiting first, page by page', async () => {
  const waiting = [await create(author, content()), await create(author, content())];
  for (const noticeId of waiting) {
    gateway.clock.advance(1000);
    await act(author, 'submitDeprecationNotice', { noticeId });
  }
  const page = (after: string | null) =>
    author.query(
      'query ($after: String) { deprecationNotices(first: 2, after: $after, filter: { review: IN_REVIEW }) { nodes { id review } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { nodes, pageInfo }: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } = (await page(after)).data.deprecationNotices;
    seen.push(...nodes.map(node => node.id));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  expect(seen.slice(-2)).toEqual(waiting);
  expect(new Set(seen).size).toBe(seen.length);
});

test('the same key writes one notice', async () => {
  const query = 'mutation ($input: CreateDeprecationNoticeInput!) { createDeprecationNotice(input: $input) { notice { id } userErrors { code } } }';
  const input = { reason: 'Again.', notice: content(), idempotencyKey: randomUUID() };
  const [first, again] = [await author.query(query, { input }), await author.query(query, { input })];
  expect(again.data).toEqual(first.data);
});
