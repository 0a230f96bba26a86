/** The SQL of the ledger. It is only ever appended to; PostgreSQL itself refuses what does not balance. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Account, Entry, TransactionKind } from './ledger.rules.ts';

/** One writes an environment's ledger at a time, from the balance that it decides by to the end of its transaction. */
export const lockLedger = (tx: Tx, environmentId: string): Promise<unknown> =>
  tx.query("select pg_advisory_xact_lock(hashtextextended('portico.ledger.' || $1, 0))", [environmentId]);

const identity = ({ kind, currency, programId, partnerId, payoutId }: Account): (string | null)[] => [kind, currency, programId ?? null, partnerId ?? null, payoutId ?? null];

/** Said by what is there, since `is not distinct from` finds no index: among thousands of partners each look would read all their accounts. */
const isAccount = ({ programId, partnerId, payoutId }: Account): string =>
  `a.kind = $2 and a.currency = $3 and ${[['program_id', programId, 4] as const, ['partner_id', partnerId, 5] as const, ['payout_id', payoutId, 6] as const]
    // Those that are not there are named all the same, so that the parameters are the same ones.
    .map(([column, id, place]) => (id === undefined ? `a.${column} is null and $${place}::text is null` : `a.${column} = $${place}`))
    .join(' and ')}`;

/** What an account holds in minor units; nothing where there is none. */
export async function balanceOf(tx: Tx, environmentId: string, account: Account): Promise<number> {
  // By a sub-select: a join would read all that the account was ever moved by, to sort it.
  const [row] = await tx.query<{ balance: number | null }[]>(
    `select (select p.balance_minor from portico.ledger_posting p where p.environment_id = a.environment_id and p.account_id = a.id order by p.sequence desc limit 1)::float8 as balance
     from portico.ledger_account a where a.environment_id = $1 and ${isAccount(account)}`,
    [environmentId, ...identity(account)],
  );
  return row?.balance ?? 0;
}

async function accountId(tx: Tx, environmentId: string, account: Account): Promise<string> {
  const find = async () =>
    (await tx.query<{ id: string }[]>(`select id from portico.ledger_account a where a.environment_id = $1 and ${isAccount(account)}`, [environmentId, ...identity(account)]))[0];
  const found = await find();
  if (found) return found.id;
  await tx.query(
    `insert into portico.ledger_account (environment_id, id, kind, currency, program_id, partner_id, payout_id) values ($1, $7, $2, $3, $4, $5, $6)
     on conflict (environment_id, kind, currency, program_id, partner_id, payout_id) do nothing`,
    [environmentId, ...identity(account), newId('lac')],
  );
  return (await find())!.id;
}

export interface NewTransaction {
  readonly kind: TransactionKind;
  /** What it is about: the same kind about the same source is written once. */
  readonly sourceId: string;
  readonly partnerId: string | null;
  readonly resolvesId?: string;
  readonly reversesId?: string;
  readonly occurredAt: Date;
  readonly memo: string;
  readonly entries: readonly Entry[];
}

/** Appends a transaction with its postings and answers its id; null where it was written before. */
export async function post(tx: Tx, environmentId: string, written: NewTransaction): Promise<string | null> {
  const { kind, sourceId, partnerId, resolvesId = null, reversesId = null, occurredAt, memo, entries } = written;
  await lockLedger(tx, environmentId);
  const id = newId('ltx');
  const rows = await tx.query<unknown[]>(
    `insert into portico.ledger_transaction (environment_id, id, kind, source_id, partner_id, resolves_id, reverses_id, occurred_at, memo)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
    [environmentId, id, kind, sourceId, partnerId, resolvesId, reversesId, occurredAt, memo],
  );
  if (rows.length === 0) return null;
  for (const { account, amountMinor } of entries) {
    await tx.query('insert into portico.ledger_posting (environment_id, account_id, transaction_id, amount_minor) values ($1, $2, $3, $4)', [
      environmentId,
      await accountId(tx, environmentId, account),
      id,
      amountMinor,
    ]);
  }
  return id;
}

export interface WrittenTransaction {
  readonly id: string;
  readonly kind: TransactionKind;
  readonly occurredAt: Date;
}

/** The transactions about a source, in the order in which they were written. */
export const transactionsAbout = (tx: Tx, environmentId: string, sourceId: string): Promise<WrittenTransaction[]> =>
  tx.query<WrittenTransaction[]>(
    'select id, kind, occurred_at as "occurredAt" from portico.ledger_transaction where environment_id = $1 and source_id = $2 order by occurred_at, id',
    [environmentId, sourceId],
  );
