/** The versions of the partner API as partners see them. The list follows from the calendar and
    the environment's clock; the road gives it to each request as the value `api_versions`. */
import { type GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { ReadsOf, Value } from '../reads/index.ts';
import { AtMost } from './cost.ts';
import { enumOf } from './enum.ts';
import { readThroughCompiler } from './fallback.ts';
import { DateTime } from './scalars.ts';

export const ApiVersionKind = enumOf('ApiVersionKind', 'Where an API version stands in its life, by the clock of your environment.', {
  UNSTABLE: 'What the next version is being made from; it may change on any day and is not for production.',
  RELEASE_CANDIDATE: 'The next version, in the quarter before its release; try it now, it changes only to mend mistakes.',
  CURRENT: 'The newest released version: what a new integration is pinned to at its first call.',
  SUPPORTED: 'An older released version that answers as it always did.',
  DEPRECATED: 'In the last three months of its support; move on before `supportedUntil`.',
  RETIRED: 'No longer answers: a request for it is refused with `API_VERSION_RETIRED`.',
});
export type ApiVersionKind = keyof typeof ApiVersionKind;

@ObjectType({ simpleResolvers: true, description: 'A dated version of this API. What a released version answers does not change under you.' })
export class ApiVersion {
  @Field({ description: 'Name of the version as it stands in the path and in the header `API-Version`: `2026-10`, or `unstable`.' })
  version!: string;

  @Field(() => ApiVersionKind, { description: 'Where the version stands in its life.' })
  kind!: ApiVersionKind;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was or will be released; null for `unstable`, which never is.' })
  releasedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Instant from which it no longer answers; null while no end is set: the newest released version, what comes after it, and `unstable`.',
  })
  supportedUntil!: Date | null;
}

/** Four a year, retired ones included: enough for the first decade. */
const MAX_VERSIONS = 41;

@Resolver()
@ReadsOf('Query')
export class ApiVersionQueries {
  @Query(() => [ApiVersion], { description: 'The versions of this API, oldest first, at the present instant of your environment.' })
  @Value('api_versions')
  @AtMost(MAX_VERSIONS)
  apiVersions(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
