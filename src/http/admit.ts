/**
 * Sixth stage: an operation is admitted where its integration's budget has room for what it may cost
 * at most. The cost is a formula, made once a document and version, over the coerced variables.
 */
import { GraphQLError, type OperationDefinitionNode } from 'graphql';
import { ofFrozen } from '../base/of-frozen.ts';
import { apiError } from '../graphql/errors.ts';
import { BoundlessOperation, PoolShareExceeded, costAnswer, costFormula, standingsForPartners, type CostFormula, type Refused } from '../limits/index.ts';
import { MAX_PAGE_SIZE, ReadRequest } from '../reads/index.ts';
import type { Charge } from './charge.ts';
import { givenValues } from './prepare.ts';
import type { Admitted, Faults, Heeded, Prepared } from './stages.ts';

/** Of kept documents: a formula lives as long as its operation does. */
const formulas = new WeakMap<OperationDefinitionNode, { readonly formula: CostFormula; readonly costOf: CostFormula['cost'] }>();

/** Throws GraphQLErrors: COST_LIMIT_EXCEEDED, THROTTLED, DOCUMENT_TOO_WIDE. */
export async function admit(prepared: Heeded, charge: Charge, faults: Faults | null): Promise<Admitted> {
  const { coerced, receivedAt } = prepared;
  const { formula, costOf } = formulaOf(prepared);
  const { maxOperationCost } = charge.limits;
  let cost = costOf(coerced);
  if (cost > maxOperationCost) {
    // What is too dear only because a page is larger than any can be is refused by the list itself, which says so.
    cost = formula.evaluate(coerced, MAX_PAGE_SIZE).at(-1)!;
    if (cost > maxOperationCost) throw tooDear(formula, prepared, maxOperationCost);
  }
  const refused = faults?.rateLimited ? await charge.refuse(cost) : await charge.draw(cost);
  if (refused) throw throttled(refused, cost);
  const given = givenValues(prepared, standingsForPartners(charge.standings, receivedAt), faults?.consentWithdrawn);
  return { ...prepared, faults, formula, read: new ReadRequest(given, coerced) };
}

/** A document is valid in one version, so the operation names the schema, too. */
function formulaOf({ served, document, operation }: Prepared): { readonly formula: CostFormula; readonly costOf: CostFormula['cost'] } {
  let known = formulas.get(operation);
  if (!known) {
    try {
      const formula = costFormula(served.schema, document, operation);
      known = { formula, costOf: ofFrozen(coerced => formula.cost(coerced)) };
    } catch (error) {
      throw error instanceof BoundlessOperation ? apiError('DOCUMENT_TOO_WIDE', error.message) : error;
    }
    formulas.set(operation, known);
  }
  return known;
}

function tooDear(formula: CostFormula, { coerced }: Prepared, maximum: number): GraphQLError {
  const { requestedQueryCost, maximumAvailable, fields, hints } = costAnswer(formula, coerced, maximum);
  const advice = hints[0] ?? 'Ask for smaller pages or fewer fields.';
  return apiError('COST_LIMIT_EXCEEDED', `The operation may cost ${requestedQueryCost}, and one operation at most ${maximumAvailable}. ${advice}`, {
    requestedQueryCost,
    maximumAvailable,
    fields,
    hints,
  });
}

/** The refusal of a draw, which names the policies that had no room. */
export function throttled({ violatedPolicies, retryAfterMs, standings }: Refused, cost: number): GraphQLError {
  const why = standings
    .filter(({ violated, policy }) => violated && !policy.shadow)
    .map(({ policy, remaining, limit }) =>
      policy.kind === 'BUCKET' ? `it costs ${cost} and ${remaining} of ${limit} are left` : `${limit} requests of your integration are in flight already`,
    );
  return apiError('THROTTLED', `The request was not run: ${why.join(', and ')}. Send it again in ${retryAfterMs} ms.`, { violatedPolicies, retryAfterMs });
}

/** Whether the request was refused because too much is asked at the moment. */
export const isThrottled = (error: unknown): boolean => error instanceof GraphQLError && error.extensions['code'] === 'THROTTLED';

/** The policy that holds an integration to its share of the database connections. */
const POOL_SHARE = 'database-share';

/** The failure of work that had to wait for a connection, in the caller's words; the failure itself where it says nothing. */
export const shareFailure = (error: unknown): unknown =>
  error instanceof PoolShareExceeded ? apiError('THROTTLED', error.message, { violatedPolicies: [POOL_SHARE], retryAfterMs: error.retryAfterMs }) : error;
