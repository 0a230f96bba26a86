/** The mutations that make, change and delete sandboxes. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type Outcome, ok } from '../base/outcome.ts';
import { AtMost, Cost } from '../graphql/cost.ts';
import { enumOf } from '../graphql/enum.ts';
import { DateTime, Duration } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write, type Done } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One } from '../reads/index.ts';
import { claimSandbox } from './anonymous.service.ts';
import { Sandbox, SandboxSize, SandboxSnapshot } from './sandbox.graphql.ts';
import { beginningOf } from './scenario/scenario.files.ts';
import { IDLE_DAYS, MAX_DAYS_AWAY, type SandboxRefusal } from './sandbox.rules.ts';
import { createSandbox, deleteSandbox, forkSandbox, replaceSandboxCredential, resetSandbox, type MadeSandbox } from './sandboxes.service.ts';
import type { Difference } from './sandbox.store.ts';
import { MAX_TOLD_DIFFERENCES, deleteSnapshot, diffSandbox, snapshotSandbox } from './snapshots.service.ts';
import { SAMPLE_WORLD } from './world.ts';

const TTL_DESCRIPTION = `How long it lives at most, in real time, used or not; as long as your tier allows where absent. After ${IDLE_DAYS} days without use it ends in any case.`;

@InputType({ description: 'What a new sandbox is like.' })
export class CreateSandboxInput {
  @Field({ description: 'Name of the sandbox, for people to tell it from others: 1 to 100 characters.' })
  name!: string;

  @Field({ defaultValue: SAMPLE_WORLD, description: 'Name of the sample world that it holds.' })
  world!: string;

  @Field(() => SandboxSize, { defaultValue: 'SMALL', description: 'How much of the world it holds.' })
  size!: SandboxSize;

  @Field(() => Int, { defaultValue: 1, description: 'What the world is made from: the same seed makes the same world.' })
  seed!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: `Instant at which the world begins and its clock stands at first, at most ${MAX_DAYS_AWAY} days from now; the present where absent. The world's past is made to fit.`,
  })
  startAt?: Date;

  @Field(() => Duration, { nullable: true, description: TTL_DESCRIPTION })
  ttl?: number;

  @Field(() => String, {
    nullable: true,
    description: 'Name of a scenario to begin as, e.g. `first-hour`: with its world, size and seed, whatever is given beside it, and with a clock that stands where its does.',
  })
  scenario?: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Names the ids of the sandbox, for tests that expect certain ones: the same name, world, seed, size and `startAt` make the same ids and rows, in one sandbox at a time. Without it the ids are new.',
  })
  idNamespace?: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which sandbox goes back, and to what.' })
export class ResetSandboxInput {
  @Field(() => ID, { nullable: true, description: "Id of the sandbox; left out with the sandbox's own token." })
  sandboxId?: string;

  @Field(() => ID, { nullable: true, description: 'Id of one of its snapshots to go back to; its beginning where absent.' })
  snapshotId?: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which sandbox is kept as it is.' })
export class SnapshotSandboxInput {
  @Field(() => ID, { description: 'Id of the sandbox.' })
  sandboxId!: string;

  @Field({ description: 'Name of the snapshot, for people to tell it from others: 1 to 100 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'What is forked: a sandbox as it is, or one of its snapshots.' })
export class ForkSandboxInput {
  @Field(() => ID, { nullable: true, description: 'Id of the sandbox to fork as it is now; not together with `snapshotId`.' })
  sandboxId?: string;

  @Field(() => ID, { nullable: true, description: 'Id of the snapshot to fork; not together with `sandboxId`.' })
  snapshotId?: string;

  @Field({ description: 'Name of the new sandbox: 1 to 100 characters.' })
  name!: string;

  @Field(() => Duration, { nullable: true, description: TTL_DESCRIPTION })
  ttl?: number;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which sandbox is deleted.' })
export class DeleteSandboxInput {
  @Field(() => ID, { description: 'Id of the sandbox to delete, with its snapshots and credentials.' })
  sandboxId!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: a sandbox is deleted once.` })
  idempotencyKey?: string;
}

@InputType({ description: 'Which snapshot is deleted.' })
export class DeleteSandboxSnapshotInput {
  @Field(() => ID, { description: 'Id of the snapshot to delete.' })
  snapshotId!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: a snapshot is deleted once.` })
  idempotencyKey?: string;
}

@InputType({ description: 'What a sandbox is compared with.' })
export class SandboxDiffInput {
  @Field(() => ID, { description: 'Id of the snapshot to compare its sandbox with.' })
  from!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: comparing changes nothing.` })
  idempotencyKey?: string;
}

@InputType({ description: 'Whose credentials end.' })
export class ReplaceSandboxCredentialInput {
  @Field(() => ID, { description: 'Id of the sandbox.' })
  sandboxId!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which unclaimed sandbox becomes yours.' })
export class ClaimSandboxInput {
  @Field({ description: 'The claim token that came with the sandbox from `POST /sandboxes/anonymous`.' })
  claimToken!: string;

  @Field({ description: 'Name of the sandbox from now on: 1 to 100 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation on sandboxes did.' })
abstract class SandboxPayload {
  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What a mutation that changed a sandbox did.' })
abstract class ChangedSandboxPayload extends SandboxPayload {
  @Field(() => Sandbox, { nullable: true, description: "The sandbox, as it stands now; null where it was refused, and with a sandbox's own token." })
  @One({ on: { id: answered('sandboxId') } })
  sandbox!: Sandbox | null;
}

@ObjectType({ description: 'What a mutation that made credentials of a sandbox did.' })
abstract class OpenedSandboxPayload extends ChangedSandboxPayload {
  @Field(() => ID, { nullable: true, description: 'OAuth `client_id` to get tokens of the sandbox with; null where it was refused.' })
  clientId!: string | null;

  @Field(() => String, { nullable: true, description: 'Its secret, in the first answer only: keep it safe. Null in a repetition and where it was refused.' })
  clientSecret!: string | null;

  @Field({ description: 'Whether `clientSecret` is in this answer. False in a repetition under the same idempotency key: `replaceSandboxCredential` makes another secret.' })
  secretShown!: boolean;
}

@ObjectType({ description: 'What `createSandbox` did.' })
export class CreateSandboxPayload extends OpenedSandboxPayload {}

@ObjectType({ description: 'What `forkSandbox` did.' })
export class ForkSandboxPayload extends OpenedSandboxPayload {}

@ObjectType({ description: 'What `replaceSandboxCredential` did.' })
export class ReplaceSandboxCredentialPayload extends OpenedSandboxPayload {}

@ObjectType({ description: 'What `claimSandbox` did.' })
export class ClaimSandboxPayload extends ChangedSandboxPayload {}

@ObjectType({ description: 'What `resetSandbox` did.' })
export class ResetSandboxPayload extends ChangedSandboxPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the environment that was reset; null where it was refused.' })
  environmentId!: string | null;
}

@ObjectType({ description: 'What `snapshotSandbox` did.' })
export class SnapshotSandboxPayload extends ChangedSandboxPayload {
  @Field(() => SandboxSnapshot, { nullable: true, description: 'The new snapshot; null where it was refused.' })
  @One({ on: { id: answered('snapshotId') } })
  snapshot!: SandboxSnapshot | null;
}

@ObjectType({ description: 'What `deleteSandbox` did.' })
export class DeleteSandboxPayload extends SandboxPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the sandbox that is gone; null where it was refused.' })
  deletedSandboxId!: string | null;
}

@ObjectType({ description: 'What `deleteSandboxSnapshot` did.' })
export class DeleteSandboxSnapshotPayload extends SandboxPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the snapshot that is gone; null where it was refused.' })
  deletedSnapshotId!: string | null;
}

export const SandboxChange = enumOf('SandboxChange', 'What became of something in a sandbox since a snapshot of it.', {
  ADDED: 'It was not in the snapshot.',
  REMOVED: 'It was in the snapshot and is no longer there.',
  CHANGED: 'It is there still, with other values.',
});

@Cost(0)
@ObjectType({ simpleResolvers: true, description: 'One thing that differs between a sandbox and its snapshot.' })
export class SandboxDiffEntry {
  @Field({ description: 'What kind of thing it is, e.g. `MilestoneProgress`.' })
  kind!: string;

  @Field({ description: 'Its id in the sandbox; of a thing without one of its own, the ids that it joins.' })
  subject!: string;

  @Field(() => SandboxChange, { description: 'What became of it.' })
  change!: string;

  @Field(() => [String], { description: 'Which of its values changed, e.g. `percentComplete`; empty where it was added or removed.' })
  fields!: string[];
}

@ObjectType({ description: 'What `sandboxDiff` found.' })
export class SandboxDiffPayload extends ChangedSandboxPayload {
  @Field(() => Int, { nullable: true, description: 'How many things were added; null where it was refused.' })
  added!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many things were removed; null where it was refused.' })
  removed!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many things changed; null where it was refused.' })
  changed!: number | null;

  @AtMost(MAX_TOLD_DIFFERENCES)
  @Field(() => [SandboxDiffEntry], { nullable: true, description: `The first ${MAX_TOLD_DIFFERENCES} of them, by kind and id; null where it was refused.` })
  differences!: SandboxDiffEntry[] | null;
}

const camelCase = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Tables and columns in the words of the schema. */
const asShown = ({ noun, id, change, columns }: Difference) => ({ kind: camelCase(`_${noun}`), subject: id, change, fields: columns.map(camelCase) });

