/** The removal gate as the staff meets it: what holds a release and a retirement, who is told, and the word of
    two that overrides it. */
import { createHash } from 'node:crypto';
import { elementSetOf, recordUsage, type UsageCount } from '../../src/deprecations/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { act, noticeContent, publish, refusals } from '../api/staff-door.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let stewards: SeededStaff[];
let noticeId: string;

beforeAll(async () => {
  gateway = await startTestApp();
  gateway.clock.moveTo('2026-04-02T09:00:00Z');
  [partner, neighbour] = [await gateway.seed.partner(), await gateway.seed.partner()];
  stewards = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
  noticeId = await publish(
    stewards[0]!,
    stewards.slice(1),
    noticeContent(gateway.clock.now(), { coordinate: 'Milestone.cadence', announcedOn: '2026-04-02', deprecatedOn: '2026-07-01', removedIn: '2027-01' }),
  );
});
afterAll(() => gateway.close());

async function moveTo(instant: string): Promise<void> {
  gateway.clock.moveTo(instant);
  for (const person of [partner, neighbour, ...stewards]) await person.token({ fresh: true });
}

/** A use in live, an hour before now. */
const used = (user: SeededPartner, coordinate: string, apiVersion: string): Promise<void> => {
  const use: UsageCount = {
    environmentId: user.environmentId,
    partnerId: user.partnerId,
    integrationId: user.clientId,
    hour: gateway.clock.now() - 3_600_000,
    elementSet: elementSetOf([coordinate]),
    coordinates: [coordinate],
    apiVersion,
    operationName: 'Plan',
    documentHash: 'b'.repeat(64),
    clientName: '',
    clientVersion: '',
    uses: 3,
    lastUsedAt: gateway.clock.now() - 3_600_000,
    requestIds: ['req_1'],
  };
  return inTransaction(gateway.app.database, { environmentId: user.environmentId, partnerId: '*' }, tx => recordUsage(tx, [use]));
};

interface Listed {
  readonly id: string;
  readonly version: string;
  readonly verdict: string;
  readonly overrideReason: string | null;
  readonly overrides: readonly { readonly staff: { readonly id: string } }[];
}

const verdicts = async (gate: string): Promise<readonly Listed[]> =>
  (
    await stewards[0]!.query(
      'query ($gate: RemovalGate) { removalVerdicts(first: 20, filter: { gate: $gate }) { nodes { id version verdict overrideReason overrides { staff { id } } } } }',
      { gate },
    )
  ).data.removalVerdicts.nodes as Listed[];

const override = (person: SeededStaff, verdictId: string, publicReason = 'The field shows what it must not.'): Promise<GraphQLAnswer> =>
  act(person, 'overrideRemovalVerdict', { verdictId, publicReason }, 'verdict { verdict overrideReason } userErrors { code message path }');

const kindOf = async (version: string): Promise<string> => {
  const { versions } = (await (await fetch(`${gateway.url}/versions.json`)).json()) as { versions: { version: string; kind: string }[] };
  return versions.find(each => each.version === version)!.kind;
};

const toldTo = async (user: SeededPartner): Promise<readonly { kind: string; title: string; body: string }[]> =>
  (await user.query('{ notifications(first: 5) { nodes { kind title body } } }')).data.notifications.nodes as { kind: string; title: string; body: string }[];

test('nothing is decided before the day ahead of a date, and each verdict is appended once', async () => {
  await moveTo('2026-12-31T16:59:59.999Z');
  await used(partner, 'Milestone.cadence', '2026-10');
  await gateway.app.decideRemovals();
  expect(await verdicts('RELEASE')).toEqual([]);
  await moveTo('2026-12-31T17:00:00Z');
  for (let turn = 0; turn < 3; turn++) await gateway.app.decideRemovals();
  expect(await verdicts('RELEASE')).toMatchObject([{ version: '2027-01', verdict: 'REFUSED' }]);
  expect(await toldTo(partner)).toMatchObject([{ kind: 'DEPRECATION_REMINDER', title: 'You still use Milestone.cadence, which 2027-01 lacks' }]);
});

