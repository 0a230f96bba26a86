/**
 * The changelog as an Atom feed (RFC 4287) for partners who want to hear of versions without asking:
 * an entry a version, from its release candidate on. An entry is updated at each step of the
 * version's life, so that a feed reader shows it again when the version is released, when its last
 * months begin, and when it retires.
 */
import type { Instant } from '../base/clock.ts';
import type { VersionKind, VersionStanding } from '../versions/index.ts';

/** One difference of a version from the one before it, in words for partners. */
export interface ChangeNote {
  /** Unique within the version. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface Changelog {
  readonly publicUrl: string;
  /** By the wall clock, oldest first. */
  readonly standings: readonly VersionStanding[];
  readonly changes: ReadonlyMap<string, readonly ChangeNote[]>;
}

interface Entry {
  readonly version: string;
  readonly kind: VersionKind;
  readonly releasedAt: Instant;
  readonly updatedAt: Instant;
  /** What the version is by now, in a sentence. */
  readonly state: string;
}

export function changelogFeed({ publicUrl, standings, changes }: Changelog): string {
  const entries = entriesOf(standings).toReversed();
  const self = `${publicUrl}/changelog.atom`;
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
    `  <id>${xml(self)}</id>`,
    '  <title>Versions of the partner API</title>',
    '  <author><name>Portico</name></author>',
    `  <updated>${iso(Math.max(0, ...entries.map(({ updatedAt }) => updatedAt)))}</updated>`,
    `  <link rel="self" type="application/atom+xml" href="${xml(self)}"/>`,
    ...entries.flatMap(entry => entryLines(entry, publicUrl, changes.get(entry.version) ?? [])),
    '</feed>',
  ];
  return `${lines.join('\n')}\n`;
}

/** A version becomes a candidate when the one before it is released. */
function entriesOf(standings: readonly VersionStanding[]): Entry[] {
  return standings.flatMap((standing, i) => {
    const { version, kind, releasedAt, deprecatedAt, retiresAt } = standing;
    const candidateSince = standings[i - 1]?.kind === 'CURRENT' ? standings[i - 1]!.releasedAt : null;
    if (releasedAt === null || (kind === 'RELEASE_CANDIDATE' && candidateSince === null)) return [];
    const [updatedAt, state] = ((): [Instant, string] => {
      switch (kind) {
        case 'RELEASE_CANDIDATE':
          return [candidateSince!, `Release candidate: it changes only to mend mistakes and is released at ${iso(releasedAt)}.`];
        case 'DEPRECATED':
          return [deprecatedAt!, `In its last months: it retires at ${iso(retiresAt!)} and does not answer from then on.`];
        case 'RETIRED':
          return [retiresAt!, `Retired since ${iso(retiresAt!)}: it no longer answers.`];
        default:
          return [releasedAt, `Released at ${iso(releasedAt)}; ${retiresAt === null ? 'no end is set' : `it answers until ${iso(retiresAt)}`}.`];
      }
    })();
    return [{ version, kind, releasedAt, updatedAt, state }];
  });
}

function entryLines({ version, kind, releasedAt, updatedAt, state }: Entry, publicUrl: string, changes: readonly ChangeNote[]): string[] {
  const schema = `${publicUrl}/schema/${version}.graphql`;
  const items = changes.map(({ id, title, text }) => `        <dt id="${xml(`${version}-${id}`)}">${xml(title)}</dt><dd>${xml(text)}</dd>`);
  return [
    '  <entry>',
    `    <id>${xml(`${publicUrl}/changelog.atom#${version}`)}</id>`,
    `    <title>API version ${version}: ${kind.toLowerCase().replace('_', ' ')}</title>`,
    ...(kind === 'RELEASE_CANDIDATE' ? [] : [`    <published>${iso(releasedAt)}</published>`]),
    `    <updated>${iso(updatedAt)}</updated>`,
    `    <link rel="alternate" type="text/plain" title="Schema of ${version}" href="${xml(schema)}"/>`,
    '    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">',
    `      <p>${xml(state)}</p>`,
    ...(items.length > 0 ? ['      <dl>', ...items, '      </dl>'] : []),
    '    </div></content>',
    '  </entry>',
  ];
}

const iso = (instant: Instant): string => new Date(instant).toISOString();

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text within an element or an attribute. XML has no way to write most control characters. */
const xml = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character]!).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
