/** The SQL of breaches. */
import type { Instant } from '../../base/clock.ts';
import type { Tx } from '../../platform/postgres/database.ts';

export type Audience = 'AUTHORITY' | 'PEOPLE' | 'PARTNER';

/** Locks the partner's row. A report takes it for itself; grants that are being given share it and keep a report
    waiting. Answers whether there is one. */
export async function lockRecipient(tx: Tx, environmentId: string, partnerId: string, mode: 'update' | 'key share'): Promise<boolean> {
  const rows = await tx.query<unknown[]>(`select 1 from portico.partner where environment_id = $1 and id = $2 for ${mode}`, [environmentId, partnerId]);
  return rows.length === 1;
}

export async function hasOpenBreach(tx: Tx, environmentId: string, partnerId: string): Promise<boolean> {
  const rows = await tx.query<unknown[]>('select 1 from portico.breach where environment_id = $1 and partner_id = $2 and closed_at is null', [environmentId, partnerId]);
  return rows.length > 0;
}

export interface NewBreach {
  readonly environmentId: string;
  readonly id: string;
  readonly partnerId: string;
  readonly summary: string;
  readonly affectedSince: Instant | null;
  readonly discoveredAt: Instant;
  readonly reportedAt: Instant;
  readonly staffId: string;
}

export async function insertBreach(tx: Tx, breach: NewBreach): Promise<void> {
  await tx.query(
    `insert into portico.breach (environment_id, id, partner_id, summary, affected_since, discovered_at, reported_at, reported_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      breach.environmentId,
      breach.id,
      breach.partnerId,
      breach.summary,
      breach.affectedSince === null ? null : new Date(breach.affectedSince),
      new Date(breach.discoveredAt),
      new Date(breach.reportedAt),
      breach.staffId,
    ],
  );
}

/** Suspends every grant of the partner that stands, in one statement whatever their number. Answers how many. */
export async function suspendAll(
  tx: Tx,
  { environmentId, partnerId }: { environmentId: string; partnerId: string },
  breachId: string,
  now: Instant,
  wallNow: Instant,
): Promise<number> {
  const [row] = await tx.query<{ suspended: number }[]>(
    `with suspended as (
       update portico.consent_grant set suspended_at = $3::timestamptz, version = version + 1
       where environment_id = $1 and partner_id = $2 and ended_at is null and suspended_at is null and consumed_at is null and expires_at > $3::timestamptz returning id, version, customer_id),
     noted as (
       insert into portico.consent_event (environment_id, id, partner_id, customer_id, grant_id, kind, actor, grant_version, detail, at, recorded_at)
       select $1::text, 'cev_' || replace(gen_random_uuid()::text, '-', ''), $2::text, customer_id, id, 'SUSPENDED', 'MARKETPLACE', version, jsonb_build_object('breach', $4::text), $3::timestamptz, $5::timestamptz from suspended)
     select count(*)::integer as suspended from suspended`,
    [environmentId, partnerId, new Date(now), breachId, new Date(wallNow)],
  );
  return row!.suspended;
}

/** Grants that are suspended still, and last by this breach. */
export async function grantsSuspendedBy(tx: Tx, environmentId: string, breachId: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>(
    `select g.id from portico.breach b join portico.consent_grant g on g.environment_id = b.environment_id and g.partner_id = b.partner_id
     join portico.consent_event e on e.environment_id = g.environment_id and e.grant_id = g.id and e.grant_version = g.version
     where b.environment_id = $1 and b.id = $2 and g.ended_at is null and g.suspended_at is not null and e.kind = 'SUSPENDED' and e.detail ->> 'breach' = b.id::text order by g.id`,
    [environmentId, breachId],
  );
  return rows.map(({ id }) => id);
}

/** An open breach, locked. */
export async function lockBreach(tx: Tx, environmentId: string, id: string): Promise<{ readonly authorityNotified: boolean } | null> {
  const [row] = await tx.query<{ authorityNotified: boolean }[]>(
    `select exists (select from portico.breach_notification n where n.environment_id = b.environment_id and n.breach_id = b.id and n.audience = 'AUTHORITY') as "authorityNotified"
     from portico.breach b where b.environment_id = $1 and b.id = $2 and b.closed_at is null for update of b`,
    [environmentId, id],
  );
  return row ?? null;
}

export async function insertNotification(
  tx: Tx,
  notice: { environmentId: string; id: string; breachId: string; audience: Audience; how: string; at: Instant; staffId: string },
): Promise<void> {
  await tx.query('insert into portico.breach_notification (environment_id, id, breach_id, audience, how, notified_at, recorded_by) values ($1, $2, $3, $4, $5, $6, $7)', [
    notice.environmentId,
    notice.id,
    notice.breachId,
    notice.audience,
    notice.how,
    new Date(notice.at),
    notice.staffId,
  ]);
}

export async function closeBreachRow(tx: Tx, end: { environmentId: string; breachId: string; grants: string; findings: string; staffId: string }, at: Instant): Promise<void> {
  await tx.query('update portico.breach set closed_at = $3, closed_by = $4, grants = $5, findings = $6 where environment_id = $1 and id = $2', [
    end.environmentId,
    end.breachId,
    new Date(at),
    end.staffId,
    end.grants,
    end.findings,
  ]);
}
