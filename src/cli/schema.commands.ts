/**
 * `portico schema diff`, `portico schema check` and `portico upgrade-report`. They need neither settings
 * nor a database. The result goes to standard output, faults of the input to standard error.
 * Exit codes: 0; 1 where what was asked for is found (--fail-on), is refused, or breaks; 2 where the
 * input cannot be used.
 */
import { UnusableSchema, diffInText, diffSchemas, upgradeInText, upgradeReport, type Format, type Problem, type SchemaText, type UpgradeReport } from '../versions/diff/index.ts';
import { UnusableInput, filesFrom, textIn } from './files.ts';

/** The versions of this API stand on the whole server, which takes longer to load than most comparisons take. */
const ownVersions = () => import('./own-versions.ts');

const FOUND = 1;
const UNUSABLE = 2;

interface DiffOptions {
  readonly format: Format;
  readonly failOn?: 'breaking' | 'dangerous';
}

export const runSchemaDiff = (before: string, after: string, { format, failOn }: DiffOptions): Promise<void> =>
  told(() => {
    const diff = diffSchemas(textIn(before), textIn(after));
    complain(diff.problems);
    process.stdout.write(`${diffInText(diff, format)}\n`);
    const { breaking, dangerous } = diff.summary;
    if ((failOn && breaking > 0) || (failOn === 'dangerous' && dangerous > 0)) process.exitCode = FOUND;
  });

interface UpgradeReportOptions {
  /** Versions of this API, or files with the schemas of any. */
  readonly from?: string;
  readonly to?: string;
  readonly fromSchema?: string;
  readonly toSchema?: string;
  readonly format: Format;
}

export const runUpgradeReport = (patterns: readonly string[], { format, ...way }: UpgradeReportOptions): Promise<void> =>
  told(async () => {
    const operations = (await filesFrom(patterns, '**/*.{graphql,gql}')).map(textIn);
    const report = await reportOn(operations, way);
    complain(report.problems);
    process.stdout.write(`${upgradeInText(report, format)}\n`);
    if (report.summary.broken > 0) process.exitCode = FOUND;
    else if (report.incomplete) process.exitCode = UNUSABLE;
  });

async function reportOn(operations: readonly SchemaText[], { from, to, fromSchema, toSchema }: Omit<UpgradeReportOptions, 'format'>): Promise<UpgradeReport> {
  if (fromSchema !== undefined && toSchema !== undefined && from === undefined && to === undefined) return upgradeReport(textIn(fromSchema), textIn(toSchema), operations);
  if (from === undefined || to === undefined || fromSchema !== undefined || toSchema !== undefined)
    throw new UnusableInput(
      'Say where the operations come from and where they go: --from 2026-07 --to 2027-01 for versions of this API, or --from-schema and --to-schema for files.',
    );
  return (await ownVersions()).reportBetween({ from, to }, operations);
}

export const runSchemaCheck = ({ against }: { readonly against: string }): Promise<void> =>
  told(async () => {
    const refusals = (await ownVersions()).refusalsIn({ folder: process.cwd(), against });
    complain(refusals);
    if (refusals.length > 0) process.exitCode = FOUND;
    else process.stdout.write(`Every snapshot in schema/ is what its version may be, compared with ${against} and with its neighbours.\n`);
  });

const complain = (problems: readonly Problem[]): void => void process.stderr.write(problems.map(problem => `${problem}\n`).join(''));

async function told(work: () => void | Promise<void>): Promise<void> {
  // Whoever reads only the beginning, as `head` does, has what was asked for.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UnusableInput || error instanceof UnusableSchema)) throw error;
    complain([error.message]);
    process.exitCode = UNUSABLE;
  }
}
