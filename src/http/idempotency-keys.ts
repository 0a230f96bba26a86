/** Which idempotency key names each mutation of an operation, known before anything is written: a
    request that lacks one is refused whole, and leaves nothing half done. And what a key is refused with. */
import type { FieldNode, FragmentDefinitionNode, GraphQLError } from 'graphql';
import { apiError } from '../graphql/errors.ts';
import { isRepeatable } from '../graphql/writing.ts';
import { MAX_KEY_LENGTH, isIdempotencyKey, type KeyRefusal } from '../partners/index.ts';
import { Specialization, badInput, storable } from '../reads/index.ts';
import type { Admitted, ServedVersion } from './stages.ts';

/** A mutation of the operation, its input coerced. */
interface Mutation {
  readonly node: FieldNode;
  readonly name: string;
  readonly ownKey: string | null;
  readonly repeatable: boolean;
}

/** What the keys are found by. */
type Asked = Pick<Admitted, 'operation' | 'read' | 'idempotencyKey'> & { readonly served: Pick<ServedVersion, 'schema'> };

/** The key of each mutation by response key; null for one that does without. Throws BAD_USER_INPUT. */
export function idempotencyKeys(prepared: Asked, fragments: Readonly<Record<string, FragmentDefinitionNode>>): ReadonlyMap<string, string | null> {
  const mutations = mutationsOf(prepared, fragments);
  const header = prepared.idempotencyKey ?? null;
  const keys = new Map<string, string | null>();
  for (const [responseKey, mutation] of mutations) {
    if (header !== null && mutation.ownKey === null && mutations.size > 1) {
      throw badInput(
        `The header \`Idempotency-Key\` cannot name ${mutations.size} mutations at once. Give each its own \`input.idempotencyKey\`, or send them one by one.`,
        mutation.node,
      );
    }
    if (header !== null && mutation.ownKey !== null && mutation.ownKey !== header && mutations.size === 1) {
      throw badInput('The header `Idempotency-Key` and `input.idempotencyKey` differ. Give one of them, or the same key in both.', mutation.node);
    }
    keys.set(responseKey, checked(mutation.ownKey ?? header, mutation));
  }
  return keys;
}

function mutationsOf({ served, operation, read }: Asked, fragments: Readonly<Record<string, FragmentDefinitionNode>>): Map<string, Mutation> {
  const type = served.schema.getMutationType()!;
  const mutations = new Map<string, Mutation>();
  for (const [responseKey, nodes] of new Specialization(served.schema, fragments, read).collect(type, [operation.selectionSet])) {
    const node = nodes[0]!;
    const field = type.getFields()[node.name.value];
    // `__typename` is no field of the type's own.
    if (!field) continue;
    const { idempotencyKey = null } = storable(read.arguments(field, node))['input'] as { idempotencyKey?: string | null };
    mutations.set(responseKey, { node, name: field.name, ownKey: idempotencyKey, repeatable: isRepeatable(field) });
  }
  return mutations;
}

function checked(key: string | null, { node, name, repeatable }: Mutation): string | null {
  if (key === null) {
    if (repeatable) return null;
    throw badInput(
      `\`${name}\` needs an idempotency key, so that it is done once however often it is sent: give a random text of 1 to ${MAX_KEY_LENGTH} characters, e.g. a UUID, in the header \`Idempotency-Key\` or in \`input.idempotencyKey\`, and the same one when you send the request again.`,
      node,
    );
  }
  if (!isIdempotencyKey(key)) throw badInput(`An idempotency key has 1 to ${MAX_KEY_LENGTH} printable ASCII characters, and the one of \`${name}\` has not. A UUID will do.`, node);
  return key;
}

/** The refusal of a key as the whole request's error.
    @param whoHas begins the sentence that counts the keys: 'You have' */
export const keyError = (refusal: KeyRefusal, whoHas: string): GraphQLError =>
  refusal.code === 'KEY_OF_ANOTHER_REQUEST'
    ? apiError(
        'IDEMPOTENCY_CONFLICT',
        'The idempotency key was used in the last 24 hours with another mutation or another input, and names that request. Send this one with a new key.',
      )
    : apiError('THROTTLED', `${whoHas} used ${refusal.limit} idempotency keys in the last 24 hours, which is as many as are remembered. Come back when the oldest has lapsed.`, {
        violatedPolicies: ['idempotency-keys'],
        retryAfterMs: refusal.retryAfterMs,
      });
