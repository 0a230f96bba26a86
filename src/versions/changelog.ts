/** The changelog of the partner API, from the changes themselves: who is affected, what to do, by when. */
import { UNSTABLE, standings, type VersionStanding } from './calendar.ts';
import type { ChangesOf, VersionChange } from './change.ts';

const INTRODUCTION = `# Changelog of the partner API

For partner engineers, by API version, newest first: what is different, who is affected, what to do and by when.
This file is made from the changes in the code (\`npm run schema:write\`). What the API offers and how it behaves in
general is in [docs/guides/partner-api.md](docs/guides/partner-api.md).

- A version answers as it did on the day of its release. You move when you choose to: by the path
  (\`/graphql/2026-10\`), by the header \`API-Version\`, or for good by \`pinApiVersion\`.
- What is added without harm to existing programs appears in every version that answers; here is only what a program
  must, or should, change for. So the newer form is often there before the version that drops the older one.
- What a version drops was deprecated at least six months and two versions before.
- Which versions answer today, and until when, is at \`/versions.json\` and in the field \`apiVersions\`.
`;

const dayOf = (instant: number): string => new Date(instant).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** The whole file.
    @param releases dated versions, oldest first */
export function changelog(releases: readonly string[], changes: readonly ChangesOf[]): string {
  const dates = datesOf(releases);
  const sections = [...releases.map((_, i) => i), releases.length].toReversed().flatMap(i => {
    const version = releases[i] ?? UNSTABLE;
    const own = changes.filter(entry => entry.version === version).flatMap(entry => entry.changes);
    // Head is told of only where it has what no release has yet.
    if (version === UNSTABLE && own.length === 0) return [];
    return [sectionOf(dates.get(version), version, dates.get(releases[i - 1] ?? ''), own)];
  });
  return [INTRODUCTION, ...sections].join('\n');
}

/** The same for a feed, in plain text: a version's changes by its name. */
export const changeNotes = (changes: readonly ChangesOf[]): ReadonlyMap<string, readonly { id: string; title: string; text: string }[]> =>
  new Map(changes.map(({ version }) => [version, changes.filter(entry => entry.version === version).flatMap(entry => entry.changes.map(noteOf))]));

function noteOf({ coordinate, changelog: { title, who, todo } }: VersionChange): { id: string; title: string; text: string } {
  return { id: coordinate, title: title.replaceAll('`', ''), text: `Who is affected: ${who} What to do: ${todo}`.replaceAll('`', '') };
}

/** When each version is released and when it ends: this follows from the dates of all, on whatever day
    the file is made. The newest has no end yet. */
function datesOf(releases: readonly string[]): ReadonlyMap<string, VersionStanding> {
  return new Map(standings(releases, Infinity).map(standing => [standing.version, standing]));
}

function sectionOf(standing: VersionStanding | undefined, version: string, predecessor: VersionStanding | undefined, changes: readonly VersionChange[]): string {
  const released = standing?.releasedAt ? `Release: ${dayOf(standing.releasedAt)}, 17:00 UTC. ` : 'Not released: it may change on any day and is not for production. ';
  const ends = standing?.retiresAt ? `It answers until ${dayOf(standing.retiresAt)}.` : 'No end is set.';
  const byWhen = byWhenOf(version, predecessor);
  const entries =
    changes.length > 0
      ? changes.map(change => entryOf(change, byWhen))
      : [predecessor ? `Nothing that a program of ${predecessor.version} has to change for.\n` : 'The first version.\n'];
  return [`## ${version}\n`, `${released}${standing?.releasedAt ? ends : ''}`.trim() + '\n', ...entries].join('\n');
}

function byWhenOf(version: string, predecessor: VersionStanding | undefined): string {
  if (!predecessor) return 'no date.';
  const last = predecessor.retiresAt ? `; at the latest on ${dayOf(predecessor.retiresAt)}, when ${predecessor.version} ends` : `; ${predecessor.version} has no end yet`;
  return `when you move to ${version} or later${last}.`;
}

const entryOf = ({ criticality, leaving, changelog: { title, who, todo } }: VersionChange, byWhen: string): string =>
  [
    `### ${title}\n`,
    ...(leaving ? [`Deprecated since ${dayOf(Date.parse(leaving.deprecatedOn))}.\n`] : []),
    `- **Who is affected:** ${who}${criticality === 'DANGEROUS' ? ' Others need not do anything.' : ''}`,
    `- **What to do:** ${todo}`,
    `- **By when:** ${byWhen}\n`,
  ].join('\n');
