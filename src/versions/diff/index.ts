/** The schema tools' door. They know nothing of Portico and take any GraphQL API's schema. */
export { summaryOf, type Change, type ChangeKind, type Criticality, type SchemaChange, type Summary } from './change.ts';
export { compareSchemas, type Undefined } from './compare.ts';
export { FORMATS, diffInText, diffSchemas, type Format, type SchemaDiff } from './diff.ts';
export { readSchema } from './read-schema.ts';
export { UnusableSchema, problemsOf, type Problem, type ReadSchema, type SchemaText } from './schema-text.ts';
export { deprecationsIn } from './deprecations.ts';
export { operationsIn, type FiledOperation, type Operations } from './operation-files.ts';
export { UpgradeJudge, type Finding, type Judgement, type Verdict } from './upgrade.ts';
export { summaryOf as upgradeSummaryOf, upgradeInText, upgradeReport, type OperationReport, type UpgradeOptions, type UpgradeReport } from './upgrade-report.ts';
