/** Exact rational numbers: what decides over money is compared without a digit lost, as PostgreSQL's
    `numeric` would, and by a quotient's exact value rather than by how it is written. */

/** `above / below`; `below` is positive. */
export interface Exact {
  readonly above: bigint;
  readonly below: bigint;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** The number that a decimal text stands for. Throws where it is none. */
export function exact(text: string): Exact {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) throw new Error(`${JSON.stringify(text)} is no decimal number.`);
  return { above: BigInt(`${sign}${whole}${fraction}`), below: 10n ** BigInt(fraction.length) };
}

export const times = (a: Exact, b: Exact): Exact => ({ above: a.above * b.above, below: a.below * b.below });

export const minus = (a: Exact, b: Exact): Exact => ({ above: a.above * b.below - b.above * a.below, below: a.below * b.below });

/** Null where the divisor is zero. */
export const by = (a: Exact, b: Exact): Exact | null =>
  b.above === 0n ? null : b.above > 0n ? { above: a.above * b.below, below: a.below * b.above } : { above: -a.above * b.below, below: -a.below * b.above };

/** Below zero where a is less than b, zero where they are equal, above it else. */
export function compare(a: Exact, b: Exact): number {
  const difference = minus(a, b).above;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The greatest whole number that is not above it. */
export function floor({ above, below }: Exact): bigint {
  const towardsZero = above / below;
  return above < 0n && above % below !== 0n ? towardsZero - 1n : towardsZero;
}

/** As a decimal text, rounded half away from zero to so many digits, without zeros at its end. */
export function decimal({ above, below }: Exact, digits: number): string {
  const size = above < 0n ? -above : above;
  const rounded = (2n * size * 10n ** BigInt(digits) + below) / (2n * below);
  const text = rounded.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return `${above < 0n && rounded !== 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
