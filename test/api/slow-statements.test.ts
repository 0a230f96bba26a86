/** Slow statements are told to operators: whose document, which plan, and nothing that a caller sent as a value. */
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { readThroughCompiler } from '../../src/graphql/fallback.ts';
import { Computed, From, One, ReadsOf, arg, sql } from '../../src/reads/index.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

@ObjectType({ description: 'An integration whose name takes its time.' })
@From('integration', { scope: ['environment_id', 'partner_id'] })
class Sleeper {
  @Field({ description: 'The name, after 600 ms.' })
  @Computed(row => sql`(select ${row.col('name')} from pg_sleep(0.6))`)
  slow!: string;

  @Field({ description: 'The name, after longer than a statement may take.' })
  @Computed(row => sql`(select ${row.col('name')} from pg_sleep(10))`)
  stuck!: string;
}

@Resolver()
@ReadsOf('Query')
class SleeperQueries {
  @Query(() => Sleeper, { nullable: true, description: 'An integration of the caller.' })
  @One({ on: { id: arg('id') } })
  sleeper(@Arg('id') _id: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

const sleeperRoom: Room = { name: 'sleeper', graphql: [Sleeper, SleeperQueries] };

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ rooms: [...rooms, sleeperRoom], statementTimeoutMs: 1000 });
  partner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

const slowLines = () =>
  gateway.logged
    .filter(line => line.includes('a read '))
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'a read was slow' || msg === 'a read took too long and was stopped');

const SLOW = 'query Sleepy($id: String!) { sleeper(id: $id) { slow } }';

test('a slow read is logged with its document, request and plan, without the values, once a plan and minute', async () => {
  const answer = await partner.query(SLOW, { id: partner.clientId });
  expect(answer.data.sleeper.slow).toMatch(/Shipping$/);
  const [line, ...more] = slowLines();
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    level: 'warn',
    msg: 'a read was slow',
    requestId: answer.headers.get('x-request-id'),
    documentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    operationName: 'Sleepy',
    apiVersion: '2026-10',
    objectCount: 1,
    plan: expect.stringMatching(/^read_[0-9a-f]{24}$/) as string,
    sql: expect.stringContaining('pg_sleep(0.6)') as string,
  });
  expect(line!['durationMs']).toBeGreaterThanOrEqual(590);
  expect(JSON.stringify(line)).not.toContain(partner.clientId);

  await partner.query(SLOW, { id: partner.clientId });
  expect(slowLines()).toHaveLength(1);
  gateway.clock.advance(60_000);
  await partner.query(SLOW, { id: partner.clientId });
  expect(slowLines()).toHaveLength(2);
  expect(slowLines()[1]!['plan']).toBe(line!['plan']);
});

test('a read that the timeout stops is logged alike', async () => {
  const before = slowLines().length;
  const answer = await partner.query('query Stuck($id: String!) { sleeper(id: $id) { stuck } }', { id: partner.clientId });
  expect(answer.errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect(slowLines().slice(before)).toEqual([expect.objectContaining({ msg: 'a read took too long and was stopped', operationName: 'Stuck', objectCount: null })]);
});

test('a read within the limit is not logged', async () => {
  const before = slowLines().length;
  expect((await partner.query('{ viewer { integration { name } } }')).status).toBe(200);
  expect(slowLines()).toHaveLength(before);
});
