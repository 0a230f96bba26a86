/**
 * Random operations over a schema: any field, aliased, repeated, in fragments of every kind, under
 * `@skip` and `@include`, with arguments written out or in variables. They are valid and within the
 * document limits; values in them may be such that the gateway has to refuse them.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { DOCUMENT_LIMITS, documentGuard } from '../../src/http/guard.ts';
import type { Dice } from './dice.ts';

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What operations are made of beside the schema. */
export interface Material {
  readonly ids: readonly string[];
  /** Texts that filters may hit. */
  readonly texts: readonly string[];
  /** Cursors of a list with the arguments that they belong to. */
  readonly cursors: (coordinate: string) => readonly { readonly cursor: string; readonly args: Readonly<Record<string, unknown>> }[];
}

/** Deep enough for every path through the schema, far enough from the limit of 12. */
const MAX_DEPTH = 6;
const MAX_FIELDS = 40;
const SELECTIONS = 4;

/** What no two requests are answered alike; people, whose rows follow from rules that the reference does not
    know (test/consent holds them against a model of their own); and what a resolver finds. */
const CHANGING = new Set(['RateLimit.policies', 'Query.sharedCustomers', 'Query.sharedCustomer', 'Query.upgradeReport', 'Query.consentPreview', 'Integration.observedOperations']);

const PAGING = new Set(['first', 'last', 'after', 'before']);

const guard = documentGuard(DOCUMENT_LIMITS);

/** A valid operation within the limits. */
export function operationOf(schema: GraphQLSchema, material: Material, dice: Dice): Operation {
  for (;;) {
    const operation = new Writer(schema, material, dice).operation();
    if (isAdmissible(schema, operation.query)) return operation;
  }
}

export function isAdmissible(schema: GraphQLSchema, query: string): boolean {
  try {
    guard.check(query);
    return validate(schema, parse(query), undefined, { maxErrors: 1 }).length === 0;
  } catch {
    return false;
  }
}

/** The fields of one object under their response keys, wherever in fragments they stand: what has
    the same key must be the same field with the same arguments. */
interface Scope {
  readonly taken: Map<string, Taken>;
}

interface Taken {
  readonly field: string;
  readonly type: string;
  /** As it is written, up to its directives. */
  readonly text: string;
  readonly below: Scope;
}

const newScope = (): Scope => ({ taken: new Map() });

type Field = GraphQLField<unknown, unknown>;

class Writer {
  private readonly schema: GraphQLSchema;
  private readonly material: Material;
  private readonly dice: Dice;
  private readonly fragments: { name: string; type: string; text: string }[] = [];
  private readonly definitions: string[] = [];
  private readonly variables: Record<string, unknown> = {};
  private fields = 0;
  private names = 0;
  /** Input objects around the one at hand: filters hold filters. */
  private nesting = 0;

  constructor(schema: GraphQLSchema, material: Material, dice: Dice) {
    this.schema = schema;
    this.material = material;
    this.dice = dice;
  }

  operation(): Operation {
    const set = this.selectionSet(this.schema.getQueryType()!, 0, newScope());
    const definitions = this.definitions.length > 0 ? `(${this.definitions.join(', ')})` : '';
    const fragments = this.fragments.map(({ name, type, text }) => `\nfragment ${name} on ${type} ${text}`).join('');
    const head = definitions === '' && this.dice.happens(0.5) ? '' : `query ${this.dice.happens(0.5) ? 'Named' : ''}${definitions} `;
    return { query: `${head}${set}${fragments}`, variables: this.variables };
  }

