/** The SQL of the marketplace's feed: one statement a kind for all lines of a body. Each answers the
    references of the rows that it wrote; the others were older than what is known. */
import { randomBytes } from 'node:crypto';
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { FeedDeletion, FeedKind, FeedLine } from './feed-lines.ts';

/** Ids of people by the marketplace's references; the erased ones are nobody any more. */
export async function peopleByReference(tx: Tx, environmentId: string, references: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ reference: string; id: string }[]>(
    'select reference, id from portico.customer where environment_id = $1 and reference = any ($2) and erased_at is null',
    [environmentId, references],
  );
  return new Map(rows.map(({ reference, id }) => [reference, id]));
}

export async function erasedAmong(tx: Tx, environmentId: string, references: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ reference: string }[]>(
    `select r.reference from portico.erasure_key k cross join unnest($2::text[]) as r (reference)
     join portico.customer c on c.environment_id = k.environment_id and c.reference = portico.erased_reference(k.key, r.reference) where k.environment_id = $1`,
    [environmentId, references],
  );
  return new Set(rows.map(({ reference }) => reference));
}

type Written = Promise<string[]>;

const referencesOf = (rows: readonly { reference: string }[]): string[] => rows.map(({ reference }) => reference);

export async function upsertCustomers(tx: Tx, environmentId: string, lines: readonly FeedLine<'customers'>[]): Written {
  const rows = await tx.query<{ reference: string }[]>(
    `insert into portico.customer as c (environment_id, id, reference, given_name, family_name, email, phone, language, joined_at, updated_at)
     select $1, l.row_id, l.id, l."givenName", l."familyName", l.email, l.phone, l.language, l."joinedAt", l."updatedAt"
     from json_to_recordset($2) as l (row_id text, id text, "givenName" text, "familyName" text, email text, phone text, language text, "joinedAt" timestamptz, "updatedAt" timestamptz)
     on conflict (environment_id, reference) do update set given_name = excluded.given_name, family_name = excluded.family_name, email = excluded.email, phone = excluded.phone,
       language = excluded.language, joined_at = excluded.joined_at, updated_at = excluded.updated_at
     where c.updated_at <= excluded.updated_at and c.erased_at is null
     returning reference`,
    [environmentId, JSON.stringify(lines.map(line => ({ ...line, row_id: newId('shp') })))],
  );
  return referencesOf(rows);
}

/** The statement of a kind whose rows belong to people; `customerId` is on each line. */
interface KindStatement {
  readonly table: string;
  /** Of the row's id, where it has one. */
  readonly idPrefix: string | null;
  /** Column, its type, and the line's name for it. */
  readonly columns: readonly (readonly [string, string, string])[];
}

const KINDS: Readonly<Record<Exclude<FeedKind, 'customers'>, KindStatement>> = {
  orders: {
    table: 'customer_order',
    idPrefix: 'ord',
    columns: [
      ['placed_at', 'timestamptz', 'placedAt'],
      ['status', 'text', 'status'],
      ['currency', 'text', 'currency'],
      ['total_minor', 'bigint', 'totalMinor'],
    ],
  },
  preferences: {
    table: 'customer_preference',
    idPrefix: null,
    columns: [
      ['name', 'text', 'name'],
      ['value', 'text', 'value'],
    ],
  },
  locations: {
    table: 'customer_location',
    idPrefix: null,
    columns: [
      ['town', 'text', 'town'],
      ['region', 'text', 'region'],
      ['country', 'text', 'country'],
      ['observed_at', 'timestamptz', 'observedAt'],
    ],
  },
  cases: {
    table: 'support_case',
    idPrefix: 'cas',
    columns: [
      ['order_reference', 'text', 'order'],
      ['subject', 'text', 'subject'],
      ['status', 'text', 'status'],
      ['opened_at', 'timestamptz', 'openedAt'],
      ['closed_at', 'timestamptz', 'closedAt'],
    ],
  },
};

export type PersonsLine = FeedLine<Exclude<FeedKind, 'customers'>> & { readonly customerId: string };

