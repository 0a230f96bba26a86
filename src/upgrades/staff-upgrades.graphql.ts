/** What the staff sees before a version leaves or a release is made: whose operations would break. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { AtMost } from '../graphql/cost.ts';
import { AllStaff, readWith } from '../partners/index.ts';
import { ReadsOf, Value } from '../reads/index.ts';
import { MAX_INTEGRATIONS, MAX_JUDGED, MAX_TOLD, impactOf } from './upgrade-impact.service.ts';

@ObjectType({ simpleResolvers: true, description: 'What another version means for an operation that an integration sends.' })
export class OperationImpact {
  @Field(() => ID, { description: 'Id of its document.' })
  documentId!: string;

  @Field(() => String, { nullable: true, description: 'Name of the operation; null where it has none.' })
  operationName!: string | null;

  @Field({ description: 'The version that it is written for.' })
  from!: string;

  @Field(() => [String], { description: 'Schema coordinates of what touches it.' })
  coordinates!: readonly string[];

  @Field(() => String, { nullable: true, description: 'The rewritten operation; null where only its partner knows what is meant.' })
  rewritten!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "What another version means for an integration's operations." })
export class IntegrationImpact {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field({ description: 'Name of the integration.' })
  integrationName!: string;

  @Field(() => ID, { description: 'Id of its partner.' })
  partnerId!: string;

  @Field({ description: 'Name of its partner.' })
  partnerName!: string;

  @Field(() => String, { nullable: true, description: 'The version that it is pinned to; null before its first call.' })
  pinnedVersion!: string | null;

  @Field(() => Int, { description: 'Operations that break.' })
  broken!: number;

  @Field(() => Int, { description: 'Operations that run, with something to look at.' })
  warned!: number;

  @Field(() => Int, { description: 'Operations that nothing touches.' })
  unaffected!: number;

  @Field(() => Int, { description: 'Operations whose rewritten form can be handed over.' })
  rewritten!: number;

  @Field(() => [OperationImpact], { description: `Those that break, the first ${MAX_TOLD}.` })
  @AtMost(MAX_TOLD)
  operations!: OperationImpact[];
}

@ObjectType({ simpleResolvers: true, description: 'Whose operations another version breaks, in live.' })
export class UpgradeImpact {
  @Field(() => [IntegrationImpact], { description: 'Integrations with operations that are known, most broken first.' })
  @AtMost(MAX_INTEGRATIONS)
  integrations!: IntegrationImpact[];

  @Field({ description: `Whether all were looked at: beyond ${MAX_INTEGRATIONS} integrations or ${MAX_JUDGED} operations ask by \`integrationId\`.` })
  isComplete!: boolean;
}

@ArgsType()
export class UpgradeImpactArgs {
  @Field(() => String, { nullable: true, description: "The version that operations are written for; without it, each one's own." })
  from?: string;

  @Field({ description: 'The version to move to.' })
  to!: string;

  @Field(() => ID, { nullable: true, description: 'Only this integration.' })
  integrationId?: string;
}

@Resolver()
@ReadsOf('Query')
export class StaffUpgradeQueries {
  @Query(() => UpgradeImpact, {
    description: 'Who would break in another version: the operations that integrations in live registered or sent, judged as in their own upgrade reports.',
  })
  @Value('upgrade_impact')
  @AllStaff()
  upgradeImpact(@Args(() => UpgradeImpactArgs) args: UpgradeImpactArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readWith(context, info, 'upgrade_impact', (tx, { upgradePath }) => impactOf(tx, upgradePath, args));
  }
}
