/** The mutation by which a partner moves its integrations from one API version to another. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One } from '../reads/index.ts';
import { Integration } from './integration.graphql.ts';
import { pinVersion } from './version-pin.service.ts';

@InputType({ description: 'Which API version answers the requests of an integration that name none.' })
export class PinApiVersionInput {
  @Field({
    description:
      'The version, e.g. `2026-10`. It must still answer; in live it must be released too. In a sandbox a release candidate and `unstable` can be pinned as well, so that a program can meet them unchanged.',
  })
  version!: string;

  @Field(() => ID, { nullable: true, description: "Id of one of your organisation's integrations; without it, the calling one." })
  integrationId?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: pinning twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `pinApiVersion` did.' })
export class PinApiVersionPayload {
  @Field(() => Integration, { nullable: true, description: 'The integration with its pin; null where it was refused.' })
  @One({ on: { id: answered('integrationId') } })
  integration!: Integration | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
export class VersionPinMutations {
  @Mutation(() => PinApiVersionPayload, {
    nullable: true,
    description:
      'Pins an integration to an API version, forward or back, from its next request on. Nobody but you moves a pin. Refused with `NOT_FOUND`, `VERSION_RETIRED` and `VERSION_UNRELEASED`.',
  })
  @Repeatable()
  pinApiVersion(
    @Arg('input', () => PinApiVersionInput, { description: 'Which integration is pinned to which version.' }) input: PinApiVersionInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, calling) => {
      const integrationId = input.integrationId ?? calling.integrationId;
      const pinned = await pinVersion(tx, { integrationId, version: input.version }, environment, calling.gate);
      return pinned.ok ? ok({ answer: { integrationId } }) : pinned;
    });
  }
}
