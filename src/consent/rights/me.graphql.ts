/**
 * A person's own API, `POST /graphql/me`, for whoever has signed in on the pages: what they share, what was
 * read of them, and their rights. Its resolvers do what they say by the services of this room, in the one
 * transaction of the request; nothing of it is a partner's.
 */
import { Arg, Args, ArgsType, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Outcome } from '../../base/outcome.ts';
import { enumOf } from '../../graphql/enum.ts';
import { apiError } from '../../graphql/errors.ts';
import { DateTime, SafeInt } from '../../graphql/scalars.ts';
import type { Clocks } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import type { Language } from '../catalogue.rules.ts';
import { ConsentGrantScope, ConsentGrantState } from '../grant.graphql.ts';
import { grantState } from '../grant.rules.ts';
import { grantsOfPerson, newestReceipt, type PersonsGrant } from '../grant.store.ts';
import { actOnGrant, type ConsentHouse } from '../grants.service.ts';
import { correct, eraseMe, exportMyData, object } from './rights.service.ts';
import { disclosuresOf, requestsOf, type Disclosure, type PersonKey, type RightsRequest } from './rights.store.ts';

/** What the route puts in the context. */
export interface MeContext {
  readonly tx: Tx;
  readonly house: ConsentHouse;
  readonly person: PersonKey;
  readonly language: Language;
  readonly clocks: Clocks;
}

const MAX_GRANTS = 100;
const MAX_ENTRIES = 100;

const MeErrorCode = enumOf('MeErrorCode', 'Why nothing was changed.', {
  INVALID: 'A value cannot be taken; the message says what can.',
  NOT_FOUND: 'There is no such thing of yours.',
  CONFIRMATION_NEEDED: 'It cannot be taken back, so it is to be confirmed.',
  GRANT_ENDED: 'The grant has ended already.',
  NOT_NARROWER: 'Nothing would be left, or there is nothing to leave out.',
  SUSPENDED: 'The marketplace is looking into the grant.',
});

const RightsKindEnum = enumOf('MyRequestKind', 'What you asked.', {
  EXPORT: 'A copy of everything.',
  ERASURE: 'To be erased.',
  OBJECTION: 'That nothing is read under a grant.',
  CORRECTION: 'That something is put right.',
});
const RightsOutcomeEnum = enumOf('MyRequestOutcome', 'How it was decided.', { GRANTED: 'As you asked.', REFUSED: 'It was refused; the answer says why.' });

@ObjectType({ simpleResolvers: true, description: 'Why nothing was changed.' })
class MeError {
  @Field(() => MeErrorCode, { description: 'The cause.' })
  code!: string;

  @Field({ description: 'The cause in words.' })
  message!: string;

  @Field(() => [String], { description: 'Where in `input` the cause stands.' })
  path!: readonly string[];
}

@ObjectType({ simpleResolvers: true, description: 'What you have agreed that somebody reads of you.' })
class MyGrant {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field({ description: 'The app that may read.' })
  app!: string;

  @Field({ description: 'The organisation that the app belongs to.' })
  partner!: string;

  @Field({ description: 'What for, e.g. `order_support`.' })
  purpose!: string;

  @Field(() => ConsentGrantState, { description: 'Whether anything may be read now.' })
  state!: string;

  @Field(() => [ConsentGrantScope], { description: 'What may be read.' })
  scopes!: unknown[];

  @Field(() => DateTime, { description: 'When you agreed.' })
  givenAt!: Date;

  @Field(() => DateTime, { description: 'When it ends by itself.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was ended; null where it was not.' })
  endedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'The newest receipt, a signed JWS; null where none was given.' })
  receipt!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'One time that something was read of you: who, which fields, why, and when.' })
class MyDisclosure {
  @Field(() => ID, { description: 'Its id, in the log and in proofs.' })
  id!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;

  @Field({ description: 'The organisation that read.' })
  partnerName!: string;

  @Field({ description: 'Its app.' })
  integrationName!: string;

  @Field({ description: 'Why: the purpose.' })
  purpose!: string;

  @Field(() => [String], { description: 'Which fields, as the API names them.' })
  fields!: string[];

  @Field(() => Int, { description: 'How many things went out, you yourself among them.' })
  recordCount!: number;

  @Field(() => ID, { description: 'The grant that it was read under.' })
  grantId!: string;

  @Field(() => SafeInt, { nullable: true, description: 'Its place in the sealed log; null for the first seconds.' })
  leafIndex!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'Something that you asked.' })
