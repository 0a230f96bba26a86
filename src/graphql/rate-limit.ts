/**
 * `@rateLimit`: how often one integration may call an expensive mutation, said in the schema for
 * partners to read. The limits' room enforces it.
 */
import { DirectiveLocation, GraphQLDirective, GraphQLInt, GraphQLNonNull, GraphQLString, type GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';

export interface FieldLimit {
  /** Calls of one integration within the window, wherever it begins. */
  readonly max: number;
  readonly windowSeconds: number;
}

export const rateLimitDirective = new GraphQLDirective({
  name: 'rateLimit',
  description: 'How often one integration may call this mutation, beside what its budget allows. Beyond it calls are refused with `THROTTLED`.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    max: { type: new GraphQLNonNull(GraphQLInt), description: 'Most calls within the window.' },
    window: { type: new GraphQLNonNull(GraphQLString), description: 'Length of the window in seconds, e.g. `3600s`.' },
  },
});

/** Limits a mutation. What counts them keeps the instant of each call, so `max` is small. */
export const RateLimited = ({ max, windowSeconds }: FieldLimit): MethodDecorator & PropertyDecorator => Extensions({ rateLimit: { max, window: `${windowSeconds}s` } });

export function rateLimitOf(field: GraphQLField<unknown, unknown>): FieldLimit | null {
  const said = field.extensions['rateLimit'] as { max: number; window: string } | undefined;
  return said ? { max: said.max, windowSeconds: Number.parseInt(said.window, 10) } : null;
}
