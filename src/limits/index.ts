/** The door of the limits' room. */
export { openGuesses, type Admission, type Guesses } from './guesses.ts';
export { BoundlessOperation, costAnswer, costFormula, requestCost, weightsOf, type CostAnswer, type CostFailure, type CostFormula, type RequestCost } from './cost/index.ts';
export { DEFAULT_MAXIMUM_COST } from './maximum-cost.ts';
