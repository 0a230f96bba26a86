/**
 * Third stage: which version of the API answers? The path says, else the header `API-Version`, else
 * the integration's pin, and for a caller without one the current version does. Nothing else can:
 * whatever is asked, its own version answers it or nobody does.
 */
import type { Instant } from '../base/clock.ts';
import type { ReleaseGate } from '../base/release-gate.ts';
import { ASSUMED } from '../deprecations/index.ts';
import { RELEASES, currentVersion, standingOf, standings, type VersionStanding } from '../versions/index.ts';
import { Refusal } from './refusal.ts';
import type { Placed, ServedVersion, Versioned, VersionReason } from './stages.ts';

/** The removal gate for the calendar, at an environment's instant. */
export type GateAt = (environmentNow: Instant, wallNow: Instant) => ReleaseGate;

export interface VersionChoice {
  readonly versions: ReadonlyMap<string, ServedVersion>;
  readonly gateAt: GateAt;
  /** The URL that partners use. */
  readonly publicUrl: () => string;
}

/** What a request says of its version; the path wins where the two differ. */
export interface AskedVersion {
  readonly path: string | undefined;
  readonly header: string | undefined;
}

/** Chooses at the environment's instant. Refusals: API_VERSION_UNKNOWN, API_VERSION_RETIRED. */
export function chooseVersion(request: Placed, asked: AskedVersion, { versions, gateAt, publicUrl }: VersionChoice): Versioned | Refusal {
  const { pinnedVersion } = request.caller;
  const { environmentNow } = request;
  const gate = gateAt(environmentNow, request.receivedAt);
  const current = (): string => currentVersion(RELEASES, environmentNow, gate);
  const versionReason: VersionReason = asked.path !== undefined ? 'path' : asked.header !== undefined ? 'header' : pinnedVersion !== null ? 'pinned' : 'current';
  const version = asked.path ?? asked.header ?? pinnedVersion ?? current();
  const standing = standingOf(RELEASES, version, environmentNow, gate);
  const served = versions.get(version);
  if (!standing || !served) return unknown(standings(RELEASES, environmentNow, gate));
  if (standing.kind === 'RETIRED') return retired(standing, versionReason, { successor: current(), isAssumed: isAssumed(standing, request, gateAt), publicUrl: publicUrl() });
  return { ...request, served, versionReason, gate };
}

/** Whether live has not retired it, so that only a sandbox ahead in time does without it. */
function isAssumed({ version }: VersionStanding, { environmentNow, receivedAt }: Placed, gateAt: GateAt): boolean {
  return environmentNow > receivedAt && standingOf(RELEASES, version, receivedAt, gateAt(receivedAt, receivedAt))!.kind !== 'RETIRED';
}

function unknown(all: readonly VersionStanding[]): Refusal {
  const living = all.filter(({ kind }) => kind !== 'RETIRED').map(({ version }) => version);
  return new Refusal(
    'API_VERSION_UNKNOWN',
    `There is no API version of that name. Those that answer are ${living.join(', ')}; without one in the path or the header, your pin does.`,
    {
      status: 400,
      extensions: { versions: living },
    },
  );
}

/** What the version to move to means for each operation of the integration: a request that answers its token. */
function reportLink(from: string, to: string, publicUrl: string): string {
  const query = `{ upgradeReport(from: "${from}", to: "${to}") { summary { broken warned unaffected rewritten } operations { operationName verdict coordinates findings { message todo sunsetOn } rewritten } } }`;
  return `${publicUrl}/graphql/${to}?query=${encodeURIComponent(query)}`;
}

/** The way out: the version to move to, the integration's upgrade report, the page on which to try requests
    (the reader has a program that worked until now), and, where nobody but the pin asked for the retired
    one, the mutation that moves the pin, at a URL that answers. */
function retired(
  { version, retiresAt }: VersionStanding,
  reason: VersionReason,
  { successor, isAssumed, publicUrl }: { successor: string; isAssumed: boolean; publicUrl: string },
): Refusal {
  const retiredAt = new Date(retiresAt!).toISOString();
  const link = reportLink(version, successor, publicUrl);
  const explorer = `${publicUrl}/explorer?version=${successor}`;
  const next =
    reason === 'pinned'
      ? `Your integration is pinned to it, and nobody but you moves the pin: when your requests are ready for ${successor}, send \`mutation { pinApiVersion(input: { version: "${successor}" }) { userErrors { message } } }\` to ${publicUrl}/graphql/${successor}.`
      : `Ask ${successor} instead.`;
  return new Refusal(
    'API_VERSION_RETIRED',
    `API version ${version} was retired on ${retiredAt}${isAssumed ? `, ${ASSUMED}` : ''}. ${next} What it means for each of your operations, and how to write them for ${successor}, is told by \`upgradeReport(from: "${version}", to: "${successor}")\` there: \`link\` asks it, with your token. What changed is at ${publicUrl}/changelog.atom; try your requests at ${explorer}.`,
    {
      headers: { ...headersOf(version, reason), link: `<${publicUrl}/graphql/${successor}>; rel="successor-version", <${link}>; rel="help"` },
      extensions: { retiredVersion: version, retiredAt, successor, link, explorer, ...(isAssumed ? { assumesRemovalGatePasses: true } : {}) },
    },
  );
}

/** The headers that say what answered and why. */
export const versionHeaders = ({ served, versionReason }: Versioned): Record<string, string> => headersOf(served.version, versionReason);

/** The version is one that exists by now, so no text of a caller's gets into headers; and it is what
    was requested, since no other ever answers. */
const headersOf = (version: string, reason: VersionReason): Record<string, string> => ({
  'api-version': version,
  'api-version-requested': version,
  'api-version-reason': reason,
});
