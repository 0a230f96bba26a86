/** The secrets by which an integration gets its access tokens, and the mutations that issue, rotate
    and revoke them. A secret itself is in the answer of the mutation that made it and nowhere else. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, FieldResolver, ID, Info, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { durationText } from '../base/duration.ts';
import { ok } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { RateLimited } from '../graphql/rate-limit.ts';
import { DateTime, Duration } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { Column, Computed, From, One, Page, ReadsOf, asc, desc, given, sql } from '../reads/index.ts';
import { MAX_OVERLAP_SECONDS, MAX_VALID_CREDENTIALS } from './credential.rules.ts';
import { issueCredential, revokeCredential, rotateCredential } from './credentials.service.ts';
import { Integration } from './integration.graphql.ts';

/** A rotation ends well when the new secret is everywhere before the old one ends. A day covers a
    release; a shorter default would break the partner who did not think of it, in production. */
const DEFAULT_OVERLAP_SECONDS = 86_400;

const PAGE_OF_CREDENTIALS = 20;

/** A secret is made for a release or after an accident, not in a loop; each one is kept as history. */
const SECRETS_PER_HOUR = { max: 20, windowSeconds: 3_600 };

export const CredentialStatus = enumOf('CredentialStatus', 'Whether a credential opens the door, in real time also for a sandbox.', {
  ACTIVE: 'Its secret is exchanged for access tokens.',
  EXPIRED: 'It has reached its `expiresAt`: neither its secret nor a token that came of it opens anything.',
  REVOKED: 'Ended before its time; neither its secret nor a token that came of it opens anything.',
});
export type CredentialStatus = keyof typeof CredentialStatus;

const wallNow = given('wall_now', 'timestamptz');

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A client secret of an integration. The secret itself is shown once, when the credential is made.' })
@From('credential', { scope: ['environment_id', 'partner_id'], idPrefix: 'crd' })
export class Credential extends Node {
  @Field({ description: 'The first characters of the secret, to tell it from others.' })
  @Column()
  secretPrefix!: string;

  @Field(() => CredentialStatus, { description: 'Whether it opens the door at the moment.' })
  @Computed(row => sql`case when ${row.col('revoked_at')} is not null then 'REVOKED' when ${row.col('expires_at')} <= ${wallNow} then 'EXPIRED' else 'ACTIVE' end`)
  status!: CredentialStatus;

  @Field(() => DateTime, { description: 'Instant at which it was made, in real time also for a sandbox.' })
  @Column()
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant from which it no longer works, in real time; null while no end is set, which a rotation does.' })
  @Column()
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was revoked, in real time; null where it was not.' })
  @Column()
  revokedAt!: Date | null;

