/** The cost calculator's door. It needs `graphql` and nothing of the gateway, so that whoever has a
    version's SDL can reckon what the gateway will charge. */
export { BoundlessOperation, MAX_COST, costFormula, type CostFormula, type Variables } from './formula.ts';
export { costAnswer, type CostAnswer } from './answer.ts';
export { assumedCost, requestCost, type CostFailure, type RequestCost, type RequestToCost } from './request.ts';
export { weightsOf, type ListSize, type Weights } from './weights.ts';
