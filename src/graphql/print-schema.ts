/** A schema's SDL as it is served and committed, with the directives that graphql-js does not print:
    what the schema's parts cost, and how often they may be called. */
import { Kind, isInterfaceType, isObjectType, lexicographicSortSchema, parse, printSchema, type GraphQLSchema } from 'graphql';

type Extensions = Readonly<Record<string, unknown>>;

/** The directives that elements carry under their names. */
const APPLIED = ['cost', 'listSize', 'rateLimit'] as const;

/** The SDL, its definitions sorted by name. */
export function printSdl(schema: GraphQLSchema): string {
  const sdl = printSchema(lexicographicSortSchema(schema));
  const insertions = new Map<number, string>();
  const insert = (at: number, extensions: Extensions): void => {
    const applied = APPLIED.flatMap(name => (extensions[name] ? [` @${name}(${argumentsText(extensions[name])})`] : []));
    if (applied.length > 0) insertions.set(at, applied.join(''));
  };
  for (const definition of parse(sdl).definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const type = schema.getType(definition.name.value);
    if (!type) continue;
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) insert((definition.interfaces?.at(-1) ?? definition.name).loc!.end, type.extensions);
    if (definition.kind === Kind.SCALAR_TYPE_DEFINITION || definition.kind === Kind.ENUM_TYPE_DEFINITION) insert(definition.name.loc!.end, type.extensions);
    if (!('fields' in definition) || !(isObjectType(type) || isInterfaceType(type))) continue;
    for (const field of definition.fields ?? []) if (field.kind === Kind.FIELD_DEFINITION) insert(field.type.loc!.end, type.getFields()[field.name.value]!.extensions);
  }
  return `${withInsertions(sdl, insertions)}\n`;
}

/** Numbers, texts, booleans and lists of texts are written in GraphQL as in JSON. */
const argumentsText = (given: unknown): string =>
  Object.entries(given as Extensions)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.map(item => JSON.stringify(item)).join(', ')}]` : JSON.stringify(value)}`)
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
