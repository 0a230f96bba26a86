import fc from 'fast-check';
import { openBudgets, type Admission } from './budgets.ts';
import { costExtension, rateLimitHeaders, retryAfterSeconds } from './headers.ts';
import { policiesOf } from './limit-policy.rules.ts';
import type { BucketPolicy } from './policy.rules.ts';

const HARBOUR = { capacity: 1_000, refillPerSecond: 50, maxOperationCost: 1_000, concurrency: 50 };

function gateway({ gatewayCount = 1, limits = HARBOUR, shadow = null as typeof HARBOUR | null } = {}) {
  const clock = { instant: 0, now: () => clock.instant };
  const budgets = openBudgets({ clock, redis: null, gatewayCount });
  const policies = policiesOf(limits, shadow);
  return { clock, budgets, draw: (cost: number): Promise<Admission> => budgets.admit({ key: 'a', policies, cost }) };
}

test('every policy stands in both fields, also at r=0', async () => {
  const { draw } = gateway();
  const first = await draw(138);
  expect(rateLimitHeaders(first.standings, first.degraded)).toEqual({
    'ratelimit-policy': '"cost";q=1000;w=20, "concurrency";q=50;qu="concurrent-requests"',
    ratelimit: '"cost";r=862;t=3, "concurrency";r=49',
  });
  const last = await draw(862);
  expect(rateLimitHeaders(last.standings, false).ratelimit).toBe('"cost";r=0;t=20, "concurrency";r=48');
});

test('a gateway that counts alone says so, and shows its share; a shadow is marked', async () => {
  const { draw } = gateway({ gatewayCount: 4, shadow: { ...HARBOUR, capacity: 400 } });
  const { standings } = await draw(10);
  expect(rateLimitHeaders(standings, true)).toEqual({
    'ratelimit-policy':
      '"cost";q=250;w=20;degraded, "concurrency";q=12;qu="concurrent-requests";degraded, "cost-shadow";q=100;w=8;shadow;degraded, "concurrency-shadow";q=12;qu="concurrent-requests";shadow;degraded',
    ratelimit: '"cost";r=240;t=1, "concurrency";r=11, "cost-shadow";r=90;t=1, "concurrency-shadow";r=11',
  });
});

test("an answer's extension has the shape that partners of other platforms know", async () => {
  const { budgets, draw } = gateway();
  const admission = await draw(101);
  const standings = budgets.settle(admission as Admission & { ok: true }, 46);
  expect(costExtension(standings, 101, 46)).toEqual({
    requestedQueryCost: 101,
    actualQueryCost: 46,
    throttleStatus: { maximumAvailable: 1_000, currentlyAvailable: 954, restoreRate: 50 },
  });
});

/** Members of a list of structured fields (RFC 9651), as far as these two use it: a string with
    parameters that are integers, strings or flags. */
function parsed(field: string): Map<string, Record<string, number | string | true>> {
  const members = new Map<string, Record<string, number | string | true>>();
  for (const member of field.split(', ')) {
    const whole = /^"([a-z-]+)"((?:;[a-z]+(?:=(?:\d+|"[a-z-]+"))?)*)$/.exec(member);
    if (!whole) throw new Error(`${member} is no member of such a list.`);
    const parameters = [...whole[2]!.matchAll(/;([a-z]+)(?:=(?:(\d+)|"([a-z-]+)"))?/g)];
    members.set(whole[1]!, Object.fromEntries(parameters.map(([, name, integer, text]) => [name!, integer !== undefined ? Number(integer) : (text ?? true)])));
  }
  return members;
}

test('under any load the fields keep their rules', async () => {
  const step = fc.record({ waitMs: fc.constantFrom(0, 0, 1, 7, 400, 3_000), price: fc.nat(400), refund: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 900 }), fc.array(step, { maxLength: 50 }), async (gatewayCount, refillPerSecond, steps) => {
      const { clock, budgets, draw } = gateway({ gatewayCount, limits: { ...HARBOUR, refillPerSecond } });
      const untrue: string[] = [];
      const claim = (holds: boolean, what: string): void => void (holds || untrue.push(what));
      let before: { r: number; at: number } | null = null;
      for (const { waitMs, price, refund } of steps) {
        clock.instant += waitMs;
        const admission = await draw(price);
        const standings = admission.ok && refund ? budgets.settle(admission, Math.floor(price / 2)) : admission.standings;
        const [policy, now] = [parsed(rateLimitHeaders(standings, false)['ratelimit-policy']), parsed(rateLimitHeaders(standings, false).ratelimit)];
        const [{ q, w }, { r, t }] = [policy.get('cost'), now.get('cost')] as [{ q: number; w: number }, { r: number; t: number }];
        claim(policy.has('concurrency') && now.has('concurrency'), 'all policies are there');
        claim(r >= 0 && r <= q, 'r is among 0 and q');
        const bucket = standings[0]!.policy as BucketPolicy;
        const rate = (bucket.refillPerSecond * q) / bucket.capacity;
        // A share's debt for one dear operation is not in r, which is 0 then.
        claim(r === 0 || Math.abs(t - (q - r) / rate) <= 1 + 1 / rate + 1 / q, 't is right within a second');
        claim(w >= Math.floor(bucket.capacity / bucket.refillPerSecond), 'w fills the bucket');
        claim(before === null || refund || clock.instant > before.at || r <= before.r, 'r falls between refills');
        before = refund ? null : { r, at: clock.instant };
        if (!admission.ok) {
          claim(retryAfterSeconds(admission) >= t, 'Retry-After is never before t');
          claim(retryAfterSeconds(admission) * 1_000 >= admission.retryAfterMs, 'nor before the request would be admitted');
        }
        if (admission.ok && !refund) budgets.settle(admission, price);
      }
      expect(untrue).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
