/** The mutation that switches an integration's live credentials on, and since when they are. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import { Integration } from '../partners/integration.graphql.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { Column, One, ReadsOf } from '../reads/index.ts';
import { goLive } from './going-live.service.ts';

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationLive {
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'Instant at which it went live, by the clock of your environment, or at which its `trial` began where it has not gone live since. Before that, null, its live credentials open only what leads to live; sandboxes do not ask.',
  })
  @Column('live_at')
  liveAt(@Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@InputType({ description: 'Which integration goes live.' })
export class GoLiveInput {
  @Field(() => ID, { nullable: true, description: "Id of one of your organisation's integrations; without it, the calling one." })
  integrationId?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: going live twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `goLive` did.' })
export class GoLivePayload {
  @Field(() => Integration, { nullable: true, description: 'The integration, live; null where it was refused.' })
  @One({ on: { id: answered('integrationId') } })
  integration!: Integration | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
export class GoLiveMutations {
  @Mutation(() => GoLivePayload, {
    nullable: true,
    description:
      "Switches an integration's live credentials on, once your sandboxes have shown every step of `onboarding`. Until then a live token opens only what leads to live, and the rest is refused with the error `FORBIDDEN`. Refused with `LIVE_ONLY`, `NOT_FOUND` and `CHECKLIST_OPEN`.",
  })
  @Repeatable()
  goLive(
    @Arg('input', () => GoLiveInput, { description: 'Which integration goes live.' }) input: GoLiveInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, calling) => {
      const integrationId = input.integrationId ?? calling.integrationId;
      const done = await goLive(tx, integrationId, clocks);
      return done.ok ? ok({ answer: { integrationId } }) : done;
    });
  }
}
