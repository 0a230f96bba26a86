/** Who is asking, as the access token says: the first thing to query when something looks wrong.
    Later rooms add what they know about the caller. */
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { given, Inline, One, ReadsOf, Value } from '../reads/index.ts';
import { Integration } from './integration.graphql.ts';
import { Partner } from './partner.graphql.ts';

@ObjectType({ simpleResolvers: true, description: 'Who you are to this API, by the access token of this request.' })
export class Viewer {
  @Field(() => Integration, { description: 'The integration that is calling.' })
  @One({ on: { id: given('integration_id') } })
  integration!: Integration;

  @Field(() => Partner, { description: 'The organisation that the integration belongs to.' })
  @One({ on: { id: given('partner_id') } })
  partner!: Partner;

  @Field({ description: 'Version of this API that answers this request, e.g. `2026-10`.' })
  @Value('api_version')
  apiVersion!: string;

  @Field(() => [String], { description: 'The OAuth scopes that the access token carries.' })
  @Value('scopes')
  scopes!: string[];
}

@Resolver()
@ReadsOf('Query')
export class ViewerQueries {
  @Query(() => Viewer, { description: 'Who is calling, in which environment, by which version.' })
  @Inline()
  viewer(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
