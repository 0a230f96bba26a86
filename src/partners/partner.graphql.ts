/** A partner as its own integrations read it; nobody reads another's. */
import { Field, ObjectType } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { Node } from '../graphql/node.ts';
import { DateTime, URLScalar } from '../graphql/scalars.ts';
import { asc, Column, From, Many } from '../reads/index.ts';

const LISTED_MEMBERS = 50;

export const PartnerStatus = enumOf('PartnerStatus', 'Whether a partner may use the marketplace.', {
  ACTIVE: 'In good standing.',
  SUSPENDED: 'Stopped by the marketplace: no credential of the partner opens anything until it is reinstated.',
});
export type PartnerStatus = keyof typeof PartnerStatus;

export const MemberRole = enumOf('MemberRole', 'What a member may do for the partner.', {
  OWNER: 'Everything, including who else is a member and in which role.',
  DEVELOPER: 'Builds: integrations, credentials, sandboxes and events.',
  ANALYST: 'Reads progress, metrics and reports; changes nothing.',
  FINANCE: 'Reads and settles what concerns money: awards, statements and payouts.',
});
export type MemberRole = keyof typeof MemberRole;

@ObjectType({ simpleResolvers: true, description: 'A person who acts for the partner.' })
@From('member', { scope: ['environment_id', 'partner_id'] })
export class Member {
  @Field({ description: 'Name of the person, as the partner gave it.' })
  @Column()
  name!: string;

  @Field(() => MemberRole, { description: 'What the person may do for the partner.' })
  @Column()
  role!: MemberRole;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'An organisation that builds for the marketplace: yours.' })
@From('partner', { scope: { environment_id: 'environment_id', id: 'partner_id' }, idPrefix: 'prt' })
export class Partner extends Node {
  @Field({ description: 'Name of the organisation, as people who use the marketplace see it.' })
  @Column()
  name!: string;

  @Field(() => URLScalar, { nullable: true, description: 'Its public website; null where none was given.' })
  @Column()
  website!: string | null;

  @Field(() => PartnerStatus, { description: 'Whether the partner may use the marketplace.' })
  @Column()
  status!: PartnerStatus;

  @Field(() => DateTime, { description: 'Instant at which it joined the marketplace, by the clock of your environment.' })
  @Column()
  joinedAt!: Date;

  @Field(() => [Member], { description: `The people who act for the partner: the first ${LISTED_MEMBERS} to join, in that order.` })
  @Many({ on: { partner_id: 'id' }, order: [asc('joined_at', 'timestamptz'), asc('id')], limit: LISTED_MEMBERS })
  members!: Member[];
}
