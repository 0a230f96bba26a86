/** Disputes as partners open and follow them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { asc, Column, Computed, desc, Embedded, From, One, Page, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';
import { Award } from './award.graphql.ts';
import { openDispute } from './disputes.service.ts';
import { MilestoneProgress } from './progress.graphql.ts';

export const DisputeState = enumOf('DisputeState', 'Where a dispute stands.', {
  OPEN: 'Nothing goes on with what it is about until it is decided, and what was payable of it is held.',
  UPHELD: 'You were right: the result counts, or `correction` was given on top.',
  REJECTED: 'It stands as it was, for the reason that `verdictReason` gives.',
  LAPSED: 'Nobody decided in time: it stands as it was, and what was held is payable again.',
});
export type DisputeState = keyof typeof DisputeState;

export const disputeState = (row: Row): Sql => sql`coalesce(${row.col('verdict')}, 'OPEN')`;

/** Reads a correction's Money; null where there is none. */
export const CorrectionMoney = () =>
  Embedded(
    {
      amount: (row: Row) => sql`portico.money_text(${row.col('correction_minor')}, ${row.col('currency')})`,
      currency: (row: Row) => row.col('currency'),
      minorUnits: (row: Row) => row.col('correction_minor'),
    },
    row => sql`${row.col('correction_minor')} > 0`,
  );

/** Reads what is held as Money; null where it is not about money. */
export const HeldMoney = () =>
  Embedded(
    {
      amount: (row: Row) => sql`portico.money_text(${row.col('held_minor')}, ${row.col('currency')})`,
      currency: (row: Row) => row.col('currency'),
      minorUnits: (row: Row) => row.col('held_minor'),
    },
    row => sql`${row.col('currency')} is not null`,
  );

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'Something that you say is wrong: about an award, or about how an integration stands. It never makes anything worse for you.',
})
@From('dispute', { scope: ['environment_id', 'partner_id'], idPrefix: 'dsp' })
export class Dispute extends Node {
  @Field(() => DisputeState, { description: 'Where it stands.' })
  @Computed(disputeState)
  state!: DisputeState;

  @Field({ description: 'What you said.' })
  @Column()
  reason!: string;

  @Field(() => DateTime, { description: 'Instant at which you opened it, by the clock of your environment like the others.' })
  @Column()
  openedAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it lapses unless it is decided before.' })
  @Column()
  decideBy!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it ended; null while it is open.' })
  @Column()
  decidedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it ended so; null while it is open.' })
  @Column()
  verdictReason!: string | null;

  @Field(() => Money, { nullable: true, description: 'What of the award was payable, and held until the end; null where it is not about money.' })
  @HeldMoney()
  held!: Money | null;

  @Field(() => Money, { nullable: true, description: 'What you were given on top; null where that was nothing.' })
  @CorrectionMoney()
  correction!: Money | null;

  @Field(() => Award, { nullable: true, description: 'The award that it is about; null where it is about progress.' })
  @One({ on: { id: 'award_id' } })
  award!: Award | null;

  @Field(() => MilestoneProgress, { nullable: true, description: 'The progress that it is about; null where it is about an award.' })
  @One({ on: { id: 'progress_id' } })
  progress!: MilestoneProgress | null;
}

export const DisputeConnection = connectionOf(Dispute);

@InputType({ description: 'What is wrong.' })
export class OpenDisputeInput {
  @Field(() => ID, { description: 'Id of an award, of progress on a milestone, or of a transaction of the ledger that is about an award.' })
  subjectId!: string;

  @Field({ description: 'What is wrong with it, up to 5,000 characters: people read it.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `openDispute` did.' })
export class OpenDisputePayload {
  @Field(() => Dispute, { nullable: true, description: 'The dispute; null where it was refused.' })
  @One({ on: { id: answered('disputeId') } })
  dispute!: Dispute | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
@ReadsOf('Query')
export class DisputeQueries {
  @Query(() => DisputeConnection, { description: 'What you said is wrong, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('opened_at', 'timestamptz'), asc('id')] })
  disputes(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class DisputeMutations {
  @Mutation(() => OpenDisputePayload, {
    nullable: true,
    description:
      'Says that an award is wrong, within 30 days, or progress that is not rewarded: people of the marketplace decide within 30 days. Refused with `NOT_FOUND` and `INVALID`.',
  })
  openDispute(
    @Arg('input', () => OpenDisputeInput, { description: 'What, and why.' }) { subjectId, reason }: OpenDisputeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, { environmentId }) => {
      const done = await openDispute(tx, environmentId, { subjectId: isId(subjectId) ? subjectId : '', reason }, clocks.environment.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }
}

export const disputeGraphql: readonly Function[] = [Dispute, DisputeQueries, DisputeMutations, OpenDisputePayload];
