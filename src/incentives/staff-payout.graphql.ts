/** What the staff does with payouts and clawbacks. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok, refused } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, readWith, writeAsStaff } from '../partners/index.ts';
import { asc, Column, Computed, desc, From, Many, One, Page, ReadsOf, Value } from '../reads/index.ts';
import { announceClawback, decideAppeal } from './clawbacks.service.ts';
import { ClawbackMoney, ClawbackState, clawbackState, PayoutState, payoutState } from './payout.graphql.ts';
import { payoutFileText, resolvePayout, sendPayouts } from './payouts.service.ts';

export const PayoutFileFormat = enumOf('PayoutFileFormat', 'How a file of payouts is written.', {
  PAIN_001: 'ISO 20022, pain.001.001.09, as XML.',
  CSV: 'Comma-separated values after RFC 4180.',
});
export type PayoutFileFormat = keyof typeof PayoutFileFormat;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money that left for a partner.' })
@From('payout', { scope: ['environment_id'], idPrefix: 'pay' })
export class Payout extends Node {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column()
  partnerId!: string;

  @Field(() => ID, { description: 'Id of the file that it is in.' })
  @Column()
  fileId!: string;

  @Field(() => Money, { description: 'How much.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money;

  @Field(() => PayoutState, { description: 'What has become of it.' })
  @Computed(payoutState)
  state!: PayoutState;

  @Field(() => DateTime, { description: 'Instant at which it was sent.' })
  @Column()
  sentAt!: Date;
}

export const PayoutConnection = connectionOf(Payout);

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money of an award that is to be taken back.' })
@From('clawback', { scope: ['environment_id'], idPrefix: 'clb' })
export class Clawback extends Node {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column()
  partnerId!: string;

  @Field(() => ID, { description: 'Id of the award.' })
  @Column()
  awardId!: string;

  @Field(() => Money, { description: 'How much.' })
  @ClawbackMoney()
  amount!: Money;

  @Field(() => ClawbackState, { description: 'Where it stands; `APPEALED` is the queue.' })
  @Computed(clawbackState)
  state!: ClawbackState;

  @Field(() => String, { nullable: true, description: 'What the partner said against it; null where it did not.' })
  @Column()
  appeal!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it is carried out unless the partner objects.' })
  @Column()
  executesAt!: Date;
}

export const ClawbackConnection = connectionOf(Clawback);

@InputType({ description: 'Which money is sent, and from where.' })
export class SendPayoutsInput extends StaffMutationInput {
  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;

  @Field({ description: 'Name of whoever pays, as the bank knows it, up to 140 characters.' })
  debtor!: string;

  @Field({ description: 'The account that is paid from (IBAN).' })
  debtorIban!: string;
}

@InputType({ description: 'What the bank made of a payout.' })
export class ResolvePayoutInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the payout.' })
  payoutId!: string;

  @Field({ description: 'Whether it arrived; false where the bank sent it back.' })
  settled!: boolean;
}

@InputType({ description: 'What is to be taken back.' })
export class AnnounceClawbackInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the award, which is posted.' })
  awardId!: string;

  @Field(() => SafeInt, { description: "How much, in the currency's smallest unit: what is left of the award at most." })
  amountMinor!: number;
}

@InputType({ description: 'A decision on an appeal.' })
export class DecideClawbackInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the clawback.' })
  clawbackId!: string;

  @Field({ description: 'Whether it is carried out; false drops it.' })
  execute!: boolean;
}

@ObjectType({ description: 'What a sending of payouts did.' })
export class SendPayoutsPayload extends StaffPayload {
  @Field(() => [Payout], { description: 'The payouts of the file: the first 1,000; none where it was refused.' })
  @Many({ on: { file_id: answered('fileId') }, order: [asc('id')], limit: 1000 })
  payouts!: Payout[];
}

@ObjectType({ description: 'What a mutation on a payout did.' })
export class ResolvePayoutPayload extends StaffPayload {
  @Field(() => Payout, { nullable: true, description: 'The payout as it stands now; null where it was refused.' })
  @One({ on: { id: answered('payoutId') } })
  payout!: Payout | null;
}

@ObjectType({ description: 'What a mutation on a clawback did.' })
export class ClawbackPayload extends StaffPayload {
  @Field(() => Clawback, { nullable: true, description: 'The clawback as it stands now; null where it was refused.' })
  @One({ on: { id: answered('clawbackId') } })
  clawback!: Clawback | null;
}

const READERS = ['FINANCE', 'PROGRAM_MANAGER', 'AUDITOR'] as const;

@Resolver()
@ReadsOf('Query')
export class StaffPayoutQueries {
  @Query(() => PayoutConnection, { description: 'Payouts in live, newest first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('sent_at', 'timestamptz'), asc('id')] })
  @StaffOnly(...READERS)
  payouts(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => String, { nullable: true, description: 'A file of payouts as a bank takes it; null where there is none with this id.' })
  @Value('payout_file')
  @StaffOnly('FINANCE', 'AUDITOR')
  payoutFile(
    @Arg('id', () => ID, { description: 'Id of the file.' }) id: string,
    @Arg('format', () => PayoutFileFormat, { description: 'How it is written.' }) format: PayoutFileFormat,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return readWith(context, info, 'payout_file', async (tx, { liveEnvironmentId }) => (isId(id) ? payoutFileText(tx, liveEnvironmentId, id, format) : null));
  }

  @Query(() => ClawbackConnection, { description: 'Clawbacks in live, newest first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('announced_at', 'timestamptz'), asc('id')] })
  @StaffOnly(...READERS)
  clawbacks(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class StaffPayoutMutations {
  @Mutation(() => SendPayoutsPayload, {
    nullable: true,
    description: 'Makes a file of all that is payable in a currency to partners that said where. Refused with `INVALID` and `NOT_FOUND`.',
  })
  @StaffOnly('FINANCE')
  sendPayouts(
    @Arg('input', () => SendPayoutsInput, { description: 'What, and from where.' }) { currency, debtor, debtorIban }: SendPayoutsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, clock }) => {
      const order = { currency, debtor, debtorIban: debtorIban.replaceAll(' ', ''), partnerId: null, mostMinor: null, otherwise: null };
      const done = await sendPayouts(tx, liveEnvironmentId, order, clock.now());
      return done.ok ? ok({ answer: { fileId: done.value.fileId } }) : done;
    });
  }

  @Mutation(() => ResolvePayoutPayload, { nullable: true, description: 'Writes down what the bank made of a payout, once. Refused with `NOT_FOUND` and `ALREADY_DECIDED`.' })
  @StaffOnly('FINANCE')
  resolvePayout(
    @Arg('input', () => ResolvePayoutInput, { description: 'Of which payout.' }) { payoutId, settled, reason }: ResolvePayoutInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, clock }) => {
      const done = await resolvePayout(tx, liveEnvironmentId, isId(payoutId) ? payoutId : '', { settled, memo: reason }, clock.now());
      return done.ok ? ok({ answer: { payoutId } }) : done;
    });
  }

  @Mutation(() => ClawbackPayload, {
    nullable: true,
    description: 'Tells a partner that money of a posted award will be taken back in 14 days, unless it objects. Refused with `NOT_FOUND` and `RULE_BROKEN`.',
  })
  @StaffOnly('FINANCE')
  announceClawback(
    @Arg('input', () => AnnounceClawbackInput, { description: 'Of which award, and how much.' }) { awardId, amountMinor, reason }: AnnounceClawbackInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
      const done = await announceClawback(tx, liveEnvironmentId, { awardId: isId(awardId) ? awardId : '', amountMinor, reason, personId: staffId }, clock.now());
      return done.ok ? ok({ answer: done.value }) : refused({ ...done.refusal, path: ['awardId'] });
    });
  }

  @Mutation(() => ClawbackPayload, {
    nullable: true,
    description: 'Decides on a clawback that the partner objects to; not by who announced it. Refused with `NOT_FOUND`, `OWN_WORK`, `ALREADY_DECIDED` and `RULE_BROKEN`.',
  })
  @StaffOnly('FINANCE', 'PROGRAM_MANAGER')
  decideClawback(
    @Arg('input', () => DecideClawbackInput, { description: 'Which, and how.' }) { clawbackId, execute, reason }: DecideClawbackInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
      const done = await decideAppeal(tx, liveEnvironmentId, { clawbackId: isId(clawbackId) ? clawbackId : '', personId: staffId, execute, reason }, clock.now());
      return done.ok ? ok({ answer: done.value }) : refused({ ...done.refusal, path: ['clawbackId'] });
    });
  }
}

export const staffPayoutGraphql: readonly Function[] = [StaffPayoutQueries, StaffPayoutMutations, Payout, Clawback, SendPayoutsPayload, ResolvePayoutPayload, ClawbackPayload];
