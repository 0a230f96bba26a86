/** The mutations by which a partner asks for consent and gives it up, and says where people come back to. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ok, refused } from '../base/outcome.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { Duration } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import { currentEnvironment, partnerOfIntegration } from '../partners/index.ts';
import { Integration } from '../partners/integration.graphql.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { Computed, One, ReadsOf, sql } from '../reads/index.ts';
import { MAX_WHY_LENGTH } from './asking.rules.ts';
import { ConsentGrant, ConsentRequest, ConsentScopeLevel, ConsentScopePrecision } from './grant.graphql.ts';
import { relinquishConsent } from './grants.service.ts';
import { askMagicShopper, meetMagicShopper } from './magic-shoppers.service.ts';
import { MAX_REDIRECT_URIS, checkRedirectUris } from './redirect-uri.rules.ts';
import { replaceRedirectUris } from './request.store.ts';
import { requestConsent } from './requests.service.ts';

const DAY_SECONDS = 86_400;

@InputType({ description: 'One category of data that you ask for.' })
export class ConsentScopeInput {
  @Field({ description: 'The category, e.g. `order.history`; the purpose must cover it.' })
  category!: string;

  @Field(() => ConsentScopeLevel, { defaultValue: 'RECORD', description: 'How much of it; ask for the least that serves.' })
  level!: ConsentScopeLevel;

  @Field(() => Duration, { nullable: true, description: 'How far back, in whole days, e.g. `P90D`; without it, all there is, which the purpose must allow.' })
  lookback?: number;

  @Field(() => ConsentScopePrecision, { defaultValue: 'EXACT', description: 'How exact.' })
  precision!: ConsentScopePrecision;

  @Field({ defaultValue: false, description: 'Whether your purpose cannot be served without it. What is not required is off until the person ticks it.' })
  required!: boolean;

  @Field(() => String, { nullable: true, description: `Why you ask, for the person to read: plain text of at most ${MAX_WHY_LENGTH} characters.` })
  why?: string;
}

@InputType({ description: 'What you want to ask a person for.' })
export class RequestConsentInput {
  @Field({ description: 'The purpose, e.g. `order_support`; your integration must be approved for it.' })
  purpose!: string;

  @Field(() => [ConsentScopeInput], { description: 'What you ask for, one entry a category.' })
  scopes!: ConsentScopeInput[];

  @Field(() => ID, { nullable: true, description: 'The person, by the id that you know them by; without it, whoever signs in is asked.' })
  subjectId?: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `requestConsent` did.' })
export class RequestConsentPayload {
  @Field(() => ConsentRequest, {
    nullable: true,
    description: 'The question. Send the person to `/oauth/authorize` with its id as `consent_request`, and PKCE. Null where it was refused.',
  })
  @One({ on: { id: answered('requestId') } })
  consentRequest!: ConsentRequest | null;

  @Field(() => [UserError], { description: 'Why nothing was asked; empty where it was.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Which grant you give up.' })
export class RelinquishConsentInput {
  @Field(() => ID, { description: 'Id of the grant.' })
  grantId!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: giving up twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `relinquishConsent` did.' })
export class RelinquishConsentPayload {
  @Field(() => ConsentGrant, { nullable: true, description: 'The grant as it stands now; null where it was refused.' })
  @One({ on: { id: answered('grantId') } })
  grant!: ConsentGrant | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Where people may be sent back to from the consent page.' })
export class SetRedirectUrisInput {
  @Field(() => ID, { description: "Id of one of your organisation's integrations." })
  integrationId!: string;

  @Field(() => [String], { description: `All of them, at most ${MAX_REDIRECT_URIS}, each compared character by character; those not named are taken away.` })
  redirectUris!: string[];

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: setting them twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `setRedirectUris` did.' })
export class SetRedirectUrisPayload {
  @Field(() => Integration, { nullable: true, description: 'The integration with its redirect URIs; null where it was refused.' })
  @One({ on: { id: answered('integrationId') } })
  integration!: Integration | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationRedirectUris {
  @FieldResolver(() => [String], { description: 'Where people may be sent back to from the consent page.' })
  @Computed(
    row => sql`array(select u.uri from portico.redirect_uri u where u.environment_id = ${row.col('environment_id')} and u.integration_id = ${row.col('id')} order by u.uri)`,
  )
  redirectUris(@Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@Resolver()
export class ConsentMutations {
  @Mutation(() => RequestConsentPayload, {
    nullable: true,
    description:
      'Prepares a question to a person. They see only what goes beyond what they have agreed to already. Refused with `PURPOSE_NOT_APPROVED`, `PURPOSE_EXCEEDED`, `RECIPIENT_UNVERIFIED`, `REDIRECT_URI_MISSING`, `CONSENT_RESTING` (30 days after a no), `CONSENT_ALREADY_GIVEN`, `DELETION_OVERDUE`, `SUSPENDED`, `NOT_FOUND` and `INVALID`.',
  })
  requestConsent(
    @Arg('input', () => RequestConsentInput, { description: 'What is asked, for which purpose.' }) input: RequestConsentInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, { integrationId }) => {
      const environment = await currentEnvironment(tx);
      const partnerId = (await partnerOfIntegration(tx, environment.id, integrationId))!;
      const scopes = input.scopes.map(({ lookback, why, ...scope }) => ({ ...scope, lookbackDays: lookback == null ? null : lookback / DAY_SECONDS, why: why ?? null }));
      const asking = { environmentId: environment.id, partnerId, integrationId };
      // Live refuses such ids on the road.
      if (input.subjectId != null) await meetMagicShopper(tx, asking, input.subjectId, clocks);
      const asked = await requestConsent(tx, asking, { purpose: input.purpose, scopes, subjectId: input.subjectId ?? null }, clocks);
      if (!asked.ok) return asked;
      const { requestId } = asked.value;
      if (input.subjectId != null) await askMagicShopper(tx, asking, requestId, input.subjectId, clocks);
      return ok({ answer: { requestId } });
    });
  }

  @Mutation(() => RelinquishConsentPayload, {
    nullable: true,
    description: 'Gives up a grant that you no longer need. It ends at once. Refused with `NOT_FOUND`, `GRANT_ENDED` and `SUSPENDED`.',
  })
  @Repeatable()
  relinquishConsent(
    @Arg('input', () => RelinquishConsentInput, { description: 'Which grant.' }) { grantId }: RelinquishConsentInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks) => {
      const { id: environmentId } = await currentEnvironment(tx);
      const done = await relinquishConsent(tx, { environmentId, grantId }, clocks);
      return done.ok ? ok({ answer: { grantId } }) : done;
    });
  }

  @Mutation(() => SetRedirectUrisPayload, { nullable: true, description: 'Says where people may be sent back to from the consent page. Refused with `NOT_FOUND` and `INVALID`.' })
  @Repeatable()
  setRedirectUris(
    @Arg('input', () => SetRedirectUrisInput, { description: 'The integration and all its redirect URIs.' }) { integrationId, redirectUris }: SetRedirectUrisInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const checked = checkRedirectUris(redirectUris);
      if (!checked.ok) return checked;
      const { id: environmentId } = await currentEnvironment(tx);
      const partnerId = await partnerOfIntegration(tx, environmentId, integrationId);
      if (!partnerId) return refused({ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] });
      await replaceRedirectUris(tx, { environmentId, partnerId, integrationId }, checked.value, new Date(wall.now()));
      return ok({ answer: { integrationId } });
    });
  }
}