  @Field(() => Integration, { description: 'The integration that it belongs to, whose id is the OAuth `client_id`.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const CredentialConnection = connectionOf(Credential);

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationCredentials {
  @FieldResolver(() => CredentialConnection, {
    description: `Its credentials, newest first, those that have ended included; ${PAGE_OF_CREDENTIALS} to a page unless \`first\` says otherwise.`,
  })
  @Page({ on: { integration_id: 'id' }, order: [desc('created_at', 'timestamptz'), asc('id')], defaultFirst: PAGE_OF_CREDENTIALS })
  credentials(@Args(() => PageArgs) _args: PageArgs, @Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@InputType({ description: 'Which integration gets a new credential.' })
export class IssueCredentialInput {
  @Field(() => ID, { description: "Id of one of your organisation's integrations." })
  integrationId!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which credential is replaced, and how long it goes on beside the new one.' })
export class RotateCredentialInput {
  @Field(() => ID, { description: 'Id of the credential to replace; it must still be valid.' })
  credentialId!: string;

  /** In seconds. */
  @Field(() => Duration, {
    defaultValue: DEFAULT_OVERLAP_SECONDS,
    description: `How long the replaced credential goes on working: up to \`${durationText(MAX_OVERLAP_SECONDS)}\`. A secret that others may know is to be revoked instead.`,
  })
  overlap!: number;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which credential ends.' })
export class RevokeCredentialInput {
  @Field(() => ID, { description: 'Id of the credential to end, with every access token that came of it.' })
  credentialId!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: revoking twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation on credentials did.' })
abstract class CredentialPayload {
  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What a mutation that makes a secret did.' })
abstract class NewCredentialPayload extends CredentialPayload {
  @Field(() => Credential, { nullable: true, description: 'The new credential, as it stands now; null where it was refused.' })
  @One({ on: { id: answered('credentialId') } })
  credential!: Credential | null;

  @Field(() => String, { nullable: true, description: 'The new secret, in the first answer only: keep it safe. Null in a repetition and where it was refused.' })
  clientSecret!: string | null;

  @Field({
    description:
      'Whether `clientSecret` is in this answer. False in a repetition under the same idempotency key: if the first answer was lost, rotate the credential to get another secret.',
  })
  secretShown!: boolean;
}

@ObjectType({ description: 'What `issueCredential` did.' })
export class IssueCredentialPayload extends NewCredentialPayload {}

@ObjectType({ description: 'What `rotateCredential` did.' })
export class RotateCredentialPayload extends NewCredentialPayload {
  @Field(() => Credential, { nullable: true, description: 'The replaced credential, with its end in `expiresAt`; null where it was refused.' })
  @One({ on: { id: answered('replacedCredentialId') } })
  replacedCredential!: Credential | null;
}

@ObjectType({ description: 'What `revokeCredential` did.' })
export class RevokeCredentialPayload extends CredentialPayload {
  @Field(() => Credential, { nullable: true, description: 'The revoked credential; null where it was refused.' })
  @One({ on: { id: answered('credentialId') } })
  credential!: Credential | null;
}

@Resolver()
export class CredentialMutations {
  @Mutation(() => IssueCredentialPayload, {
    nullable: true,
    description: `Makes a credential for an integration of your organisation, of which at most ${MAX_VALID_CREDENTIALS} are valid at once. Refused with \`NOT_FOUND\` and \`TOO_MANY_CREDENTIALS\`; called more than ${SECRETS_PER_HOUR.max} times an hour, with the error \`THROTTLED\`.`,
  })
  @RateLimited(SECRETS_PER_HOUR)
  issueCredential(
    @Arg('input', () => IssueCredentialInput, { description: 'Which integration gets a new credential.' }) input: IssueCredentialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const issued = await issueCredential(tx, input.integrationId, wall);
      if (!issued.ok) return issued;
      const { credentialId, clientSecret } = issued.value;
      return ok({ answer: { credentialId }, secrets: { clientSecret } });
    });
  }

  @Mutation(() => RotateCredentialPayload, {
    nullable: true,
    description: `Makes a new credential in place of one that goes on for a while, so that you can move to the new secret without a gap. Refused with \`NOT_FOUND\`, \`CREDENTIAL_ENDED\`, \`TOO_MANY_CREDENTIALS\` and \`INVALID\`; called more than ${SECRETS_PER_HOUR.max} times an hour, with the error \`THROTTLED\`.`,
  })
  @RateLimited(SECRETS_PER_HOUR)
  rotateCredential(
    @Arg('input', () => RotateCredentialInput, { description: 'Which credential is replaced, and how long it goes on.' }) {
      credentialId: replacedCredentialId,
      overlap: overlapSeconds,
    }: RotateCredentialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const rotated = await rotateCredential(tx, { credentialId: replacedCredentialId, overlapSeconds }, wall);
      if (!rotated.ok) return rotated;
      const { credentialId, clientSecret } = rotated.value;
      return ok({ answer: { credentialId, replacedCredentialId }, secrets: { clientSecret } });
    });
  }

  @Mutation(() => RevokeCredentialPayload, {
    nullable: true,
    description: "Ends a credential at once, and with it every access token that came of it, this request's own included from the next request on. Refused with `NOT_FOUND`.",
  })
  @Repeatable()
  revokeCredential(
    @Arg('input', () => RevokeCredentialInput, { description: 'Which credential ends.' }) { credentialId }: RevokeCredentialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const revoked = await revokeCredential(tx, credentialId, wall);
      return revoked.ok ? ok({ answer: { credentialId } }) : revoked;
    });
  }
}

export const credentialGraphql: readonly Function[] = [
  Credential,
  IntegrationCredentials,
  CredentialMutations,
  IssueCredentialPayload,
  RotateCredentialPayload,
  RevokeCredentialPayload,
];
