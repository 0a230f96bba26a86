/**
 * Limits for whoever has not proved who they are: each address has a bucket of its own, an IPv6
 * address by its first 64 bits. Generous, because many may share one address; there so that one
 * cannot keep a gateway busy with tokens, schemas and pages.
 */
import { addressKey } from './client-address.ts';
import type { Admission, Budgets } from './budgets.ts';
import type { BucketPolicy } from './policy.rules.ts';

export const ADDRESS = 'address';

const ADDRESS_POLICY: BucketPolicy = { kind: 'BUCKET', name: ADDRESS, capacity: 300, refillPerSecond: 30, shadow: false };

export interface AddressLimits {
  /** Takes one of the requests that the address may make without authentication. */
  admit(address: string): Promise<Admission>;
}

export const addressLimits = (budgets: Budgets, policy: BucketPolicy = ADDRESS_POLICY): AddressLimits => ({
  admit: address => budgets.admit({ key: `address/${addressKey(address)}`, policies: [policy], cost: 1 }),
});
