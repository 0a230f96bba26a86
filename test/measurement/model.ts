/** The starter pack's metrics, computed from events one by one, by nothing that the platform uses: what
    its sums are compared with. Figures are whole numbers, so that they add up exactly. */

export interface ModelEvent {
  readonly integrationId: string;
  readonly type: string;
  /** `YYYY-MM-DD`. */
  readonly countedOn: string;
  readonly data: any;
}

type Figure = (data: any) => number | string | null;

/** A number is added; of texts the different ones are counted; null is nothing. */
interface Recipe {
  readonly type: string;
  readonly numerator: Figure;
  readonly denominator?: Figure;
}

const one: Figure = () => 1;
const where =
  (holds: (data: any) => boolean, figure: Figure = one): Figure =>
  data =>
    holds(data) ? figure(data) : null;

const RECIPES: Readonly<Record<string, Recipe>> = {
  checkout_friction: { type: 'checkout.finished', numerator: where(data => data.outcome === 'ABANDONED'), denominator: one },
  checkout_time: {
    type: 'checkout.finished',
    numerator: where(
      data => data.outcome === 'ORDERED',
      data => data.duration.value,
    ),
    denominator: where(data => data.outcome === 'ORDERED'),
  },
  checkout_failure_share: { type: 'checkout.finished', numerator: where(data => data.outcome === 'FAILED'), denominator: one },
  resolution_time: { type: 'case.resolved', numerator: data => data.duration.value, denominator: one },
  reopened_case_share: { type: 'case.resolved', numerator: where(data => data.reopened), denominator: one },
  retention: {
    type: 'order.placed',
    numerator: where(
      data => data.repeat,
      data => data.shopper,
    ),
    denominator: data => data.shopper,
  },
  match_quality: { type: 'suggestion.shown', numerator: where(data => data.accepted), denominator: one },
  onboarding_time: { type: 'seller.onboarded', numerator: data => data.duration.value, denominator: one },
  reliability: { type: 'requests.served', numerator: data => data.answered, denominator: data => data.requests },
  on_time_share: { type: 'order.delivered', numerator: where(data => data.onTime), denominator: one },
  damage_share: { type: 'order.delivered', numerator: where(data => data.damaged), denominator: one },
  orders_placed: { type: 'order.placed', numerator: one },
  ordering_shoppers: { type: 'order.placed', numerator: data => data.shopper },
};

class Total {
  private sum = 0;
  private readonly members = new Set<string>();
  add(figure: number | string | null): void {
    if (typeof figure === 'string') this.members.add(figure);
    else this.sum += figure ?? 0;
  }
  get value(): number {
    return this.sum + this.members.size;
  }
}

const periods = (day: string): [string, string][] => {
  const quarter = String(Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, '0');
  return [
    ['DAY', day],
    ['MONTH', `${day.slice(0, 7)}-01`],
    ['QUARTER', `${day.slice(0, 4)}-${quarter}-01`],
  ];
};

/** Sums by `metric integration grain startsOn`, each as `numerator/denominator`. */
export function modelSums(events: Iterable<ModelEvent>): Map<string, string> {
  const totals = new Map<string, { numerator: Total; denominator: Total }>();
  for (const { integrationId, type, countedOn, data } of events) {
    for (const [metric, recipe] of Object.entries(RECIPES)) {
      const [numerator, denominator] = recipe.type === type ? [recipe.numerator(data), recipe.denominator?.(data) ?? null] : [null, null];
      if (numerator === null && denominator === null) continue;
      for (const [grain, startsOn] of periods(countedOn)) {
        const key = `${metric} ${integrationId} ${grain} ${startsOn}`;
        const total = totals.get(key) ?? { numerator: new Total(), denominator: new Total() };
        totals.set(key, total);
        total.numerator.add(numerator);
        total.denominator.add(denominator);
      }
    }
  }
  return new Map([...totals].map(([key, { numerator, denominator }]) => [key, `${numerator.value}/${denominator.value}`]));
}
