/** `portico upgrade-report`, without files: operations judged against a change of schema, as data and as text. */
import { print, validate, type DocumentNode } from 'graphql';
import type { Place } from '../coordinates.ts';
import { compareSchemas } from './compare.ts';
import { inCell, type Format } from './diff.ts';
import { operationsIn } from './operation-files.ts';
import { readSchema } from './read-schema.ts';
import type { Problem, SchemaText } from './schema-text.ts';
import { UpgradeJudge, type Finding, type Verdict } from './upgrade.ts';

export interface OperationReport {
  readonly file: string;
  readonly line: number;
  /** Null for an operation without a name. */
  readonly operation: string | null;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** The same operation for the new schema, where the rewrite knows the way; null where it does not, or need not. */
  readonly rewritten: string | null;
  /** What it costs before and after, by the sizes that the schemas assume; absent where nobody asked for that,
      null where there is no telling. */
  readonly cost?: { readonly before: number | null; readonly after: number | null };
}

export interface UpgradeReport {
  readonly operations: readonly OperationReport[];
  readonly summary: { readonly unaffected: number; readonly warned: number; readonly broken: number };
  /** What kept schemas or operations from being read whole. Operations named here are not judged. */
  readonly problems: readonly Problem[];
  /** Whether some operations could not be judged. */
  readonly incomplete: boolean;
}

export interface UpgradeOptions {
  /** Rewrites a document from the old schema to the new one; a result that is not valid there is not shown. */
  readonly rewrite?: (document: DocumentNode) => DocumentNode;
}

/** Throws UnusableSchema where a schema is none. */
export function upgradeReport(before: SchemaText, after: SchemaText, files: readonly SchemaText[], { rewrite }: UpgradeOptions = {}): UpgradeReport {
  const [old, young] = [readSchema(before), readSchema(after)];
  const changes = compareSchemas(old.schema, young.schema, { before: old.missing, after: young.missing });
  const judge = new UpgradeJudge(old.schema, young.schema, changes);
  const filed = operationsIn(old.schema, files);
  const operations = filed.operations.map(({ file, line, operation, document }): OperationReport => {
    const judgement = judge.judge(document, operation);
    const proposal = rewrite && judgement.verdict !== 'UNAFFECTED' ? rewrite(document) : document;
    const rewritten = proposal !== document && validate(young.schema, proposal).length === 0 ? print(proposal) : null;
    return { file, line, operation: operation.name?.value ?? null, ...judgement, rewritten };
  });
  return { operations, summary: summaryOf(operations), problems: [...old.problems, ...young.problems, ...filed.problems], incomplete: filed.problems.length > 0 };
}

export function summaryOf(judged: readonly { readonly verdict: Verdict }[]): UpgradeReport['summary'] {
  const count = (verdict: Verdict): number => judged.filter(operation => operation.verdict === verdict).length;
  return { unaffected: count('UNAFFECTED'), warned: count('WARNED'), broken: count('BROKEN') };
}

export function upgradeInText(report: UpgradeReport, format: Format): string {
  const { operations, summary, problems } = report;
  if (format === 'json') return JSON.stringify({ operations, summary, problems });
  const counts = `${summary.broken} broken, ${summary.warned} warned, ${summary.unaffected} unaffected`;
  const touched = (['BROKEN', 'WARNED'] as const).flatMap(verdict => operations.filter(operation => operation.verdict === verdict));
  if (format === 'human') {
    const lines = touched.flatMap(operation => [
      '',
      `${operation.verdict}  ${nameOf(operation)}  ${operation.file}:${operation.line}`,
      ...operation.findings.flatMap(({ coordinate, message, places, todo }) => [
        `  ${coordinate === null ? '' : `${coordinate}: `}${message}`,
        ...(todo === undefined ? [] : [`    ${todo}`]),
        ...shown(places).map(place => `    ${place}`),
      ]),
      ...(costLine(operation) ?? []).map(line => `  ${line}`),
      ...(operation.rewritten === null ? [] : ['  Rewritten:', ...operation.rewritten.split('\n').map(line => `    ${line}`)]),
    ]);
    return [`Operations: ${counts}.`, ...lines].join('\n');
  }
  const lines = touched.flatMap(operation => [
    '',
    `## ${operation.verdict}: ${nameOf(operation)}`,
    '',
    `${operation.file}:${operation.line}`,
    '',
    '| Coordinate | Change | Where |',
    '| --- | --- | --- |',
    ...operation.findings.map(
      ({ coordinate, message, places, todo = '' }) =>
        `| ${coordinate === null ? '' : `\`${coordinate}\``} | ${inCell(`${message} ${todo}`.trim())} | ${shown(places).map(inCell).join('<br>')} |`,
    ),
    ...(costLine(operation) ?? []).flatMap(line => ['', line]),
    ...(operation.rewritten === null ? [] : ['', '```graphql', operation.rewritten, '```']),
  ]);
  return ['# Upgrade report', '', `${counts[0]!.toUpperCase()}${counts.slice(1)}.`, ...lines].join('\n');
}

/** Nothing where it costs the same. */
const costLine = ({ cost }: OperationReport): string[] | null =>
  !cost || cost.before === cost.after ? null : [`Cost: ${cost.before ?? 'unknown'} before, ${cost.after ?? 'unknown'} after.`];

const nameOf = ({ operation }: OperationReport): string => operation ?? 'an operation without a name';
/** Enough to find the others. JSON has them all. */
const PLACES_SHOWN = 10;

function shown(places: readonly Place[]): string[] {
  const texts = places.slice(0, PLACES_SHOWN).map(({ path, at }) => [...(at ? [`${at.source}:${at.line}:${at.column}`] : []), ...(path === '' ? [] : [path])].join('  '));
  return places.length > PLACES_SHOWN ? [...texts, `and in ${places.length - PLACES_SHOWN} more places`] : texts;
}
