/** From a draft to the immutable schema of a version. */
import {
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLUnionType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLType,
} from 'graphql';
import { fallbackExtensions, formExtensions, headFormOf, type HeadForm, type Values } from '../reads/index.ts';
import { namedIn, type Draft, type EnumDraft, type FieldDraft, type InputDraft, type ObjectDraft, type TypeDraft } from './draft.ts';
import { Translation } from './translate.ts';

/** Reasons of deprecation by coordinate. */
export type Marks = ReadonlyMap<string, string>;

/** The schema of the draft's version.
    @param newer the schema of the version that the draft was made from
    @param marks what is deprecated in this version beside what head itself deprecates */
export const buildVersion = (draft: Draft, newer: GraphQLSchema, marks: Marks): GraphQLSchema => new Builder(draft, newer, marks).schema();

class Builder {
  private readonly draft: Draft;
  private readonly newer: GraphQLSchema;
  private readonly marks: Marks;
  private readonly translation: Translation;
  private readonly types = new Map<string, GraphQLNamedType>();
  /** Lists and non-null types, by how they are written. */
  private readonly references = new Map<string, GraphQLType>();

  constructor(draft: Draft, newer: GraphQLSchema, marks: Marks) {
    this.draft = draft;
    this.newer = newer;
    this.marks = marks;
    this.translation = new Translation(draft, newer);
  }

  schema(): GraphQLSchema {
    for (const name of reachable(this.draft)) this.types.set(name, this.typeOf(name, this.draft.types.get(name)!));
    const config = this.newer.toConfig();
    return new GraphQLSchema({
      description: config.description,
      directives: config.directives.map(directive => this.directiveOf(directive)),
      extensions: config.extensions,
      query: this.rootOf(config.query),
      mutation: this.rootOf(config.mutation),
      types: [...this.types.values()],
      // A version whose changes do not fit together must not start; graphql-js says what is wrong.
      assumeValid: false,
    });
  }

  private directiveOf(directive: GraphQLDirective): GraphQLDirective {
    const name = `@${directive.name}`;
    const marked = [name, ...directive.args.map(argument => `${name}(${argument.name}:)`)].filter(coordinate => this.marks.has(coordinate));
    if (marked.length === 0) return directive;
    const config = directive.toConfig();
    return new GraphQLDirective({
      ...config,
      description: marked.reduce((description, coordinate) => withMark(description, this.marks.get(coordinate)) ?? '', config.description ?? ''),
    });
  }

  private rootOf(root: GraphQLObjectType | null | undefined): GraphQLObjectType | null {
    const type = root && this.types.get(root.name);
    return isObjectType(type) ? type : null;
  }

  private typeOf(name: string, draft: TypeDraft): GraphQLNamedType {
    const mark = this.marks.get(name);
    const about = (description: string | null | undefined) => ({ name, description: withMark(description, mark) });
    switch (draft.kind) {
      case 'OBJECT':
      case 'INTERFACE':
        return this.objectOf(name, draft, about(draft.type.description));
      case 'UNION':
        return new GraphQLUnionType({
          ...draft.type.toConfig(),
          ...about(draft.type.description),
          types: () => draft.members.map(member => this.types.get(member) as GraphQLObjectType),
        });
      case 'INPUT':
        return new GraphQLInputObjectType({
          ...draft.type.toConfig(),
          ...about(draft.type.description),
          fields: () => this.inputsOf(draft.fields, field => `${name}.${field}`),
        });
      case 'ENUM':
        return this.enumOf(name, draft, about(draft.type.description));
      // A scalar refers to nothing, so all versions share it.
      case 'SCALAR':
        return mark === undefined ? draft.type : new GraphQLScalarType({ ...draft.type.toConfig(), ...about(draft.type.description) });
    }
  }

  private objectOf(name: string, draft: ObjectDraft, about: { name: string; description: string | null | undefined }): GraphQLNamedType {
    const config = {
      ...about,
      extensions: draft.type.extensions,
      interfaces: () => draft.interfaces.map(each => this.types.get(each) as GraphQLInterfaceType),
      fields: () => Object.fromEntries([...draft.fields].map(([field, fieldDraft]) => [field, this.fieldOf(name, field, fieldDraft)])),
    };
    return draft.kind === 'OBJECT' ? new GraphQLObjectType(config) : new GraphQLInterfaceType(config);
  }

  private fieldOf(type: string, name: string, draft: FieldDraft): GraphQLFieldConfig<unknown, unknown> {
    const coordinate = `${type}.${name}`;
    const newer = draft.newer && this.newerField(draft.newer);
    const toNewer = newer && this.translation.ofArguments(draft, newer, type !== this.newer.getMutationType()?.name);
    const form = newer && this.formOf(coordinate, draft, newer, toNewer);
    const resolve = newer ? newer.resolve : draft.config.resolve;
    return {
      ...draft.config,
      type: this.reference(draft.type) as GraphQLOutputType,
      args: this.inputsOf(draft.args, argument => `${coordinate}(${argument}:)`),
      deprecationReason: this.marks.get(coordinate) ?? draft.config.deprecationReason,
      resolve: resolve && toNewer ? (source, args: Values, context, info) => resolve(source, toNewer(args), context, info) : resolve,
      extensions: form ? { ...draft.config.extensions, ...formExtensions(form) } : draft.config.extensions,
    };
  }

