/**
 * Which API version an integration's requests get that name none: its pin. A pin promises that
 * answers stay as they are, so in live only a released version can be one. In a sandbox a program
 * that names no version is to meet the next one before it is released, so there any living one can.
 */
import type { Instant } from '../base/clock.ts';
import { OPEN_GATE, type ReleaseGate } from '../base/release-gate.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { RELEASES, currentVersion, standings } from '../versions/index.ts';
import type { Refusal } from './partner.rules.ts';

export type PinRefusal = Refusal<'NOT_FOUND' | 'VERSION_RETIRED' | 'VERSION_UNRELEASED'>;

const refusal = (code: PinRefusal['code'], message: string) => refused<PinRefusal>({ code, message, path: ['version'] });

/** @param now environment time */
export function decidePin(version: string, environmentKind: 'LIVE' | 'SANDBOX', now: Instant, gate: ReleaseGate = OPEN_GATE): Outcome<null, PinRefusal> {
  const all = standings(RELEASES, now, gate);
  const standing = all.find(candidate => candidate.version === version);
  const released = all.filter(({ kind }) => kind === 'CURRENT' || kind === 'SUPPORTED' || kind === 'DEPRECATED').map(candidate => candidate.version);
  if (!standing) return refusal('NOT_FOUND', `There is no API version of that name. Those that are released and answer are ${released.join(', ')}.`);
  const { kind } = standing;
  if (kind === 'RETIRED') return refusal('VERSION_RETIRED', `API version ${version} was retired on ${instant(standing.retiresAt!)}. Choose one of ${released.join(', ')}.`);
  if (environmentKind === 'SANDBOX' || (kind !== 'RELEASE_CANDIDATE' && kind !== 'UNSTABLE')) return ok(null);
  const why =
    standing.releasedAt === null
      ? 'may change on any day'
      : standing.isHeld
        ? 'waits for programs that still use what it lacks'
        : `is not released before ${instant(standing.releasedAt)} and may change until then`;
  return refusal(
    'VERSION_UNRELEASED',
    `API version ${version} ${why}, so nothing live is pinned to it. Ask it request by request, at /graphql/${version} or with the header API-Version, or pin an integration in a sandbox to it.`,
  );
}

/** What an integration is pinned to at its first call; null before any version is released.
    @param now environment time */
export function firstPin(now: Instant, gate: ReleaseGate = OPEN_GATE): string | null {
  const version = currentVersion(RELEASES, now, gate);
  return RELEASES.includes(version) ? version : null;
}

const instant = (at: Instant): string => new Date(at).toISOString();
