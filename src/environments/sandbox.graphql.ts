/** Sandboxes as their owner reads them, with a token of its live integration. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { PageArgs, connectionOf } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime, SafeInt } from '../graphql/scalars.ts';
import { Column, Computed, From, Many, One, Page, ReadsOf, arg, asc, desc, given, sql } from '../reads/index.ts';
import { IDLE_DAYS, TOLD_DAYS_AHEAD } from './sandbox.rules.ts';

/** As many as the highest tier may have. */
const LISTED_SNAPSHOTS = 10;

export const SandboxSize = enumOf('SandboxSize', 'How much of a sample world a sandbox holds.', {
  SMALL: 'About a tenth of it: ten partners, enough to integrate against.',
  FULL: 'All of it: 24 partners with 36 integrations, enough to page through and to measure.',
});
export type SandboxSize = keyof typeof SandboxSize;

@ObjectType({ simpleResolvers: true, description: "A sandbox's own clock, which milestones, rewards and the life of API versions go by there." })
@From('environment', { scope: { owner_environment_id: 'environment_id', owner_partner_id: 'partner_id' } })
export class SandboxClock {
  @Field(() => DateTime, { description: 'The instant that the clock shows.' })
  @Computed(row => sql`coalesce(${row.col('clock_frozen_at')}, ${given('wall_now', 'timestamptz')} + ${row.col('clock_offset_ms')} * interval '1 millisecond')`)
  now!: Date;

  @Field({ description: 'Whether it stands still; else it runs as fast as real time.' })
  @Computed(row => sql`(${row.col('clock_frozen_at')} is not null)`)
  isFrozen!: boolean;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A sandbox as it was once, to go back to or to fork.' })
@From('sandbox_snapshot', { scope: ['environment_id', 'partner_id'], idPrefix: 'snp' })
export class SandboxSnapshot extends Node {
  @Field({ description: 'Name of the snapshot, for people to tell it from others.' })
  @Column()
  name!: string;

  @Field(() => DateTime, { description: 'Instant at which it was taken, in real time.' })
  @Column()
  takenAt!: Date;

  @Field(() => SafeInt, { description: 'How many rows it keeps, which count towards your quota.' })
  @Column()
  rowCount!: number;

  @Field(() => Sandbox, { description: 'The sandbox that it was taken of.' })
  @One({ on: { id: 'sandbox_id' } })
  sandbox!: unknown;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A world of its own to rehearse in: sample data, a clock that you move, credentials of its own, and the same code and rules as live.',
})
@From('sandbox', { scope: ['environment_id', 'partner_id'], idPrefix: 'sbx' })
export class Sandbox extends Node {
  @Field({ description: 'Name of the sandbox, for people to tell it from others.' })
  @Column()
  name!: string;

  @Field(() => ID, { description: 'Id of its environment, as `viewer { environment { id } }` answers there.' })
  @Column('sandbox_environment_id')
  environmentId!: string;

  @Field(() => ID, { description: 'OAuth `client_id` of the integration there that you call as.' })
  @Column()
  clientId!: string;

  @Field({ description: 'Name of the sample world that it was made of.' })
  @Column()
  world!: string;

  @Field(() => SandboxSize, { description: 'How much of the world it holds.' })
  @Column()
  size!: SandboxSize;

  @Field(() => Int, { description: 'The seed that its world was made from: the same seed makes the same world.' })
  @Column()
  seed!: number;

  @Field(() => DateTime, { description: 'Instant at which its world begins, by its own clock.' })
  @Column()
  startedAt!: Date;

  @Field(() => SandboxClock, { description: 'Its own clock.' })
  @One({ on: { id: 'sandbox_environment_id' } })
  clock!: SandboxClock;

  @Field(() => SafeInt, { description: 'How many rows its world held when it was last made or reset, which count towards your quota.' })
  @Column()
  rowCount!: number;

  @Field(() => DateTime, { description: 'Instant at which it was made, in real time.' })
  @Column()
  createdAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it was last used, in real time, to about a minute.' })
  @Column('used_at')
  lastUsedAt!: Date;

  @Field(() => DateTime, {
    description: `Instant at which it is deleted, in real time: after ${IDLE_DAYS} days without use, or at the end of its time to live if that comes first.`,
  })
  @Column()
  expiresAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: `Instant at which it became known that it expires within ${TOLD_DAYS_AHEAD} days, in real time; null while it does not. Using it takes that back, unless its time to live ends.`,
  })
  @Column('told_at')
  expiryToldAt!: Date | null;

  @Field(() => [SandboxSnapshot], { description: `Its snapshots, newest first: the most recent ${LISTED_SNAPSHOTS}.` })
  @Many({ on: { sandbox_id: 'id' }, order: [desc('taken_at', 'timestamptz'), asc('id')], limit: LISTED_SNAPSHOTS })
  snapshots!: SandboxSnapshot[];
}

export const SandboxConnection = connectionOf(Sandbox, { counted: true });

@Resolver()
@ReadsOf('Query')
export class SandboxQueries {
  @Query(() => SandboxConnection, { description: "Your organisation's sandboxes, newest first; 50 to a page unless `first` says otherwise. None with a sandbox's own token." })
  @Page({ on: {}, order: [desc('created_at', 'timestamptz'), asc('id')], defaultFirst: 50 })
  sandboxes(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => Sandbox, { nullable: true, description: "One of your organisation's sandboxes; null where it has none with this id." })
  @One({ on: { id: arg('id') } })
  sandbox(@Arg('id', () => ID, { description: 'Id of the sandbox.' }) _id: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
