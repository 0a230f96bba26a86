/** An element's life from the first draft to the retirement of the last version that holds it, by the clock
    alone, through HTTP, on two gateways that answer the same at every step. */
import { buildSchema, type GraphQLObjectType, type GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { readThroughCompiler } from '../../src/graphql/fallback.ts';
import { Column, From, One, ReadsOf, given } from '../../src/reads/index.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { renamedField } from '../../src/versions/field-changes.ts';
import { act, create, noticeContent } from '../api/staff-door.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner, type SeededStaff } from '../harness/seed.ts';

@ObjectType({ description: 'Where goods stand.' })
@From('integration', { scope: ['environment_id', 'partner_id'] })
class Shelf {
  @Field({ description: 'What stands written on it.' })
  @Column('name')
  label!: string;

  @Field({ description: 'What it is for.' })
  @Column()
  category!: string;
}

@Resolver()
@ReadsOf('Query')
class ShelfQueries {
  @Query(() => Shelf, { description: 'Your shelf.' })
  @One({ on: { id: given('integration_id') } })
  shelf(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

/** A marketplace's own room, whose field has another name from 2026-10 on. */
const shelfRoom: Room = {
  name: 'shelf',
  graphql: [Shelf, ShelfQueries],
  changes: [
    {
      version: '2026-10',
      changes: [
        renamedField('Shelf.title', {
          to: 'label',
          deprecatedOn: '2026-02-15',
          reason: 'Use `label`, which is what people say.',
          changelog: { title: '`Shelf.title` is `label`', who: 'Programs that read it.', todo: 'Read `label`.' },
        }),
      ],
    },
  ],
};

const OLD = 'query Shelf { shelf { title } }';
const NEW = 'query Shelf { shelf { label } }';
const OTHER = 'query Other { shelf { category } }';

let gateways: [TestApp, TestApp];
let partner: SeededPartner;
let steward: SeededStaff;
let approvers: SeededStaff[];
let noticeId: string;

beforeAll(async () => {
  const first = await startTestApp({ rooms: [...rooms, shelfRoom] });
  gateways = [first, await startTestApp({ rooms: [...rooms, shelfRoom], beside: first })];
  first.clock.moveTo('2026-01-05T09:00:00Z');
  partner = await first.seed.partner();
  steward = await first.seed.staff('API_STEWARD');
  approvers = [await first.seed.staff('API_STEWARD'), await first.seed.staff('API_STEWARD')];
});
afterAll(async () => {
  for (const gateway of gateways.toReversed()) await gateway.close();
});

/** Both gateways have written what they counted, the gate has been asked, and both know what it said. */
async function settle(): Promise<void> {
  for (const { app } of gateways) await app.usage.flush();
  await gateways[0].app.decideRemovals();
  await gateways[1].app.registry.follow();
}

async function moveTo(instant: string): Promise<void> {
  gateways[0].clock.moveTo(instant);
  for (const person of [partner, steward, ...approvers]) await person.token({ fresh: true });
  await settle();
}

interface Told {
  readonly status: number;
  readonly version: string | null;
  readonly data: unknown;
  readonly codes: unknown;
  readonly headers: readonly (string | null)[];
  readonly warned: unknown;
  readonly error: { readonly message: string; readonly extensions: Record<string, unknown> } | undefined;
}

const toldBy = ({ status, headers, data, errors, extensions }: GraphQLAnswer): Told => ({
  status,
  version: headers.get('api-version'),
  data: data as unknown,
  codes: errors?.map(error => error.extensions['code'] as string),
  headers: ['deprecation', 'sunset', 'link'].map(name => headers.get(name)),
  warned: (extensions?.['warnings'] as { data: { coordinate: string } }[] | undefined)?.map(warning => warning.data.coordinate),
  error: errors?.[0] && { message: errors[0].message, extensions: { ...errors[0].extensions, requestId: '' } },
});

/** What the partner is told, by both gateways alike; by its pin unless a version is given. */
async function told(query: string, version?: string, who = partner): Promise<Told> {
  const token = await who.token();
  const [one, two] = await Promise.all(gateways.map(async ({ url }) => toldBy(await ask(url, { query }, { token, ...(version ? { version } : {}) }))));
  expect(two).toEqual(one);
  return two!;
}

const kindsOf = async (...versions: string[]): Promise<string[]> => {
  const lists = await Promise.all(
    gateways.map(async ({ url }) => ((await (await fetch(`${url}/versions.json`)).json()) as { versions: { version: string; kind: string }[] }).versions),
  );
  expect(lists[1]).toEqual(lists[0]);
  return versions.map(version => lists[0]!.find(each => each.version === version)!.kind);
};

const saysDeprecated = async (): Promise<boolean> => {
  const texts = await Promise.all(gateways.map(async ({ url }) => (await fetch(`${url}/schema/2026-01.graphql`)).text()));
  expect(texts[1]).toBe(texts[0]);
  return (buildSchema(texts[0]!).getType('Shelf') as GraphQLObjectType).getFields()['title']!.deprecationReason !== undefined;
};

const silent = { status: 200, codes: undefined, warned: undefined, headers: [null, null, null] };

test('a draft says nothing to anybody, nor does a notice that one of two has approved', async () => {
  expect(await told(OLD)).toMatchObject({ ...silent, version: '2026-01' });
  noticeId = await create(
    steward,
    noticeContent(gateways[0].clock.now(), {
      coordinate: 'Shelf.title',
      replacement: 'Shelf.label',
      reason: 'People say label.',
      announcedOn: '2026-01-10',
      deprecatedOn: '2026-02-15',
      removedIn: '2026-10',
    }),
  );
  await act(steward, 'submitDeprecationNotice', { noticeId });
  expect((await act(approvers[0]!, 'approveDeprecationNotice', { noticeId })).data.approveDeprecationNotice.notice).toMatchObject({ review: 'IN_REVIEW' });
  await settle();
  expect(await told(OLD)).toMatchObject(silent);
  expect((await act(approvers[1]!, 'approveDeprecationNotice', { noticeId })).data.approveDeprecationNotice.notice).toMatchObject({ review: 'APPROVED', state: 'PLANNED' });
  await settle();
  expect(await told(OLD)).toMatchObject(silent);
});

test('announced, it warns exactly the requests that use it, in documents known before', async () => {
  await moveTo('2026-01-10T00:00:00Z');
  expect(await told(OLD)).toMatchObject({
    status: 200,
    warned: ['Shelf.title'],
    headers: [`@${Date.parse('2026-02-15') / 1000}`, 'Thu, 01 Jul 2027 17:00:00 GMT', expect.stringContaining(noticeId)],
  });
  expect(await told(OTHER)).toMatchObject(silent);
  expect(await saysDeprecated()).toBe(false);
});

test('a sandbox a year ahead meets the end today, and says that it assumes it', async () => {
  const sandbox = await gateways[0].seed.sandboxOf(partner);
  const rehearsing = await gateways[0].seed.partner(sandbox);
  const jump = (instant: string) =>
    inTransaction(gateways[0].app.database, { environmentId: sandbox, partnerId: '*' }, tx =>
      tx.query('update portico.environment set clock_frozen_at = $2 where id = $1', [sandbox, instant]),
    );
  await jump('2026-11-11T00:00:00Z');
  const gone = await told(OLD, '2026-10', rehearsing);
  expect(gone).toMatchObject({ codes: ['SUNSET'], error: { extensions: { assumesRemovalGatePasses: true } } });
  expect(gone.error!.message).toContain('which this sandbox assumes');
  await jump('2027-08-01T00:00:00Z');
  expect(await told(OLD, '2026-07', rehearsing)).toMatchObject({ status: 410, error: { extensions: { assumesRemovalGatePasses: true } } });
});

test('deprecated, it says so in the SDL and goes on answering', async () => {
  await moveTo('2026-02-15T00:00:00Z');
  expect(await saysDeprecated()).toBe(true);
  expect(await told(OLD)).toMatchObject({ status: 200, data: { shelf: { title: expect.any(String) } }, warned: ['Shelf.title'] });
  expect(await told(OTHER)).toMatchObject(silent);
});

test('in its brownout it answers BROWNOUT, others are untouched, and afterwards it answers again', async () => {
  const times = { startsAt: '2026-03-10T10:00:00Z', endsAt: '2026-03-10T11:00:00Z' };
  expect((await act(steward, 'scheduleBrownout', { noticeId, ...times }, 'userErrors { code }')).data.scheduleBrownout.userErrors).toEqual([]);
  await moveTo('2026-03-10T10:00:00Z');
  expect(await told(OLD)).toMatchObject({ status: 400, codes: ['BROWNOUT'], error: { extensions: { replacement: 'Shelf.label' } } });
  expect(await told(OTHER)).toMatchObject(silent);
  await moveTo('2026-03-10T11:00:00Z');
  expect(await told(OLD)).toMatchObject({ status: 200, codes: undefined, warned: ['Shelf.title'] });
});

const acknowledge = async (more: Record<string, unknown>): Promise<{ code: string; path: string[] }[]> => {
  const { data } = await partner.query(
    'mutation ($input: AcknowledgeDeprecationInput!) { acknowledgeDeprecation(input: $input) { response { rewrittenOperations } userErrors { code path } } }',
    { input: { noticeId, ...more } },
  );
  return data.acknowledgeDeprecation.userErrors as { code: string; path: string[] }[];
};

const preview = async (): Promise<unknown> =>
  (
    await steward.query(
      '{ removalPreview { gate version coordinate verdict requests users { integrationId operationNames uses shareOfTraffic answer rewrittenOperations notifiedAt blocks } } }',
    )
  ).data.removalPreview as unknown;

test('while a live partner uses it, the gate refuses the release that lacks it', async () => {
  await moveTo('2026-07-05T00:00:00Z');
  const { data } = await partner.query('mutation { pinApiVersion(input: { version: "2026-07" }) { userErrors { code } } }');
  expect(data.pinApiVersion.userErrors).toEqual([]);
  await moveTo('2026-09-20T08:00:00Z');
  expect(await told(OLD)).toMatchObject({ version: '2026-07', warned: ['Shelf.title'] });
  await told(OTHER);
  // The gate decides a day ahead.
  await moveTo('2026-09-30T17:00:00Z');
  await moveTo('2026-10-01T17:00:00Z');
  expect(await kindsOf('2026-07', '2026-10')).toEqual(['CURRENT', 'RELEASE_CANDIDATE']);
  expect(await preview()).toContainEqual({
    gate: 'RELEASE',
    version: '2026-10',
    coordinate: 'Shelf.title',
    verdict: 'REFUSED',
    requests: 4,
    users: [
      {
        integrationId: partner.clientId,
        operationNames: ['Shelf'],
        uses: 2,
        shareOfTraffic: 0.5,
        answer: null,
        rewrittenOperations: 0,
        notifiedAt: '2026-09-30T17:00:00.000Z',
        blocks: true,
      },
    ],
  });
  const notified = await partner.query('{ notifications(first: 1) { nodes { kind title } } }');
  expect(notified.data.notifications.nodes).toEqual([{ kind: 'DEPRECATION_REMINDER', title: 'You still use Shelf.title, which 2026-10 lacks' }]);
  const newcomer = await gateways[0].seed.partner();
  expect(await told(OTHER, undefined, newcomer)).toMatchObject({ status: 200, version: '2026-07' });
});

test('reading the notice is not moving, and what does not work without the element proves nothing', async () => {
  await moveTo('2026-10-05T12:00:00Z');
  expect(await acknowledge({})).toEqual([]);
  expect(await acknowledge({ rewrittenOperations: [NEW, OLD] })).toEqual([{ code: 'INVALID', path: ['rewrittenOperations', '1'] }]);
  await settle();
  expect(await kindsOf('2026-10')).toEqual(['RELEASE_CANDIDATE']);
});

test('once the partner has shown its rewritten operation, the version is released', async () => {
  expect(await acknowledge({ rewrittenOperations: [NEW] })).toEqual([]);
  await settle();
  expect(await kindsOf('2026-07', '2026-10')).toEqual(['SUPPORTED', 'CURRENT']);
  const { data } = await steward.query(
    '{ removalVerdicts(first: 5, filter: { gate: RELEASE }) { nodes { version verdict decidedAt notice { coordinate } } } deprecationNotice(id: "' +
      noticeId +
      '") { history { operation reason } } }',
  );
  expect(data.removalVerdicts.nodes).toEqual([
    { version: '2026-10', verdict: 'PASSED', decidedAt: '2026-10-05T12:00:00.000Z', notice: { coordinate: 'Shelf.title' } },
    { version: '2026-10', verdict: 'REFUSED', decidedAt: '2026-09-30T17:00:00.000Z', notice: { coordinate: 'Shelf.title' } },
  ]);
  expect((data.deprecationNotice.history as { operation: string; reason: string }[]).filter(({ operation }) => operation === 'removalGate')).toHaveLength(2);
});

test('in the version that lacks it, SUNSET names what takes its place; the pinned one goes on', async () => {
  const gone = await told(OLD, '2026-10');
  expect(gone).toMatchObject({ status: 400, codes: ['SUNSET'], error: { extensions: { coordinate: 'Shelf.title', replacement: 'Shelf.label', removedIn: '2026-10', noticeId } } });
  expect(gone.error!.message).toContain('Use Shelf.label instead.');
  expect(gone.error!.extensions).not.toHaveProperty('assumesRemovalGatePasses');
  expect(await told(NEW, '2026-10')).toMatchObject(silent);
  // Nine months after its successor came out, which was days late.
  expect(await told(OLD)).toMatchObject({
    status: 200,
    version: '2026-07',
    warned: ['Shelf.title'],
    headers: [expect.any(String), 'Mon, 05 Jul 2027 12:00:00 GMT', expect.any(String)],
  });
});

test('the old version retires once nobody asks it any more, and answers 410 with the way out', async () => {
  await moveTo('2027-05-01T00:00:00Z');
  await partner.query('mutation { pinApiVersion(input: { version: "2026-10" }) { userErrors { code } } }');
  await moveTo('2027-07-05T11:59:59.999Z');
  expect(await told(OLD, '2026-07')).toMatchObject({ status: 200 });
  // That last question would hold the version, had the gate not decided a day ahead.
  await moveTo('2027-07-05T12:00:00Z');
  expect(await kindsOf('2026-07')).toEqual(['RETIRED']);
  const retired = await told(OLD, '2026-07');
  expect(retired).toMatchObject({
    status: 410,
    codes: ['API_VERSION_RETIRED'],
    error: { extensions: { retiredVersion: '2026-07', retiredAt: '2027-07-05T12:00:00.000Z', link: expect.any(String) } },
  });
  expect(retired.error!.extensions).not.toHaveProperty('assumesRemovalGatePasses');
  expect(await told(NEW)).toMatchObject({ ...silent, version: '2026-10' });
});
