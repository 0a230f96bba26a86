/** Tiers as partners read them, and where the partner and the caller stand among them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Field, FieldResolver, Info, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { Partner } from '../partners/partner.graphql.ts';
import { Viewer } from '../partners/viewer.graphql.ts';
import { Column, From, One, ReadsOf } from '../reads/index.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A standing in the program. Budgets, quotas and some rewards depend on it.' })
@From('tier', { scope: ['environment_id'], idPrefix: 'tir' })
export class Tier extends Node {
  @Field({ description: 'Code of the tier, which does not change, e.g. `HARBOUR`.' })
  @Column()
  code!: string;

  @Field({ description: 'Name of the tier, for people.' })
  @Column()
  name!: string;

  @Field({ description: 'What a partner of this tier has shown, and what the tier gives it.' })
  @Column()
  description!: string;

  @Field(() => Int, { description: 'Place among the tiers; 1 is where every partner begins.' })
  @Column()
  rank!: number;
}

const NO_TIER = "null while the program has no tier with the partner's code.";

@Resolver(() => Partner)
@ReadsOf('Partner')
export class PartnerTier {
  @FieldResolver(() => Tier, { nullable: true, description: `The partner's tier; ${NO_TIER}` })
  @One({ on: { code: 'tier' } })
  tier(@Root() partner: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(partner, info);
  }
}

@Resolver(() => Viewer)
@ReadsOf('Viewer')
export class ViewerTier {
  @FieldResolver(() => Tier, { nullable: true, description: `Your organisation's tier, which this integration's budgets come from; ${NO_TIER}` })
  @One({ on: { code: 'tier' }, through: { table: 'partner', scope: { environment_id: 'environment_id', id: 'partner_id' }, on: {} } })
  tier(@Root() viewer: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(viewer, info);
  }
}