  private name(prefix: string): string {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  private selectionSet(type: GraphQLCompositeType, depth: number, scope: Scope): string {
    const { dice } = this;
    const selections = dice.times(dice.between(1, SELECTIONS), () => this.selection(type, depth, scope)).filter(selection => selection !== '');
    return `{ ${selections.length > 0 ? selections.join(' ') : '__typename'} }`;
  }

  private selection(type: GraphQLCompositeType, depth: number, scope: Scope): string {
    const { dice } = this;
    const kind = dice.fraction();
    if (kind < 0.06) return `${dice.happens(0.15) ? `${this.name('t')}: ` : ''}__typename${this.directives()}`;
    if (kind < (isAbstractType(type) ? 0.7 : 0.17)) return this.inlineFragment(type, depth, scope);
    if (kind < (isAbstractType(type) ? 0.8 : 0.25)) return this.namedFragment(type, depth, scope);
    return this.field(type, depth, scope);
  }

  /** A type that a fragment inside `type` may be on. */
  private condition(type: GraphQLCompositeType): GraphQLCompositeType {
    if (isAbstractType(type)) return this.dice.oneOf([type, ...this.schema.getPossibleTypes(type)]);
    return this.dice.oneOf([type, ...(isObjectType(type) ? type.getInterfaces() : [])]);
  }

  private inlineFragment(type: GraphQLCompositeType, depth: number, scope: Scope): string {
    const condition = this.condition(type);
    const on = condition === type && this.dice.happens(0.5) ? '' : `on ${condition.name}`;
    return `... ${on}${this.directives()} ${this.selectionSet(condition, depth, scope)}`;
  }

  private namedFragment(type: GraphQLCompositeType, depth: number, scope: Scope): string {
    const { dice } = this;
    const condition = this.condition(type);
    const known = this.fragments.filter(fragment => fragment.type === condition.name);
    if (known.length > 0 && dice.happens(0.4)) return `...${dice.oneOf(known).name}${this.directives()}`;
    const name = this.name('F');
    const text = this.selectionSet(condition, depth, scope);
    this.fragments.push({ name, type: condition.name, text });
    return `...${name}${this.directives()}`;
  }

  private field(type: GraphQLCompositeType, depth: number, scope: Scope): string {
    const { dice } = this;
    if (!isObjectType(type) && !isInterfaceType(type)) return '__typename';
    if (type === this.schema.getQueryType() && dice.happens(0.02)) return this.introspection();
    const repeated = [...scope.taken.values()].filter(taken => String(type.getFields()[taken.field]?.type) === taken.type);
    if (repeated.length > 0 && dice.happens(0.15)) {
      const taken = dice.oneOf(repeated);
      return this.written(type.getFields()[taken.field]!, taken, depth);
    }
    const deepEnough = depth >= MAX_DEPTH || this.fields >= MAX_FIELDS;
    const candidates = Object.values(type.getFields()).filter(field => (!deepEnough || isLeafType(getNamedType(field.type))) && !CHANGING.has(`${type.name}.${field.name}`));
    if (candidates.length === 0) return '';
    // Objects are fewer than leaves, and where the interesting things are.
    const objects = candidates.filter(field => !isLeafType(getNamedType(field.type)));
    const field = dice.oneOf(objects.length > 0 && dice.happens(0.45) ? objects : candidates);
    const known = scope.taken.get(field.name);
    if (known && field.args.length === 0 && known.type === String(field.type)) return this.written(field, known, depth);
    const alias = known || dice.happens(0.06) ? this.name('a') : null;
    const text = `${alias === null ? '' : `${alias}: `}${field.name}${this.arguments(type.name, field)}`;
    const taken: Taken = { field: field.name, type: String(field.type), text, below: newScope() };
    scope.taken.set(alias ?? field.name, taken);
    return this.written(field, taken, depth);
  }

  private written(field: Field, { text, below }: Taken, depth: number): string {
    this.fields += 1;
    const named = getNamedType(field.type);
    return `${text}${this.directives()}${isCompositeType(named) ? ` ${this.selectionSet(named, depth + (/^(edges|node)$/.test(field.name) ? 0 : 1), below)}` : ''}`;
  }

  private introspection(): string {
    return this.dice.oneOf([
      '__schema { queryType { name } }',
      `${this.name('i')}: __type(name: "Milestone") { kind name interfaces { name } fields { name type { kind name } } }`,
      `${this.name('i')}: __type(name: "NoSuchType") { name }`,
    ]);
  }

  private directives(): string {
    const { dice } = this;
    if (!dice.happens(0.12)) return '';
    const written = (['skip', 'include'] as const).filter(() => dice.happens(0.6)).map(name => `@${name}(if: ${this.whether(name)})`);
    return written.length === 0 ? '' : ` ${written.join(' ')}`;
  }

  /** More is left in than out. */
  private whether(name: 'skip' | 'include'): string {
    const { dice } = this;
    const value = dice.happens(0.7) === (name === 'include');
    if (dice.happens(0.3)) return String(value);
    return this.variable('Boolean!', value, () => String(!value));
  }

  /** A new variable of the type. With a default it may be left out. */
  private variable(type: string, value: unknown, writeDefault: (() => string) | null): string {
    const { dice } = this;
    const name = this.name('v');
    const byDefault = writeDefault && dice.happens(0.3) ? ` = ${writeDefault()}` : '';
    this.definitions.push(`$${name}: ${type}${byDefault}`);
    const mayBeAbsent = byDefault !== '' || !type.endsWith('!');
    if (!mayBeAbsent || dice.happens(0.75)) this.variables[name] = !type.endsWith('!') && dice.happens(0.15) ? null : value;
    return `$${name}`;
  }

  private arguments(parent: string, field: Field): string {
    const { dice } = this;
    const written: string[] = [];
    const add = (argument: GraphQLArgument, text: string): void => void written.push(`${argument.name}: ${text}`);
    const paged = field.args.some(({ name }) => name === 'after');
    const known = paged ? this.material.cursors(`${parent}.${field.name}`) : [];
    const going = known.length > 0 && dice.happens(0.4) ? dice.oneOf(known) : null;
    const paging = paged
      ? this.paging(
          known.map(({ cursor }) => cursor),
          going?.cursor ?? null,
        )
      : new Map<string, unknown>();
    for (const argument of field.args) {
      const { name, type } = argument;
      if (paging.has(name)) add(argument, this.given(type, paging.get(name)));
      else if (paged && PAGING.has(name)) continue;
      // A cursor belongs to the list with the very filter and sort that it came from.
      else if (going && dice.happens(0.95)) {
        if (going.args[name] !== undefined) add(argument, literalOf(type, going.args[name]));
      } else if (isNonNullType(type) || dice.happens(0.4)) add(argument, this.input(type, name));
    }
    return written.length > 0 ? `(${written.join(', ')})` : '';
  }

  /** Arguments of paging: from either end, and mostly as they belong together. */
  private paging(known: readonly string[], cursor: string | null): Map<string, unknown> {
    const { dice } = this;
    const paging = new Map<string, unknown>();
    const backward = dice.happens(0.25);
    if (dice.happens(0.95)) paging.set(backward ? 'last' : 'first', this.pageSize());
    if (dice.happens(0.01)) paging.set(backward ? 'first' : 'last', this.pageSize());
    if (cursor !== null) paging.set(backward === dice.happens(0.85) ? 'before' : 'after', cursor);
    if (cursor !== null && dice.happens(0.15)) paging.set(paging.has('after') ? 'before' : 'after', dice.oneOf(known));
    if (cursor === null && dice.happens(0.02)) paging.set(dice.oneOf(['after', 'before']), dice.oneOf(['', 'MTIz', '\0', null]));
    return paging;
  }

  /** The value written out or in a variable. */
  private given(type: GraphQLInputType, value: unknown): string {
    const { dice } = this;
    if (!dice.happens(0.4)) return literalOf(type, value);
    return this.variable(dice.happens(0.5) && !isNonNullType(type) ? `${String(type)}!` : String(type), value, null);
  }

  /** An input's value, with variables anywhere inside. */
  private input(type: GraphQLInputType, name: string): string {
    const { dice } = this;
    if (dice.happens(0.35)) {
      const declared = !isNonNullType(type) && dice.happens(0.4) ? `${String(type)}!` : String(type);
      return this.variable(declared, this.value(type, name), () => literalOf(type, this.value(type, name)));
    }
    if (isNonNullType(type)) return this.input(type.ofType, name);
    if (isListType(type)) {
      const item = type.ofType;
      // One item may stand for a list of it, but no variable of the item's type.
      return dice.happens(0.1) ? literalOf(item, this.whole(item, name)) : `[${dice.times(dice.between(0, 4), () => this.input(item, name)).join(', ')}]`;
    }
    if (isInputObjectType(type)) return `{ ${this.inputFields(type, field => `${field.name}: ${this.input(field.type, field.name)}`).join(', ')} }`;
    return literalOf(type, this.value(type, name));
  }

  /** Some of an input type's fields; where filters are nested deep enough, none that nests further. */
  private inputFields<T>(type: GraphQLInputObjectType, make: (field: GraphQLInputField) => T): T[] {
    const fields = Object.values(type.getFields()).filter(field => {
      if (isNonNullType(field.type)) return true;
      return this.dice.happens(isInputObjectType(getNamedType(field.type)) ? 0.25 : 0.4) && (this.nesting < 3 || !isInputObjectType(getNamedType(field.type)));
    });
    this.nesting += 1;
    const made = fields.map(make);
    this.nesting -= 1;
    return made;
  }

  private pageSize(): number | null {
    const { dice } = this;
    return dice.happens(0.97) ? dice.between(1, 4) : dice.oneOf([null, 0, -1, 100, 101, 2_147_483_647]);
  }

  /** A value as a variable holds it. */
  private value(type: GraphQLInputType, name: string): unknown {
    const { dice } = this;
    if (isNonNullType(type)) return this.value(type.ofType, name) ?? this.value(type.ofType, name) ?? this.whole(type.ofType, name);
    if (dice.happens(0.04)) return null;
    return this.whole(type, name);
  }

  private whole(type: GraphQLInputType, name: string): unknown {
    const { dice, material } = this;
    if (isNonNullType(type)) return this.whole(type.ofType, name);
    if (isListType(type)) return dice.times(dice.between(0, 4), () => this.value(type.ofType, name));
    if (isInputObjectType(type)) return Object.fromEntries(this.inputFields(type, field => [field.name, this.value(field.type, field.name)]));
    if (isEnumType(type)) return dice.oneOf(type.getValues()).name;
    switch (type.name) {
      case 'Int':
      case 'SafeInt':
        return dice.oneOf([200, 400, 401, 429, 0, -1]);
      case 'Boolean':
        return dice.happens(0.5);
      case 'DateTime':
        return dice.oneOf([
          '2026-03-04T05:06:07Z',
          '2026-03-04T05:06:07.1+02:00',
          '2026-03-04T07:06:07.000001+02:00',
          '2026-01-01T00:00:00.000Z',
          '0001-01-01T00:00:00Z',
          '9999-12-31T23:59:59.999Z',
        ]);
      case 'Date':
        return dice.oneOf(['2026-03-04', '2024-02-29', '2026-01-01', '0001-01-01', '9999-12-31']);
      case 'ID':
        return dice.happens(0.85) ? dice.oneOf(material.ids) : dice.oneOf(['', 'mst_', 'no id', '\0', 'xyz_000', 'mst_00000000000000000000', '7', `mst_${'a'.repeat(100)}`]);
      default:
        return dice.happens(0.97) ? dice.oneOf(material.texts) : dice.oneOf(['\0', 'MTIz', 'x'.repeat(5000)]);
    }
  }
}

/** A value as it is written in a document. */
function literalOf(type: GraphQLInputType, value: unknown): string {
  if (value == null) return 'null';
  if (isNonNullType(type)) return literalOf(type.ofType, value);
  if (isListType(type)) return Array.isArray(value) ? `[${value.map(item => literalOf(type.ofType, item)).join(', ')}]` : literalOf(type.ofType, value);
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${literalOf(fields[name]!.type, inner)}`)
      .join(', ')} }`;
  }
  return isEnumType(type) && typeof value === 'string' ? value : JSON.stringify(value);
}
