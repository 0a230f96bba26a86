/**
 * Metrics for Prometheus. Each application instance has a registry of its own. The values of every
 * label are declared beforehand and anything else counts as `other`, so that nothing that a caller
 * sends can grow the number of series.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Each label's possible values. */
type Labels = Readonly<Record<string, readonly string[]>>;
type Values<L extends Labels> = Readonly<Record<keyof L, string>>;

interface MetricOptions<L extends Labels> {
  /** Prometheus' naming: `portico_` first, the base unit and `_total` last. */
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

export interface Metrics {
  readonly contentType: string;
  /** The text that a scrape receives. */
  text(): Promise<string>;
  /** Adds `by` (1 when absent) to the series of these label values. */
  counter<L extends Labels>(options: MetricOptions<L>): (values: Values<L>, by?: number) => void;
  /** Observes a duration in seconds. */
  histogram<L extends Labels>(options: MetricOptions<L> & { readonly buckets: readonly number[] }): (values: Values<L>, seconds: number) => void;
  /** Reads `value` at each scrape. */
  gauge(options: { readonly name: string; readonly help: string; readonly value: () => number }): void;
}

export const OTHER = 'other';

/** From a cached token's refusal to a statement's timeout. */
export const REQUEST_SECONDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Brings label values within what was declared. */
function bounds<L extends Labels>(labels: L): (values: Values<L>) => Record<string, string> {
  const declared = Object.entries(labels).map(([label, allowed]) => [label, new Set(allowed)] as const);
  return values => {
    const within: Record<string, string> = {};
    for (const [label, allowed] of declared) within[label] = allowed.has(values[label] as string) ? (values[label] as string) : OTHER;
    return within;
  };
}

/** @param ofProcess whether memory, CPU and event loop are measured too: by one instance a process. */
export function createMetrics({ ofProcess }: { ofProcess: boolean }): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter({ name, help, labels }) {
      const counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
      const bounded = bounds(labels);
      return (values, by = 1) => counter.inc(bounded(values), by);
    },
    histogram({ name, help, labels, buckets }) {
      const histogram = new Histogram({ name, help, labelNames: Object.keys(labels), buckets: [...buckets], registers: [registry] });
      const bounded = bounds(labels);
      return (values, seconds) => histogram.observe(bounded(values), seconds);
    },
    gauge({ name, help, value }) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    },
  };
}

const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'];
const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];

/** Measures requests by method, route pattern (never the path itself) and class of status. `routes`
    are the patterns that the server knows. */
export function measureRequests(metrics: Metrics, routes: readonly string[]): (request: { method: string; route: string; status: number; seconds: number }) => void {
  const observe = metrics.histogram({
    name: 'portico_http_request_duration_seconds',
    help: "Time from a request's arrival to the end of its answer, in seconds.",
    labels: { method: METHODS, route: routes, status: STATUS_CLASSES },
    buckets: REQUEST_SECONDS,
  });
  return ({ method, route, status, seconds }) => observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
}
