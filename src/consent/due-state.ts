/** How something that is due stands, by the clock of its environment. */
import { given, raw, sql, type Row, type Sql } from '../reads/index.ts';

/** Reads the state of a row that has `due_at`.
    @param done the column of the instant at which it was done
    @param word the state from then on */
export const dueState =
  (done: string, word: 'DONE' | 'ATTESTED') =>
  (row: Row): Sql =>
    sql`case when ${row.col(done)} is not null then ${raw(`'${word}'`)} when ${row.col('due_at')} <= ${given('environment_now', 'timestamptz')} then 'OVERDUE' else 'OPEN' end`;
