/** What the compiler's parts share: the field at hand, and what compiling it may call upon. */
import { getNamedType, isCompositeType, isObjectType, type FieldNode, type GraphQLCompositeType, type GraphQLField, type GraphQLObjectType, type SelectionSetNode } from 'graphql';
import type { Frame } from './frame.ts';
import type { JsonText } from './json-text.ts';
import type { Cte, FieldRefusal, ReadMapping, RefusableField, Relation, Row, TableSource } from './mapping.ts';
import { NotCompilable } from './refusal.ts';
import type { Specialization } from './selection.ts';
import { join, type Sql } from './sql.ts';

/** A field to compile, with the frame that it is read in. */
export interface FieldToRead {
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** All selections of the field under one response key. */
  readonly nodes: readonly FieldNode[];
  readonly frame: Frame;
}

/** How a relation's table joins: through a table in between, or directly. */
export interface JoinedRelation {
  readonly between: { readonly item: Sql; readonly on: Sql } | null;
  readonly on: Sql;
}

export interface Compilation {
  readonly specialization: Specialization;
  /** An alias that the statement has not used. */
  alias(letter: string): string;
  readonly sources: ReadMapping['sources'];
  table(name: string): Sql;
  /** The rows of a type as an item of a FROM clause. */
  item(source: TableSource, alias: string, from: Row | null): Sql;
  /** Puts sub-selects at the head of the statement. */
  hoist(...ctes: readonly Cte[]): void;
  /** The caller's; what is done at the head of the statement has to ask it, too. */
  readonly gate: Sql;
  readonly preview: boolean;
  /** Those met so far. */
  readonly refusals: readonly RefusableField[];
  /** Notes that the field at hand may be refused. */
  refuse(at: FieldToRead, refusal: FieldRefusal, when: Sql, extensions: Sql): void;
  source(type: GraphQLCompositeType): TableSource;
  relation(relation: Relation, source: TableSource, row: Row, at: FieldToRead): JoinedRelation;
  /** The text of an object: its selected fields, read in the frame. */
  object(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[], frame: Frame): JsonText;
  /** The text of at most one row of the type.
      @param promised whether the field is non-null and the answer is not left to graphql-js */
  one(relation: Relation, at: FieldToRead, type: GraphQLCompositeType, promised: boolean): JsonText;
  /** The text of the frame's row: an object, of whichever type the row is. */
  row(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[], frame: Frame): JsonText;
}

export const all = (conditions: readonly Sql[]): Sql => join(conditions, ' and ');

/** The object type, interface or union of a field. */
export function compositeTypeOf(field: GraphQLField<unknown, unknown>): GraphQLCompositeType {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) throw new NotCompilable(`${field.name} of the type ${type.name}`);
  return type;
}

/** The response key of merged selections. */
export const responseKey = (nodes: readonly FieldNode[]): string => nodes[0]!.alias?.value ?? nodes[0]!.name.value;

/** The object type of a field; what is read through an abstract type needs to know which. */
export function objectTypeOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) throw new NotCompilable(`${field.name} of the abstract type ${type.name}`);
  return type;
}

/** The row that a field is read from. */
export function rowOf({ parent, field, frame }: FieldToRead): Row {
  if (!frame.row) throw new Error(`${parent.name}.${field.name} is read from a row, and there is none at the root.`);
  return frame.row;
}
