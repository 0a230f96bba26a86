/** The mutations by which a partner plays, in a sandbox, the people and the marketplace whose acts it must cope with. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok, type Outcome } from '../../base/outcome.ts';
import { DateTime } from '../../graphql/scalars.ts';
import { UserError } from '../../graphql/user-error.ts';
import { AnsweredValue, KEY_DESCRIPTION, Repeatable, answered, write, type Done } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { One } from '../../reads/index.ts';
import { Breach, BreachAudienceEnum, BreachGrantsEnum } from '../breach/breach.graphql.ts';
import { rehearseBreach, rehearseBreachEnd, rehearseErasure, rehearseNotification, type RehearsalRefusal } from './rehearsal.service.ts';

const ONCE = `${KEY_DESCRIPTION} Not required: doing it twice changes nothing more.`;

@InputType({ description: 'Who is erased.' })
export class RehearseErasureInput {
  @Field(() => ID, { description: 'The person, by the id that you know them by.' })
  subjectId!: string;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `rehearseErasure` did.' })
export class RehearseErasurePayload {
  @Field(() => ID, { nullable: true, description: 'The id by which you knew the person; null where it was refused.' })
  @AnsweredValue('erasedSubjectId')
  erasedSubjectId!: string | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A breach at your organisation, as the marketplace would declare it.' })
export class RehearseBreachInput {
  @Field({ defaultValue: 'A rehearsal.', description: 'What happened, in 1 to 2000 characters.' })
  summary!: string;

  @Field(() => DateTime, { nullable: true, description: "From when on what you received is concerned, by the sandbox's clock; everything where absent." })
  affectedSince?: Date;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'That the marketplace told somebody of a breach.' })
export class RehearseBreachNotificationInput {
  @Field(() => ID, { description: 'Id of the breach.' })
  breachId!: string;

  @Field(() => BreachAudienceEnum, { description: 'Who was told.' })
  audience!: 'AUTHORITY' | 'PEOPLE' | 'PARTNER';

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'How a breach ends.' })
export class RehearseBreachEndInput {
  @Field(() => ID, { description: 'Id of the breach.' })
  breachId!: string;

  @Field(() => BreachGrantsEnum, { description: 'What becomes of the grants that it suspended.' })
  grants!: 'RESUMED' | 'REVOKED';

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation on a breach did.' })
abstract class BreachPayload {
  @Field(() => Breach, { nullable: true, description: 'The breach as it stands now; null where nothing was changed.' })
  @One({ on: { id: answered('breachId') } })
  breach!: Breach | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `rehearseBreach` did.' })
export class RehearseBreachPayload extends BreachPayload {
  @Field(() => Int, { nullable: true, description: 'How many grants were suspended; null where nothing was changed.' })
  @AnsweredValue('suspended')
  suspendedGrants!: number | null;
}

@ObjectType({ description: 'What `rehearseBreachNotification` did.' })
export class RehearseBreachNotificationPayload extends BreachPayload {}

@ObjectType({ description: 'What `rehearseBreachEnd` did.' })
export class RehearseBreachEndPayload extends BreachPayload {}

const told = <T>(outcome: Outcome<T, RehearsalRefusal>, answer: (value: T) => Done['answer']): Outcome<Done, RehearsalRefusal> =>
  outcome.ok ? ok({ answer: answer(outcome.value) }) : outcome;

@Resolver()
class RehearsalMutations {
  @Mutation(() => RehearseErasurePayload, {
    nullable: true,
    description:
      'Lets a person of a sandbox erase themselves, so that you see what is left: their grants end, you owe a deletion, the log stays provable and names nobody. Refused in live with `SANDBOX_VALUE_IN_LIVE`, else with `NOT_FOUND`.',
  })
  @Repeatable()
  rehearseErasure(
    @Arg('input', () => RehearseErasureInput, { description: 'Who.' }) { subjectId }: RehearseErasureInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, calling) => told(await rehearseErasure(tx, calling, subjectId, clocks), () => ({ erasedSubjectId: subjectId })));
  }

  @Mutation(() => RehearseBreachPayload, {
    nullable: true,
    description:
      'Declares a breach at your organisation in a sandbox, as the marketplace would: from the next request on nothing flows to you, and a clock of 72 hours runs. Refused in live with `SANDBOX_VALUE_IN_LIVE`, else with `INVALID`, also while one is open.',
  })
  rehearseBreach(
    @Arg('input', () => RehearseBreachInput, { description: 'What happened.' }) { summary, affectedSince }: RehearseBreachInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const report = { summary, discoveredAt: null, affectedSince: affectedSince?.getTime() ?? null };
    return write(context, info, async (tx: Tx, clocks, calling) => told(await rehearseBreach(tx, calling, report, clocks), value => ({ ...value })));
  }

  @Mutation(() => RehearseBreachNotificationPayload, {
    nullable: true,
    description: 'Writes down in a sandbox that the marketplace told somebody of a breach. Refused in live with `SANDBOX_VALUE_IN_LIVE`, else with `NOT_FOUND`.',
  })
  rehearseBreachNotification(
    @Arg('input', () => RehearseBreachNotificationInput, { description: 'Of which breach, and who was told.' }) { breachId, audience }: RehearseBreachNotificationInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, calling) =>
      told(await rehearseNotification(tx, calling, { breachId, audience, how: 'In a rehearsal.' }, clocks), () => ({ breachId })),
    );
  }

  @Mutation(() => RehearseBreachEndPayload, {
    nullable: true,
    description:
      'Closes a breach in a sandbox, as the marketplace would: what it had suspended goes on or ends. Refused in live with `SANDBOX_VALUE_IN_LIVE`, else with `NOT_FOUND`, and with `INVALID` while nothing says that the authority was told.',
  })
  rehearseBreachEnd(
    @Arg('input', () => RehearseBreachEndInput, { description: 'Which, and how it ends.' }) { breachId, grants }: RehearseBreachEndInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, calling) =>
      told(await rehearseBreachEnd(tx, calling, { breachId, grants, findings: 'A rehearsal.' }, clocks), () => ({ breachId })),
    );
  }
}

export const rehearsalGraphql: readonly Function[] = [
  RehearseErasurePayload,
  RehearseBreachPayload,
  RehearseBreachNotificationPayload,
  RehearseBreachEndPayload,
  RehearsalMutations,
];
