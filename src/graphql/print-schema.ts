/** A schema's SDL as it is served and committed, with the directives that graphql-js does not print:
    what the schema's parts cost, how often they may be called, and what needs a person's consent. */
import { Kind, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, lexicographicSortSchema, parse, printSchema, type GraphQLSchema } from 'graphql';
import { argumentRulesOf } from './consent.ts';

type Extensions = Readonly<Record<string, unknown>>;

/** The directives that elements carry under their names. */
const APPLIED = ['consent', 'cost', 'listSize', 'rateLimit'] as const;

/** The SDL, its definitions sorted by name. */
export function printSdl(schema: GraphQLSchema): string {
  const sdl = printSchema(lexicographicSortSchema(schema));
  const insertions = new Map<number, string>();
  const insert = (at: number, extensions: Extensions): void => {
    const applied = APPLIED.flatMap(name => (extensions[name] ? [` @${name}(${argumentsText(schema, name, extensions[name])})`] : []));
    if (applied.length > 0) insertions.set(at, applied.join(''));
  };
  for (const definition of parse(sdl).definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const type = schema.getType(definition.name.value);
    if (!type) continue;
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) insert((definition.interfaces?.at(-1) ?? definition.name).loc!.end, type.extensions);
    if (definition.kind === Kind.SCALAR_TYPE_DEFINITION || definition.kind === Kind.ENUM_TYPE_DEFINITION) insert(definition.name.loc!.end, type.extensions);
    if (!('fields' in definition) || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue;
    for (const node of definition.fields ?? []) {
      const field = type.getFields()[node.name.value]!;
      insert(node.kind === Kind.INPUT_VALUE_DEFINITION && node.defaultValue ? node.defaultValue.loc!.end : node.type.loc!.end, field.extensions);
      if (node.kind !== Kind.FIELD_DEFINITION) continue;
      for (const argument of node.arguments ?? []) {
        const consent = argumentRulesOf(field)[argument.name.value];
        if (consent) insert((argument.defaultValue ?? argument.type).loc!.end, { consent });
      }
    }
  }
  return `${withInsertions(sdl, insertions)}\n`;
}

/** Numbers, texts, booleans and lists of texts are written in GraphQL as in JSON; values of enums are bare. */
const argumentsText = (schema: GraphQLSchema, directive: string, given: unknown): string =>
  Object.entries(given as Extensions)
    .map(([name, value]) => {
      const argument = schema.getDirective(directive)?.args.find(each => each.name === name);
      const isEnum = argument !== undefined && isEnumType(getNamedType(argument.type));
      return `${name}: ${isEnum ? String(value) : Array.isArray(value) ? `[${value.map(item => JSON.stringify(item)).join(', ')}]` : JSON.stringify(value)}`;
    })
    .join(', ');

function withInsertions(text: string, insertions: ReadonlyMap<number, string>): string {
  const pieces: string[] = [];
  let from = 0;
  for (const [at, inserted] of [...insertions].toSorted(([a], [b]) => a - b)) {
    pieces.push(text.slice(from, at), inserted);
    from = at;
  }
  return pieces.join('') + text.slice(from);
}
