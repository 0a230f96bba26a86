/** The SQL of what partners and the marketplace say to each other about notices. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';

export type NotificationKind =
  | 'DEPRECATION_ANNOUNCED'
  | 'DEPRECATION_REMINDER'
  | 'DEPRECATION_WITHDRAWN'
  | 'BROWNOUT_SCHEDULED'
  | 'BROWNOUT_ABORTED'
  | 'RETIREMENT_REMINDER'
  | 'REMOVAL_OVERRIDDEN';

export interface Message {
  readonly kind: NotificationKind;
  readonly title: string;
  readonly body: string;
  /** Null where it is about something else. */
  readonly noticeId: string | null;
  /** Environment time. */
  readonly notifiedAt: Date;
}

/** Tells the partners, each once, in the transaction's environment. */
export async function insertNotifications(tx: Tx, partnerIds: readonly string[], { kind, title, body, noticeId, notifiedAt }: Message): Promise<void> {
  const distinct = [...new Set(partnerIds)];
  await tx.query(
    `insert into portico.notification (environment_id, id, partner_id, kind, title, body, notice_id, notified_at)
     select current_setting('portico.environment_id'), id, partner_id, $3, $4, $5, $6, $7 from unnest($1::text[], $2::text[]) as told (id, partner_id)`,
    [distinct.map(() => newId('ntf')), distinct, kind, title, body, noticeId, notifiedAt],
  );
}

export type ResponseKind = 'ACKNOWLEDGED' | 'EXTENSION_REQUESTED' | 'SIGNED';

export interface PartnerResponse {
  readonly id: string;
  readonly noticeId: string;
  readonly kind: ResponseKind;
  readonly message: string | null;
  readonly onDate: string | null;
  readonly signedBy: string | null;
  /** Documents of operations that do without the element. */
  readonly rewritten: readonly string[];
  /** Environment time. */
  readonly respondedAt: Date;
}

/** Of the partner in whose context the transaction is. */
export async function insertResponse(tx: Tx, response: PartnerResponse): Promise<void> {
  await tx.query(
    `insert into portico.deprecation_response (environment_id, partner_id, id, notice_id, kind, message, on_date, signed_by, rewritten, responded_at)
     values (current_setting('portico.environment_id'), current_setting('portico.partner_id'), $1, $2, $3, $4, $5, $6, $7, $8)`,
    [response.id, response.noticeId, response.kind, response.message, response.onDate, response.signedBy, response.rewritten, response.respondedAt],
  );
}

/** The partner's acknowledgement of the notice with these operations, where it said nothing else since: saying it twice says no more. */
export async function findAcknowledgement(tx: Tx, noticeId: string, rewritten: readonly string[]): Promise<string | null> {
  const [row] = await tx.query<{ id: string }[]>(
    `select id from portico.deprecation_response r
     where environment_id = current_setting('portico.environment_id') and partner_id = current_setting('portico.partner_id') and notice_id = $1 and kind = 'ACKNOWLEDGED' and rewritten @> $2
       and not exists (select from portico.deprecation_response later where (later.environment_id, later.partner_id, later.notice_id) = (r.environment_id, r.partner_id, r.notice_id)
         and later.responded_at > r.responded_at)
     order by responded_at, id limit 1`,
    [noticeId, rewritten],
  );
  return row?.id ?? null;
}

/** A published notice that has not been withdrawn, as the partner's transaction sees it. */
export async function findPublished(tx: Tx, noticeId: string): Promise<{ removedIn: string | null; sunsetAt: Date } | null> {
  const [row] = await tx.query<{ removedIn: string | null; sunsetAt: Date }[]>(
    `select removed_in as "removedIn", portico.notice_sunset_at(removed_in, emergency_sunset_on) as "sunsetAt"
     from portico.deprecation_notice where id = $1 and audience = 'PUBLIC' and review = 'APPROVED'`,
    [noticeId],
  );
  return row ?? null;
}