export async function upsertLines(tx: Tx, environmentId: string, kind: Exclude<FeedKind, 'customers'>, lines: readonly PersonsLine[]): Written {
  const { table, idPrefix, columns } = KINDS[kind];
  const names = ['customer_id', ...columns.map(([column]) => column), 'updated_at'];
  const [id, idValue] = idPrefix ? ['id, ', 'l.row_id, '] : ['', ''];
  const rows = await tx.query<{ reference: string }[]>(
    `insert into portico.${table} as t (environment_id, ${id}reference, ${names.join(', ')})
     select $1::text, ${idValue}l.id, l."customerId", ${columns.map(([, , name]) => `l."${name}"`).join(', ')}, l."updatedAt"
     from json_to_recordset($2) as l (row_id text, id text, "customerId" text, ${columns.map(([, type, name]) => `"${name}" ${type}`).join(', ')}, "updatedAt" timestamptz)
     where not exists (select from portico.feed_deletion d where d.environment_id = $1::text and d.kind = $3 and d.reference = l.id and d.updated_at >= l."updatedAt")
     on conflict (environment_id, reference) do update set ${names.map(column => `${column} = excluded.${column}`).join(', ')}
     where t.updated_at <= excluded.updated_at
     returning reference`,
    [environmentId, JSON.stringify(lines.map(line => ({ ...line, row_id: idPrefix && newId(idPrefix) }))), kind],
  );
  return referencesOf(rows);
}

/** Puts the items of the orders that were written in place of what they had. */
export async function replaceItems(tx: Tx, environmentId: string, orders: readonly FeedLine<'orders'>[]): Promise<void> {
  const references = orders.map(({ id }) => id);
  await tx.query(
    `delete from portico.order_item i using portico.customer_order o
     where o.environment_id = $1 and o.reference = any ($2) and i.environment_id = o.environment_id and i.order_id = o.id`,
    [environmentId, references],
  );
  const items = orders.flatMap(({ id, items: of }) => of.map((item, position) => ({ ...item, order: id, position })));
  await tx.query(
    `insert into portico.order_item (environment_id, order_id, position, title, department, quantity, price_minor)
     select $1::text, o.id, l.position, l.title, l.department, l.quantity, l."priceMinor"
     from json_to_recordset($2) as l ("order" text, position integer, title text, department text, quantity integer, "priceMinor" bigint)
     join portico.customer_order o on o.environment_id = $1::text and o.reference = l."order"`,
    [environmentId, JSON.stringify(items)],
  );
}

/** Deletes rows that are no newer than their deletions, and remembers the deletions. */
export async function deleteLines(tx: Tx, environmentId: string, kind: Exclude<FeedKind, 'customers'>, deletions: readonly FeedDeletion[]): Promise<void> {
  const lines = JSON.stringify(deletions);
  await tx.query(
    `insert into portico.feed_deletion as d (environment_id, kind, reference, updated_at)
     select $1, $2, l.id, l."updatedAt" from json_to_recordset($3) as l (id text, "updatedAt" timestamptz)
     on conflict (environment_id, kind, reference) do update set updated_at = greatest(d.updated_at, excluded.updated_at)`,
    [environmentId, kind, lines],
  );
  await tx.query(
    `delete from portico.${KINDS[kind].table} t using json_to_recordset($2) as l (id text, "updatedAt" timestamptz)
     where t.environment_id = $1 and t.reference = l.id and t.updated_at <= l."updatedAt"`,
    [environmentId, lines],
  );
}

/** Takes everything of a person away that can be read, and the keys by which anything else could be told to be
    theirs. What is left are ids, and a reference that only the same reference fits. */
export async function wipePerson(tx: Tx, environmentId: string, customerId: string, at: Date): Promise<void> {
  const person = [environmentId, customerId];
  await tx.query('insert into portico.erasure_key (environment_id, key) values ($1, $2) on conflict do nothing', [environmentId, randomBytes(32)]);
  for (const { table } of Object.values(KINDS)) await tx.query(`delete from portico.${table} where environment_id = $1 and customer_id = $2`, person);
  await tx.query(
    `delete from portico.subject_key k using portico.pairwise_subject s where s.environment_id = $1 and s.customer_id = $2 and k.environment_id = s.environment_id and k.subject_id = s.id`,
    person,
  );
  await tx.query('update portico.pairwise_subject set salt = null where environment_id = $1 and customer_id = $2', person);
  await tx.query(
    `delete from portico.correction_duty d using portico.pairwise_subject s
     where s.environment_id = $1 and s.customer_id = $2 and d.environment_id = s.environment_id and d.subject_id = s.id and d.attested_at is null`,
    person,
  );
  // What waited for an answer has been granted with all the rest: nothing is left to correct or to object to.
  await tx.query(
    `update portico.rights_request set words = null, outcome = coalesce(outcome, 'GRANTED'), settled_at = coalesce(settled_at, greatest($3, asked_at))
     where environment_id = $1 and customer_id = $2`,
    [...person, at],
  );
  await tx.query('delete from portico.subject_session where environment_id = $1 and customer_id = $2', person);
  await tx.query(
    `update portico.customer c set given_name = null, family_name = null, email = null, phone = null, language = null, joined_at = null, erased_at = $3,
       reference = portico.erased_reference(k.key, c.reference)
     from portico.erasure_key k where c.environment_id = $1 and c.id = $2 and k.environment_id = c.environment_id`,
    [...person, at],
  );
}
