/** Changes of output fields. */
import { Kind, type FieldNode } from 'graphql';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { sql, type FieldRead, type FieldRow, type Sql } from '../reads/index.ts';
import { asBefore, type Told, type ToldEnd, type VersionChange } from './change.ts';
import { coordinateOf } from './coordinate.ts';
import type { Draft, FieldDraft } from './draft.ts';
import { olderInput, type OlderInput } from './input-changes.ts';
import { selectedAt } from './rewrites.ts';

/** A field as older versions have it. */
export interface OlderField {
  /** As in SDL, e.g. `[Credential!]!`. */
  readonly type: string;
  readonly description: string;
  /** Where its value comes from: an expression over today's row, or what a field's decorator would say. */
  readonly read: ((row: FieldRow) => Sql) | FieldRead;
  readonly args?: Readonly<Record<string, OlderInput>>;
}

type RewriteField = (field: FieldNode) => FieldNode | null | undefined;

/** `coordinate` is the older name of the field `to`. Older versions have both. */
export function renamedField(coordinate: string, { to, ...told }: ToldEnd & { readonly to: string }): VersionChange {
  const { type, member } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    for (const holder of draft.holders(type)) {
      const { refusals, fields } = draft.mapping;
      const refusal = refusals.get(`${holder}.${to}`);
      if (refusal) refusals.set(`${holder}.${member}`, refusal);
      const field = draft.field(`${holder}.${to}`);
      draft.setField(`${holder}.${member}`, { ...field, args: new Map([...field.args].map(([name, input]) => [name, { ...input }])) }, fields.get(`${holder}.${to}`));
    }
  };
  return ending(coordinate, `${type}.${to}`, told, undo, field => selectedAt(field, [to]));
}

/** A field that keeps its name and changes its type, e.g. an integer of minor units that became Money.
    Without a rewrite only a person can tell what an operation wants of the new type. */
export const retypedField = (coordinate: string, { before, rewrite, ...told }: ToldEnd & { readonly before: OlderField; readonly rewrite?: RewriteField }): VersionChange =>
  ending(coordinate, coordinate, told, setOlder(coordinate, before), rewrite ?? null);

/** A plain list that became a connection of the same name, of which `first` items are what the list was. */
export const listBecameConnection = (coordinate: string, { before, first, ...told }: ToldEnd & { readonly before: OlderField; readonly first: number }): VersionChange =>
  ending(coordinate, coordinate, told, setOlder(coordinate, before), field => selectedAt(field, [coordinateOf(coordinate).member, 'nodes'], { first: String(first) }));

/** A field that now stands elsewhere: `at` is the way to it from the same object, e.g. `amount.currency`. */
export const movedField = (coordinate: string, { at, to, before, ...told }: ToldEnd & { readonly at: string; readonly to: string; readonly before: OlderField }): VersionChange =>
  ending(coordinate, to, told, setOlder(coordinate, before), field => selectedAt(field, at.split('.')));

/** A field that nothing takes the place of. */
export const removedField = (coordinate: string, { before, ...told }: ToldEnd & { readonly before: OlderField }): VersionChange =>
  ending(coordinate, null, told, setOlder(coordinate, before), () => null);

/** A field that may now be null. Older versions say `otherwise` then, or their programs would lose the object around it. */
export function becameNullable(coordinate: string, { otherwise, description, ...told }: ToldEnd & { readonly otherwise: Sql; readonly description: string }): VersionChange {
  const { type, member } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    for (const holder of draft.holders(type)) {
      const field = draft.field(`${holder}.${member}`);
      const read = draft.mapping.fields.get(`${holder}.${member}`);
      if (field.type.endsWith('!')) throw new Error(`${coordinate} is not nullable, so it cannot have become so.`);
      draft.setField(`${holder}.${member}`, { ...field, type: `${field.type}!`, config: { ...field.config, description } }, read && whole(coordinate, read, otherwise));
    }
  };
  return ending(coordinate, coordinate, told, undo, field => field);
}

/** The read without NULLs. */
function whole(coordinate: string, read: FieldRead, otherwise: Sql): FieldRead {
  if (read.kind === 'column') return { kind: 'computed', expression: row => sql`coalesce(${row.col(read.column)}, ${otherwise})` };
  if (read.kind === 'computed') return { kind: 'computed', expression: row => sql`coalesce(${read.expression(row)}, ${otherwise})` };
  throw new Error(`${coordinate} is no column or expression, so no value can stand for its null. Use retypedField and say how older versions read it.`);
}

/** A field that is no longer null. Every program can read it so; older versions keep the type that
    programs were generated from. */
export function becameNonNull(coordinate: string, { description, changelog }: Told & { readonly description: string }): VersionChange {
  const { type, member } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    for (const holder of draft.holders(type)) {
      const field = draft.field(`${holder}.${member}`);
      if (!field.type.endsWith('!')) throw new Error(`${coordinate} is nullable, so it cannot have ceased to be.`);
      field.type = field.type.slice(0, -1);
      field.config = { ...field.config, description };
    }
  };
  return { coordinate, criticality: 'DANGEROUS', changelog, leaving: null, undo, rewrite: asBefore(coordinate) };
}

/** The change of a field whose older form ends. */
const ending = (
  coordinate: string,
  replacement: string | null,
  { changelog, deprecatedOn, reason }: ToldEnd,
  undo: (draft: Draft) => void,
  rewrite: RewriteField | null,
): VersionChange => ({
  coordinate,
  criticality: 'BREAKING',
  changelog,
  leaving: { deprecatedOn, reason, replacement },
  undo,
  rewrite: rewrite && { at: coordinate, use: use => (use.kind === Kind.FIELD ? rewrite(use) : use) },
});

/** Puts the older form where the newer one, if any, stands. */
const setOlder =
  (coordinate: string, { type: fieldType, description, read, args = {} }: OlderField) =>
  (draft: Draft): void => {
    const { type, member } = coordinateOf(coordinate);
    for (const holder of draft.holders(type)) {
      const isRoot = draft.roots.includes(holder);
      const field: FieldDraft = {
        type: fieldType,
        args: new Map(Object.entries(args).map(([name, argument]) => [name, olderInput(argument)])),
        config: { description, ...(isRoot ? { resolve: (_source, _args, context, info) => readThroughCompiler(context, info) } : {}) },
        newer: null,
        steps: [],
      };
      draft.mapping.refusals.delete(`${holder}.${member}`);
      draft.setField(`${holder}.${member}`, field, typeof read === 'function' ? { kind: 'computed', expression: read } : read);
    }
  };
