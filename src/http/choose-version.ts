/** Third stage: which version of the API answers? The path, else the header, else the current one. */
import { currentVersion, standings, RELEASES } from '../versions/index.ts';
import { Refusal } from './refusal.ts';
import type { Placed, ServedVersion, Versioned, VersionReason } from './stages.ts';

/** Chooses at the environment's instant. Throws API_VERSION_UNKNOWN and API_VERSION_RETIRED. */
export function chooseVersion(request: Placed, asked: { path: string | undefined; header: string | undefined }, served: ReadonlyMap<string, ServedVersion>): Versioned {
  const [requested, reason]: [string | null, VersionReason] =
    asked.path !== undefined ? [asked.path, 'path'] : asked.header !== undefined ? [asked.header, 'header'] : [null, 'current'];
  const version = requested ?? currentVersion(RELEASES, request.environmentNow);
  const standing = standings(RELEASES, request.environmentNow).find(candidate => candidate.version === version);
  const server = served.get(version);
  if (!standing || !server) {
    const living = standings(RELEASES, request.environmentNow)
      .filter(({ kind }) => kind !== 'RETIRED')
      .map(candidate => candidate.version);
    throw new Refusal('API_VERSION_UNKNOWN', `There is no API version of that name. Those that answer are ${living.join(', ')}; without one, the current version does.`, {
      status: 400,
      extensions: { versions: living },
    });
  }
  if (standing.kind === 'RETIRED') {
    throw new Refusal(
      'API_VERSION_RETIRED',
      `API version ${version} was retired on ${new Date(standing.retiresAt!).toISOString()}. Move to ${currentVersion(RELEASES, request.environmentNow)}.`,
    );
  }
  return { ...request, served: server, requestedVersion: requested, versionReason: reason };
}

/** The headers that say what answered. What was asked for is a version that exists by now, so no
    text of a caller's gets into them. */
export const versionHeaders = ({ served, requestedVersion, versionReason }: Versioned): Record<string, string> => ({
  'api-version': served.version,
  'api-version-requested': requestedVersion ?? served.version,
  'api-version-reason': versionReason,
});
