/**
 * Reads operations: finds or makes the plan, runs its statement, answers the text. One reader
 * serves one schema; how a statement reaches PostgreSQL is its owner's affair.
 */
import type { FieldNode, FragmentDefinitionNode, GraphQLError, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { AnswerRow } from './answer.ts';
import { compileRead, type CompiledRead, type CompilerOptions, type RefusedField } from './compile.ts';
import { MISSING_OBJECT } from './frame.ts';
import { questionOf, versionStatement, type KeptAnswers } from './kept.ts';
import { refusalErrors } from './refused.ts';
import { planName, statementFor, type Plan, type Plans, type Statement } from './plans.ts';
import { NotCompilable } from './refusal.ts';
import type { ReadRequest } from './request.ts';
import { Specialization } from './selection.ts';
import { raw, renderForMany, type RenderedSql } from './sql.ts';

export type { Statement };

export interface ReaderOptions extends CompilerOptions {
  readonly schema: GraphQLSchema;
  /** Where plans are kept, perhaps beside those of other readers, and what tells this one's apart. */
  readonly plans: Plans;
  /** Where answers are kept, if they are. */
  readonly kept?: KeptAnswers;
  readonly name: string;
}

/** What is to be read. Two with the same key have the same document and read the same part of it. */
export interface OperationToRead {
  readonly key: string;
  readonly type: GraphQLObjectType;
  /** The fields to read, by response key. */
  readonly select: (specialization: Specialization) => ReadonlyMap<string, readonly FieldNode[]>;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Response keys that lead to what is read, for the paths of errors; none at the root. */
  readonly path?: readonly string[];
  /** Nulls stay where they are, even in the place of what a non-null field promised. */
  readonly lenient?: boolean;
  /** The transaction that this is read in has asked the gate already, and may have closed it since. */
  readonly admitted?: boolean;
  /** Only what would be refused is asked for; the data is none. */
  readonly preview?: boolean;
  /** Its statements are transactions of their own, so that the answer may be kept for the next one. */
  readonly keep?: boolean;
}

export interface Answer {
  /** JSON text of the object that was read. */
  readonly data: string;
  /** Values that were refused: one error for each field and reason, with the number of values. */
  readonly errors: readonly GraphQLError[];
  /** Every place where a value may be refused. */
  readonly refusable: readonly RefusedField[];
  readonly objectCount: number;
}

/** One row, whoever asks. */
const OPEN_GATE = raw('select');

/** Runs a statement and answers its first row, or undefined where it has none. */
export type RunStatement = (statement: Statement) => Promise<AnswerRow | undefined>;

export class Reader {
  readonly schema: GraphQLSchema;
  private readonly options: ReaderOptions;
  private readonly version: RenderedSql | null;
  private readonly versionName: string;

  constructor(options: ReaderOptions) {
    this.options = options;
    this.schema = options.schema;
    this.version = options.marks ? renderForMany(versionStatement(options.marks, options.gate)) : null;
    this.versionName = planName(this.version?.text ?? '');
  }

  /** The answer, or null where the gate is closed to the caller. Throws NotCompilable for what only
      graphql-js can run, and GraphQLErrors for input that cannot be meant. */
  async read(operation: OperationToRead, request: ReadRequest, run: RunStatement): Promise<Answer | null> {
    const { plans, name } = this.options;
    const key = `${name} ${operation.key}`;
    const plan = plans.find(key, request) ?? plans.keep(key, this.compile(operation, request));
    const row = await this.answered(plan, request, run);
    if (!row) return null;
    if (row.object_count >= MISSING_OBJECT) throw new NotCompilable(`a non-null field below ${operation.type.name} that found no row`);
    // Every column and join that may be NULL is coalesced.
    if (row.data === null) throw new Error(`The answer of ${operation.type.name} came out as NULL.`);
    return { data: row.data, errors: refusalErrors(plan.refusals, row.errors), refusable: plan.refusals, objectCount: row.object_count };
  }

  /** The statement's row: one that is kept, where its data is still as it was, or a new one. */
  private async answered(plan: Plan, request: ReadRequest, run: RunStatement): Promise<AnswerRow | undefined> {
    const { kept } = this.options;
    const statement = statementFor(plan, request);
    if (!plan.decisive || !kept) return run(statement);
    const question = questionOf(
      plan.name,
      plan.decisive.map(place => statement.values[place]),
    );
    const before = kept.find(question);
    if (before) {
      const { text, params } = this.version!;
      const now = await run({ name: this.versionName, text, values: params.map(param => param.value(request)), forMany: true });
      if (!now) return undefined;
      if (now.data === before.version) return kept.hit(before);
    }
    const row = await run(statement);
    if (row) kept.keep(question, row);
    return row;
  }

  /** Whether the field of the type is read from the database. */
  reads(type: GraphQLObjectType, field: string): boolean {
    return this.options.mapping.fields.has(`${type.name}.${field}`);
  }

  /** Whether the field of the type shows what is somebody else's. */
  discloses(type: GraphQLObjectType, field: string): boolean {
    const read = this.options.mapping.fields.get(`${type.name}.${field}`);
    return read?.kind === 'disclosed' || (read?.kind === 'page' && read.disclosure !== undefined);
  }

  private compile(operation: OperationToRead, request: ReadRequest): CompiledRead {
    const specialization = new Specialization(this.schema, operation.fragments, request);
    const marks = operation.keep ? this.options.marks : undefined;
    const options = { ...this.options, marks, ...(operation.admitted ? { gate: OPEN_GATE } : {}), lenient: operation.lenient ?? false, preview: operation.preview ?? false };
    return compileRead(options, specialization, operation.type, operation.select(specialization), operation.path);
  }
}
