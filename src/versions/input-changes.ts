/** Changes of arguments and input fields. What an older version is given becomes the newer form before
    anything is planned or done. */
import { Kind, parseValue, valueFromASTUntyped, type FieldNode, type ObjectFieldNode } from 'graphql';
import { badInput, type Values } from '../reads/index.ts';
import type { ToldEnd, VersionChange } from './change.ts';
import { coordinateOf } from './coordinate.ts';
import type { Draft, InputDraft, Step } from './draft.ts';
import { named } from './rewrites.ts';

/** An argument or input field as older versions have it. */
export interface OlderInput {
  /** As in SDL, e.g. `Int!`. */
  readonly type: string;
  readonly description: string;
  /** Of the value as code knows it. */
  readonly defaultValue?: unknown;
}

export const olderInput = ({ type, ...config }: OlderInput): InputDraft => ({ type, config });

/** Arguments that the road itself knows by name, in what it asks and in what it answers. */
const KEPT = new Set(['ids', 'first', 'after', 'last', 'before', 'filter', 'sort', 'input']);

/** `coordinate` (`Type.field(older:)`) is the older name of the argument `to`. Older versions have
    both, but not of a required one, which they could not have gained without harm. */
export function renamedArgument(coordinate: string, { to, changelog, deprecatedOn, reason }: ToldEnd & { readonly to: string }): VersionChange {
  const { type, member, argument } = coordinateOf(coordinate);
  if (KEPT.has(to)) throw new Error(`${coordinate} cannot be renamed: \`${to}\` means the same everywhere.`);
  const undo = (draft: Draft): void => {
    for (const holder of draft.holders(type)) {
      const field = draft.field(`${holder}.${member}`);
      const newer = draft.argument(`${holder}.${member}(${to}:)`);
      const { defaultValue, ...config } = newer.config;
      // Without defaults: only so can be seen which of the two was given.
      const both = defaultValue === undefined ? newer : { type: newer.type.replace(/!$/, ''), config };
      field.args.set(argument, { ...both });
      if (both.type.endsWith('!')) field.args.delete(to);
      else field.args.set(to, { ...both });
      field.steps.unshift(renaming(member, { older: argument, newer: to, defaultValue }));
    }
  };
  return {
    coordinate,
    criticality: 'BREAKING',
    changelog,
    leaving: { deprecatedOn, reason, replacement: `${type}.${member}(${to}:)` },
    undo,
    rewrite: { at: coordinate, use: use => (use.kind === Kind.ARGUMENT ? { ...use, name: named(to) } : use) },
  };
}

function renaming(field: string, { older, newer, defaultValue }: { older: string; newer: string; defaultValue: unknown }): Step {
  return {
    toNewer: ({ [older]: value, ...rest }) => {
      if (value === undefined) return defaultValue === undefined || rest[newer] !== undefined ? rest : { ...rest, [newer]: defaultValue };
      if (rest[newer] !== undefined)
        throw badInput(`\`${older}\` and \`${newer}\` of \`${field}\` are the same argument under its older and its newer name. Give \`${newer}\` alone.`);
      return { ...rest, [newer]: value };
    },
    nameAsSent: (name, sent) => (name === newer && sent[older] !== undefined ? older : name),
  };
}

/** An argument that callers must now give. Older versions may leave it out and mean `otherwise`, which
    is written as in a document. */
export function argumentBecameRequired(coordinate: string, { otherwise, changelog, deprecatedOn, reason }: ToldEnd & { readonly otherwise: string }): VersionChange {
  const { type, member, argument } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    for (const holder of draft.holders(type)) {
      const input = draft.argument(`${holder}.${member}(${argument}:)`);
      if (!input.type.endsWith('!')) throw new Error(`${coordinate} is optional, so it cannot have become required.`);
      input.config = { ...input.config, defaultValue: valueFromASTUntyped(parseValue(otherwise)) };
    }
  };
  const withArgument = (field: FieldNode): FieldNode => {
    const given = field.arguments ?? [];
    if (given.some(({ name }) => name.value === argument)) return field;
    return { ...field, arguments: [...given, { kind: Kind.ARGUMENT, name: named(argument), value: parseValue(otherwise) }] };
  };
  return {
    coordinate,
    criticality: 'BREAKING',
    changelog,
    leaving: { deprecatedOn, reason, replacement: coordinate },
    undo,
    rewrite: { at: `${type}.${member}`, use: use => (use.kind === Kind.FIELD ? withArgument(use) : use) },
  };
}

export interface ReplacedInputField extends ToldEnd {
  /** The newer field. */
  readonly by: string;
  readonly before: OlderInput;
  /** The newer field's value for an older one. */
  readonly toNewer: (value: unknown) => unknown;
  /** The same in a document; undefined where it stands in a variable. */
  readonly rewrite: (field: ObjectFieldNode) => ObjectFieldNode | null | undefined;
}

/** `coordinate` (`Input.older`) is what the field `by` took the place of. Older versions have both;
    the newer one counts where it is given. */
export function replacedInputField(coordinate: string, { by, before, toNewer, rewrite, changelog, deprecatedOn, reason }: ReplacedInputField): VersionChange {
  const { type, member: older } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    const input = draft.type(type, 'INPUT');
    const newer = draft.inputField(`${type}.${by}`);
    const { defaultValue, ...config } = newer.config;
    // Without its default, and nullable: only so can be seen which of the two was given.
    input.fields.set(by, { type: newer.type.replace(/!$/, ''), config });
    input.fields.set(older, olderInput(before));
    input.steps.unshift({
      toNewer: ({ [older]: value, ...rest }: Values): Values => {
        if (rest[by] != null) return rest;
        const { [by]: _null, ...others } = rest;
        if (value != null) return { ...others, [by]: toNewer(value) };
        return defaultValue === undefined ? rest : { ...others, [by]: defaultValue };
      },
      nameAsSent: (name, sent) => (name === by && sent[by] == null ? older : name),
    });
  };
  return {
    coordinate,
    criticality: 'BREAKING',
    changelog,
    leaving: { deprecatedOn, reason, replacement: `${type}.${by}` },
    undo,
    rewrite: { at: coordinate, use: use => (use.kind === Kind.OBJECT_FIELD ? rewrite(use) : use) },
  };
}
