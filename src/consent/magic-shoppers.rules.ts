/** People whom every sandbox knows: each decides in a way that an integration has to cope with. Pure. */

export type MagicDecision = 'YES' | 'NO' | 'LATER';

export interface MagicShopper {
  readonly decides: MagicDecision;
  /** Says no where anything is required of them. */
  readonly onlyOptional?: boolean;
  /** What becomes of the yes. */
  readonly outcome?: 'WITHDRAWN_AFTER_ONE_READ' | 'EXPIRES_IN_60_S' | 'SUSPENDED';
}

/** By the id that a partner names them with. The erased one is nobody. */
const MAGIC_SHOPPERS: Readonly<Record<string, MagicShopper>> = {
  shp_test_allow_all: { decides: 'YES' },
  shp_test_refuse: { decides: 'NO' },
  shp_test_optional_only: { decides: 'YES', onlyOptional: true },
  shp_test_withdraw_after_1: { decides: 'YES', outcome: 'WITHDRAWN_AFTER_ONE_READ' },
  shp_test_expires_60s: { decides: 'YES', outcome: 'EXPIRES_IN_60_S' },
  shp_test_suspended: { decides: 'YES', outcome: 'SUSPENDED' },
  shp_test_minor: { decides: 'NO' },
  shp_test_slow_decision: { decides: 'LATER' },
};

/** Whose grant is taken back by the first read that shows anything. */
export const WITHDRAWS_AFTER_ONE_READ = 'shp_test_withdraw_after_1';

export const EXPIRES_AFTER_MS = 60_000;

/** How long the slow one takes, by the sandbox's clock: less than a request is open. */
export const SLOW_DECISION_MS = 10 * 60_000;

export const magicShopper = (subjectId: string): MagicShopper | null => (Object.hasOwn(MAGIC_SHOPPERS, subjectId) ? MAGIC_SHOPPERS[subjectId]! : null);

/** What they say to a question. */
export const magicDecision = ({ decides, onlyOptional = false }: MagicShopper, scopes: readonly { readonly required: boolean }[]): MagicDecision =>
  onlyOptional && scopes.some(({ required }) => required) ? 'NO' : decides;
