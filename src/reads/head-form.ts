/**
 * How an element of an older API version stands to head's, for whoever reads or runs it. The
 * projection (versions/) hangs it on the schema; what has none is as it is in head. So mappings and
 * use cases know head's names and values only, whichever version asks.
 */
import type { GraphQLArgument, GraphQLEnumType, GraphQLField } from 'graphql';

type Field = GraphQLField<unknown, unknown>;
export type Values = Readonly<Record<string, unknown>>;

export interface HeadForm {
  /** Head's coordinate, `Type.field`. */
  readonly coordinate: string;
  /** Head's arguments. */
  readonly args: readonly GraphQLArgument[];
  /** Coerced arguments in head's names and values; null where they are the same. Throws
      BAD_USER_INPUT where an older and a newer form were given together. */
  readonly toHead: ((sent: Values) => Values) | null;
  /** A path through head's arguments, as the caller wrote it in `sent`. */
  readonly pathAsSent: (path: readonly string[], sent: Values) => readonly string[];
}

const FORM = 'portico.headForm';
const FALLBACKS = 'portico.fallbacks';

export const formExtensions = (form: HeadForm): Record<string, unknown> => ({ [FORM]: form });

export const headFormOf = (field: Field): HeadForm | undefined => field.extensions[FORM] as HeadForm | undefined;

export const headArguments = (field: Field): readonly GraphQLArgument[] => headFormOf(field)?.args ?? field.args;

export const headCoordinate = (type: string, field: Field): string => headFormOf(field)?.coordinate ?? `${type}.${field.name}`;

export const headName = (field: Field): string => headFormOf(field)?.coordinate.split('.')[1] ?? field.name;

/** For each value that an enum of an older version lacks, the value that stands for it there. */
export type Fallbacks = Readonly<Record<string, string>>;

export const fallbackExtensions = (fallbacks: Fallbacks): Record<string, unknown> => ({ [FALLBACKS]: fallbacks });

export const fallbacksOf = (type: GraphQLEnumType): Fallbacks => (type.extensions[FALLBACKS] as Fallbacks | undefined) ?? {};
