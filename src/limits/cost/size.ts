/** How many items a list returns: a number, or what the arguments of the request say. */
import { Kind, getNullableType, isListType, valueFromASTUntyped, type FieldNode, type GraphQLArgument, type GraphQLField, type ValueNode } from 'graphql';
import type { Variables } from './collect.ts';
import type { ListSize } from './weights.ts';

export interface Size {
  /** Names the size, so that equal ones are told. */
  readonly text: string;
  readonly of: (variables: Variables) => number;
  /** The argument by which a caller asks for fewer; null where none does. */
  readonly argument: (variables: Variables) => string | null;
}

/** What a list counts as whose schema does not say. */
const UNSAID = 1;

export const ONE: Size = { text: '1', of: () => 1, argument: () => null };

interface Slice {
  readonly name: string;
  readonly counted: boolean;
  readonly text: string;
  /** Undefined where the request does not say. */
  readonly of: (variables: Variables) => number | undefined;
}

export function sizeOf({ assumedSize = UNSAID, slicingArguments = [] }: ListSize, field: GraphQLField<unknown, unknown>, node: FieldNode): Size {
  const slices = slicingArguments.flatMap(name => {
    const argument = field.args.find(candidate => candidate.name === name);
    return argument ? [sliceOf(argument, node)] : [];
  });
  return {
    text: [assumedSize, ...slices.map(({ text }) => text)].join(','),
    of(variables) {
      let size: number | undefined;
      for (const slice of slices) {
        const given = slice.of(variables);
        if (given !== undefined) size = Math.max(size ?? 0, given);
      }
      return size ?? assumedSize;
    },
    argument: variables => (slices.find(slice => !slice.counted && slice.of(variables) !== undefined) ?? slices.find(({ counted }) => !counted))?.name ?? null,
  };
}

function sliceOf(argument: GraphQLArgument, node: FieldNode): Slice {
  const { name } = argument;
  const counted = isListType(getNullableType(argument.type));
  const byDefault = numberIn(argument.defaultValue, counted);
  const value = node.arguments?.find(given => given.name.value === name)?.value;
  if (value?.kind === Kind.VARIABLE) {
    const variable = value.name.value;
    return { name, counted, text: `$${variable}`, of: variables => (Object.hasOwn(variables, variable) ? numberIn(variables[variable], counted) : byDefault) };
  }
  const said = value ? writtenNumber(value, counted) : byDefault;
  return { name, counted, text: String(said), of: () => said };
}

/** A list's variables count like its other items. */
const writtenNumber = (value: ValueNode, counted: boolean): number | undefined =>
  counted && value.kind === Kind.LIST ? value.values.length : numberIn(valueFromASTUntyped(value), counted);

/** Less than nothing is nothing: what refuses such a size is the list itself. */
function numberIn(value: unknown, counted: boolean): number | undefined {
  if (value == null) return undefined;
  if (counted) return Array.isArray(value) ? value.length : 1;
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}