class MyRequest {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => RightsKindEnum, { description: 'What.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'In your words.' })
  words!: string | null;

  @Field(() => DateTime, { description: 'When you asked.' })
  askedAt!: Date;

  @Field(() => DateTime, { description: 'By when you have an answer.' })
  dueAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was settled; null while it waits.' })
  settledAt!: Date | null;

  @Field(() => RightsOutcomeEnum, { nullable: true, description: 'How it was decided.' })
  outcome!: string | null;

  @Field(() => String, { nullable: true, description: 'What the marketplace answers you.' })
  answer!: string | null;
}

@ArgsType()
class LogArgs {
  @Field(() => Int, { defaultValue: 50, description: `How many, 1 to ${MAX_ENTRIES}.` })
  first!: number;

  @Field(() => ID, { nullable: true, description: 'Id of the entry after which to go on.' })
  after?: string;
}

@InputType({ description: 'What every change may carry.' })
abstract class MeInput {
  @Field(() => String, { nullable: true, description: 'Not required: doing it twice changes nothing more.' })
  idempotencyKey?: string;
}

@InputType({ description: 'Which grant.' })
class GrantInput extends MeInput {
  @Field(() => ID, { description: 'Its id.' })
  grantId!: string;
}

@InputType({ description: 'What you no longer share.' })
class NarrowInput extends GrantInput {
  @Field(() => [String], { description: 'Categories to leave out, e.g. `order.history`.' })
  leaveOut!: string[];
}

@InputType({ description: 'What you object to.' })
class ObjectInput extends GrantInput {
  @Field({ description: 'Why, in 1 to 1000 characters.' })
  words!: string;
}

@InputType({ description: 'What is wrong.' })
class CorrectInput extends MeInput {
  @Field({ description: 'The category of data, e.g. `contact.email`.' })
  category!: string;

  @Field({ description: 'What is wrong and what is right, in 1 to 1000 characters.' })
  words!: string;
}

@InputType({ description: 'A copy of everything.' })
class ExportInput extends MeInput {}

@InputType({ description: 'An erasure.' })
class EraseInput extends MeInput {
  @Field({ description: 'True where you mean it: it cannot be taken back.' })
  confirm!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a grant.' })
class MyGrantPayload {
  @Field(() => MyGrant, { nullable: true, description: 'The grant as it stands now; null where nothing was changed.' })
  grant!: MyGrant | null;

  @Field(() => [MeError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: MeError[];
}

@ObjectType({ simpleResolvers: true, description: 'What became of what you asked.' })
class MyRequestPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the request; null where it was not taken.' })
  requestId!: string | null;

  @Field(() => [MeError], { description: 'Why it was not taken; empty where it was.' })
  userErrors!: MeError[];
}

@ObjectType({ simpleResolvers: true, description: 'A copy of everything.' })
class ExportPayload {
  @Field({ description: 'Everything that is known of you, and who has read what of it: JSON text.' })
  json!: string;

  @Field(() => [MeError], { description: 'Always empty.' })
  userErrors!: MeError[];
}

async function told(grant: PersonsGrant, { tx, person, clocks }: MeContext): Promise<MyGrant> {
  const receipt = await newestReceipt(tx, person.environmentId, grant.id);
  return {
    id: grant.id,
    app: grant.integrationName,
    partner: grant.partnerName,
    purpose: grant.purpose,
    state: grantState(grant, clocks.environment.now()),
    scopes: [...grant.scopes],
    givenAt: new Date(grant.givenAt),
    expiresAt: new Date(grant.expiresAt),
    endedAt: grant.ended && new Date(grant.ended.at),
    receipt: receipt?.jws ?? null,
  };
}

const grantsOf = ({ tx, person }: MeContext): Promise<PersonsGrant[]> => grantsOfPerson(tx, person.environmentId, person.customerId, MAX_GRANTS);

async function actedOn(context: MeContext, grantId: string, outcome: Outcome<unknown, MeError>): Promise<MyGrantPayload> {
  if (!outcome.ok) return { grant: null, userErrors: [outcome.refusal] };
  const grant = (await grantsOf(context)).find(({ id }) => id === grantId);
  return { grant: grant ? await told(grant, context) : null, userErrors: [] };
}

const asked = (outcome: Outcome<{ requestId: string }, MeError>): MyRequestPayload =>
  outcome.ok ? { requestId: outcome.value.requestId, userErrors: [] } : { requestId: null, userErrors: [outcome.refusal] };

@Resolver()
class MeQueries {
  @Query(() => [MyGrant], { description: `What you share and have shared, newest first, at most ${MAX_GRANTS}.` })
  async myGrants(@Ctx() context: MeContext): Promise<MyGrant[]> {
    const grants: MyGrant[] = [];
    for (const grant of await grantsOf(context)) grants.push(await told(grant, context));
    return grants;
  }

