/**
 * `@rateLimit`: how often one integration may call an expensive mutation, said in the schema for
 * partners to read. The limits' room enforces it.
 */
import { DirectiveLocation, GraphQLDirective, GraphQLInt, GraphQLNonNull, GraphQLString, type GraphQLField } from 'graphql';
import { Directive, Extensions } from 'type-graphql';

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
export const RateLimited = ({ max, windowSeconds }: FieldLimit): MethodDecorator => {
  const said = [Directive(`@rateLimit(max: ${max}, window: "${windowSeconds}s")`), Extensions({ rateLimit: { max, windowSeconds } })];
  return (target, property, descriptor) => {
    for (const decorate of said) decorate(target, property, descriptor);
  };
};

export const rateLimitOf = (field: GraphQLField<unknown, unknown>): FieldLimit | null => (field.extensions['rateLimit'] as FieldLimit | undefined) ?? null;
