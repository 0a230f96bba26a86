/** Integrations as the partner that built them reads them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { arg, asc, Column, desc, equals, From, One, Page, ReadsOf } from '../reads/index.ts';
import { Partner } from './partner.graphql.ts';

export const IntegrationCategory = enumOf('IntegrationCategory', 'The part of the marketplace that an integration improves.', {
  CHECKOUT: 'Paying: from the basket to the confirmed order.',
  SHIPPING: 'Getting the goods to the shopper, and back.',
  REVIEWS: 'What shoppers say about what they bought.',
  RECOMMENDATIONS: 'Helping shoppers find what suits them.',
  SUPPORT_DESK: 'Answering shoppers and sellers who need help.',
  LOYALTY: 'Thanking shoppers who come back.',
});
export type IntegrationCategory = keyof typeof IntegrationCategory;

export const IntegrationStatus = enumOf('IntegrationStatus', 'Whether an integration may use this API.', {
  ACTIVE: 'In use: its credentials work.',
  SUSPENDED: "Stopped: its credentials open nothing until it is reinstated. Its rows stay readable to the partner's other integrations.",
});
export type IntegrationStatus = keyof typeof IntegrationStatus;

export const IntegrationSort = enumOf('IntegrationSort', 'The order of a list of integrations.', {
  NAME_ASC: 'By name, by code point (capitals before small letters), from A on.',
  NAME_DESC: 'By name, by code point, from the end.',
  CREATED_AT_ASC: 'Oldest first.',
  CREATED_AT_DESC: 'Newest first.',
});
export type IntegrationSort = keyof typeof IntegrationSort;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something a partner built on this API. It has credentials, budgets and progress of its own.' })
@From('integration', { scope: ['environment_id', 'partner_id'], idPrefix: 'int' })
export class Integration extends Node {
  @Field({ description: 'Name of the integration, as people who use the marketplace see it.' })
  @Column()
  name!: string;

  @Field(() => IntegrationCategory, { description: 'The part of the marketplace that it improves.' })
  @Column()
  category!: IntegrationCategory;

  @Field(() => IntegrationStatus, { description: 'Whether it may use this API.' })
  @Column()
  status!: IntegrationStatus;

  @Field(() => [String], { description: 'The OAuth scopes that its access tokens can carry at most (RFC 6749, section 3.3).' })
  @Column()
  scopes!: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'The API version that answers its requests which name none: the one that was current at its first call, until you choose another with `pinApiVersion`. Null before the first call.',
  })
  @Column()
  pinnedVersion!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant since which it is pinned to that version, by the clock of your environment; null before its first call.' })
  @Column()
  pinnedAt!: Date | null;

  @Field(() => DateTime, { description: 'Instant at which it was registered, by the clock of your environment.' })
  @Column()
  createdAt!: Date;

  @Field(() => Partner, { description: 'Who built it: your own organisation.' })
  @One({ on: { id: 'partner_id' } })
  partner!: Partner;
}

export const IntegrationConnection = connectionOf(Integration, { counted: true });

@InputType({ description: 'Narrows a list of integrations. Conditions add up, and `and`, `or` and `not` compose them: an integration must meet all that you give.' })
@Composable()
export class IntegrationFilter {
  @Field(() => IntegrationStatus, { nullable: true, description: 'Only those with this status.' })
  status?: IntegrationStatus;

  @Field(() => IntegrationCategory, { nullable: true, description: 'Only those that improve this part of the marketplace.' })
  category?: IntegrationCategory;
}

@ArgsType()
export class IntegrationsArgs extends PageArgs {
  @Field(() => IntegrationFilter, { nullable: true, description: 'Narrows the list; without it, all of them.' })
  filter?: IntegrationFilter;

  @Field(() => IntegrationSort, { nullable: true, description: 'Order of the list; `NAME_ASC` where absent.' })
  sort?: IntegrationSort;
}

@Resolver()
@ReadsOf('Query')
export class IntegrationQueries {
  @Query(() => IntegrationConnection, { description: "Your organisation's integrations, by name unless `sort` says otherwise; 50 to a page unless `first` does." })
  @Page({
    on: {},
    order: [asc('name'), asc('id')],
    sort: {
      NAME_ASC: [asc('name'), asc('id')],
      NAME_DESC: [desc('name'), desc('id')],
      CREATED_AT_ASC: [asc('created_at', 'timestamptz'), asc('id')],
      CREATED_AT_DESC: [desc('created_at', 'timestamptz'), desc('id')],
    },
    filter: { status: equals('status'), category: equals('category') },
    defaultFirst: 50,
  })
  integrations(@Args(() => IntegrationsArgs) _args: IntegrationsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => Integration, { nullable: true, description: "One of your organisation's integrations; null where it has none with this id." })
  @One({ on: { id: arg('id') } })
  integration(
    @Arg('id', () => ID, { description: 'Id of the integration, which is also its OAuth `client_id`.' }) _id: string,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
