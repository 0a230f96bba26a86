/**
 * Each version's schema with the registry's deprecations of an instant on it, for SDL and introspection.
 * Sandboxes have a clock each, and a schema costs tens of milliseconds and about a megabyte: those that
 * say the same share one, and the least used one goes where there is no room.
 */
import { parseSchemaCoordinate, resolveASTSchemaCoordinate, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { withMarks, type VersionSchema } from '../versions/index.ts';
import { whatToDo } from './advice.rules.ts';
import type { Effect, Effects } from './registry.rules.ts';

/** Schemas that are kept beside those that answer. */
export const MAX_MARKED_SCHEMAS = 16;

export class MarkedSchemas {
  private readonly versions: ReadonlyMap<string, VersionSchema>;
  private readonly kept = new LRUCache<string, GraphQLSchema>({ max: MAX_MARKED_SCHEMAS });

  constructor(versions: ReadonlyMap<string, VersionSchema>) {
    this.versions = versions;
  }

  /** The version's schema with what the effects deprecate; itself where it says all of that already. */
  schemaFor(version: string, effects: Effects): GraphQLSchema {
    const own = this.versions.get(version)!;
    const marks = new Map([...effects].flatMap(([coordinate, effect]) => (isToSay(own.schema, effect) ? [[coordinate, whatToDo(effect.notice)] as const] : [])));
    if (marks.size === 0) return own.schema;
    const key = JSON.stringify([version, ...marks]);
    let marked = this.kept.get(key);
    if (!marked) {
      marked = withMarks(own, marks);
      this.kept.set(key, marked);
    }
    return marked;
  }

  get size(): number {
    return this.kept.size;
  }
}

/** Whether the element is deprecated by now and the version does not say so itself. */
function isToSay(schema: GraphQLSchema, { notice, state: { stage } }: Effect): boolean {
  if (stage === 'ANNOUNCED') return false;
  const said = saidOf(schema, notice.coordinate);
  return said !== null && !said.includes(notice.reason);
}

/** What the schema says of an element's deprecation; null where it has no such element. */
function saidOf(schema: GraphQLSchema, coordinate: string): string | null {
  const element = resolved(schema, coordinate);
  switch (element?.kind) {
    case 'NamedType':
      return element.type.description ?? '';
    case 'Field':
      return element.field.deprecationReason ?? '';
    case 'InputField':
      return element.inputField.deprecationReason ?? element.inputField.description ?? '';
    case 'EnumValue':
      return element.enumValue.deprecationReason ?? '';
    case 'FieldArgument':
      return element.fieldArgument.deprecationReason ?? element.fieldArgument.description ?? '';
    case 'Directive':
    case 'DirectiveArgument':
      return element.directive.description ?? '';
    default:
      return null;
  }
}

/** graphql-js throws where what holds the element is missing. */
function resolved(schema: GraphQLSchema, coordinate: string): ReturnType<typeof resolveASTSchemaCoordinate> {
  try {
    return resolveASTSchemaCoordinate(schema, parseSchemaCoordinate(coordinate));
  } catch {
    return undefined;
  }
}
