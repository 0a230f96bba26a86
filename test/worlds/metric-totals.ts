/** What the API says that a partner's integrations came to, to be compared with the answer key. */
import { readFileSync } from 'node:fs';
import type { SeededPartner } from '../harness/seed.ts';

/** By integration and metric: numerator/denominator of all time. */
export type MetricTotals = Record<string, Record<string, string>>;

interface AnswerKey {
  readonly world: string;
  readonly seed: number;
  /** By the number of reports that the world begins with. */
  readonly totals: Readonly<Record<string, MetricTotals>>;
}

export const METRICS_KEY_FILE = 'sandbox/worlds/harbour-market/metrics-answer-key.json';

export const metricsKey = (): AnswerKey => JSON.parse(readFileSync(METRICS_KEY_FILE, 'utf8')) as AnswerKey;

/** Shoppers are counted once a quarter, and quarters begin elsewhere in each world: no total of theirs is the same twice. */
const COUNTED_ONCE_A_QUARTER = ['retention', 'ordering_shoppers'];

const QUERY = `{ metrics(first: 13, filter: { pack: "starter" }) { nodes { name series(grain: QUARTER, first: 30) {
  nodes { numerator denominator integration { name } } pageInfo { hasNextPage } } } } }`;

interface AnsweredMetric {
  readonly name: string;
  readonly series: {
    readonly nodes: readonly { readonly numerator: string; readonly denominator: string; readonly integration: { readonly name: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
}

export async function metricTotals(partner: SeededPartner): Promise<MetricTotals> {
  const { data, text } = await partner.query(QUERY);
  const sums = new Map<string, readonly [number, number]>();
  for (const { name, series } of (data?.metrics.nodes ?? []) as AnsweredMetric[]) {
    if (series.pageInfo.hasNextPage) throw new Error(`${name} has more quarters than a page.`);
    if (COUNTED_ONCE_A_QUARTER.includes(name)) continue;
    for (const { numerator, denominator, integration } of series.nodes) {
      const key = `${integration.name}\n${name}`;
      const [above, below] = sums.get(key) ?? [0, 0];
      sums.set(key, [above + Number(numerator), below + Number(denominator)]);
    }
  }
  if (!data) throw new Error(text);
  const totals: MetricTotals = {};
  for (const [key, [above, below]] of [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [integration, metric] = key.split('\n') as [string, string];
    (totals[integration] ??= {})[metric] = `${above}/${below}`;
  }
  return totals;
}
