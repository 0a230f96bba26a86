/** The trial of an integration as its partner reads it. The marketplace's people run it (staff-trial.graphql.ts). */
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, FieldResolver, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { Column, Computed, From, One, ReadsOf, given, sql, type Row } from '../reads/index.ts';

export const TrialState = enumOf('TrialState', 'How the trial of an integration stands.', {
  RUNNING: 'It runs: live is open, with the limits of a trial.',
  EXTENDED: 'It runs for longer than it was to at first, which happens once.',
  PROMOTED: 'It led to live: the integration is live without an end, with the limits of its tier.',
  ENDED: 'It is over. Live is closed again until `goLive` opens it.',
});
export type TrialState = keyof typeof TrialState;

export const trialState = (row: Row) =>
  sql`case when ${row.col('is_promoted')} then 'PROMOTED' when ${row.col('closed_at')} is not null or ${row.col('ends_at')} <= ${given('environment_now', 'timestamptz')} then 'ENDED'
    when ${row.col('extended_at')} is not null then 'EXTENDED' else 'RUNNING' end`;

@ObjectType({
  simpleResolvers: true,
  description:
    'A while in live before the checklist of `onboarding` holds, at most 90 days with one extension, with lower limits and somebody of the marketplace beside you. An integration has one.',
})
@From('integration_trial', { scope: ['environment_id', 'partner_id'] })
export class Trial {
  @Field(() => TrialState, { description: 'How it stands, by the clock of your environment.' })
  @Computed(trialState)
  state!: TrialState;

  @Field(() => DateTime, { description: 'Instant at which it began, by the clock of your environment.' })
  @Column('started_at')
  from!: Date;

  @Field(() => DateTime, { description: 'Instant from which on live is closed again unless the integration has gone live, by the clock of your environment.' })
  @Column('ends_at')
  until!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was given more time; null where it was not. It is once at most.' })
  @Column()
  extendedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was promoted or ended before its time; null where it was not.' })
  @Column()
  closedAt!: Date | null;

  @Field({ description: 'Who of the marketplace supports you, and how to reach them.' })
  @Column()
  supportOwner!: string;

  @Field({ description: 'What decides at its end, beside the checklist.' })
  @Column()
  exitCriteria!: string;
}

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationTrial {
  @FieldResolver(() => Trial, { nullable: true, description: 'Its trial in live; null where it has had none, and in sandboxes, which need none.' })
  @One({ on: { integration_id: 'id' } })
  trial(@Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@Resolver()
@ReadsOf('Query')
export class TrialQueries {
  @Query(() => Trial, {
    nullable: true,
    description: 'The trial of the calling integration; null where it has had none, and in sandboxes. Those of your others stand at `integrations`.',
  })
  @One({ on: { integration_id: given('integration_id') } })
  trial(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
