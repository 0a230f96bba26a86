/** The upgrade report over operations in files, from one version of this API to another. */
import { print, type DocumentNode, type GraphQLSchema } from 'graphql';
import { operationsIn, upgradeSummaryOf, type OperationReport, type SchemaText, type UpgradeReport } from './diff/index.ts';
import type { UpgradePath } from './upgrade-path.ts';

/** What the one operation of a document costs; null where there is no telling. */
export type CostOf = (schema: GraphQLSchema, document: DocumentNode) => number | null;

/** Throws NoSuchWay. */
export function versionReport(path: UpgradePath, way: { readonly from: string; readonly to: string }, files: readonly SchemaText[], costOf: CostOf): UpgradeReport {
  path.check(way.from, way.to);
  const [before, after] = [path.versions.get(way.from)!.schema, path.versions.get(way.to)!.schema];
  const { operations: filed, problems } = operationsIn(before, files);
  const operations = filed.map(({ file, line, operation, document }): OperationReport => {
    const { rewritten, ...judgement } = path.judge(document, way);
    const newer = rewritten ?? (judgement.verdict === 'BROKEN' ? null : document);
    return {
      file,
      line,
      operation: operation.name?.value ?? null,
      ...judgement,
      rewritten: rewritten && print(rewritten),
      cost: { before: costOf(before, document), after: newer && costOf(after, newer) },
    };
  });
  return { operations, summary: upgradeSummaryOf(operations), problems, incomplete: problems.length > 0 };
}
