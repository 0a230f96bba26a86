/** The versions that clients may be pointed at today, the head among them. */
import { RELEASES, standings } from '../../src/versions/index.ts';

export const liveVersions: readonly string[] = standings(RELEASES, Date.now()).flatMap(({ version, kind }) => (kind === 'RETIRED' ? [] : [version]));
