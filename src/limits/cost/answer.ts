/**
 * What an operation costs, told to whoever wrote it: the number, the fields that make it up, and
 * where it is more than one operation may cost, how to ask for less. The same words for the
 * gateway's refusal, for `POST /graphql/cost` and for `portico cost`.
 */
import { isPresent, type CostFormula, type FieldStep, type SelectionStep, type Variables } from './formula.ts';
import type { Size } from './size.ts';

export interface CostAnswer {
  readonly requestedQueryCost: number;
  /** What one operation may cost. */
  readonly maximumAvailable: number;
  /** The dearest fields that return objects, at most 5: response keys from the root, joined by dots,
      each with all that it costs, what stands below it included. */
  readonly fields: readonly { readonly path: string; readonly cost: number }[];
  /** Cheaper forms that would fit, in sentences; none where the operation fits. */
  readonly hints: readonly string[];
}

const TOLD_FIELDS = 5;
const TOLD_HINTS = 3;

/** A field in one place of the operation. */
interface Place {
  readonly path: readonly string[];
  /** The path with its page sizes, for people. */
  readonly label: string;
  readonly step: FieldStep;
  /** How many objects hold it. */
  readonly times: number;
  readonly cost: number;
}

/** A place whose list a caller can ask fewer items of. */
interface Page {
  readonly argument: string;
  readonly size: number;
  /** The part of the place's cost that goes with the size. */
  readonly sized: number;
}

export function costAnswer(formula: CostFormula, variables: Variables, maximumAvailable: number): CostAnswer {
  const results = formula.evaluate(variables);
  const requestedQueryCost = results.at(-1)!;
  const places = dearest(formula, variables, results);
  return {
    requestedQueryCost,
    maximumAvailable,
    fields: places.map(({ path, cost }) => ({ path: path.join('.'), cost })),
    hints: requestedQueryCost <= maximumAvailable ? [] : hints(formula, variables, results, places, maximumAvailable),
  };
}

/** Goes from the dearest field to what makes it dear. A field costs at least what any below it does,
    so that however many paths there are, only those that are told are walked. */
function dearest({ steps }: CostFormula, variables: Variables, results: Float64Array): Place[] {
  const placesIn = ({ parts }: SelectionStep, above: { path: readonly string[]; label: string }, times: number): Place[] =>
    parts.flatMap(({ key, when, field }) => {
      const step = steps[field] as FieldStep;
      const cost = Math.min(times * results[field]!, Number.MAX_SAFE_INTEGER);
      if (cost === 0 || !isPresent(when, variables)) return [];
      const label = step.withinPage ? above.label : `${above.label === '' ? '' : `${above.label}.`}${key}${sizeText(step, variables)}`;
      return [{ path: [...above.path, key], label, step, times, cost }];
    });
  const open = placesIn(steps.at(-1) as SelectionStep, { path: [], label: '' }, 1);
  const told: Place[] = [];
  while (open.length > 0 && told.length < TOLD_FIELDS) {
    const place = open.reduce((most, one) => (one.cost > most.cost ? one : most));
    open.splice(open.indexOf(place), 1);
    if (!place.step.withinPage) told.push(place);
    const { selection } = dearestOption(place.step, results);
    if (selection !== null) open.push(...placesIn(steps[selection] as SelectionStep, place, place.times * place.step.size.of(variables)));
  }
  return told;
}

const dearestOption = ({ options }: FieldStep, results: Float64Array): FieldStep['options'][number] => {
  const cost = ({ weight, selection }: FieldStep['options'][number]): number => weight + (selection === null ? 0 : results[selection]!);
  return options.reduce((most, one) => (cost(one) > cost(most) ? one : most));
};

const listOf = ({ page, size }: FieldStep): Size => page ?? size;

function sizeText(step: FieldStep, variables: Variables): string {
  const size = listOf(step);
  const argument = size.argument(variables);
  return argument === null ? '' : `(${argument}: ${size.of(variables)})`;
}

function hints(formula: CostFormula, variables: Variables, results: Float64Array, places: readonly Place[], maximum: number): string[] {
  const total = results.at(-1)!;
  const over = total >= Number.MAX_SAFE_INTEGER;
  const smaller = places.flatMap(place => {
    const page = pageOf(formula, variables, results, place);
    const fitting = page && !over ? Math.floor((maximum - (total - page.sized)) / (page.sized / page.size)) : 0;
    return page && fitting >= 1 && fitting < page.size
      ? [`\`${place.label}\` is ${inText(place.cost)} of ${inText(total)}: ask for \`${page.argument}: ${fitting}\` there to fit ${inText(maximum)}.`]
      : [];
  });
  const together = smaller.length === 0 ? smallerTogether(formula, variables, maximum) : [];
  const without = places.flatMap(({ label, cost }) =>
    cost < total && total - cost <= maximum && !over ? [`Without \`${label}\`, which is ${inText(cost)} of ${inText(total)}, it costs ${inText(total - cost)}.`] : [],
  );
  const found = [...smaller.slice(0, TOLD_HINTS - 1), ...together, ...without].slice(0, TOLD_HINTS);
  return found.length > 0 ? found : [`No smaller page and no field left out makes it fit ${inText(maximum)}: split it into several operations.`];
}

function pageOf({ steps }: CostFormula, variables: Variables, results: Float64Array, { step, times, cost }: Place): Page | null {
  const list = listOf(step);
  const argument = list.argument(variables);
  const size = list.of(variables);
  if (argument === null || size === 0) return null;
  if (!step.page) return { argument, size, sized: cost };
  const { selection } = dearestOption(step, results);
  const parts = (steps[selection!] as SelectionStep).parts.filter(({ when, field }) => (steps[field] as FieldStep).size === step.page && isPresent(when, variables));
  return { argument, size, sized: times * parts.reduce((sum, { field }) => sum + results[field]!, 0) };
}

/** The largest page, for all lists at once, that fits. */
function smallerTogether(formula: CostFormula, variables: Variables, maximum: number): string[] {
  let [fits, exceeds] = [0, maximum + 1];
  while (exceeds - fits > 1) {
    const size = Math.floor((fits + exceeds) / 2);
    if (formula.evaluate(variables, size).at(-1)! <= maximum) fits = size;
    else exceeds = size;
  }
  return fits === 0 ? [] : [`No page alone is to blame: with at most ${fits} items in each it costs ${inText(formula.evaluate(variables, fits).at(-1)!)}.`];
}

const inText = (cost: number): string => cost.toLocaleString('en-US');
