/** What the program will offer, as far as it can be told ahead. */
import { Field, ObjectType } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly } from '../graphql/scalars.ts';
import { Column, Computed, From, given, One, sql, type Row, type Sql } from '../reads/index.ts';
import { Milestone, RewardKind } from './milestone.graphql.ts';

export const RoadmapState = enumOf('RoadmapState', 'Where a roadmap item stands on the present day (UTC) of your environment.', {
  PLANNED: 'Meant, not promised: it may still change or go.',
  ANNOUNCED: "Promised: its criteria stand, and get no harder without 90 days' notice.",
  OPEN: 'Can be worked towards now.',
  CLOSED: 'Over.',
});
export type RoadmapState = keyof typeof RoadmapState;

/** An item opens and closes at the beginning of the day it names. */
const stateOf = (item: Row): Sql => {
  const today = sql`(${given('environment_now', 'timestamptz')} at time zone 'UTC')::date`;
  return sql`case
    when ${item.col('closes_on')} <= ${today} then 'CLOSED'
    when ${item.col('opens_on')} <= ${today} then 'OPEN'
    when ${item.col('announced_on')} <= ${today} then 'ANNOUNCED'
    else 'PLANNED' end`;
};

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that partners will be able to reach: told ahead, so that you can build for it.' })
@From('roadmap_item', { scope: ['environment_id'], idPrefix: 'rmi' })
export class RoadmapItem extends Node {
  @Field({ description: 'The item in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What people who use the marketplace will notice, in plain words.' })
  @Column()
  userOutcome!: string;

  @Field({ description: 'What will have to be met, in a sentence.' })
  @Column()
  criteriaSummary!: string;

  @Field(() => RewardKind, { description: 'What the reward will consist of.' })
  @Column()
  rewardKind!: RewardKind;

  @Field(() => DateOnly, { nullable: true, description: 'Day on which it is or was announced; null while that is not settled.' })
  @Column()
  announcedOn!: string | null;

  @Field(() => DateOnly, { description: 'First day on which it can be worked towards; a plan only while the item is `PLANNED`.' })
  @Column()
  opensOn!: string;

  @Field(() => DateOnly, { nullable: true, description: 'First day on which it no longer can; null while no end is set.' })
  @Column()
  closesOn!: string | null;

  @Field(() => Milestone, { nullable: true, description: 'The milestone that it is about, with the versions of its rule and their hashes; null while its rule is not written.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone | null;

  @Field(() => RoadmapState, { description: 'Where it stands today, which follows from its dates.' })
  @Computed(stateOf)
  state!: RoadmapState;
}
