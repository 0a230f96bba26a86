/** Load from a process of its own: takes one job by message, says when the warm-up is over, answers
    what the measured part saw. */
import autocannon from 'autocannon';
import type { LoadJob, LoadMessage } from './load.ts';

/** A refusal by GraphQL is a 200 too; what people did not agree to is said before the data. */
const hasData = (body: string | Buffer | undefined): boolean => String(body).includes('"data":{"');

function shoot({ url, headers, requests, connections }: LoadJob, seconds: number): Promise<autocannon.Result> {
  const hands = Math.min(connections, requests.length);
  let dealt = 0;
  return autocannon({
    url,
    connections,
    duration: seconds,
    verifyBody: hasData,
    setupClient(client) {
      const hand = dealt++ % hands;
      const own = requests.filter((_, i) => i % hands === hand);
      client.setRequests(own.map(({ body, partner }) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers[partner] }, body })));
    },
  });
}

const tell = (message: LoadMessage): Promise<void> => new Promise(resolve => void process.send!(message, () => resolve()));

process.once('message', (job: LoadJob) => {
  void (async () => {
    if (job.warmSeconds > 0) await shoot(job, job.warmSeconds);
    await tell({ stage: 'begun' });
    const { requests, latency, non2xx, errors, mismatches } = await shoot(job, job.seconds);
    await tell({ stage: 'ended', requests: requests.total, p50Ms: latency.p50, p99Ms: latency.p99, refused: non2xx + mismatches, errors });
    process.exit(0);
  })();
});