const opened = (made: Outcome<Pick<MadeSandbox, 'sandboxId' | 'clientId' | 'clientSecret'>, SandboxRefusal>): Outcome<Done, SandboxRefusal> => {
  if (!made.ok) return made;
  const { sandboxId, clientId, clientSecret } = made.value;
  return ok({ answer: { sandboxId, clientId }, secrets: { clientSecret } });
};

@Resolver()
export class SandboxMutations {
  @Mutation(() => CreateSandboxPayload, {
    nullable: true,
    description: 'Makes a sandbox with a sample world and credentials of its own. Refused with `LIVE_ONLY`, `INVALID`, `NAME_TAKEN` and `QUOTA_EXCEEDED`.',
  })
  createSandbox(
    @Arg('input', () => CreateSandboxInput, { description: 'What the sandbox is like.' }) input: CreateSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const { name, world, size, seed, startAt, ttl, idNamespace } = input;
    const begin = beginningOf(input.scenario);
    const asked = { name, world, size, seed, startAt: startAt?.getTime(), ttlSeconds: ttl ?? undefined, idNamespace: idNamespace ?? undefined };
    return write(context, info, async (tx: Tx, { wall }) => (begin.ok ? opened(await createSandbox(tx, { ...asked, ...begin.value }, wall)) : begin));
  }

