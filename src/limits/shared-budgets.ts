/**
 * Budgets in Redis, shared by all gateways: one script takes, one gives back, each atomically. Time
 * is Redis' own (microseconds), so that no gateway's clock matters. All keys of one draw have the
 * same hash tag and live on one node of a cluster; each ends by itself once its bucket is full again
 * or its last lease is over, so Redis holds no more than what was drawn lately.
 */
import { redisScript, type RedisLink, type RedisServer } from '../platform/redis.ts';
import { isRefused, takenOf, type Draw, type GiveBack } from './counting.ts';
import { MICRO, bucketStanding, concurrencyStanding, type Policy, type Standing } from './policy.rules.ts';

/** Of each bucket `at used`: what was used of it, in millionths of a token, at an instant. Lua's
    numbers are doubles, and all that is counted here are integers below 2^53. */
const SHARED = `
local clock = redis.call('time')
local now = clock[1] * 1000000 + clock[2]
local integer = function(number) return string.format('%.0f', number) end

local setUsed = function(key, amount, rate)
  if amount <= 0 then redis.call('del', key) else
    redis.call('set', key, integer(now) .. ' ' .. integer(amount), 'px', integer(math.ceil(amount / rate / 1000)))
  end
end

-- A clock that a failover set back refills nothing until it goes on from there. What was used of a
-- larger bucket than the present one is forgotten: it would take longer than a bucket's time to come back.
local used = function(key, capacity, rate)
  local at, amount = string.match(redis.call('get', key) or '', '^(%d+) (%d+)$')
  if not at then return 0 end
  amount = math.max(0, amount - math.max(0, now - at) * rate)
  if amount > capacity then setUsed(key, capacity, rate) end
  return math.min(capacity, amount)
end
`;

/** ARGV: the lease, then five of each key's policy: kind, whether it is enforced, capacity and rate
    and price of a bucket (millionths, tokens a second, millionths), or limit and life (microseconds)
    of places in flight. Answers for each policy whether it was violated, and what is used then. */
const takeScript = redisScript(
  'porticoTake',
  `${SHARED}
local answer, refused = {}, false
for i, key in ipairs(KEYS) do
  local kind, enforced, limit, rate, price = unpack(ARGV, 5 * i - 3, 5 * i + 1)
  limit, rate, price = tonumber(limit), tonumber(rate), tonumber(price)
  local amount, violated
  if kind == 'bucket' then
    amount = used(key, limit, rate)
    violated = amount + price > limit
  else
    redis.call('zremrangebyscore', key, '-inf', integer(now))
    amount = redis.call('zcard', key)
    violated = amount >= limit
  end
  if violated and enforced == '1' then refused = true end
  answer[2 * i - 1], answer[2 * i] = violated and 1 or 0, amount
end
if refused then return answer end
for i, key in ipairs(KEYS) do
  if answer[2 * i - 1] == 0 then
    local kind, _, _, rate, price = unpack(ARGV, 5 * i - 3, 5 * i + 1)
    rate, price = tonumber(rate), tonumber(price)
    if kind == 'bucket' then
      answer[2 * i] = answer[2 * i] + price
      setUsed(key, answer[2 * i], rate)
    else
      redis.call('zadd', key, integer(now + rate), ARGV[1])
      redis.call('pexpire', key, integer(math.ceil(rate / 1000)))
      answer[2 * i] = answer[2 * i] + 1
    end
  end
end
return answer`,
);

const giveBackScript = redisScript(
  'porticoGiveBack',
  `${SHARED}
for i, key in ipairs(KEYS) do
  local kind, _, limit, rate, price = unpack(ARGV, 5 * i - 3, 5 * i + 1)
  if kind == 'bucket' then
    if redis.call('exists', key) == 1 then setUsed(key, used(key, tonumber(limit), tonumber(rate)) - price, tonumber(rate)) end
  else
    redis.call('zrem', key, ARGV[1])
  end
end`,
);

export interface SharedBudgets {
  /** Takes all that the draw asks for or nothing, and answers how its policies stand after it.
      @param otherwise takes where Redis is slow or gone */
  take(draw: Draw, leaseId: string, otherwise: () => readonly Standing[]): Promise<readonly Standing[]>;
  readonly giveBack: GiveBack;
}

export function sharedBudgets(redis: RedisLink): SharedBudgets {
  const giveBack = async (server: RedisServer, draw: Draw, leaseId: string, refund: number): Promise<unknown> =>
    draw.policies.length > 0 ? giveBackScript(server, keysOf(draw), argumentsOf(draw, leaseId, refund)) : null;
  return {
    take(draw, leaseId, otherwise) {
      const ask = async (server: RedisServer): Promise<readonly Standing[]> => {
        const answer = (await takeScript(server, keysOf(draw), argumentsOf(draw, leaseId, draw.cost))) as number[];
        return draw.policies.map((policy, i) => standingOf(policy, answer[2 * i] === 1, answer[2 * i + 1]!, draw.cost));
      };
      // The request went on without Redis, and what it took here after all belongs to nobody.
      const undo = async (server: RedisServer, standings: readonly Standing[]): Promise<unknown> =>
        isRefused(standings) ? null : giveBack(server, takenOf(draw, standings), leaseId, draw.cost);
      return redis.ask(ask, otherwise, undo);
    },
    giveBack: (draw, leaseId, refund) => redis.tell(server => giveBack(server, draw, leaseId, refund)),
  };
}

const keysOf = ({ key, policies }: Draw): string[] => policies.map(({ name }) => `budget:{${key}}:${name}`);

const argumentsOf = ({ policies }: Draw, leaseId: string, tokens: number): (string | number)[] => [
  leaseId,
  ...policies.flatMap(policy => [
    policy.kind === 'BUCKET' ? 'bucket' : 'places',
    policy.shadow ? 0 : 1,
    ...(policy.kind === 'BUCKET' ? [policy.capacity * MICRO, policy.refillPerSecond, tokens * MICRO] : [policy.limit, policy.leaseMs * 1_000, 0]),
  ]),
];

const standingOf = (policy: Policy, violated: boolean, amount: number, cost: number): Standing =>
  policy.kind === 'BUCKET' ? bucketStanding(policy, amount, violated ? { cost } : null) : concurrencyStanding(policy, amount, violated);
