/** Where the calling integration stands with its budgets, and what its latest requests were charged. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { AtMost } from '../graphql/cost.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Column, Computed, From, Inline, Many, ReadsOf, Value, asc, desc, sql } from '../reads/index.ts';

const MAX_CHARGES = 100;

/** Cost and requests in flight, each perhaps with a shadow. */
const MAX_POLICIES = 4;

@ObjectType({ simpleResolvers: true, description: 'A limit of your requests, as it stood when this request had been admitted.' })
export class RateLimitPolicy {
  @Field({ description: 'What the headers and the refusals call it: `cost`, `concurrency`; one that ends in `-shadow` is to replace the other and is not enforced yet.' })
  name!: string;

  @Field(() => Int, { description: 'The most there can be: cost that can be spent at once, or requests in flight.' })
  limit!: number;

  @Field(() => Int, { description: 'What is left of it.' })
  remaining!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Instant at which all of it is there again if nothing more is asked, in real time; null for requests in flight, which end when they end.',
  })
  resetAt!: Date | null;

  @Field({ description: 'Whether a request beyond it is refused; false while it is only counted and shown.' })
  enforced!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What one of your requests was charged.' })
@From('request_log', { scope: ['environment_id', 'partner_id', 'integration_id'] })
export class Charge {
  @Field(() => String, { nullable: true, description: 'Name of the operation in its document; null where it has none.' })
  @Column('operation_name')
  operation!: string | null;

  @Field(() => Int, { description: 'Cost that was reserved before the operation ran.' })
  @Computed(row => sql`coalesce(${row.col('requested_cost')}, 0)`)
  requested!: number;

  @Field(() => Int, { description: 'How much of it was given back because the answer held less than it might have.' })
  @Computed(row => sql`coalesce(${row.col('refunded_cost')}, 0)`)
  refunded!: number;

  @Field(() => DateTime, { description: 'Instant at which the request arrived, in real time.' })
  @Column('received_at')
  at!: Date;

  @Field(() => ID, { description: 'The request id, as in the header `X-Request-Id`; with it the request is found in `requests`.' })
  @Column('id')
  requestId!: string;
}

@ObjectType({ description: "Your integration's budgets in this environment." })
export class RateLimit {
  @Field(() => [RateLimitPolicy], { description: 'The limits that apply to you, those first that are enforced.' })
  @AtMost(MAX_POLICIES)
  @Value('rate_limit_policies')
  policies!: RateLimitPolicy[];
}

@Resolver(() => RateLimit)
@ReadsOf('RateLimit')
export class RateLimitCharges {
  @FieldResolver(() => [Charge], {
    description: 'What your latest requests were charged, newest first. A request is listed about a second after its answer, and for as long as the request log keeps it.',
  })
  @Many({
    on: {},
    where: row => sql`${row.col('requested_cost')} is not null`,
    order: [desc('received_at', 'timestamptz'), asc('id')],
    limit: { argument: 'last', max: MAX_CHARGES },
  })
  charges(
    @Root() rateLimit: unknown,
    @Info() info: GraphQLResolveInfo,
    @Arg('last', () => Int, { defaultValue: MAX_CHARGES, description: `How many to return, 1 to ${MAX_CHARGES}.` }) _last: number,
  ): unknown {
    return fromCompiledParent(rateLimit, info);
  }
}

@Resolver()
@ReadsOf('Query')
export class RateLimitQueries {
  @Query(() => RateLimit, { description: 'Where you stand with your budgets. The headers `RateLimit` and `RateLimit-Policy` and `extensions.cost` of every answer say the same.' })
  @Inline()
  rateLimit(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