  @Mutation(() => ResetSandboxPayload, {
    nullable: true,
    description: 'Puts a sandbox back to its beginning or to a snapshot: data and clock. Ids and credentials stay. Refused with `NOT_FOUND`, `LIVE_ONLY` and `INVALID`.',
  })
  resetSandbox(
    @Arg('input', () => ResetSandboxInput, { description: 'Which sandbox, and to what.' }) { sandboxId, snapshotId }: ResetSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const reset = await resetSandbox(tx, { sandboxId: sandboxId ?? undefined, snapshotId: snapshotId ?? undefined }, wall);
      return reset.ok ? ok({ answer: { ...reset.value } }) : reset;
    });
  }

  @Mutation(() => SnapshotSandboxPayload, {
    nullable: true,
    description: 'Keeps a sandbox as it is now, to go back to or to fork later. Refused with `LIVE_ONLY`, `NOT_FOUND`, `INVALID` and `QUOTA_EXCEEDED`.',
  })
  snapshotSandbox(
    @Arg('input', () => SnapshotSandboxInput, { description: 'Which sandbox.' }) input: SnapshotSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const taken = await snapshotSandbox(tx, input, wall);
      return taken.ok ? ok({ answer: taken.value }) : taken;
    });
  }

  @Mutation(() => ForkSandboxPayload, {
    nullable: true,
    description:
      'Makes a new sandbox like another one or like a snapshot, with ids and credentials of its own. Refused with `LIVE_ONLY`, `NOT_FOUND`, `INVALID` and `QUOTA_EXCEEDED`.',
  })
  forkSandbox(
    @Arg('input', () => ForkSandboxInput, { description: 'What is forked.' }) { sandboxId, snapshotId, name, ttl }: ForkSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const fork = { sandboxId: sandboxId ?? undefined, snapshotId: snapshotId ?? undefined, name, ttlSeconds: ttl ?? undefined };
    return write(context, info, async (tx: Tx, { wall }) => opened(await forkSandbox(tx, fork, wall)));
  }

  @Mutation(() => DeleteSandboxPayload, {
    nullable: true,
    description: 'Deletes a sandbox with all that it holds, at once and for good. Refused with `LIVE_ONLY` and `NOT_FOUND`.',
  })
  @Repeatable()
  deleteSandbox(
    @Arg('input', () => DeleteSandboxInput, { description: 'Which sandbox.' }) { sandboxId }: DeleteSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx) => {
      const deleted = await deleteSandbox(tx, sandboxId);
      return deleted.ok ? ok({ answer: deleted.value }) : deleted;
    });
  }

  @Mutation(() => DeleteSandboxSnapshotPayload, { nullable: true, description: 'Deletes a snapshot. Refused with `LIVE_ONLY` and `NOT_FOUND`.' })
  @Repeatable()
  deleteSandboxSnapshot(
    @Arg('input', () => DeleteSandboxSnapshotInput, { description: 'Which snapshot.' }) { snapshotId }: DeleteSandboxSnapshotInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx) => {
      const deleted = await deleteSnapshot(tx, snapshotId);
      return deleted.ok ? ok({ answer: deleted.value }) : deleted;
    });
  }

  @Mutation(() => SandboxDiffPayload, {
    nullable: true,
    description: 'Compares a sandbox with a snapshot of it: what was added, removed and changed since. Changes nothing. Refused with `LIVE_ONLY` and `NOT_FOUND`.',
  })
  @Repeatable()
  sandboxDiff(
    @Arg('input', () => SandboxDiffInput, { description: 'With which snapshot.' }) { from }: SandboxDiffInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx) => {
      const found = await diffSandbox(tx, from);
      if (!found.ok) return found;
      const { sandboxId, counts, first } = found.value;
      const { ADDED: added = 0, REMOVED: removed = 0, CHANGED: changed = 0 } = counts;
      return ok({ answer: { sandboxId, added, removed, changed, differences: first.map(asShown) } });
    });
  }

  @Mutation(() => ReplaceSandboxCredentialPayload, {
    nullable: true,
    description: 'Ends the credentials of a sandbox and makes another, for a secret that was lost or that others know. Refused with `LIVE_ONLY` and `NOT_FOUND`.',
  })
  replaceSandboxCredential(
    @Arg('input', () => ReplaceSandboxCredentialInput, { description: 'Of which sandbox.' }) { sandboxId }: ReplaceSandboxCredentialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => opened(await replaceSandboxCredential(tx, sandboxId, wall)));
  }

  @Mutation(() => ClaimSandboxPayload, {
    nullable: true,
    description:
      "Makes a sandbox from `POST /sandboxes/anonymous` your organisation's own; its credentials go on. Refused with `LIVE_ONLY`, `NOT_FOUND`, `INVALID` and `QUOTA_EXCEEDED`.",
  })
  claimSandbox(
    @Arg('input', () => ClaimSandboxInput, { description: 'Which sandbox.' }) input: ClaimSandboxInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => {
      const claimed = await claimSandbox(tx, input, wall);
      return claimed.ok ? ok({ answer: claimed.value }) : claimed;
    });
  }
}
