/**
 * Answers kept in memory, each with the version of the data that it was made of. None is given out before
 * PostgreSQL has said, in a statement that was sent after the request had arrived and that asks the gate as
 * well, that the version is still the same: so an answer is never older than the request.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AnswerRow } from './answer.ts';
import { sql, type RenderedSql, type Sql } from './sql.ts';

/** By what is known that data has not changed. */
export interface ChangeMarks {
  /** Tables whose changes make a new version. */
  readonly tables: ReadonlySet<string>;
  /** Given values that are hardly ever the same in two requests: what depends on them is not worth keeping. */
  readonly restless: ReadonlySet<string>;
  /** A sub-select of one text: the version, for the caller, of all that these tables hold. */
  readonly version: Sql;
}

/** Questions that are remembered as asked: an answer is worth its memory when its question comes again and again. */
const REMEMBERED_QUESTIONS = 10_000;

/** A question that comes again before so many others have is one of a burst, and no habit of anybody's. */
export const BURST = 200;

/** Of a kept answer, beside its text. */
const OVERHEAD_BYTES = 400;

/** Part of the memory that a single answer may take. */
const LARGEST_PART = 1 / 50;

/** What an expression may not ask if its value is to follow from tables and parameters alone. */
const ITS_OWN_MIND = /\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|current_(?!setting)\w+|localtime\w*|nextval|gen_random_uuid|txid_\w+|pg_\w+)\b/;

/** Whether a statement (its gate left out) answers the same for as long as the version is the same: it reads
    marked tables alone, if any, and follows from its parameters otherwise. */
export function followsFromMarked({ text, params }: RenderedSql, databaseSchema: string, { tables, restless }: ChangeMarks): boolean {
  const named = [...text.matchAll(new RegExp(`\\b${databaseSchema}\\."?(\\w+)`, 'g'))].map(([, name]) => name!);
  return named.every(name => tables.has(name)) && !ITS_OWN_MIND.test(text) && !params.some(({ given }) => given !== undefined && restless.has(given));
}

/** Asks for the version alone, through the gate. */
export const versionStatement = ({ version }: ChangeMarks, gate: Sql): Sql => sql`select (${version}) as data, null::text as errors, 0 as object_count from (${gate}) gate`;

/** A question by its statement and the values that its answer depends on. Whose context it is asked in is among them. */
export const questionOf = (statement: string, values: readonly unknown[]): string => hash('sha256', statement + JSON.stringify(values), 'base64');

/** V8 takes one byte a character where all of them are in ASCII, and at most two otherwise. */
const memoryOf = (text: string): number => text.length * (Buffer.byteLength(text) === text.length ? 1 : 2);

/** As which of all questions one was asked. */
interface Asked {
  readonly first: number;
  last: number;
}

interface Kept {
  readonly answer: AnswerRow;
  /** As which of all questions it was last asked for. */
  lastAsked: number;
}

export class KeptAnswers {
  private readonly answers: LRUCache<string, Kept>;
  /** Questions without a kept answer. */
  private readonly asked = new LRUCache<string, Asked>({ max: REMEMBERED_QUESTIONS });
  private questions = 0;
  /** Answers given out of memory since the start. */
  hits = 0;

  constructor(maxBytes: number) {
    this.answers = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_PART)),
      sizeCalculation: ({ answer: { data, errors } }) => OVERHEAD_BYTES + memoryOf(data ?? '') + memoryOf(errors ?? ''),
    });
  }

  /** Counts the question; each is to be looked for once. */
  find(question: string): AnswerRow | undefined {
    this.questions += 1;
    const kept = this.answers.get(question);
    if (!kept) return undefined;
    kept.lastAsked = this.questions;
    return kept.answer;
  }

  hit(answer: AnswerRow): AnswerRow {
    this.hits += 1;
    return answer;
  }

  /** Keeps the answer, if its question was asked before, and not just now. */
  keep(question: string, answer: AnswerRow): void {
    const lastAsked = this.questions;
    const before = this.asked.get(question);
    if (this.answers.has(question) || (before && lastAsked - before.first > BURST && this.hasRoomSince(before.last))) {
      this.asked.delete(question);
      this.answers.set(question, { answer, lastAsked });
    } else if (before) before.last = lastAsked;
    else this.asked.set(question, { first: lastAsked, last: lastAsked });
  }

  /** Once the memory is full, only what nobody has asked for since then makes room. If everything did, questions that
      come round in turn, a few more than there is room for, would push each other out before any of them came again;
      if nothing did, the memory would stay full of what is not asked for any more. */
  private hasRoomSince(question: number): boolean {
    if (this.answers.calculatedSize < this.answers.maxSize * (1 - LARGEST_PART)) return true;
    for (const oldest of this.answers.rvalues()) return oldest!.lastAsked < question;
    return true;
  }

  get bytes(): number {
    return this.answers.calculatedSize;
  }
}
