/** What a partner is told of deprecated elements that its request uses: warnings, headers, refusals. Pure. */
import type { Instant } from '../base/clock.ts';
import type { Uses } from '../versions/index.ts';
import { instantOf, type Notice } from './notice-state.rules.ts';
import type { Effect, Effects } from './registry.rules.ts';

/** An entry of `extensions.warnings`. */
export interface DeprecationWarning {
  readonly type: 'DEPRECATION';
  readonly message: string;
  readonly link: string;
  readonly data: {
    readonly coordinate: string;
    /** Response paths, or those of variables; an empty one is the operation itself. */
    readonly paths: readonly string[];
    readonly deprecatedOn: string;
    readonly sunsetOn: string;
    readonly replacement: string | null;
    readonly noticeId: string;
  };
}

export interface Advice {
  readonly warnings: readonly DeprecationWarning[];
  readonly headers: Readonly<Record<string, string>>;
  /** Notices by whose dates an element has ended in this version too. */
  readonly ended: readonly Effect[];
  /** Notices that have a brownout open. */
  readonly brownedOut: readonly Effect[];
}

/** Where people read about a notice. */
export type LinkTo = (noticeId: string) => string;

/** What is said to a request that uses these elements; null where no notice is about any of them. */
export function adviceOn(uses: Uses, effects: Effects, linkTo: LinkTo): Advice | null {
  const touched = [...effects].flatMap(([coordinate, effect]) => (uses.has(coordinate) ? [effect] : []));
  if (touched.length === 0) return null;
  const warnings = touched.map((effect): DeprecationWarning => {
    const { notice, state } = effect;
    return {
      type: 'DEPRECATION',
      message: `${standing(effect)} ${whatToDo(notice)}`,
      link: linkTo(notice.id),
      data: {
        coordinate: notice.coordinate,
        paths: [...new Set(uses.get(notice.coordinate)!.map(({ path }) => path))],
        deprecatedOn: notice.deprecatedOn,
        sunsetOn: dayOf(state.sunsetAt),
        replacement: notice.replacement,
        noticeId: notice.id,
      },
    };
  });
  return {
    warnings,
    headers: headersOf(touched, linkTo),
    ended: touched.filter(({ state }) => state.stage === 'SUNSET'),
    brownedOut: touched.filter(({ state }) => state.stage === 'BROWNOUT'),
  };
}

/** RFC 9745 (a structured date, which may be to come) and RFC 8594, both the earliest; the link is to what is deprecated first. */
function headersOf(touched: readonly Effect[], linkTo: LinkTo): Record<string, string> {
  const [first] = touched.toSorted((a, b) => instantOf(a.notice.deprecatedOn) - instantOf(b.notice.deprecatedOn));
  const sunsetAt = Math.min(...touched.map(({ state }) => state.sunsetAt));
  return {
    deprecation: `@${instantOf(first!.notice.deprecatedOn) / 1000}`,
    sunset: new Date(sunsetAt).toUTCString(),
    link: `<${linkTo(first!.notice.id)}>; rel="deprecation"; type="text/html"`,
  };
}

function standing({ notice: { coordinate, deprecatedOn }, state }: Effect): string {
  const until = new Date(state.sunsetAt).toISOString();
  if (state.stage === 'ANNOUNCED') return `${coordinate} will be deprecated on ${deprecatedOn}, and answers until ${until}.`;
  return state.isHeld
    ? `${coordinate} is deprecated since ${deprecatedOn}. It was to end at ${until}, and is kept for those who still need it.`
    : `${coordinate} is deprecated since ${deprecatedOn}, and answers until ${until}.`;
}

/** The notice's own words: the replacement, or that there is none. */
export const whatToDo = ({ reason, replacement, noReplacement }: Notice): string => {
  const instead = replacement === null ? noReplacement! : `Use ${replacement} instead.`;
  return instead === reason ? reason : `${instead} ${reason}`;
};

/** Why a request was not run in a brownout. */
export function brownoutMessage({ notice }: Effect, now: Instant): string {
  const open = notice.brownouts.find(({ startsAt, endsAt }) => startsAt <= now && now < endsAt)!;
  return `${notice.coordinate} is switched off until ${new Date(open.endsAt).toISOString()}, to show who still depends on it; nothing of the request was run. ${whatToDo(notice)}`;
}

/** Why an element no longer answers.
    @param version the one that was asked */
export function sunsetMessage(notice: Notice, version: string, isAssumed: boolean): string {
  const since = notice.emergencySunsetOn ?? (notice.removedIn === null ? '' : `version ${notice.removedIn}`);
  return `${notice.coordinate} is not in version ${version}: it was deprecated on ${notice.deprecatedOn}, and is gone since ${since}${isAssumed ? `, ${ASSUMED}` : ''}. ${whatToDo(notice)}`;
}

/** What a sandbox ahead in time says of what nobody can know yet. */
export const ASSUMED = 'which this sandbox assumes, being ahead in time: in live it happens only once the removal gate lets go';

const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);
