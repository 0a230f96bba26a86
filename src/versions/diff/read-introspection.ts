/** A schema from the answer to an introspection query: `{data: {__schema}}` or `{__schema}`. */
import { GraphQLError, buildClientSchema, parseValue, specifiedScalarTypes, validateSchema, type IntrospectionQuery } from 'graphql';
import { UnusableSchema, problemsOf, type ReadSchema, type SchemaText } from './schema-text.ts';

export function readIntrospection(file: SchemaText): ReadSchema {
  const answer = answerIn(file);
  const problems: string[] = [];
  const missing = addMissingTypes(answer);
  for (const name of missing) problems.push(`${file.name}: Unknown type "${name}": the answer refers to it and does not describe it.`);
  const build = (): ReadSchema => {
    const schema = buildClientSchema(answer as unknown as IntrospectionQuery);
    return { schema, missing, problems: [...problems, ...(missing.size === 0 ? problemsOf(file.name, validateSchema(schema)) : [])] };
  };
  try {
    try {
      return build();
    } catch (error) {
      const faulty = dropFaultyDefaults(answer);
      if (faulty.length === 0) throw error;
      problems.push(...faulty.map(fault => `${file.name}: ${fault}`));
      return build();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableSchema(`${file.name}: ${reason.split(': {')[0]} Take the answer to the full introspection query.`, { cause: error });
  }
}

/** As far as it is looked at here. Answers come from many servers, so that anything may be absent. */
interface Answer {
  readonly __schema: { readonly types: Described[]; readonly directives?: readonly { readonly name: string; readonly args?: readonly Value[] }[] };
}

interface Described {
  readonly kind: string;
  readonly name: string;
  readonly fields?: readonly { readonly name: string; readonly type: Reference; readonly args?: readonly Value[] }[] | null;
  readonly inputFields?: readonly Value[] | null;
  readonly interfaces?: readonly Reference[] | null;
  readonly possibleTypes?: readonly Reference[] | null;
  readonly enumValues?: readonly unknown[] | null;
}

interface Value {
  readonly name: string;
  readonly type: Reference;
  defaultValue?: string | null;
}

interface Reference {
  readonly name?: string | null;
  readonly ofType?: Reference | null;
}

function answerIn({ name, text }: SchemaText): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UnusableSchema(`${name}: ${(error as Error).message}. Give SDL, or the JSON answer to an introspection query.`, { cause: error });
  }
  const { data, errors } = answer as { data?: unknown; errors?: readonly { message?: string }[] };
  const found = (data ?? answer) as Partial<Answer> | null;
  if (Array.isArray(found?.__schema?.types)) return found as Answer;
  const why = errors?.[0]?.message;
  throw new UnusableSchema(`${name}: It holds no introspection answer: there is no __schema.types in it${why ? `, but the error "${why}"` : ''}.`);
}

/** All values that are sent: arguments and input fields, with their coordinates. */
function* valuesIn({ __schema }: Answer): Generator<readonly [coordinate: string, value: Value]> {
  for (const type of __schema.types) {
    for (const field of type.fields ?? []) for (const arg of field.args ?? []) yield [`${type.name}.${field.name}(${arg.name}:)`, arg];
    for (const field of type.inputFields ?? []) yield [`${type.name}.${field.name}`, field];
  }
  for (const { name, args } of __schema.directives ?? []) for (const arg of args ?? []) yield [`@${name}(${arg.name}:)`, arg];
}

/** Puts a scalar in the place of each type that is named and not described, and says which they were. */
function addMissingTypes(answer: Answer): Set<string> {
  const { types } = answer.__schema;
  const described = new Set(types.map(({ name }) => name));
  const missing = new Set<string>();
  const refer = (reference: Reference | null | undefined): void => {
    if (reference?.ofType) refer(reference.ofType);
    else if (reference?.name && !described.has(reference.name)) missing.add(reference.name);
  };
  for (const type of types) {
    for (const field of type.fields ?? []) refer(field.type);
    for (const reference of [...(type.interfaces ?? []), ...(type.possibleTypes ?? [])]) refer(reference);
  }
  for (const [, { type }] of valuesIn(answer)) refer(type);
  for (const name of missing) types.push({ kind: 'SCALAR', name });
  return new Set([...missing].filter(name => !specifiedScalarTypes.some(scalar => scalar.name === name)));
}

/** Some servers write default values as JSON, which is no GraphQL. */
function dropFaultyDefaults(answer: Answer): string[] {
  const faults: string[] = [];
  for (const [coordinate, value] of valuesIn(answer)) {
    if (value.defaultValue === null || value.defaultValue === undefined) continue;
    try {
      parseValue(value.defaultValue);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      faults.push(`${coordinate} has the default value ${value.defaultValue}, which is no GraphQL value: ${error.message} It is taken as none.`);
      value.defaultValue = null;
    }
  }
  return faults;
}
