/** The SQL of payouts and of where they go. */
import type { Tx } from '../platform/postgres/database.ts';

export interface PayoutAccount {
  readonly id: string;
  readonly partnerId: string;
  readonly currency: string;
  readonly holder: string;
  readonly iban: string;
  readonly since: Date;
}

export async function insertPayoutAccount(tx: Tx, environmentId: string, { id, partnerId, currency, holder, iban, since }: PayoutAccount): Promise<void> {
  await tx.query('insert into portico.payout_account (environment_id, id, partner_id, currency, holder, iban, since) values ($1, $2, $3, $4, $5, $6, $7)', [
    environmentId,
    id,
    partnerId,
    currency,
    holder,
    iban,
    since,
  ]);
}

export interface Payee {
  readonly partnerId: string;
  readonly name: string;
  readonly holder: string | null;
  readonly iban: string | null;
}

/** Partners whose PAYABLE holds something in the currency, with where they are paid; all, or one. */
export const loadPayees = (tx: Tx, environmentId: string, currency: string, partnerId: string | null): Promise<Payee[]> =>
  tx.query<Payee[]>(
    `select a.partner_id as "partnerId", p.name, b.holder, b.iban
     from portico.ledger_account a
     join portico.partner p on p.environment_id = a.environment_id and p.id = a.partner_id
     cross join lateral (select l.balance_minor from portico.ledger_posting l where l.environment_id = a.environment_id and l.account_id = a.id order by l.sequence desc limit 1) l
     left join lateral (select * from portico.payout_account b where b.environment_id = a.environment_id and b.partner_id = a.partner_id and b.currency = $2 order by b.since desc, b.id limit 1) b on true
     where a.environment_id = $1 and a.kind = 'PAYABLE' and a.currency = $2 and l.balance_minor > 0 and ($3::text is null or a.partner_id = $3)
     order by a.partner_id`,
    [environmentId, currency, partnerId],
  );

export interface NewFile {
  readonly id: string;
  readonly currency: string;
  readonly debtor: string;
  readonly debtorIban: string;
  readonly madeAt: Date;
}

export async function insertFile(tx: Tx, environmentId: string, { id, currency, debtor, debtorIban, madeAt }: NewFile): Promise<void> {
  await tx.query('insert into portico.payout_file (environment_id, id, currency, debtor, debtor_iban, made_at) values ($1, $2, $3, $4, $5, $6)', [
    environmentId,
    id,
    currency,
    debtor,
    debtorIban,
    madeAt,
  ]);
}

export interface StoredPayout {
  readonly id: string;
  readonly partnerId: string;
  readonly fileId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly creditor: string;
  readonly iban: string;
  readonly sentAt: Date;
}

export async function insertPayout(tx: Tx, environmentId: string, { id, partnerId, fileId, amountMinor, currency, creditor, iban, sentAt }: StoredPayout): Promise<void> {
  await tx.query(
    'insert into portico.payout (environment_id, id, partner_id, file_id, amount_minor, currency, creditor, iban, sent_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [environmentId, id, partnerId, fileId, amountMinor, currency, creditor, iban, sentAt],
  );
}

const PAYOUT = 'id, partner_id as "partnerId", file_id as "fileId", amount_minor::float8 as "amountMinor", currency, creditor, iban, sent_at as "sentAt"';

export async function findPayout(tx: Tx, environmentId: string, id: string): Promise<StoredPayout | null> {
  const [row] = await tx.query<StoredPayout[]>(`select ${PAYOUT} from portico.payout where environment_id = $1 and id = $2`, [environmentId, id]);
  return row ?? null;
}

export async function loadFile(tx: Tx, environmentId: string, id: string): Promise<(NewFile & { readonly payouts: StoredPayout[] }) | null> {
  const [file] = await tx.query<NewFile[]>(
    'select id, currency, debtor, debtor_iban as "debtorIban", made_at as "madeAt" from portico.payout_file where environment_id = $1 and id = $2',
    [environmentId, id],
  );
  if (!file) return null;
  return { ...file, payouts: await tx.query<StoredPayout[]>(`select ${PAYOUT} from portico.payout where environment_id = $1 and file_id = $2 order by id`, [environmentId, id]) };
}
