/** Onboarding as a partner reads it: what it has shown, by what, and how soon it came to its first value. */
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { DateTime, Duration } from '../graphql/scalars.ts';
import { Column, Computed, From, Many, One, ReadsOf, asc, given, sql, type FieldRow, type Sql } from '../reads/index.ts';

/** As many as the schema's checklist has; a page of them would be a ceremony. */
const STEPS = 5;

export const OnboardingStepName = enumOf('OnboardingStepName', 'What an integration shows in a sandbox before it goes live.', {
  FIRST_QUERY: 'It asked a question and was answered with at least one object.',
  LIST_PAGED: 'It asked for the next page of a list, by the cursor that the page before had given.',
  THROTTLE_RESPECTED: 'It was refused with `THROTTLED`, sent nothing until `retryAfterMs` had passed, and was then let in.',
  CONSENT_RESPECTED: 'It was refused with `CONSENT_REQUIRED` and went on without what it may not read: a later request was answered without errors.',
  BROWNOUT_SURVIVED: 'It met an element in a brownout, and the operation of the same name was answered later without errors: by the replacement, or when the brownout had ended.',
});
export type OnboardingStepName = keyof typeof OnboardingStepName;

export const OnboardingStepState = enumOf('OnboardingStepState', 'Whether a step of onboarding has been seen.', {
  OPEN: 'Not seen yet.',
  DONE: 'Seen; it stays so.',
});
export type OnboardingStepState = keyof typeof OnboardingStepState;

@ObjectType({
  simpleResolvers: true,
  description: 'A step of onboarding. Nobody declares it done: it is seen in the traffic of your sandboxes, about a second after the answer that shows it.',
})
@From('onboarding_step', { scope: ['environment_id', 'partner_id'] })
export class OnboardingStep {
  @Field(() => OnboardingStepName, { description: 'Which step.' })
  @Column('step')
  name!: OnboardingStepName;

  @Field(() => OnboardingStepState, { description: 'Whether it has been seen.' })
  @Computed(row => sql`case when ${row.col('seen_at')} is null then 'OPEN' else 'DONE' end`)
  state!: OnboardingStepState;

  @Field(() => DateTime, { nullable: true, description: 'Instant of the request that showed it, in real time; null while it is open.' })
  @Column('seen_at')
  doneAt!: Date | null;

  @Field(() => [ID], {
    description: 'Ids of the requests that showed it first, in their order, as in the header `X-Request-Id`; kept when the request log has forgotten them. Empty while it is open.',
  })
  @Column('request_ids')
  evidence!: string[];
}

/** An integration comes into being with its first credential. */
const firstCredentialAt = (row: FieldRow): Sql =>
  sql`(select min(i.created_at) from portico.integration i where i.environment_id = ${row.col('environment_id')} and i.partner_id = ${row.col('id')})`;

const firstValueAt = (row: FieldRow): Sql =>
  sql`(select min(m.reached_at) from portico.milestone_progress m where m.environment_id = ${row.col('environment_id')} and m.partner_id = ${row.col('id')})`;

@ObjectType({ simpleResolvers: true, description: 'Your way from the first credential to the first value in live. The steps are the same for everybody.' })
@From('partner', { scope: { environment_id: 'environment_id', id: 'partner_id' } })
export class Onboarding {
  @Field(() => [OnboardingStep], {
    description: "The checklist, in the order in which most do it. With a live token what all your sandboxes have shown, with a sandbox's own what that sandbox has.",
  })
  @Many({ on: { partner_id: 'id' }, order: [asc('position', 'integer')], limit: STEPS })
  steps!: OnboardingStep[];

  @Field({ description: 'Whether every step is done, so that `goLive` is open to your integrations.' })
  @Computed(
    row =>
      sql`(not exists (select from portico.onboarding_step s where s.environment_id = ${row.col('environment_id')} and s.partner_id = ${row.col('id')} and s.seen_at is null))`,
  )
  isComplete!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Instant of your first credential, by the clock of your environment; null before there is one.' })
  @Computed(firstCredentialAt)
  firstCredentialAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Instant at which the first of your integrations reached a milestone, by the clock of your environment; null before that.',
  })
  @Computed(firstValueAt)
  firstValueAt!: Date | null;

  @Field(() => Duration, { nullable: true, description: 'How long it took from the first credential to the first milestone reached; null before that.' })
  @Computed(row => sql`portico.duration_text(${firstValueAt(row)} - ${firstCredentialAt(row)})`)
  timeToFirstValue!: number | null;
}

@Resolver()
@ReadsOf('Query')
export class OnboardingQueries {
  @Query(() => Onboarding, { description: 'How far you are on the way to live, as your traffic shows it.' })
  @One({ on: { id: given('partner_id') } })
  onboarding(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
