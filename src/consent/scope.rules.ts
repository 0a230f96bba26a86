/**
 * What may be read of one category of data, and which of two such scopes is the wider one. For asking
 * (only what goes beyond the standing grant is asked), narrowing, and the reading that goes by them.
 */

/** From the narrowest: a number of people, whether two sets of people meet, the records themselves. */
export const LEVELS = ['COUNT', 'OVERLAP', 'RECORD'] as const;
export type Level = (typeof LEVELS)[number];

/** COARSE generalises values: a region instead of a town, a month instead of a day. */
export const PRECISIONS = ['COARSE', 'EXACT'] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface Scope {
  readonly category: string;
  readonly level: Level;
  /** How many days back; null is without end. */
  readonly lookbackDays: number | null;
  readonly precision: Precision;
}

export const daysOf = (scope: { readonly lookbackDays: number | null }): number => scope.lookbackDays ?? Infinity;

/** Whether whoever may read `held` may read all of `asked`. */
export const covers = (held: Scope, asked: Scope): boolean =>
  held.category === asked.category &&
  LEVELS.indexOf(held.level) >= LEVELS.indexOf(asked.level) &&
  PRECISIONS.indexOf(held.precision) >= PRECISIONS.indexOf(asked.precision) &&
  daysOf(held) >= daysOf(asked);

export const allCovered = (held: readonly Scope[], asked: readonly Scope[]): boolean => asked.every(scope => held.some(other => covers(other, scope)));

/** What is asked beyond what is held: the scopes as they were asked, those fully covered left out. */
export const beyond = <S extends Scope>(asked: readonly S[], held: readonly Scope[]): S[] => asked.filter(scope => !held.some(other => covers(other, scope)));

const wider = (a: Scope, b: Scope): Scope => ({
  category: a.category,
  level: LEVELS[Math.max(LEVELS.indexOf(a.level), LEVELS.indexOf(b.level))]!,
  precision: PRECISIONS[Math.max(PRECISIONS.indexOf(a.precision), PRECISIONS.indexOf(b.precision))]!,
  lookbackDays: a.lookbackDays === null || b.lookbackDays === null ? null : Math.max(a.lookbackDays, b.lookbackDays),
});

/** What is held together with what was chosen, one scope a category. */
export function together(held: readonly Scope[], chosen: readonly Scope[]): Scope[] {
  const merged = new Map<string, Scope>();
  for (const { category, level, lookbackDays, precision } of [...held, ...chosen]) {
    const scope = { category, level, lookbackDays, precision };
    const known = merged.get(category);
    merged.set(category, known ? wider(known, scope) : scope);
  }
  return [...merged.values()];
}

const LEVEL_ACTIONS: Readonly<Record<Level, string>> = { COUNT: 'count', OVERLAP: 'overlap', RECORD: 'read' };

/** A scope in the words of RFC 9396, section 2. */
export const authorizationDetail = (purpose: string, scope: Scope): Record<string, unknown> => ({
  type: 'marketplace_data',
  actions: [LEVEL_ACTIONS[scope.level]],
  datatypes: [scope.category],
  purpose,
  ...(scope.lookbackDays === null ? {} : { lookback: `P${scope.lookbackDays}D` }),
  precision: scope.precision.toLowerCase(),
});

/** The level that an action of RFC 9396 names, or undefined. */
export const levelOfAction = (action: unknown): Level | undefined => LEVELS.find(level => LEVEL_ACTIONS[level] === action);
