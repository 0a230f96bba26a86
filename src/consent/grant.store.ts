/** The SQL of grants, their scopes and their events. */
import { newId } from '../base/ids.ts';
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { EndKind, Grant, GrantEvent } from './grant.rules.ts';
import type { Scope } from './scope.rules.ts';

interface GrantRow {
  readonly id: string;
  readonly version: number;
  readonly partner_id: string;
  readonly integration_id: string;
  readonly customer_id: string;
  readonly purpose: string;
  readonly purpose_version: number;
  readonly one_time: boolean;
  readonly given_at: Date;
  readonly expires_at: Date;
  readonly suspended_at: Date | null;
  readonly consumed_at: Date | null;
  readonly ended_at: Date | null;
  readonly end_kind: EndKind | null;
  readonly scopes: Scope[];
}

const GRANT = `select g.*, coalesce((select json_agg(json_build_object('category', s.category, 'level', s.level, 'lookbackDays', s.lookback_days, 'precision', s.precision) order by s.category)
    from portico.consent_grant_scope s where s.environment_id = g.environment_id and s.grant_id = g.id), '[]') as scopes
  from portico.consent_grant g`;

const grantOf = (row: GrantRow): Grant => ({
  id: row.id,
  version: row.version,
  partnerId: row.partner_id,
  integrationId: row.integration_id,
  customerId: row.customer_id,
  purpose: row.purpose,
  purposeVersion: row.purpose_version,
  oneTime: row.one_time,
  scopes: row.scopes,
  givenAt: row.given_at.getTime(),
  expiresAt: row.expires_at.getTime(),
  suspendedAt: row.suspended_at?.getTime() ?? null,
  consumedAt: row.consumed_at?.getTime() ?? null,
  ended: row.ended_at && row.end_kind ? { kind: row.end_kind, at: row.ended_at.getTime() } : null,
});

/** The grant, locked: whoever changes it next waits for this transaction. */
export async function lockGrant(tx: Tx, environmentId: string, grantId: string): Promise<Grant | null> {
  const [row] = await tx.query<GrantRow[]>(`${GRANT} where g.environment_id = $1 and g.id = $2 for update of g`, [environmentId, grantId]);
  return row ? grantOf(row) : null;
}

/** The grant that has not been ended between a person and a recipient for a purpose, locked. */
export async function lockStanding(tx: Tx, key: { environmentId: string; integrationId: string; customerId: string; purpose: string }): Promise<Grant | null> {
  const [row] = await tx.query<GrantRow[]>(
    `${GRANT} where g.environment_id = $1 and g.integration_id = $2 and g.customer_id = $3 and g.purpose = $4 and g.ended_at is null for update of g`,
    [key.environmentId, key.integrationId, key.customerId, key.purpose],
  );
  return row ? grantOf(row) : null;
}

export interface PersonsGrant extends Grant {
  readonly integrationName: string;
  readonly partnerName: string;
  /** When they were last reminded of it. */
  readonly remindedAt: Instant | null;
}

/** What a person has given, newest first. */
export async function grantsOfPerson(tx: Tx, environmentId: string, customerId: string, limit: number): Promise<PersonsGrant[]> {
  const rows = await tx.query<(GrantRow & { integration_name: string; partner_name: string; reminded_at: Date | null })[]>(
    `select of_person.*, i.name as integration_name, p.name as partner_name,
       (select max(r.at) from portico.consent_reminder r where r.environment_id = of_person.environment_id and r.grant_id = of_person.id) as reminded_at
     from (${GRANT} where g.environment_id = $1 and g.customer_id = $2 order by g.given_at desc, g.id limit $3) of_person
     join portico.integration i on i.environment_id = of_person.environment_id and i.id = of_person.integration_id
     join portico.partner p on p.environment_id = of_person.environment_id and p.id = of_person.partner_id
     order by of_person.given_at desc, of_person.id`,
    [environmentId, customerId, limit],
  );
  return rows.map(row => ({ ...grantOf(row), integrationName: row.integration_name, partnerName: row.partner_name, remindedAt: row.reminded_at?.getTime() ?? null }));
}

/** Ids of a person's grants that have not been ended. */
export async function standingGrantsOf(tx: Tx, environmentId: string, customerId: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>('select id from portico.consent_grant where environment_id = $1 and customer_id = $2 and ended_at is null order by id', [
    environmentId,
    customerId,
  ]);
  return rows.map(({ id }) => id);
}

