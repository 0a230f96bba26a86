/**
 * A version change: one named difference between a version and its predecessor, with all that
 * follows from it. The projection undoes it to make the older version, the changelog tells it, the
 * snapshots show it, the deprecation of its older form follows from it, and the upgrade report
 * rewrites operations by it. The constructors are in field-changes.ts, input-changes.ts and
 * type-changes.ts; the changes of each version in changes/.
 */
import type { ASTNode } from 'graphql';
import type { Draft, Leaving } from './draft.ts';

/** graphql-js's words. Breaking: programs stop working. Dangerous: programs that did not expect it may. */
export type Criticality = 'BREAKING' | 'DANGEROUS';

export interface VersionChange {
  /** What changes, as a schema coordinate of the older version. */
  readonly coordinate: string;
  readonly criticality: Criticality;
  readonly changelog: ChangelogEntry;
  /** How the older form ends; null where nothing ends, because something was added. */
  readonly leaving: Leaving | null;
  /** Turns a draft of the newer version into the older form. */
  readonly undo: (draft: Draft) => void;
  /** Null where a person has to say what an operation means in the newer version. */
  readonly rewrite: Rewrite | null;
}

/** Turns an operation's use of the older form into the newer one. */
export interface Rewrite {
  /** The coordinate whose uses are rewritten. */
  readonly at: string;
  /** The newer use; null takes it out, undefined says that only a person can tell what is meant. */
  readonly use: (use: ASTNode) => ASTNode | null | undefined;
  /** Whether an operation that can stay as it is still means the same, though the change breaks others. */
  readonly harmlessAsBefore?: boolean;
}

/** For what an operation can say as before. */
export const asBefore = (coordinate: string): Rewrite => ({ at: coordinate, use: use => use });

/** For partners, in sentences. */
export interface ChangelogEntry {
  /** What is different, as a heading without a full stop. */
  readonly title: string;
  readonly who: string;
  readonly todo: string;
}

/** What every change tells. */
export interface Told {
  readonly changelog: ChangelogEntry;
}

/** What a change tells whose older form ends. */
export interface ToldEnd extends Told {
  readonly deprecatedOn: string;
  readonly reason: string;
}

/** The changes that take effect from a version on, in the order in which they were made. */
export interface ChangesOf {
  readonly version: string;
  readonly changes: readonly VersionChange[];
}
