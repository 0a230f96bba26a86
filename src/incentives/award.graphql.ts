/** Awards as the partner that was given them reads them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { asc, Column, Computed, desc, From, One, Page, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';
import { Milestone, Reward } from './milestone.graphql.ts';

export const AwardState = enumOf('AwardState', 'What has become of an award.', {
  GIVEN: 'Given, and no money: `entitlements` and badges follow from it.',
  PENDING: "Awarded, and not approved by the marketplace's finance yet; the money is set aside.",
  POSTED: 'Approved: the money is payable, on its way or paid, as `ledger` shows.',
  VOIDED: 'Not approved: the money went back, for the reason that the ledger gives.',
  REVERSED: 'Taken back.',
});
export type AwardState = keyof typeof AwardState;

/** The state follows from what was appended about the award. */
export const awardState = (award: Row): Sql => {
  const about = (kind: 'POSTING' | 'VOIDING'): Sql =>
    sql`exists (select from portico.ledger_transaction t where t.environment_id = ${award.col('environment_id')} and t.source_id = ${award.col('id')} and t.kind = ${kind === 'POSTING' ? sql`'POSTING'` : sql`'VOIDING'`})`;
  return sql`case
    when exists (select from portico.award_reversal v where v.environment_id = ${award.col('environment_id')} and v.award_id = ${award.col('id')}) then 'REVERSED'
    when ${award.col('amount_minor')} is null then 'GIVEN'
    when ${about('VOIDING')} then 'VOIDED'
    when ${about('POSTING')} then 'POSTED'
    else 'PENDING' end`;
};

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A reward that was given to your organisation: at most one for a milestone and period.' })
@From('award', { scope: ['environment_id', 'partner_id'], idPrefix: 'awd' })
export class Award extends Node {
  @Field({ description: 'The period it was earned in: a calendar quarter such as `2026-Q4`, or `ONCE` for a milestone that is reached once.' })
  @Column()
  period!: string;

  @Field(() => AwardState, { description: 'What has become of it.' })
  @Computed(awardState)
  state!: AwardState;

  @Field(() => Money, { nullable: true, description: 'The money, as the reward stood when it was awarded; null for other rewards.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money | null;

  @Field(() => Int, { nullable: true, description: "Version of the milestone's rule that was met; null where there was no rule yet." })
  @Column()
  version!: number | null;

  @Field(() => DateTime, { description: 'Instant at which it was given, by the clock of your environment.' })
  @Column()
  awardedAt!: Date;

  @Field(() => Milestone, { description: 'The milestone that earned it.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field(() => Reward, { description: 'What was given.' })
  @One({ on: { id: 'reward_id' } })
  reward!: Reward;

  @Field(() => Integration, { description: 'The integration that reached the milestone first.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const AwardConnection = connectionOf(Award);

@Resolver()
@ReadsOf('Query')
export class AwardQueries {
  @Query(() => AwardConnection, { description: 'What your organisation was given, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('awarded_at', 'timestamptz'), asc('id')] })
  awards(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
