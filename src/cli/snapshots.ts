/** The snapshots in schema/ as files and as git has them, for `schema:check`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { wallClock, type Instant } from '../base/clock.ts';
import { readSchema } from '../versions/diff/index.ts';
import { UNSTABLE, standings } from '../versions/index.ts';
import { checkSnapshots, countRemovals, type Announcement, type Snapshot } from '../versions/schema-check.ts';
import { UnusableInput } from './files.ts';

const SNAPSHOT = /^(\d{4}-\d{2}|unstable)\.graphql$/;

export interface SnapshotsToCheck {
  /** The repository's folder, in which schema/ stands. */
  readonly folder: string;
  /** The git revision that was reviewed last. */
  readonly against?: string;
  readonly announcements?: readonly Announcement[];
  readonly now?: Instant;
}

/** A line for each refusal, beginning with the snapshot's path. Outside of a git repository, the snapshots
    are compared with each other alone. */
export const refusedSnapshots = (check: SnapshotsToCheck): string[] =>
  checkSnapshots(snapshotsIn(check), check.announcements).map(
    ({ version, coordinate, message }) => `${pathOf(version)}: ${coordinate === null ? '' : `${coordinate}: `}${message}`,
  );

/** How much of what leaves between released versions was announced in time, in a sentence. */
export function removalsInWords(check: SnapshotsToCheck): string {
  const { removals, announced } = countRemovals(snapshotsIn(check), check.announcements);
  const share = removals === 0 ? 100 : Math.floor((announced / removals) * 100);
  return `${announced} of ${removals} removals between dated versions (${share} %) were announced 6 months and deprecated 2 versions before, or earlier.`;
}

function snapshotsIn({ folder, against = 'HEAD', now = wallClock.now() }: SnapshotsToCheck): Snapshot[] {
  const present = existsSync(join(folder, 'schema')) ? readdirSync(join(folder, 'schema')) : [];
  const committed = committedIn(folder, against);
  const versions = [...new Set([...present, ...committed])].flatMap(file => SNAPSHOT.exec(file)?.[1] ?? []).toSorted();
  const dated = versions.filter(version => version !== UNSTABLE);
  const read = (version: string, text: string) => readSchema({ name: pathOf(version), text }).schema;
  return standings(dated, now).map(({ version, kind, releasedAt }) => ({
    version,
    kind,
    releasedAt,
    present: present.includes(`${version}.graphql`) ? read(version, readFileSync(join(folder, pathOf(version)), 'utf8')) : null,
    committed: committed.includes(`${version}.graphql`) ? read(version, git(folder, 'show', `${against}:./${pathOf(version)}`).stdout) : null,
  }));
}

const pathOf = (version: string): string => `schema/${version}.graphql`;

function committedIn(folder: string, against: string): string[] {
  const listed = git(folder, 'ls-tree', '--name-only', `${against}:./schema`);
  if (listed.status === 0) return listed.stdout.split('\n');
  // A repository without a commit, a commit without schema/, and no repository have nothing to compare with.
  if (against === 'HEAD' || git(folder, 'rev-parse', '--verify', '--quiet', `${against}^{commit}`).status === 0) return [];
  throw new UnusableInput(`git knows no revision ${against}. Name a commit, a branch or a tag with --against.`);
}

const git = (folder: string, ...args: string[]) => spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
