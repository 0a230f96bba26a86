/**
 * What the removal gate has let go so far, as the calendar of versions asks it. A version comes out on its
 * date, or when the gate lets go of what it lacks; it ends on its date, or when the gate lets go of it.
 */
import type { Instant } from './clock.ts';

export interface ReleaseGate {
  /** Whether that is assumed of what nobody can know yet, as in a sandbox ahead in time. */
  readonly assumesPass: boolean;
  /** From when on the version may be out, whatever it lacks; null while something of that is still needed. */
  releasableFrom(version: string): Instant | null;
  /** From when on the version may have ended; null while somebody still needs it. */
  retirableFrom(version: string): Instant | null;
}

/** Lets everything go on its date. */
export const OPEN_GATE: ReleaseGate = { assumesPass: false, releasableFrom: () => -Infinity, retirableFrom: () => -Infinity };

/** The gate, as a sandbox ahead in time takes it: what it holds today is assumed to go on its date. */
export const assumingPass = (gate: ReleaseGate): ReleaseGate => ({
  assumesPass: true,
  releasableFrom: version => gate.releasableFrom(version) ?? -Infinity,
  retirableFrom: () => -Infinity,
});
