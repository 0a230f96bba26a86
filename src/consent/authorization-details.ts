/** `authorization_details` of an authorization request (RFC 9396), read strictly: what the partner asks
    the person for, when it has not asked in advance by `requestConsent`. */
import { z } from 'zod';
import { isStorableText } from '../base/text.ts';
import type { AskedScope } from './asking.rules.ts';
import { levelOfAction } from './scope.rules.ts';

const MAX_DETAILS_LENGTH = 8_000;

const storable = z.string().min(1).max(300).refine(isStorableText);

const DETAILS = z
  .array(
    z.strictObject({
      type: z.literal('marketplace_data'),
      actions: z.tuple([z.enum(['count', 'overlap', 'read'])]),
      datatypes: z.array(storable).min(1).max(20),
      purpose: storable,
      lookback: z
        .string()
        .regex(/^P[1-9]\d{0,4}D$/)
        .optional(),
      precision: z.enum(['coarse', 'exact']).default('exact'),
      required: z.boolean().default(false),
      why: storable.optional(),
    }),
  )
  .min(1)
  .max(20);

export interface AskedDetails {
  readonly purpose: string;
  readonly scopes: readonly AskedScope[];
}

/** What is asked; null where the text is not what it should be, or names more than one purpose. */
export function readAuthorizationDetails(text: string): AskedDetails | null {
  if (text.length > MAX_DETAILS_LENGTH) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = DETAILS.safeParse(json);
  if (!parsed.success) return null;
  const [first] = parsed.data;
  if (!first || parsed.data.some(({ purpose }) => purpose !== first.purpose)) return null;
  const scopes = parsed.data.flatMap(({ actions, datatypes, lookback, precision, required, why }) =>
    datatypes.map(category => ({
      category,
      level: levelOfAction(actions[0])!,
      lookbackDays: lookback === undefined ? null : Number(lookback.slice(1, -1)),
      precision: precision === 'coarse' ? ('COARSE' as const) : ('EXACT' as const),
      required,
      why: why ?? null,
    })),
  );
  return { purpose: first.purpose, scopes };
}
