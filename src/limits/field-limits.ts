/**
 * Limits of single mutations that cost us more than their objects say: so many calls of one
 * integration within a window. Said in the schema by `@rateLimit`, enforced around the mutation's
 * resolver, before its use case begins.
 *
 * graphql-rate-limit calls the store twice, to read and to write, and tells it neither the limit nor
 * the window; between the two, parallel calls pass each other. So ours counts in the first step,
 * atomically, and answers either nothing (there was room) or as many calls as are too many.
 */
import { defaultFieldResolver, isObjectType, type GraphQLError, type GraphQLField, type GraphQLSchema } from 'graphql';
import { Store, getGraphQLRateLimiter } from 'graphql-rate-limit';
import { apiError } from '../graphql/errors.ts';
import { rateLimitOf, type FieldLimit } from '../graphql/rate-limit.ts';
import type { WindowCounts } from './window-counts.ts';

/** What the road's context tells about who calls. */
export interface CallingContext {
  readonly prepared: { readonly caller: { readonly integrationId: string; readonly environment: { readonly id: string } } };
}

export interface FieldLimitEvents {
  decided(coordinate: string, admitted: boolean): void;
}

/** Puts the limits around the resolvers of the schema's mutations. Throws for a limited field that is
    none: reads are compiled, and no resolver of theirs runs. */
export function enforceFieldLimits(schema: GraphQLSchema, counts: WindowCounts, events?: FieldLimitEvents): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const limit = rateLimitOf(field);
      if (!limit) continue;
      const coordinate = `${type.name}.${field.name}`;
      if (type !== schema.getMutationType()) throw new Error(`${coordinate} has @rateLimit, which is for mutations only.`);
      limitField(field, coordinate, limit, counts, events);
    }
  }
}

/** The coordinates that have limits, for the labels of metrics. */
export const limitedFields = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(field => rateLimitOf(field) !== null)
    .map(field => `Mutation.${field.name}`);

function limitField(field: GraphQLField<unknown, unknown>, coordinate: string, limit: FieldLimit, counts: WindowCounts, events: FieldLimitEvents | undefined): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = async (parent, args, context, info) => {
    const store = new OneCall(counts, limit);
    const check = getGraphQLRateLimiter({ store, identifyContext: identify, formatError: ({ max, window }) => tooOften(coordinate, max, window) });
    // The package knows fields by their bare name, which two types may share.
    const message = await check({ parent, args, context, info: { ...info, fieldName: coordinate } }, { max: limit.max, window: `${limit.windowSeconds}s` });
    events?.decided(coordinate, message === undefined);
    if (message !== undefined) throw refusal(message, coordinate, store.retryAfterMs);
    return resolve(parent, args, context, info);
  };
}

const identify = (context: CallingContext): string => `${context.prepared.caller.environment.id}/${context.prepared.caller.integrationId}`;

const tooOften = (coordinate: string, max: number, windowMs: number): string =>
  `${coordinate} was called ${max} times within ${windowMs / 1_000} s, which is as often as one integration may. Wait as long as retryAfterMs says.`;

const refusal = (message: string, coordinate: string, retryAfterMs: number): GraphQLError => apiError('THROTTLED', message, { violatedPolicies: [coordinate], retryAfterMs });

/** A store for one call, so that it can tell afterwards when the next one has room. */
class OneCall extends Store {
  retryAfterMs = 0;
  private readonly counts: WindowCounts;
  private readonly limit: FieldLimit;

  constructor(counts: WindowCounts, limit: FieldLimit) {
    super();
    this.counts = counts;
    this.limit = limit;
  }

  async getForIdentity({ contextIdentity, fieldIdentity }: { readonly contextIdentity: string; readonly fieldIdentity: string }): Promise<readonly number[]> {
    const { max, windowSeconds } = this.limit;
    this.retryAfterMs = await this.counts.take(`${contextIdentity}:${fieldIdentity}`, { max, windowMs: windowSeconds * 1_000 });
    // The package leaves out instants before its own window; these never are.
    return this.retryAfterMs > 0 ? Array<number>(max).fill(Number.POSITIVE_INFINITY) : [];
  }

  /** Counted already. */
  setForIdentity(): void {}
}
