/** The removal gate in the staff API: what it would say today, what it said, and the word of two that overrides it. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, Float, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { AllStaff, StaffMutationInput, StaffOnly, StaffPayload, readWith, writeAsStaff } from '../partners/index.ts';
import { One, Page, ReadsOf, Value, asc, desc, equals } from '../reads/index.ts';
import type { Verdict } from './notice-state.rules.ts';
import { overrideVerdict, weighRemovals, type Weighed } from './removals.service.ts';
import type { RemovalGate, UseInEvidence } from './removal.rules.ts';
import { RemovalVerdict, RemovalVerdictConnection } from './staff-notice.graphql.ts';
import type { ResponseKind } from './talk.store.ts';
import { DeprecationResponseKind, RemovalGateEnum, VerdictKind } from './words.graphql.ts';

@ObjectType({ simpleResolvers: true, description: 'An integration in live that used within 30 days what is to go, or has registered documents that use it.' })
export class RemovalUse {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field({ description: 'Name of the integration.' })
  integrationName!: string;

  @Field(() => ID, { description: 'Id of its partner.' })
  partnerId!: string;

  @Field({ description: 'Name of its partner.' })
  partnerName!: string;

  @Field(() => [String], { description: 'API versions in which it used it.' })
  apiVersions!: string[];

  @Field(() => [String], { description: 'Names of the operations that used it.' })
  operationNames!: string[];

  @Field(() => SafeInt, { description: 'How often.' })
  uses!: number;

  @Field(() => Float, { description: 'Of all requests in live in that time, 0 to 1.' })
  shareOfTraffic!: number;

  @Field(() => Int, { description: 'How many of the documents that it registered use it, whether they were sent or not.' })
  registeredOperations!: number;

  @Field(() => DateTime, { nullable: true, description: 'Instant of the last use; null where there was none within 30 days.' })
  lastUsedAt!: string | null;

  @Field(() => [String], { description: 'Ids of the last requests, newest first.' })
  requestIds!: string[];

  @Field(() => DateTime, { nullable: true, description: 'Instant at which its partner was last told; null where it never was.' })
  notifiedAt!: string | null;

  @Field(() => DeprecationResponseKind, { nullable: true, description: 'What its partner said last; null where it said nothing.' })
  answer!: ResponseKind | null;

  @Field(() => DateOnly, { nullable: true, description: 'The date asked for or signed; null where there is none.' })
  onDate!: string | null;

  @Field(() => Int, { description: 'How many of its operations the partner showed without the element.' })
  rewrittenOperations!: number;

  @Field({ description: 'Whether the gate waits for it.' })
  blocks!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What the removal gate would say today of something that the calendar brings.' })
export class RemovalPreview {
  @Field(() => RemovalGateEnum, { description: 'What is decided on.' })
  gate!: RemovalGate;

  @Field({ description: 'The version that is to be released or to retire.' })
  version!: string;

  @Field(() => DateTime, { description: 'Instant at which that is due. The gate decides a day ahead, and again each minute until it lets go.' })
  dueAt!: string;

  @Field(() => ID, { nullable: true, description: 'Id of the notice whose element would be missing; null for a retirement.' })
  noticeId!: string | null;

  @Field(() => String, { nullable: true, description: 'The element that would be missing; null for a retirement.' })
  coordinate!: string | null;

  @Field(() => VerdictKind, { description: 'What the gate would decide: `PASSED` or `REFUSED`.' })
  verdict!: Verdict['verdict'];

  @Field(() => DateTime, { description: 'Instant since which uses count.' })
  usesSince!: string;

  @Field(() => SafeInt, { description: 'All requests in live in that time.' })
  requests!: number;

  @Field(() => [RemovalUse], { description: 'Who used it in that time, the busiest first, and then who has only registered documents that use it.' })
  users!: RemovalUse[];
}

const useOf = ({ answer, ...use }: UseInEvidence): RemovalUse => ({
  ...use,
  apiVersions: [...use.apiVersions],
  operationNames: [...use.operationNames],
  requestIds: [...use.requestIds],
  answer: answer?.kind ?? null,
  onDate: answer?.onDate ?? null,
  rewrittenOperations: answer?.rewrittenOperations ?? 0,
});

const previewOf = ({ removal, subject, decision: { verdict, evidence } }: Weighed): RemovalPreview => ({
  gate: subject.gate,
  version: subject.version,
  dueAt: new Date(removal.dueAt).toISOString(),
  noticeId: subject.notice?.id ?? null,
  coordinate: subject.notice?.coordinate ?? null,
  verdict,
  usesSince: evidence.usesSince,
  requests: evidence.requests,
  users: evidence.users.map(useOf),
});

@InputType({ description: 'Narrows the list of verdicts. Conditions add up.' })
export class RemovalVerdictFilter {
  @Field(() => RemovalGateEnum, { nullable: true, description: 'Only those on releases, or on retirements.' })
  gate?: RemovalGate;

  @Field(() => String, { nullable: true, description: 'Only those on this version.' })
  version?: string;

  @Field(() => VerdictKind, { nullable: true, description: 'Only those of this kind.' })
  verdict?: Verdict['verdict'];
}

@ArgsType()
export class RemovalVerdictsArgs extends PageArgs {
  @Field(() => RemovalVerdictFilter, { nullable: true, description: 'Narrows the list; without it, all.' })
  filter?: RemovalVerdictFilter;
}

@InputType({ description: 'Which refusal you would override, and what partners read about it.' })
export class OverrideRemovalVerdictInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the verdict; it must be the last one on its subject.' })
  verdictId!: string;

  @Field({ description: 'Why what is still used goes all the same, for partners to read, up to 1,000 characters.' })
  publicReason!: string;
}

@ObjectType({ description: 'What `overrideRemovalVerdict` did.' })
export class OverrideRemovalVerdictPayload extends StaffPayload {
  @Field(() => RemovalVerdict, {
    nullable: true,
    description: 'The verdict that lets go, once two people have said so, and until then the refused one; null where nothing was done.',
  })
  @One({ on: { id: answered('verdictId') } })
  verdict!: RemovalVerdict | null;
}

@Resolver()
@ReadsOf('Query')
export class StaffRemovalQueries {
  @Query(() => [RemovalPreview], {
    description:
      'What the removal gate would say today of the releases and retirements to come, soonest first: an entry for each element, and for each version. It lists nothing that was let go already.',
  })
  @Value('removal_preview')
  @AllStaff()
  removalPreview(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readWith(context, info, 'removal_preview', async (tx, { clock }) => (await weighRemovals(tx, clock.now())).map(previewOf));
  }

  @Query(() => RemovalVerdictConnection, { description: 'What the removal gate decided, newest first. `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('decided_at', 'timestamptz'), asc('id')], filter: { gate: equals('gate'), version: equals('version'), verdict: equals('verdict') } })
  @AllStaff()
  removalVerdicts(@Args(() => RemovalVerdictsArgs) _args: RemovalVerdictsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class StaffRemovalMutations {
  @Mutation(() => OverrideRemovalVerdictPayload, {
    nullable: true,
    description:
      'Says that what the removal gate refused is to go all the same. The second person who says so makes it so, and the partners in its way are told both reasons. Refused with `NOT_FOUND`, `INVALID`, `REVIEW_STATE` and `ALREADY_DECIDED`.',
  })
  @StaffOnly('API_STEWARD')
  overrideRemovalVerdict(
    @Arg('input', () => OverrideRemovalVerdictInput, { description: 'Which verdict, and why.' }) { verdictId, publicReason }: OverrideRemovalVerdictInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await overrideVerdict(tx, act, verdictId, publicReason);
      // First what the journal is to say that it was about.
      return done.ok ? ok({ answer: { ...(done.value.noticeId === null ? {} : { noticeId: done.value.noticeId }), verdictId: done.value.verdictId } }) : done;
    });
  }
}

export const staffRemovalsGraphql: readonly Function[] = [RemovalUse, RemovalPreview, OverrideRemovalVerdictPayload, StaffRemovalQueries, StaffRemovalMutations];