  @Query(() => [MyDisclosure], { description: 'Each time that something was read of you, newest first.' })
  myAccessLog(@Args(() => LogArgs) { first, after }: LogArgs, @Ctx() { tx, person }: MeContext): Promise<Disclosure[]> {
    if (first < 1 || first > MAX_ENTRIES) throw apiError('BAD_USER_INPUT', `\`first\` is ${first}; it must be 1 to ${MAX_ENTRIES}.`);
    return disclosuresOf(tx, person, { first, after: after ?? null });
  }

  @Query(() => [MyRequest], { description: 'What you asked of the marketplace, newest first.' })
  myRequests(@Ctx() { tx, person }: MeContext): Promise<RightsRequest[]> {
    return requestsOf(tx, person, MAX_ENTRIES);
  }
}

@Resolver()
class MeMutations {
  @Mutation(() => MyGrantPayload, { description: 'Stops sharing, at once.' })
  async withdrawConsent(@Arg('input', () => GrantInput, { description: 'What.' }) { grantId }: GrantInput, @Ctx() context: MeContext): Promise<MyGrantPayload> {
    const { tx, house, person, clocks, language } = context;
    return actedOn(context, grantId, await actOnGrant(tx, house, { ...person, grantId, act: { act: 'WITHDRAW' }, actor: 'SUBJECT', language }, clocks));
  }

  @Mutation(() => MyGrantPayload, { description: 'Leaves something out of what you share, at once.' })
  async narrowConsent(@Arg('input', () => NarrowInput, { description: 'What.' }) { grantId, leaveOut }: NarrowInput, @Ctx() context: MeContext): Promise<MyGrantPayload> {
    const { tx, house, person, clocks, language } = context;
    const grant = (await grantsOf(context)).find(({ id }) => id === grantId);
    const scopes = grant?.scopes.filter(({ category }) => !leaveOut.includes(category)) ?? [];
    return actedOn(context, grantId, await actOnGrant(tx, house, { ...person, grantId, act: { act: 'NARROW', scopes }, actor: 'SUBJECT', language }, clocks));
  }

  @Mutation(() => MyRequestPayload, { description: 'Stops what is read under a grant until the marketplace has decided on your objection.' })
  async object(
    @Arg('input', () => ObjectInput, { description: 'What.' }) { grantId, words }: ObjectInput,
    @Ctx() { tx, house, person, clocks }: MeContext,
  ): Promise<MyRequestPayload> {
    return asked(await object(tx, house, person, grantId, words, clocks));
  }

  @Mutation(() => MyRequestPayload, { description: 'Asks that something wrong is put right.' })
  async correct(
    @Arg('input', () => CorrectInput, { description: 'What.' }) { category, words }: CorrectInput,
    @Ctx() { tx, person, clocks }: MeContext,
  ): Promise<MyRequestPayload> {
    return asked(await correct(tx, person, category, words, clocks));
  }

  @Mutation(() => ExportPayload, { description: 'Everything that is known of you, at once.' })
  async exportMyData(
    @Arg('input', () => ExportInput, { nullable: true, description: 'Nothing is needed.' }) _input: ExportInput | null,
    @Ctx() { tx, house, person, clocks }: MeContext,
  ): Promise<ExportPayload> {
    return { json: JSON.stringify(await exportMyData(tx, person, house.controller.name, clocks)), userErrors: [] };
  }

  @Mutation(() => MyRequestPayload, { description: 'Erases you: everything you share ends, partners have to delete, and nothing that can be read of you is left.' })
  async eraseMe(
    @Arg('input', () => EraseInput, { description: 'Whether you mean it.' }) { confirm }: EraseInput,
    @Ctx() { tx, house, person, clocks }: MeContext,
  ): Promise<MyRequestPayload> {
    return asked(await eraseMe(tx, house, person, confirm, clocks));
  }
}

export const meGraphql: readonly Function[] = [MeQueries, MeMutations];
