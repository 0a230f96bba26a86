/** What the compiler offers to rooms beyond today's schema: interfaces and unions, and values that a
    rule of their row refuses. A room of this test's own uses them on the sample world. */
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, ID, Info, InterfaceType, ObjectType, Query, Resolver, createUnionType } from 'type-graphql';
import { connectionOf, PageArgs } from '../../src/graphql/connection.ts';
import { readThroughCompiler } from '../../src/graphql/fallback.ts';
import { asc, Column, From, FromAny, given, Many, One, Page, ReadsOf, RefusedWhen, sql, unionRows } from '../../src/reads/index.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

const REWARDS = { scope: ['environment_id'], typeColumn: 'kind', types: { FINANCIAL: 'Remittance', REPUTATIONAL: 'Honour', CAPABILITY: 'Power' } };

@InterfaceType({ description: 'What a milestone gives.' })
@FromAny('reward', REWARDS)
abstract class Gift {
  @Field(() => ID, { description: 'Id.' })
  @Column()
  id!: string;

  @Field({ description: 'Title.' })
  @Column()
  title!: string;
}

@ObjectType({ implements: Gift, description: 'Money.' })
class Remittance extends Gift {
  @Field({ description: 'Currency.' })
  @Column()
  currency!: string;
}

@ObjectType({ implements: Gift, description: 'A badge.' })
class Honour extends Gift {
  @Field(() => Goal, { description: 'For what.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: unknown;
}

@ObjectType({ implements: Gift, description: 'An ability.' })
class Power extends Gift {}

@ObjectType({ description: 'A milestone whose title is for those who look at outcomes.' })
@From('milestone', { scope: ['environment_id'] })
class Goal {
  @Field(() => String, { nullable: true, description: 'Title, or why not.' })
  @Column()
  @RefusedWhen({
    when: row => sql`${row.col('category')} <> 'OUTCOME'`,
    code: 'CONSENT_REQUIRED',
    message: 'Consent required',
    extensions: row => sql`json_build_object('category', ${row.col('category')})::text`,
  })
  title!: string | null;

  @Field(() => Gift, { nullable: true, description: 'What it gives.' })
  @One({ on: { milestone_id: 'id' } })
  gift!: Gift | null;
}

const Prize = createUnionType({ name: 'Prize', types: () => [Remittance, Honour, Power] as const });

const GiftConnection = connectionOf(Gift as never, { name: 'Gift' });

@ObjectType({ description: 'A broken promise: the milestone is never there.' })
@From('milestone', { scope: ['environment_id'] })
class Broken {
  @Field(() => Goal, { description: 'Nobody.' })
  @One({ on: { id: given('partner_id') } })
  never!: Goal;
}

@Resolver()
@ReadsOf('Query')
class TestQueries {
  @Query(() => [Goal], { description: 'All.' })
  @Many({ on: {}, order: [asc('position', 'integer')], atMost: 10 })
  goals(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [Prize], { description: 'All.' })
  @Many({ on: {}, order: [asc('id')], atMost: 10 })
  prizes(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => GiftConnection, { description: 'All.' })
  @Page({ on: {}, order: [asc('id')] })
  gifts(@Args(() => PageArgs) _page: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [Broken], { nullable: true, description: 'Broken.' })
  @Many({ on: {}, order: [asc('position', 'integer')], atMost: 10 })
  broken(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

const room: Room = { name: 'test', graphql: [Gift, Remittance, Honour, Power, Goal, Broken, unionRows('Prize', 'reward', REWARDS), TestQueries] };

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ rooms: [...rooms, room] });
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

interface Reward {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly amount: { currency: string } | null;
}

async function rewards(): Promise<Reward[]> {
  const answer = await partner.query('{ milestones(first: 100) { nodes { reward { id kind title amount { currency } } } } }');
  const nodes = answer.data.milestones.nodes as { reward: Reward | null }[];
  return nodes.flatMap(node => node.reward ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const TYPES: Readonly<Record<string, string>> = REWARDS.types;

test('rows of an interface come each as its own type, in lists, pages and single fields', async () => {
  const fields = '__typename id title ... on Remittance { currency } ...Badge';
  const answer = await partner.query(
    `{ gifts(first: 100) { nodes { ${fields} } } goals { gift { ${fields} } } prizes { __typename ... on Gift { id } ... on Remittance { currency } } }
     fragment Badge on Honour { milestone { __typename } }`,
  );
  expect(answer.errors).toBeUndefined();
  const expected = (await rewards()).map(({ id, kind, title, amount }) => ({
    __typename: TYPES[kind],
    id,
    title,
    ...(amount ? { currency: amount.currency } : {}),
    ...(kind === 'REPUTATIONAL' ? { milestone: { __typename: 'Goal' } } : {}),
  }));
  expect(answer.data.gifts.nodes).toEqual(expected);
  const gifts = (answer.data.goals as { gift: { id: string } | null }[]).flatMap(({ gift }) => gift ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(gifts).toEqual(expected);
  expect(answer.data.prizes).toEqual(expected.map(({ __typename, id, ...rest }) => ({ __typename, id, ...('currency' in rest ? { currency: rest.currency } : {}) })));
});

test('refused values are null, the rest is served, and one error stands for each field and reason', async () => {
  const answer = await partner.query('{ renamed: goals { t: title } }');
  expect(answer.status).toBe(200);
  const categories = (await partner.query('{ milestones(first: 100) { nodes { category title } } }')).data.milestones.nodes as { category: string; title: string }[];
  expect(answer.data.renamed).toEqual(categories.map(({ category, title }) => ({ t: category === 'OUTCOME' ? title : null })));
  const refused = categories.filter(({ category }) => category !== 'OUTCOME');
  expect(refused.length).toBeGreaterThan(3);
  for (const { category } of refused) {
    expect(answer.errors).toContainEqual(
      expect.objectContaining({
        message: 'Consent required',
        path: ['renamed', 't'],
        extensions: expect.objectContaining({ code: 'CONSENT_REQUIRED', category, count: refused.filter(other => other.category === category).length }),
      }),
    );
  }
  expect(answer.errors).toHaveLength(new Set(refused.map(({ category }) => category)).size);
});

test('an answer without refused fields carries no errors', async () => {
  expect((await partner.query('{ goals { gift { id } } }')).errors).toBeUndefined();
});

test('a non-null field without a row propagates null as the specification says, and tells nothing of the fault', async () => {
  const answer = await partner.query('{ viewer { apiVersion } broken { never { title } } }');
  expect(answer.data).toEqual({ viewer: { apiVersion: '2026-10' }, broken: null });
  expect(answer.errors).toMatchObject([{ path: ['broken', 0, 'never'], extensions: { code: 'INTERNAL' } }]);
});
