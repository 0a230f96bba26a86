/**
 * Input of an older version in the next newer one's names and values. What no change touches costs
 * nothing: it has no translation at all.
 */
import { isInputObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import type { Values } from '../reads/index.ts';
import { namedIn, type Draft, type FieldDraft, type InputDraft, type Step } from './draft.ts';

export class Translation {
  private readonly draft: Draft;
  private readonly newer: GraphQLSchema;
  /** Input types whose values differ, or hold some that do. */
  private readonly touched: ReadonlySet<string>;

  constructor(draft: Draft, newer: GraphQLSchema) {
    this.draft = draft;
    this.newer = newer;
    this.touched = touchedTypes(draft);
  }

  /** From the older version's coerced arguments to the newer version's; null where they are the same.
      @param isRead whether the arguments choose what is read, so that one value may stand for several */
  ofArguments(field: FieldDraft, newer: GraphQLField<unknown, unknown>, isRead: boolean): ((sent: Values) => Values) | null {
    if (field.steps.length === 0 && ![...field.args.values()].some(({ type }) => this.touched.has(namedIn(type)))) return null;
    const order = newer.args.map(({ name }) => name);
    return sent => inOrder(this.ofValues(field.args, field.steps, sent, isRead), order);
  }

  /** A path through the newer version's arguments, as the caller wrote it. */
  pathAsSent(field: FieldDraft, path: readonly string[], sent: Values): readonly string[] {
    return this.pathIn(field.args, field.steps, path, sent);
  }

  private ofValues(types: ReadonlyMap<string, InputDraft>, steps: readonly Step[], sent: Values, isRead: boolean): Values {
    const values = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, this.ofValue(types.get(name)!.type, value, isRead)]));
    return steps.reduce<Values>((older, step) => step.toNewer(older), values);
  }

  private ofValue(reference: string, value: unknown, isRead: boolean): unknown {
    const name = namedIn(reference);
    if (value == null || !this.touched.has(name)) return value;
    const type = this.draft.types.get(name)!;
    if (type.kind === 'ENUM') {
      const meant = (one: string): readonly string[] => type.steps.get(one) ?? [one];
      const means = (one: string): readonly string[] => (isRead ? meant(one) : meant(one).slice(0, 1));
      if (Array.isArray(value)) return value.flatMap((item: string | null): readonly (string | null)[] => (item === null ? [null] : means(item)));
      const all = means(value as string);
      return all.length === 1 ? all[0] : all;
    }
    if (Array.isArray(value)) return value.map(item => this.ofValue(name, item, isRead));
    if (type.kind !== 'INPUT') return value;
    const newer = this.newer.getType(type.newer);
    const order = isInputObjectType(newer) ? Object.keys(newer.getFields()) : [];
    return inOrder(this.ofValues(type.fields, type.steps, value as Values, isRead), order);
  }

  private pathIn(types: ReadonlyMap<string, InputDraft>, steps: readonly Step[], path: readonly string[], sent: Values): readonly string[] {
    const [name, ...rest] = path;
    if (name === undefined) return [];
    const older = steps.reduceRight<string>((newer, step) => step.nameAsSent(newer, sent), name);
    const input = types.get(older);
    const type = input && this.draft.types.get(namedIn(input.type));
    const place = Array.isArray(sent[older]) ? rest[0] : undefined;
    const below = place === undefined ? rest : rest.slice(1);
    const value = place === undefined ? sent[older] : (sent[older] as readonly unknown[])[Number(place)];
    const inner = type?.kind === 'INPUT' && typeof value === 'object' && value !== null ? this.pathIn(type.fields, type.steps, below, value as Values) : below;
    return [older, ...(place === undefined ? [] : [place]), ...inner];
  }
}

/** The same values in the order of the newer type, in which graphql-js coerces them: two requests
    that mean the same are the same text. */
const inOrder = (values: Values, names: readonly string[]): Values => Object.fromEntries(names.filter(name => name in values).map(name => [name, values[name]]));

function touchedTypes(draft: Draft): ReadonlySet<string> {
  const touched = new Set<string>();
  for (let before = -1; before < touched.size;) {
    before = touched.size;
    for (const [name, type] of draft.types) {
      if (type.kind === 'ENUM' && type.steps.size > 0) touched.add(name);
      if (type.kind === 'INPUT' && (type.steps.length > 0 || [...type.fields.values()].some(field => touched.has(namedIn(field.type))))) touched.add(name);
    }
  }
  return touched;
}
