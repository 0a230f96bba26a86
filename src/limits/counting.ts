/** What the two ways of counting budgets (in this process, in Redis) have in common. */
import type { Policy, Standing } from './policy.rules.ts';

/** What a request takes. */
export interface Draw {
  /** Whose budgets: one integration in one environment, one address. */
  readonly key: string;
  readonly policies: readonly Policy[];
  /** Tokens, a whole number. One that no bucket of the policies can hold is never admitted. */
  readonly cost: number;
}

/** Gives places and tokens back to the draw's policies. */
export type GiveBack = (draw: Draw, leaseId: string, refund: number) => void;

/** Whether the draw took nothing: a shadow without room refuses nobody. */
export const isRefused = (standings: readonly Standing[]): boolean => standings.some(({ violated, policy }) => violated && !policy.shadow);

/** What an admitted draw really took: nothing from a shadow that had no room. */
export const takenOf = (draw: Draw, standings: readonly Standing[]): Draw => ({ ...draw, policies: draw.policies.filter((_, i) => !standings[i]!.violated) });
