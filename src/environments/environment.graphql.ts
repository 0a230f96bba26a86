/** The environment that a request runs in, as partners see it, with both its clocks. */
import { type GraphQLResolveInfo } from 'graphql';
import { Field, FieldResolver, Info, ObjectType, Resolver, Root } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Viewer } from '../partners/viewer.graphql.ts';
import { Column, Computed, From, given, One, ReadsOf, sql } from '../reads/index.ts';

export const EnvironmentKind = enumOf('EnvironmentKind', 'Whether what happens in an environment is real.', {
  LIVE: 'Real people, real orders, real money.',
  SANDBOX: 'A world of its own to rehearse in, with sample data and a clock that you can move; the same code and the same rules.',
});
export type EnvironmentKind = keyof typeof EnvironmentKind;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'An isolated world that requests run in. Nothing crosses from one into another: no id, no token, no money.' })
@From('environment', { scope: { id: 'environment_id' }, idPrefix: 'env' })
export class Environment extends Node {
  @Field(() => EnvironmentKind, { description: 'Whether what happens here is real.' })
  @Column()
  kind!: EnvironmentKind;

  @Field({ description: 'Name of the environment, for people to tell it from others.' })
  @Column()
  name!: string;

  @Field(() => DateTime, {
    description: 'The present instant by the clock of this environment, which milestones, consent, rewards and the life of API versions go by. In live it is `wallNow`.',
  })
  @Computed(() => sql`${given('environment_now', 'timestamptz')}`)
  now!: Date;

  @Field(() => DateTime, { description: 'The present instant in real time, which tokens, signatures, budgets and idempotency keys go by everywhere.' })
  @Computed(() => sql`${given('wall_now', 'timestamptz')}`)
  wallNow!: Date;
}

@Resolver(() => Viewer)
@ReadsOf('Viewer')
export class ViewerEnvironment {
  @FieldResolver(() => Environment, { description: 'The environment that the access token belongs to; nothing else in a request can choose another.' })
  @One({ on: { id: given('environment_id') } })
  environment(@Root() viewer: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(viewer, info);
  }
}
