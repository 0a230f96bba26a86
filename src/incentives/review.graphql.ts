/** Quarterly reviews as partners follow them: what is proposed lies open before anybody decides. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, JSONValue } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, From, given, Many, One, Page, raw, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';
import { Milestone } from './milestone.graphql.ts';
import { APPROVERS, CHECK_DAYS } from './reviews.service.ts';

const now = given('environment_now', 'timestamptz');

export const ReviewState = enumOf('ReviewState', 'Where a review stands.', {
  OPEN: 'Opened; late events of its quarter still count.',
  FROZEN: 'What the quarter came to is frozen. Proposals are made and lie open, and then they are decided.',
  DECIDED: 'All proposals are decided; nothing binds yet.',
  PUBLISHED: 'What was approved is announced, and binds from the day that it says.',
});
export type ReviewState = keyof typeof ReviewState;

export const TargetChangeState = enumOf('TargetChangeState', 'Where a proposal stands.', {
  PROPOSED: 'Proposed, and not decided.',
  APPROVED: 'Approved by two persons who did not propose it; it binds once the review is published.',
  REJECTED: 'Rejected: nothing changes.',
  PUBLISHED: 'It is the next version of the rule.',
});
export type TargetChangeState = keyof typeof TargetChangeState;

const decisions = (change: Row, verdict: Sql): Sql =>
  sql`(select count(*) from portico.target_change_decision d where d.environment_id = ${change.col('environment_id')} and d.change_id = ${change.col('id')} and d.verdict = ${verdict})`;

export const targetChangeState = (change: Row): Sql => sql`case when ${decisions(change, sql`'REJECTED'`)} > 0 then 'REJECTED'
  when exists (select from portico.review_cycle c where c.environment_id = ${change.col('environment_id')} and c.id = ${change.col('cycle_id')} and c.published_at is not null) then 'PUBLISHED'
  when ${decisions(change, sql`'APPROVED'`)} >= ${raw(String(APPROVERS))} then 'APPROVED' else 'PROPOSED' end`;

/** Until when what is frozen lies open, and nobody decides. */
const decideFrom = (cycle: Row): Sql => sql`(${cycle.col('frozen_at')} + ${raw(`interval '${CHECK_DAYS} days'`)})`;

export const reviewState = (cycle: Row): Sql => sql`case when ${cycle.col('published_at')} is not null then 'PUBLISHED' when ${cycle.col('frozen_at')} is null then 'OPEN'
  when ${now} < ${decideFrom(cycle)} or exists (select from portico.target_change t where t.environment_id = ${cycle.col('environment_id')} and t.cycle_id = ${cycle.col('id')}
    and not exists (select from portico.target_change_decision d where d.environment_id = t.environment_id and d.change_id = t.id and d.verdict = 'REJECTED')
    and (select count(*) from portico.target_change_decision d where d.environment_id = t.environment_id and d.change_id = t.id) < ${raw(String(APPROVERS))}) then 'FROZEN'
  else 'DECIDED' end`;

/** Most proposals of a review that are shown. */
export const MAX_CHANGES = 100;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A proposal to change what a milestone asks, with what speaks for it.' })
@From('target_change', { scope: ['environment_id'], idPrefix: 'tgc' })
export class TargetChange extends Node {
  @Field(() => TargetChangeState, { description: 'Where it stands.' })
  @Computed(targetChangeState)
  state!: TargetChangeState;

  @Field(() => Milestone, { description: 'The milestone.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field(() => JSONValue, { description: 'The rule that it would have, as a tree of conditions.' })
  @Column()
  rule!: unknown;

  @Field(() => DateOnly, { description: 'First day (UTC) on which events would be judged by it.' })
  @Column()
  effectiveOn!: string;

  @Field({ description: 'What would change, and why.' })
  @Column()
  why!: string;

  @Field(() => [String], { description: 'What speaks for it: of the market, of people, of the frozen numbers.' })
  @Column()
  evidence!: string[];

  @Field(() => DateTime, { description: 'Instant at which it was proposed.' })
  @Column()
  proposedAt!: Date;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'The review of a quarter: whether milestones should ask for more or for less from a later quarter on. What has been earned is not touched.',
})
@From('review_cycle', { scope: ['environment_id'], idPrefix: 'rvc' })
export class ReviewCycle extends Node {
  @Field({ description: 'The quarter that is looked at, e.g. `2026-Q4`.' })
  @Column()
  period!: string;

  @Field(() => ReviewState, { description: 'Where it stands.' })
  @Computed(reviewState)
  state!: ReviewState;

  @Field(() => DateTime, { description: 'Instant at which it was opened.' })
  @Column()
  openedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which what the quarter came to was frozen; null while it is open.' })
  @Column()
  frozenAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of what is frozen, hexadecimal: the numbers that all proposals are decided by. Null while it is open.' })
  @Column()
  inputsHash!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: `Instant from which on proposals are decided, ${CHECK_DAYS} days after the freeze: say by then what you think of them. Null while it is open.`,
  })
  @Computed(decideFrom)
  decideFrom!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which what was approved was announced; null until then.' })
  @Column()
  publishedAt!: Date | null;

  @Field(() => [TargetChange], { description: `What is proposed, in that order: ${MAX_CHANGES} at most.` })
  @Many({ on: { cycle_id: 'id' }, order: [asc('proposed_at', 'timestamptz'), asc('id')], limit: MAX_CHANGES })
  changes!: TargetChange[];
}

export const ReviewCycleConnection = connectionOf(ReviewCycle);

@Resolver()
@ReadsOf('Query')
export class ReviewQueries {
  @Query(() => ReviewCycleConnection, { description: 'Reviews of quarters, the newest quarter first; `first` is required.' })
  @Page({ on: {}, order: [desc('period'), asc('id')] })
  reviewCycles(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const reviewGraphql: readonly Function[] = [ReviewCycle, TargetChange, ReviewQueries];
