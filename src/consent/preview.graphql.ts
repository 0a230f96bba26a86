/** `consentPreview`: what a query would be refused, told without running it for data. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { AtMost, Cost } from '../graphql/cost.ts';
import { enumOf } from '../graphql/enum.ts';
import { MAX_REFUSAL_ERRORS, ReadsOf, Value, badInput } from '../reads/index.ts';
import { ConsentScopeLevel } from './grant.graphql.ts';
import { checkedScopes, previewFields, type PreviewedField, type PreviewingContext } from './preview.ts';

/** What the previewed query may cost itself. A preview reserves as much and gives back what was not needed. */
export const MAX_PREVIEWED_COST = 500;

/** As many as a document holds. */
const MAX_FIELDS = 2_000;

/** The given value that holds it. */
export const CONSENT_PREVIEW = 'consent_preview';

export const ConsentDenialReason = enumOf('ConsentDenialReason', "Why a person's data may not be read.", {
  NO_GRANT: 'The person has given you nothing for the purpose, or is nobody that you know.',
  NOT_IN_GRANT: 'The grant does not cover the category, or not so far.',
  PURPOSE_MISMATCH: 'The category does not belong to the purpose, your integration is not approved for it, or the grant is for another.',
  EXPIRED: 'You held a grant, and its time is over.',
  WITHDRAWN: 'You held a grant, and the person took it back.',
  SUSPENDED: 'The marketplace is looking into the grant.',
  OUT_OF_WINDOW: 'There is nothing as far back as was agreed.',
});
export type ConsentDenialReason = keyof typeof ConsentDenialReason;

@ObjectType({ simpleResolvers: true, description: "A field of people's data in a previewed query, and what it needs." })
@Cost(0)
export class ConsentPreviewField {
  @Field(() => [String], { description: 'Response keys that lead to it, without places in lists.' })
  path!: readonly string[];

  @Field({ description: 'The category of data that it is of, e.g. `contact.email`.' })
  category!: string;

  @Field(() => ConsentScopeLevel, { description: 'The level that a grant must reach for it.' })
  level!: ConsentScopeLevel;

  @Field({ description: 'The purpose that the query reads it for.' })
  purpose!: string;

  @Field({ description: 'What to ask people for, as `consentRequest` of an error writes it, e.g. `order_support:contact.email:READ`.' })
  scope!: string;

  @Field({
    description:
      'Whether it would be shown of a person who agrees to `scopes`, or, without them, to all that the query needs: your integration is approved for the purpose, and the purpose covers the category.',
  })
  isOpen!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What a previewed query would be refused now: what `errors` of its answer would hold.' })
@Cost(0)
export class ConsentDenial {
  @Field(() => [String], { description: 'Response keys that lead to what would be null, without places in lists.' })
  path!: readonly string[];

  @Field(() => ConsentDenialReason, { description: 'Why.' })
  reason!: ConsentDenialReason;

  @Field(() => String, { nullable: true, description: 'The category of data; null where the whole list is refused.' })
  category!: string | null;

  @Field({ description: 'The purpose that the query reads it for.' })
  purpose!: string;

  @Field(() => ID, { nullable: true, description: 'The grant that does not reach so far, or has ended; null where there is none to name.' })
  grantId!: string | null;

  @Field(() => Int, { description: 'How many values of the page would be null for it.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: "What a query reads of people's data, and what of it would be refused." })
@Cost(MAX_PREVIEWED_COST)
export class ConsentPreview {
  @Field(() => [ConsentPreviewField], { description: "Every field of people's data in the query." })
  @AtMost(MAX_FIELDS)
  fields!: readonly PreviewedField[];

  @Field(() => [ConsentDenial], { description: `What would be refused now, by the grants as they stand; at most ${MAX_REFUSAL_ERRORS}.` })
  @AtMost(MAX_REFUSAL_ERRORS)
  denied!: readonly ConsentDenial[];

  @Field(() => [String], { description: 'All that people must have agreed to for the query to be answered whole, each once, e.g. `order_support:contact.email:READ`.' })
  scopes!: readonly string[];
}

@ArgsType()
export class ConsentPreviewArgs {
  @Field({ description: `The query to look into, as you would send it; it may cost ${MAX_PREVIEWED_COST} at most.` })
  query!: string;

  @Field(() => String, { nullable: true, description: 'Its variables: a JSON object, as text.' })
  variables?: string;

  @Field(() => String, { nullable: true, description: 'Which operation of the document; needed where there are several.' })
  operationName?: string;

  @Field(() => [String], {
    nullable: true,
    description: 'What people are taken to have agreed to, for `isOpen`, e.g. `["order_support:contact.email:READ"]`; without it, all that the query needs.',
  })
  scopes?: string[];
}

function variablesIn(text: string | undefined): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '{}');
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput('`variables` is a JSON object as text, e.g. `"{\\"first\\": 10}"`.');
  return value as Record<string, unknown>;
}

@Resolver()
@ReadsOf('Query')
export class ConsentPreviewQueries {
  @Query(() => ConsentPreview, {
    description:
      "What a query of yours reads of people's data and what of it would be refused, without showing any of it: nothing of a preview is in anybody's access log, and no grant for one look is used up.",
  })
  @Value(CONSENT_PREVIEW)
  async consentPreview(@Args(() => ConsentPreviewArgs) args: ConsentPreviewArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    const agreed = checkedScopes(args.scopes);
    const question = { query: args.query, variables: variablesIn(args.variables), operationName: args.operationName ?? null };
    return (context as PreviewingContext).readPreview(info, question, async (tx, previewer, read) => {
      const fields = await previewFields(tx, previewer, read, agreed);
      return {
        fields,
        denied: read.denials.map(({ path, extensions: { reason, category, purpose, grantId, count } }) => ({ path, reason, category, purpose, grantId: grantId ?? null, count })),
        scopes: [...new Set(fields.map(({ scope }) => scope))],
      };
    });
  }
}

export const consentPreviewGraphql = [ConsentPreview, ConsentPreviewField, ConsentDenial, ConsentPreviewQueries];
