/** `portico schema diff`, without files: two schemas as text, their differences as data and as text. */
import { summaryOf, type Change, type SchemaChange, type Summary } from './change.ts';
import { compareSchemas } from './compare.ts';
import { readSchema } from './read-schema.ts';
import type { Problem, SchemaText } from './schema-text.ts';

export interface SchemaDiff {
  readonly changes: readonly SchemaChange[];
  readonly summary: Summary;
  /** What is wrong with the schemas themselves; the rest was compared all the same. */
  readonly problems: readonly Problem[];
}

/** Throws UnusableSchema where a text is no schema. */
export function diffSchemas(before: SchemaText, after: SchemaText): SchemaDiff {
  const [old, young] = [readSchema(before), readSchema(after)];
  const changes = compareSchemas(old.schema, young.schema, { before: old.missing, after: young.missing });
  return { changes, summary: summaryOf(changes), problems: [...old.problems, ...young.problems] };
}

export type Format = 'human' | 'json' | 'markdown';
export const FORMATS: readonly Format[] = ['human', 'json', 'markdown'];

const HEADINGS = { BREAKING: 'Breaking', DANGEROUS: 'Dangerous', SAFE: 'Safe' } as const;
const CRITICALITIES = ['BREAKING', 'DANGEROUS', 'SAFE'] as const;

export function diffInText({ changes, summary }: Omit<SchemaDiff, 'problems'>, format: Format): string {
  if (format === 'json') return JSON.stringify({ changes: changes.map(plain), summary });
  const counts = `${summary.breaking} breaking, ${summary.dangerous} dangerous, ${summary.safe} safe`;
  const groups = CRITICALITIES.map(criticality => ({ criticality, found: changes.filter(change => change.criticality === criticality) })).filter(({ found }) => found.length > 0);
  if (format === 'human') {
    const lines = groups.flatMap(({ criticality, found }) => ['', HEADINGS[criticality], ...found.map(change => `  ${change.coordinate}: ${change.message}`)]);
    return [changes.length === 0 ? 'No changes.' : `Changes: ${counts}.`, ...lines].join('\n');
  }
  const lines = groups.flatMap(({ criticality, found }) => [
    '',
    `## ${HEADINGS[criticality]} (${found.length})`,
    '',
    '| Coordinate | Change |',
    '| --- | --- |',
    ...found.map(change => `| \`${change.coordinate}\` | ${inCell(change.message)} |`),
  ]);
  return ['# Schema changes', '', changes.length === 0 ? 'None.' : `${counts[0]!.toUpperCase()}${counts.slice(1)}.`, ...lines].join('\n');
}

const plain = ({ criticality, coordinate, message }: Change): Change => ({ criticality, coordinate, message });

/** A text that stays within its cell of a Markdown table. */
export const inCell = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;');
