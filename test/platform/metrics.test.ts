import { createMetrics, measureRequests } from '../../src/platform/metrics.ts';

test('a value that was not declared counts as other, whatever callers send', async () => {
  const metrics = createMetrics({ ofProcess: false });
  const count = metrics.counter({ name: 'portico_refusals_total', help: 'Refusals.', labels: { code: ['THROTTLED', 'FORBIDDEN'] } });
  count({ code: 'THROTTLED' });
  count({ code: 'FORBIDDEN' }, 2);
  for (let caller = 0; caller < 1_000; caller += 1) count({ code: `made-up-${caller}` });
  const series = (await metrics.text()).split('\n').filter(line => line.startsWith('portico_refusals_total{'));
  expect(series).toEqual(['portico_refusals_total{code="THROTTLED"} 1', 'portico_refusals_total{code="FORBIDDEN"} 2', 'portico_refusals_total{code="other"} 1000']);
});

test('requests are measured by method, route and class of status', async () => {
  const metrics = createMetrics({ ofProcess: false });
  const observe = measureRequests(metrics, ['/graphql', '/livez']);
  observe({ method: 'POST', route: '/graphql', status: 200, seconds: 0.004 });
  observe({ method: 'POST', route: '/graphql', status: 201, seconds: 0.004 });
  observe({ method: 'BREW', route: '/graphql/../etc', status: 418, seconds: 20 });
  const text = await metrics.text();
  expect(text).toContain('portico_http_request_duration_seconds_count{method="POST",route="/graphql",status="2xx"} 2');
  expect(text).toContain('portico_http_request_duration_seconds_count{method="other",route="other",status="4xx"} 1');
  expect(text).toContain('portico_http_request_duration_seconds_bucket{le="0.005",method="POST",route="/graphql",status="2xx"} 2');
});

test('two applications in one process keep their numbers apart', async () => {
  const [first, second] = [createMetrics({ ofProcess: true }), createMetrics({ ofProcess: false })];
  let depth = 3;
  first.gauge({ name: 'portico_queue_depth', help: 'Waiting.', value: () => depth });
  second.gauge({ name: 'portico_queue_depth', help: 'Waiting.', value: () => 0 });
  depth = 7;
  expect(await first.text()).toContain('portico_queue_depth 7');
  expect(await second.text()).toContain('portico_queue_depth 0');
  expect(await first.text()).toContain('process_cpu_seconds_total');
  expect(await second.text()).not.toContain('process_cpu_seconds_total');
});
