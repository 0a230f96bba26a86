/** What partners report for awards.mjs, and the rule that they reach by it. */
import { setTimeout as sleep } from 'node:timers/promises';

const DAY_MS = 86_400_000;

export const RULE = {
  all: [
    { metric: { id: 'resolution_time@1', window: 'cycle', cmp: 'AT_MOST', value: '240', unit: 'minutes', minN: 1 } },
    { guardrail: { metric: 'reopened_case_share@1', window: 'cycle', cmp: 'AT_MOST', value: '10', unit: 'percent' } },
  ],
};

/** Sent until it is taken, to one gateway and then the other. */
export async function report(gateways, partners) {
  const time = new Date(Date.now() - 32 * DAY_MS).toISOString();
  for (const [p, partner] of partners.entries()) {
    const events = Array.from({ length: 40 }, (_, i) => ({
      specversion: '1.0',
      id: `e${p}-${i}`,
      source: '/shop',
      type: 'case.resolved',
      time,
      data: { case: `c${p}-${i}`, duration: { value: 30, unit: 'min' }, reopened: false },
    }));
    for (let tries = 0, taken = false; !taken; tries++) {
      const gateway = gateways[tries % 2];
      const answer = await (async () => {
        const response = await fetch(`${gateway.url}/events/bulk`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${await gateway.tokenOf(partner)}` },
          body: events.map(event => JSON.stringify(event)).join('\n'),
        });
        return response.json();
      })().catch(() => ({}));
      if (answer.rejectedCount > 0) throw new Error(`Rejected: ${JSON.stringify(answer.rejected[0])}`);
      taken = answer.accepted + answer.duplicates === events.length;
      if (!taken) await sleep(100);
    }
  }
}