test('who comes into the way later is told, and those before are not told again', async () => {
  await moveTo('2027-01-01T17:00:00Z');
  await used(neighbour, 'Milestone.cadence', '2026-07');
  await gateway.app.decideRemovals();
  expect((await verdicts('RELEASE')).map(({ verdict }) => verdict)).toEqual(['REFUSED', 'REFUSED']);
  expect(await kindOf('2027-01')).toBe('RELEASE_CANDIDATE');
  for (const user of [partner, neighbour]) expect((await toldTo(user)).filter(({ kind }) => kind === 'DEPRECATION_REMINDER')).toHaveLength(1);
});

test('an extension takes back what was said before it; a signed day counts from that day on', async () => {
  const say = async (mutation: string, type: string, input: Record<string, unknown>): Promise<void> => {
    const { data } = await neighbour.query(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`,
      { input: { noticeId, ...input } },
      { headers: { 'idempotency-key': mutation }, version: 'unstable' },
    );
    expect(data[mutation].userErrors).toEqual([]);
  };
  const standing = async (): Promise<unknown> => {
    const { data } = await stewards[0]!.query('{ removalPreview { gate coordinate users { partnerId answer blocks } } }');
    const previews = data.removalPreview as { gate: string; coordinate: string; users: { partnerId: string; answer: string; blocks: boolean }[] }[];
    const { answer, blocks } = previews.find(({ coordinate }) => coordinate === 'Milestone.cadence')!.users.find(({ partnerId }) => partnerId === neighbour.partnerId)!;
    return { answer, blocks };
  };
  await say('acknowledgeDeprecation', 'AcknowledgeDeprecationInput', { rewrittenOperations: ['{ milestones(first: 1) { nodes { id } } }'] });
  expect(await standing()).toEqual({ answer: 'ACKNOWLEDGED', blocks: false });
  gateway.clock.advance(1000);
  await say('requestDeprecationExtension', 'RequestDeprecationExtensionInput', { until: '2028-03-01', message: 'We ship in spring.' });
  expect(await standing()).toEqual({ answer: 'EXTENSION_REQUESTED', blocks: true });
  gateway.clock.advance(1000);
  await say('signDeprecationDate', 'SignDeprecationDateInput', { movedOn: '2027-01-02', signedBy: 'Ada Smith' });
  expect(await standing()).toEqual({ answer: 'SIGNED', blocks: true });
  await moveTo('2027-01-02T00:00:00Z');
  expect(await standing()).toEqual({ answer: 'SIGNED', blocks: false });
});

test('two persons override the last refusal, with a reason that partners read; one alone, or of an older one, does not', async () => {
  await gateway.app.decideRemovals();
  const [last, older] = await verdicts('RELEASE');
  expect(refusals(await override(stewards[0]!, older!.id))).toEqual(['REVIEW_STATE']);
  expect(refusals(await override(stewards[0]!, 'rmv_000000000000000000000000'))).toEqual(['NOT_FOUND']);
  expect(refusals(await override(stewards[0]!, last!.id, ' '))).toEqual(['INVALID']);
  const first = await override(stewards[0]!, last!.id);
  expect(first.data.overrideRemovalVerdict).toEqual({ verdict: { verdict: 'REFUSED', overrideReason: null }, userErrors: [] });
  expect(refusals(await override(stewards[0]!, last!.id))).toEqual(['ALREADY_DECIDED']);
  await gateway.app.registry.follow();
  expect(await kindOf('2027-01')).toBe('RELEASE_CANDIDATE');
  gateway.clock.advance(1000);
  const second = await override(stewards[1]!, last!.id, 'Partners were asked.');
  const reason = 'The field shows what it must not. Partners were asked.';
  expect(second.data.overrideRemovalVerdict).toEqual({ verdict: { verdict: 'OVERRIDDEN', overrideReason: reason }, userErrors: [] });
  await gateway.app.registry.follow();
  expect(await kindOf('2027-01')).toBe('CURRENT');
  expect(await toldTo(partner)).toContainEqual({ kind: 'REMOVAL_OVERRIDDEN', title: 'Nothing holds back the release of 2027-01 without Milestone.cadence any more', body: reason });
  const published = await partner.query('query ($id: ID!) { node(id: $id) { ... on DeprecationNotice { overrideReason } } }', { id: noticeId }, { version: 'unstable' });
  expect(published.data.node).toEqual({ overrideReason: reason });
});

test('a version that somebody still asks does not retire, and who asks it is told', async () => {
  await moveTo('2027-04-01T16:59:59.999Z');
  await used(partner, 'Query.viewer', '2026-04');
  await gateway.app.decideRemovals();
  gateway.clock.advance(1);
  expect(await kindOf('2026-04')).toBe('DEPRECATED');
  expect((await partner.query('{ viewer { apiVersion } }', {}, { version: '2026-04' })).status).toBe(200);
  expect((await verdicts('RETIREMENT'))[0]).toMatchObject({ version: '2026-04', verdict: 'REFUSED' });
  expect(await toldTo(partner)).toContainEqual(expect.objectContaining({ kind: 'RETIREMENT_REMINDER', title: 'API version 2026-04 is to retire, and you still use it' }));
  await moveTo('2027-05-15T00:00:00Z');
  await gateway.app.decideRemovals();
  expect(await kindOf('2026-04')).toBe('RETIRED');
  expect((await partner.query('{ viewer { apiVersion } }', {}, { version: '2026-04' })).status).toBe(410);
});

test('a document registered for a version counts though nobody sends it, until it is registered for another or is no longer', async () => {
  await moveTo('2027-07-01T16:59:59.999Z');
  const change = async (mutation: string, type: string, input: Record<string, unknown>, version: string): Promise<void> => {
    const { data } = await neighbour.query(`mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`, { input }, { version });
    expect(data[mutation].userErrors).toEqual([]);
  };
  const document = 'query Plan { milestones(first: 1) { nodes { id } } }';
  await change('registerOperations', 'RegisterOperationsInput', { operations: [{ document }, { document: '{ viewer { apiVersion } }' }] }, '2026-07');
  // Their own sending of the mutation counts, too, for as long as any use does.
  await moveTo('2027-09-01T00:00:00Z');
  await gateway.app.decideRemovals();
  expect(await kindOf('2026-07')).toBe('DEPRECATED');
  const { data } = await stewards[0]!.query('{ removalPreview { gate version users { partnerId uses lastUsedAt registeredOperations operationNames apiVersions blocks } } }');
  const previews = data.removalPreview as { gate: string; version: string; users: unknown[] }[];
  expect(previews.find(({ gate, version }) => gate === 'RETIREMENT' && version === '2026-07')!.users).toEqual([
    { partnerId: neighbour.partnerId, uses: 0, lastUsedAt: null, registeredOperations: 2, operationNames: ['Plan'], apiVersions: ['2026-07'], blocks: true },
  ]);
  await change('registerOperations', 'RegisterOperationsInput', { operations: [{ document }] }, '2026-10');
  const documentIds = [`sha256:${createHash('sha256').update('{ viewer { apiVersion } }').digest('hex')}`];
  await change('unregisterOperations', 'UnregisterOperationsInput', { documentIds }, '2026-10');
  await gateway.app.decideRemovals();
  expect(await kindOf('2026-07')).toBe('RETIRED');
});

test('only API stewards override', async () => {
  const support = await gateway.seed.staff('SUPPORT');
  const [last] = await verdicts('RELEASE');
  expect((await override(support, last!.id)).errors![0]!.extensions['code']).toBe('FORBIDDEN');
});
