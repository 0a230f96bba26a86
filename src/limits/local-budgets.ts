/**
 * Budgets in this process: for a gateway without Redis, and for one whose Redis is slow or gone.
 * Its memory is bounded, and no key is forgotten before its bucket is full again and its places are
 * free: forgetting one would give its caller a fresh budget.
 */
import type { Clock } from '../base/clock.ts';
import { isRefused, type Draw, type GiveBack } from './counting.ts';
import { MICRO, bucketStanding, concurrencyStanding, placesOf, roomFor, type BucketPolicy, type ConcurrencyPolicy, type Policy, type Standing } from './policy.rules.ts';

export interface LocalOptions {
  readonly clock: Clock;
  /** How many gateways share the policies' numbers. */
  readonly share: number;
  readonly maxKeys: number;
}

/** What one key has drawn, by policy. */
interface Account {
  /** In millionths of a token, at an instant in microseconds. */
  readonly used: Map<string, { amount: number; at: number; perMicro: number }>;
  /** When each lease ends by itself. */
  readonly leases: Map<string, Map<string, number>>;
}

/** Keys that are looked at for one to forget, the longest unused first. */
const LOOKED_AT = 16;

/** Where all is full of keys that may not be forgotten, newcomers share one account: a caller with
    endless addresses gains nothing, and no memory is taken. */
const NEWCOMERS = '\0newcomers';

export interface LocalBudgets {
  /** Takes all that the draw asks for or nothing, and answers how its policies stand after it. */
  take(draw: Draw, leaseId: string): Standing[];
  readonly giveBack: GiveBack;
  /** Keys held at the moment. */
  readonly size: number;
}

export function localBudgets({ clock, share, maxKeys }: LocalOptions): LocalBudgets {
  // A map keeps its order; a key that is used goes to the end.
  const accounts = new Map<string, Account>();
  const nowMicros = (): number => Math.round(clock.now() * 1_000);

  const isIdle = ({ used, leases }: Account, now: number): boolean =>
    [...used.values()].every(({ amount, at, perMicro }) => amount <= (now - at) * perMicro) &&
    [...leases.values()].every(held => [...held.values()].every(endsAt => endsAt <= now));

  const makeRoom = (now: number): boolean => {
    if (accounts.size < maxKeys) return true;
    let looked = 0;
    for (const [key, account] of accounts) {
      if (++looked > LOOKED_AT) break;
      if (isIdle(account, now)) accounts.delete(key);
    }
    return accounts.size < maxKeys;
  };

  const accountOf = (key: string, now: number): Account => {
    const known = accounts.get(key);
    const name = known || makeRoom(now) ? key : NEWCOMERS;
    const account = known ?? accounts.get(name) ?? { used: new Map(), leases: new Map() };
    accounts.delete(name);
    accounts.set(name, account);
    return account;
  };

  const setUsed = ({ used }: Account, policy: BucketPolicy, amount: number, now: number): void => {
    if (amount <= 0) used.delete(policy.name);
    else used.set(policy.name, { amount, at: now, perMicro: policy.refillPerSecond / share });
  };

  const usedNow = (account: Account, policy: BucketPolicy, now: number): number => {
    const before = account.used.get(policy.name);
    if (!before) return 0;
    const amount = Math.max(0, before.amount - (Math.max(0, now - before.at) * policy.refillPerSecond) / share);
    const most = policy.capacity * MICRO;
    // What was used of a larger bucket than the present one is forgotten: it would take longer than a
    // bucket's time to come back.
    if (amount > most) setUsed(account, policy, most, now);
    return Math.min(most, amount);
  };

  const held = ({ leases }: Account, policy: ConcurrencyPolicy, now: number): Map<string, number> => {
    const places = leases.get(policy.name) ?? new Map<string, number>();
    for (const [lease, endsAt] of places) if (endsAt <= now) places.delete(lease);
    leases.set(policy.name, places);
    return places;
  };

  const violates = (account: Account, policy: Policy, cost: number, now: number): boolean =>
    policy.kind === 'BUCKET' ? cost > policy.capacity || usedNow(account, policy, now) > roomFor(policy, cost, share) : held(account, policy, now).size >= placesOf(policy, share);

  const standingOf = (account: Account, policy: Policy, violated: boolean, cost: number, now: number): Standing =>
    policy.kind === 'BUCKET'
      ? bucketStanding(policy, usedNow(account, policy, now), violated ? { cost } : null, share)
      : concurrencyStanding(policy, held(account, policy, now).size, violated, share);

  return {
    take({ key, policies, cost }, leaseId) {
      const now = nowMicros();
      const account = accountOf(key, now);
      const violated = policies.map(policy => violates(account, policy, cost, now));
      const standings = (): Standing[] => policies.map((policy, i) => standingOf(account, policy, violated[i]!, cost, now));
      if (violated.includes(true)) {
        const before = standings();
        if (isRefused(before)) return before;
      }
      for (const [i, policy] of policies.entries()) {
        if (violated[i]) continue;
        if (policy.kind === 'BUCKET') setUsed(account, policy, usedNow(account, policy, now) + cost * MICRO, now);
        else held(account, policy, now).set(leaseId, now + policy.leaseMs * 1_000);
      }
      return standings();
    },
    giveBack({ key, policies }, leaseId, refund) {
      const account = accounts.get(key) ?? accounts.get(NEWCOMERS);
      if (!account) return;
      const now = nowMicros();
      for (const policy of policies) {
        if (policy.kind === 'BUCKET') setUsed(account, policy, usedNow(account, policy, now) - refund * MICRO, now);
        else held(account, policy, now).delete(leaseId);
      }
    },
    get size() {
      return accounts.size;
    },
  };
}
