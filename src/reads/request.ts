/** What one request brings to a compiled statement: its variables and the values that the road
    has established about it. */
import { getArgumentValues, type FieldNode, type GraphQLField } from 'graphql';
import { ofFrozen } from '../base/of-frozen.ts';
import { headFormOf } from './head-form.ts';

/** Values by name that the road knows before the statement runs, e.g. `environment_id`. The
    compiler does not know what they mean; mappings refer to them by `given('environment_id')`. One
    that takes a while is a function, which is asked where it is needed. */
export type GivenValues = Readonly<Record<string, unknown>>;

type Field = GraphQLField<unknown, unknown>;

/** Arguments by field: what follows from the variables is the same for all requests that share them. */
const argumentsOf = ofFrozen((_variables: object) => new WeakMap<FieldNode, Readonly<Record<string, unknown>>>());

export class ReadRequest {
  readonly given: GivenValues;
  /** Coerced by graphql-js. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether a list was asked for from a cursor on that an earlier page had given. */
  followedCursor = false;
  private readonly coerced: WeakMap<FieldNode, Readonly<Record<string, unknown>>>;

  constructor(given: GivenValues, variables: Readonly<Record<string, unknown>>) {
    this.given = given;
    this.variables = variables;
    this.coerced = argumentsOf(variables);
  }

  /** What the road knows by that name. */
  givenOf(name: string): unknown {
    const value = this.given[name];
    return typeof value === 'function' ? (value as () => unknown)() : value;
  }

  /** A field's arguments, coerced by graphql-js and in head's form, at most once a request. Throws
      its GraphQLError, and BAD_USER_INPUT where an older and a newer form were given together. */
  arguments(field: Field, node: FieldNode): Readonly<Record<string, unknown>> {
    let values = this.coerced.get(node);
    if (!values) {
      const sent = getArgumentValues(field, node, this.variables);
      values = headFormOf(field)?.toHead?.(sent) ?? sent;
      this.coerced.set(node, values);
    }
    return values;
  }

  /** A path through a field's arguments in head's form, as the caller wrote it. */
  pathAsSent(field: Field, node: FieldNode, path: readonly string[]): readonly string[] {
    const form = headFormOf(field);
    return form ? form.pathAsSent(path, getArgumentValues(field, node, this.variables)) : path;
  }
}