  private newerField({ type, field }: { type: string; field: string }): GraphQLField<unknown, unknown> {
    const newer = this.newer.getType(type);
    const found = isObjectType(newer) || isInterfaceType(newer) ? newer.getFields()[field] : undefined;
    if (!found) throw new Error(`${type}.${field} is not in the newer version, so nothing older can stand for it.`);
    return found;
  }

  /** How the field stands to head's; null where it is head's. */
  private formOf(coordinate: string, draft: FieldDraft, newer: GraphQLField<unknown, unknown>, toNewer: ((sent: Values) => Values) | null): HeadForm | null {
    const next = headFormOf(newer);
    const head = next?.coordinate ?? `${draft.newer!.type}.${draft.newer!.field}`;
    if (!next && !toNewer && head === coordinate) return null;
    const onwards = next?.toHead ?? null;
    return {
      coordinate: head,
      args: next?.args ?? newer.args,
      toHead: toNewer && onwards ? sent => onwards(toNewer(sent)) : (toNewer ?? onwards),
      pathAsSent: (path, sent) => this.translation.pathAsSent(draft, next ? next.pathAsSent(path, toNewer?.(sent) ?? sent) : path, sent),
    };
  }

  private enumOf(name: string, draft: EnumDraft, about: { name: string; description: string | null | undefined }): GraphQLEnumType {
    const config = draft.type.toConfig();
    const values = Object.fromEntries(
      [...draft.values].map(([value, valueConfig]) => [value, { ...valueConfig, deprecationReason: this.marks.get(`${name}.${value}`) ?? valueConfig.deprecationReason }]),
    );
    return new VersionedEnum({ ...config, ...about, values, extensions: { ...config.extensions, ...fallbackExtensions(draft.fallbacks) } }, draft.fallbacks);
  }

  private inputsOf(inputs: ReadonlyMap<string, InputDraft>, coordinateOf: (name: string) => string): Record<string, GraphQLInputFieldConfig> {
    return Object.fromEntries(
      [...inputs].map(([name, { type, config }]) => {
        const mark = this.marks.get(coordinateOf(name));
        // GraphQL lets nothing be deprecated that must be given, so its description says so.
        const isRequired = type.endsWith('!') && config.defaultValue === undefined;
        const about = isRequired ? { description: withMark(config.description, mark) } : { deprecationReason: mark ?? config.deprecationReason };
        return [name, { ...config, type: this.reference(type) as GraphQLInputType, ...about }];
      }),
    );
  }

  /** The type that is written so, e.g. `[Milestone!]!`. */
  private reference(text: string): GraphQLType {
    let type = this.references.get(text) ?? this.types.get(text);
    if (!type) {
      if (!/[\]!]$/.test(text)) throw new Error(`A version change refers to the type ${text}, which its version lacks.`);
      type = text.endsWith('!') ? new GraphQLNonNull(this.reference(text.slice(0, -1)) as GraphQLOutputType) : new GraphQLList(this.reference(text.slice(1, -1)));
      this.references.set(text, type);
    }
    return type;
  }
}

const withMark = (description: string | null | undefined, mark: string | undefined): string | null | undefined =>
  mark === undefined ? description : `${description ?? ''} Deprecated: ${mark}`.trim();

/** An enum that says a value it lacks by the one that stands for it. */
class VersionedEnum extends GraphQLEnumType {
  private readonly fallbacks: Readonly<Record<string, string>>;

  constructor(config: ConstructorParameters<typeof GraphQLEnumType>[0], fallbacks: Readonly<Record<string, string>>) {
    super(config);
    this.fallbacks = fallbacks;
  }

  override serialize(value: unknown): ReturnType<GraphQLEnumType['serialize']> {
    return super.serialize(typeof value === 'string' ? (this.fallbacks[value] ?? value) : value);
  }
}

/** The types that the version has: those that its root types lead to. */
function reachable(draft: Draft): ReadonlySet<string> {
  const reached = new Set<string>();
  const implementing = new Map<string, string[]>();
  for (const [name, type] of draft.types) if (type.kind === 'OBJECT') for (const each of type.interfaces) implementing.set(each, [...(implementing.get(each) ?? []), name]);
  const visit = (reference: string): void => {
    const name = namedIn(reference);
    const type = draft.types.get(name);
    if (!type || reached.has(name)) return;
    reached.add(name);
    switch (type.kind) {
      case 'OBJECT':
      case 'INTERFACE':
        type.interfaces.forEach(visit);
        for (const field of type.fields.values()) for (const { type: each } of [field, ...field.args.values()]) visit(each);
        implementing.get(name)?.forEach(visit);
        break;
      case 'INPUT':
        for (const field of type.fields.values()) visit(field.type);
        break;
      case 'UNION':
        type.members.forEach(visit);
        break;
      case 'ENUM':
      case 'SCALAR':
        break;
    }
  };
  draft.roots.forEach(visit);
  return reached;
}
