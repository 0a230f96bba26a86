/**
 * A schema and its read mapping under change. Types refer to one another by name here, so that a
 * change is an edit of a map; build.ts makes the schema of it. Beside what the older version looks
 * like, a draft holds how its input becomes the newer version's.
 */
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isUnionType,
  type GraphQLArgumentConfig,
  type GraphQLEnumType,
  type GraphQLEnumValueConfig,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';
import type { AbstractSource, FieldRead, FieldRefusal, ReadMapping, TableSource, Values } from '../reads/index.ts';
import { coordinateOf } from './coordinate.ts';

/** How an older form ends. */
export interface Leaving {
  /** First day on which the older form is deprecated: six months and two versions ahead at least. */
  readonly deprecatedOn: string;
  /** Why it goes and what to do instead: the text of `@deprecated`. */
  readonly reason: string;
  /** The newer form's coordinate; null where nothing takes its place. */
  readonly replacement: string | null;
}

/** An argument or an input field. */
export interface InputDraft {
  type: string;
  config: Omit<GraphQLArgumentConfig & GraphQLInputFieldConfig, 'type'>;
}

/** How values of an older form become the newer version's. */
export interface Step {
  readonly toNewer: (values: Values) => Values;
  /** The name that the caller used for what the newer version calls `name`. */
  readonly nameAsSent: (name: string, sent: Values) => string;
}

export interface FieldDraft {
  type: string;
  args: Map<string, InputDraft>;
  config: Omit<GraphQLFieldConfig<unknown, unknown>, 'type' | 'args'>;
  /** The field of the newer version that it is, under whatever name; null where that has none. */
  newer: { readonly type: string; readonly field: string } | null;
  /** From older to newer. */
  steps: Step[];
}

export interface ObjectDraft {
  readonly kind: 'OBJECT' | 'INTERFACE';
  readonly type: GraphQLObjectType | GraphQLInterfaceType;
  interfaces: string[];
  fields: Map<string, FieldDraft>;
}

export interface UnionDraft {
  readonly kind: 'UNION';
  readonly type: GraphQLUnionType;
  members: string[];
}

export interface InputObjectDraft {
  readonly kind: 'INPUT';
  readonly type: GraphQLInputObjectType;
  fields: Map<string, InputDraft>;
  steps: Step[];
  /** Its name in the newer version. */
  readonly newer: string;
}

export interface EnumDraft {
  readonly kind: 'ENUM';
  readonly type: GraphQLEnumType;
  values: Map<string, GraphQLEnumValueConfig>;
  /** What stands here for a value that only newer versions have. */
  fallbacks: Record<string, string>;
  /** The newer values that a value given as input means, where that is not itself alone. */
  steps: Map<string, readonly string[]>;
}

export interface ScalarDraft {
  readonly kind: 'SCALAR';
  readonly type: GraphQLScalarType;
}

export type TypeDraft = ObjectDraft | UnionDraft | InputObjectDraft | EnumDraft | ScalarDraft;

type OfKind<Kind extends TypeDraft['kind']> = Extract<TypeDraft, { kind: Kind }>;

export interface MappingDraft {
  readonly sources: Map<string, TableSource>;
  readonly abstractSources: Map<string, AbstractSource>;
  readonly fields: Map<string, FieldRead>;
  readonly refusals: Map<string, FieldRefusal>;
}

/** The name in a type reference such as `[Milestone!]!`. */
export const namedIn = (reference: string): string => reference.replaceAll(/[[\]!]/g, '');

export class Draft {
  readonly types: Map<string, TypeDraft>;
  readonly mapping: MappingDraft;
  /** The names of the query and mutation types. */
  readonly roots: readonly string[];
  /** How each form ends that newer versions lack, by its coordinate. */
  readonly leaving: Map<string, Leaving>;

  private constructor(types: Map<string, TypeDraft>, mapping: MappingDraft, roots: readonly string[], leaving: Map<string, Leaving>) {
    this.types = types;
    this.mapping = mapping;
    this.roots = roots;
    this.leaving = leaving;
  }

  static of(schema: GraphQLSchema, mapping: ReadMapping): Draft {
    const types = Object.values(schema.getTypeMap()).filter(type => !isIntrospectionType(type));
    const roots = [schema.getQueryType(), schema.getMutationType()].flatMap(type => type?.name ?? []);
    return new Draft(new Map(types.map(type => [type.name, draftOf(type)])), copyOf(mapping), roots, new Map());
  }

  /** A draft to make the next older version of: it is at one with this one. */
  next(): Draft {
    return new Draft(new Map([...this.types].map(([name, type]) => [name, nextOf(name, type)])), copyOf(this.mapping), this.roots, new Map(this.leaving));
  }

  type<Kind extends TypeDraft['kind']>(name: string, ...kinds: readonly Kind[]): OfKind<Kind> {
    const type = this.types.get(name);
    if (!type || !(kinds as readonly string[]).includes(type.kind))
      throw new Error(`A version change names ${name}, which is no type of the kind it takes (${kinds.join(' or ')}).`);
    return type as OfKind<Kind>;
  }

  /** The type and, of an interface, those that implement it: what one has of its fields the others must have. */
  holders(name: string): string[] {
    const implementing = [...this.types].filter(([, type]) => (type.kind === 'OBJECT' || type.kind === 'INTERFACE') && type.interfaces.includes(name));
    return [name, ...implementing.map(([other]) => other)];
  }