/** @param subjectId by which the partner knows the person */
export async function insertGrant(tx: Tx, environmentId: string, requestId: string, subjectId: string, grant: Grant): Promise<void> {
  await tx.query(
    `insert into portico.consent_grant (environment_id, id, version, partner_id, integration_id, customer_id, subject_id, purpose, purpose_version, request_id, one_time, given_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      environmentId,
      grant.id,
      grant.version,
      grant.partnerId,
      grant.integrationId,
      grant.customerId,
      subjectId,
      grant.purpose,
      grant.purposeVersion,
      requestId,
      grant.oneTime,
      new Date(grant.givenAt),
      new Date(grant.expiresAt),
    ],
  );
  await writeScopes(tx, environmentId, grant);
}

async function writeScopes(tx: Tx, environmentId: string, { id, partnerId, scopes }: Grant): Promise<void> {
  await tx.query(
    `insert into portico.consent_grant_scope (environment_id, partner_id, grant_id, category, level, lookback_days, precision)
     select $1, $2, $3, s.category, s.level, s."lookbackDays", s.precision from json_to_recordset($4) as s (category text, level text, "lookbackDays" integer, precision text)`,
    [environmentId, partnerId, id, JSON.stringify(scopes)],
  );
}

/** Writes the grant as an event has left it. */
export async function saveGrant(tx: Tx, environmentId: string, grant: Grant, event: GrantEvent): Promise<void> {
  const instant = (at: Instant | null | undefined): Date | null => (at == null ? null : new Date(at));
  await tx.query('update portico.consent_grant set version = $3, suspended_at = $4, consumed_at = $5, ended_at = $6, end_kind = $7 where environment_id = $1 and id = $2', [
    environmentId,
    grant.id,
    grant.version,
    instant(grant.suspendedAt),
    instant(grant.consumedAt),
    instant(grant.ended?.at),
    grant.ended?.kind ?? null,
  ]);
  if (event.kind !== 'NARROWED') return;
  await tx.query('delete from portico.consent_grant_scope where environment_id = $1 and grant_id = $2', [environmentId, grant.id]);
  await writeScopes(tx, environmentId, grant);
}

/** Lets a grant of a sandbox end sooner than any that is offered. */
export const setExpiry = (tx: Tx, environmentId: string, grantId: string, expiresAt: Instant): Promise<unknown> =>
  tx.query('update portico.consent_grant set expires_at = $3 where environment_id = $1 and id = $2', [environmentId, grantId, new Date(expiresAt)]);

export type Actor = 'SUBJECT' | 'PARTNER' | 'MARKETPLACE' | 'PORTICO';

export interface ConsentEvent {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly customerId: string | null;
  readonly requestId?: string;
  readonly grant?: { readonly id: string; readonly version: number };
  readonly kind: GrantEvent['kind'] | 'REQUESTED' | 'GIVEN' | 'REFUSED';
  readonly actor: Actor;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Environment time. */
  readonly at: Instant;
}

export async function appendEvent(tx: Tx, event: ConsentEvent, wallNow: Instant): Promise<void> {
  await tx.query(
    `insert into portico.consent_event (environment_id, id, partner_id, customer_id, request_id, grant_id, kind, actor, grant_version, detail, at, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      event.environmentId,
      newId('cev'),
      event.partnerId,
      event.customerId,
      event.requestId ?? null,
      event.grant?.id ?? null,
      event.kind,
      event.actor,
      event.grant?.version ?? null,
      event.detail ?? {},
      new Date(event.at),
      new Date(wallNow),
    ],
  );
}

export async function saveNotice(tx: Tx, environmentId: string, hash: string, document: unknown): Promise<void> {
  await tx.query('insert into portico.consent_notice (environment_id, hash, document) values ($1, $2, $3) on conflict do nothing', [environmentId, hash, JSON.stringify(document)]);
}

export interface StoredReceipt {
  readonly id: string;
  readonly jws: string;
}

export async function insertReceipt(
  tx: Tx,
  environmentId: string,
  grant: Grant,
  receipt: StoredReceipt & { readonly kid: string; readonly jwk: unknown },
  wallNow: Instant,
): Promise<void> {
  await tx.query('insert into portico.receipt_key (kid, jwk, first_used_at) values ($1, $2, $3) on conflict do nothing', [
    receipt.kid,
    JSON.stringify(receipt.jwk),
    new Date(wallNow),
  ]);
  await tx.query('insert into portico.consent_receipt (environment_id, id, partner_id, grant_id, grant_version, jws) values ($1, $2, $3, $4, $5, $6)', [
    environmentId,
    receipt.id,
    grant.partnerId,
    grant.id,
    grant.version,
    receipt.jws,
  ]);
}

/** The newest receipt of a grant. */
export async function newestReceipt(tx: Tx, environmentId: string, grantId: string): Promise<StoredReceipt | null> {
  const [row] = await tx.query<StoredReceipt[]>('select id, jws from portico.consent_receipt where environment_id = $1 and grant_id = $2 order by grant_version desc limit 1', [
    environmentId,
    grantId,
  ]);
  return row ?? null;
}

export const receiptKeys = (tx: Tx): Promise<{ jwk: unknown }[]> => tx.query('select jwk from portico.receipt_key order by first_used_at, kid');
