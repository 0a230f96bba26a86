/** What a statement answers. */

/** Its columns, in this order. */
export interface AnswerRow {
  readonly data: string | null;
  readonly errors: string | null;
  readonly object_count: number;
  /** Of the data, where the answer may be kept. */
  readonly version: string | null;
}

/** The row from its columns as PostgreSQL writes them. */
export const answerRow = ([data, errors, objectCount, version]: readonly (string | null)[]): AnswerRow => ({
  data: data ?? null,
  errors: errors ?? null,
  object_count: Number(objectCount),
  version: version ?? null,
});