  /** A field of an object type or interface. */
  field(coordinate: string): FieldDraft {
    const { type, member } = coordinateOf(coordinate);
    return found(this.type(type, 'OBJECT', 'INTERFACE').fields.get(member), coordinate);
  }

  argument(coordinate: string): InputDraft {
    const { type, member, argument } = coordinateOf(coordinate);
    return found(this.field(`${type}.${member}`).args.get(argument), coordinate);
  }

  inputField(coordinate: string): InputDraft {
    const { type, member } = coordinateOf(coordinate);
    return found(this.type(type, 'INPUT').fields.get(member), coordinate);
  }

  /** Sets a field and where its value comes from. */
  setField(coordinate: string, field: FieldDraft, read: FieldRead | undefined): void {
    const { type, member } = coordinateOf(coordinate);
    this.type(type, 'OBJECT', 'INTERFACE').fields.set(member, field);
    if (read) this.mapping.fields.set(coordinate, read);
    else this.mapping.fields.delete(coordinate);
  }

  /** Gives a type its older name, wherever it is named. */
  renameType(newer: string, older: string): void {
    const type = this.types.get(newer);
    if (!type || this.types.has(older)) throw new Error(`The type ${newer} cannot become ${older}: the first must exist, the second must not.`);
    const rename = (name: string): string => (name === newer ? older : name);
    const refer = (reference: string): string => reference.replace(/\w+/, rename);
    const all = [...this.types];
    this.types.clear();
    for (const [name, draft] of all) {
      this.types.set(rename(name), draft);
      if (draft.kind === 'UNION') draft.members = draft.members.map(rename);
      if (draft.kind === 'INPUT') for (const field of draft.fields.values()) field.type = refer(field.type);
      if (draft.kind !== 'OBJECT' && draft.kind !== 'INTERFACE') continue;
      draft.interfaces = draft.interfaces.map(rename);
      for (const field of draft.fields.values()) {
        field.type = refer(field.type);
        for (const argument of field.args.values()) argument.type = refer(argument.type);
      }
    }
    for (const map of [...Object.values(this.mapping), this.leaving] as Map<string, unknown>[]) renameKeys(map, key => key.replace(/^\w+/, rename));
    for (const [name, source] of this.mapping.abstractSources) {
      this.mapping.abstractSources.set(name, { ...source, types: Object.fromEntries(Object.entries(source.types).map(([value, possible]) => [value, rename(possible)])) });
    }
  }
}

function found<T>(element: T | undefined, coordinate: string): T {
  if (!element) throw new Error(`A version change names ${coordinate}, which does not exist where it is undone.`);
  return element;
}

function renameKeys(map: Map<string, unknown>, rename: (key: string) => string): void {
  const entries = [...map];
  map.clear();
  for (const [key, value] of entries) map.set(rename(key), value);
}

const copyOf = ({ sources, abstractSources, fields, refusals }: ReadMapping): MappingDraft => ({
  sources: new Map(sources),
  abstractSources: new Map(abstractSources),
  fields: new Map(fields),
  refusals: new Map(refusals),
});

function draftOf(type: GraphQLNamedType): TypeDraft {
  if (isObjectType(type) || isInterfaceType(type)) {
    const fields = Object.entries(type.toConfig().fields).map(([name, { type: fieldType, args = {}, astNode: _astNode, ...config }]): [string, FieldDraft] => [
      name,
      { type: String(fieldType), args: inputsOf(args), config, newer: { type: type.name, field: name }, steps: [] },
    ]);
    return { kind: isObjectType(type) ? 'OBJECT' : 'INTERFACE', type, interfaces: type.getInterfaces().map(({ name }) => name), fields: new Map(fields) };
  }
  if (isUnionType(type)) return { kind: 'UNION', type, members: type.getTypes().map(({ name }) => name) };
  if (isInputObjectType(type)) return { kind: 'INPUT', type, fields: inputsOf(type.toConfig().fields), steps: [], newer: type.name };
  if (isEnumType(type)) return { kind: 'ENUM', type, values: new Map(Object.entries(type.toConfig().values)), fallbacks: {}, steps: new Map() };
  if (isScalarType(type)) return { kind: 'SCALAR', type };
  throw new Error(`${String(type)} is of no kind that can be projected.`);
}

const inputsOf = (inputs: Readonly<Record<string, GraphQLArgumentConfig | GraphQLInputFieldConfig>>): Map<string, InputDraft> =>
  new Map(Object.entries(inputs).map(([name, { type, astNode: _astNode, ...config }]) => [name, { type: String(type), config }]));

function nextOf(name: string, type: TypeDraft): TypeDraft {
  switch (type.kind) {
    case 'OBJECT':
    case 'INTERFACE':
      return { ...type, fields: new Map([...type.fields].map(([field, draft]) => [field, { ...draft, args: copies(draft.args), newer: { type: name, field }, steps: [] }])) };
    case 'INPUT':
      return { ...type, fields: copies(type.fields), steps: [], newer: name };
    case 'ENUM':
      return { ...type, values: new Map(type.values), fallbacks: { ...type.fallbacks }, steps: new Map() };
    case 'UNION':
    case 'SCALAR':
      return { ...type };
  }
}

const copies = (inputs: ReadonlyMap<string, InputDraft>): Map<string, InputDraft> => new Map([...inputs].map(([name, input]) => [name, { ...input }]));
