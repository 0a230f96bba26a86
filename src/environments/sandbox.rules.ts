/** What a sandbox may be, how many of them, and for how long. Pure; refusals say which input, its
    limit and what to do next. */
import type { EnvironmentClock, Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';

const DAY_MS = 86_400_000;

/** A sandbox that nobody has asked anything for this long has been forgotten. */
export const IDLE_DAYS = 30;

/** A week holds a working day for whoever is to be told. */
export const TOLD_DAYS_AHEAD = 7;

/** How far from the present a sandbox may begin, and how far one call moves a clock: a year with a
    month to spare, which is as far as anything announced reaches. */
export const MAX_DAYS_AWAY = 400;

export const MAX_NAME_LENGTH = 100;

const NAMESPACE = /^[\w.-]{1,60}$/;

export interface SandboxRefusal {
  readonly code: 'NOT_FOUND' | 'INVALID' | 'LIVE_ONLY' | 'QUOTA_EXCEEDED' | 'NAME_TAKEN';
  readonly message: string;
  /** Where in the input. */
  readonly path: readonly string[];
}

export const refuse = (code: SandboxRefusal['code'], message: string, ...path: string[]) => refused<SandboxRefusal>({ code, message, path });

/** What a partner may have at once, and has. */
export interface Holdings {
  readonly tier: string;
  readonly quota: { readonly sandboxes: number; readonly snapshots: number; readonly rows: number; readonly days: number };
  readonly sandboxes: number;
  /** Of all its sandboxes and snapshots together. */
  readonly rows: number;
}

export function checkName(text: string, ...path: string[]): Outcome<string, SandboxRefusal> {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || !isStorableText(name) || /\p{Cc}/u.test(name))
    return refuse('INVALID', `A name has 1 to ${MAX_NAME_LENGTH} characters, none of them a control character.`, ...path);
  return ok(name);
}

export function checkNamespace(text: string): Outcome<string, SandboxRefusal> {
  return NAMESPACE.test(text) ? ok(text) : refuse('INVALID', 'A namespace has 1 to 60 letters, digits, dots, hyphens and underscores.', 'idNamespace');
}

/** The instant at which it ends however much it is used. */
export function decideEnd({ quota, tier }: Holdings, ttlSeconds: number | undefined, wallNow: Instant): Outcome<Instant, SandboxRefusal> {
  const longest = wallNow + quota.days * DAY_MS;
  if (ttlSeconds === undefined) return ok(longest);
  const endsAt = wallNow + ttlSeconds * 1000;
  if (endsAt <= wallNow) return refuse('INVALID', 'A sandbox lives for some time at least: give a `ttl` such as `P30D`.', 'ttl');
  if (endsAt > longest) return refuse('INVALID', `A sandbox of tier ${tier} lives for at most ${quota.days} days: give a shorter \`ttl\`.`, 'ttl');
  return ok(endsAt);
}

/** When it goes unless it is used. */
export const expiryOf = (usedAt: Instant, endsAt: Instant): Instant => Math.min(endsAt, usedAt + IDLE_DAYS * DAY_MS);

export function decideStart(startAt: Instant | undefined, wallNow: Instant): Outcome<Instant, SandboxRefusal> {
  if (startAt === undefined) return ok(wallNow);
  if (Math.abs(startAt - wallNow) > MAX_DAYS_AWAY * DAY_MS)
    return refuse('INVALID', `A sandbox begins at most ${MAX_DAYS_AWAY} days before or after the present: move \`startAt\` closer.`, 'startAt');
  return ok(startAt);
}

export function decideRoom({ quota, tier, sandboxes, rows }: Holdings): Outcome<null, SandboxRefusal> {
  if (sandboxes >= quota.sandboxes)
    return refuse('QUOTA_EXCEEDED', `A partner of tier ${tier} has at most ${quota.sandboxes} sandboxes at once: delete one that you no longer need, or reset one instead.`);
  return decideRows({ quota, tier, rows });
}

/** Asked before and after rows are made: before, so that nothing is made in vain. */
export function decideRows({ quota, tier, rows }: Pick<Holdings, 'quota' | 'tier' | 'rows'>): Outcome<null, SandboxRefusal> {
  if (rows > quota.rows)
    return refuse('QUOTA_EXCEEDED', `The sandboxes and snapshots of a partner of tier ${tier} hold at most ${quota.rows} rows together: delete some, or take a smaller world.`);
  return ok(null);
}

export interface ClockMove {
  readonly bySeconds?: number | undefined;
  readonly to?: Instant | undefined;
}

/** Where a clock that shows `now` is moved: forwards only, because what has happened has happened. */
export function decideMove({ bySeconds, to }: ClockMove, now: Instant): Outcome<Instant, SandboxRefusal> {
  if ((bySeconds === undefined) === (to === undefined)) return refuse('INVALID', 'Say either `by` how much or `to` which instant the clock moves.', 'by');
  const target = to ?? now + bySeconds! * 1000;
  const path = bySeconds === undefined ? 'to' : 'by';
  if (target < now) return refuse('INVALID', `A clock moves forwards only, and this one shows ${new Date(now).toISOString()}: give a later instant, or reset the sandbox.`, path);
  if (target - now > MAX_DAYS_AWAY * DAY_MS) return refuse('INVALID', `One call moves a clock by at most ${MAX_DAYS_AWAY} days: move it in several steps.`, path);
  return ok(target);
}

/** The clock that shows `target` now and goes on as before: running, or standing. */
export const clockShowing = (clock: EnvironmentClock, target: Instant, wallNow: Instant): EnvironmentClock =>
  clock.frozenAt === null ? { offsetMs: target - wallNow, frozenAt: null } : { offsetMs: clock.offsetMs, frozenAt: target };

/** The same instant on a clock that stands. */
export const frozen = (clock: EnvironmentClock, wallNow: Instant): EnvironmentClock => ({ offsetMs: clock.offsetMs, frozenAt: clock.frozenAt ?? wallNow + clock.offsetMs });

/** The same instant on a clock that runs. */
export const running = (clock: EnvironmentClock, wallNow: Instant): EnvironmentClock => ({
  offsetMs: clock.frozenAt === null ? clock.offsetMs : clock.frozenAt - wallNow,
  frozenAt: null,
});
