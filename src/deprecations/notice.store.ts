/** The registry's SQL: one function a question. Contexts are the marketplace's. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Criticality, NoticeContent, Reviewed, ReviewState } from './notice.rules.ts';

export type Origin = 'STAFF' | 'IMPORT' | 'CHANGE';

/** A notice with all that a review asks about it. */
export interface StoredNotice extends Reviewed {
  readonly id: string;
  readonly round: number;
  readonly content: NoticeContent;
}

interface NoticeRow {
  id: string;
  coordinate: string;
  description: string;
  reason: string;
  replacement: string | null;
  no_replacement: string | null;
  migration_guide: string;
  criticality: Criticality;
  owner_team: string;
  announced_on: string;
  deprecated_on: string;
  removed_in: string | null;
  emergency_sunset_on: string | null;
  emergency_approver_id: string | null;
  emergency_reason: string | null;
  review: ReviewState;
  round: number;
}

const COLUMNS = `id, coordinate, description, reason, replacement, no_replacement, migration_guide, criticality, owner_team, announced_on::text, deprecated_on::text,
  removed_in, emergency_sunset_on::text, emergency_approver_id, emergency_reason, review, round`;

const contentOf = (row: NoticeRow): NoticeContent => ({
  coordinate: row.coordinate,
  description: row.description,
  reason: row.reason,
  replacement: row.replacement,
  noReplacement: row.no_replacement,
  migrationGuide: row.migration_guide,
  criticality: row.criticality,
  ownerTeam: row.owner_team,
  announcedOn: row.announced_on,
  deprecatedOn: row.deprecated_on,
  removedIn: row.removed_in,
  emergency: row.emergency_sunset_on === null ? null : { sunsetOn: row.emergency_sunset_on, approverId: row.emergency_approver_id!, publicReason: row.emergency_reason! },
});

const valuesOf = (content: NoticeContent): unknown[] => [
  content.coordinate,
  content.description,
  content.reason,
  content.replacement,
  content.noReplacement,
  content.migrationGuide,
  content.criticality,
  content.ownerTeam,
  content.announcedOn,
  content.deprecatedOn,
  content.removedIn,
  content.emergency?.sunsetOn ?? null,
  content.emergency?.approverId ?? null,
  content.emergency?.publicReason ?? null,
];

export interface NewNotice {
  readonly id: string;
  readonly origin: Origin;
  readonly authorId: string | null;
  readonly content: NoticeContent;
  /** APPROVED for what was reviewed as a version change. */
  readonly review: 'DRAFT' | 'APPROVED';
  readonly now: Date;
}

/** Answers false where a notice of that element and version is there already. */
export async function insertNotice(tx: Tx, { id, origin, authorId, content, review, now }: NewNotice): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    `insert into portico.deprecation_notice (id, origin, author_id, review, created_at, updated_at, approved_at, coordinate, description, reason, replacement, no_replacement,
       migration_guide, criticality, owner_team, announced_on, deprecated_on, removed_in, emergency_sunset_on, emergency_approver_id, emergency_reason)
     values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     on conflict do nothing returning id`,
    [id, origin, authorId, review, now, review === 'APPROVED' ? now : null, ...valuesOf(content)],
  );
  return inserted.length === 1;
}

/** The id of another notice of the same element and version that stands; null where there is none. */
export async function findTwin(tx: Tx, { coordinate, removedIn }: NoticeContent, exceptId = ''): Promise<string | null> {
  const [twin] = await tx.query<{ id: string }[]>(
    `select id from portico.deprecation_notice
     where coordinate = $1 and coalesce(removed_in, '') = coalesce($2, '') and id <> $3 and review not in ('REJECTED', 'WITHDRAWN')`,
    [coordinate, removedIn, exceptId],
  );
  return twin?.id ?? null;
}

/** The notice, locked against everybody else's change of it; null where there is none. */
export async function lockNotice(tx: Tx, id: string): Promise<StoredNotice | null> {
  const [row] = await tx.query<NoticeRow[]>(`select ${COLUMNS} from portico.deprecation_notice where id = $1 for update`, [id]);
  if (!row) return null;
  const [people] = await tx.query<{ authors: string[]; approvers: string[] }[]>(
    `select array(select distinct j.staff_id::text from portico.staff_journal j
         where j.subject_id = $1 and j.operation in ('createDeprecationNotice', 'editDeprecationNotice', 'importDeprecationNotice') and j.staff_id is not null) as authors,
       array(select a.staff_id::text from portico.deprecation_approval a where a.notice_id = $1 and a.round = $2 and a.verdict = 'APPROVED') as approvers`,
    [id, row.round],
  );
  const content = contentOf(row);
  const { review, round } = row;
  return { id, round, content, review, criticality: content.criticality, emergency: content.emergency, authorIds: people!.authors, approverIds: people!.approvers };
}

/** New words for a notice, which is a draft again. */
export async function updateContent(tx: Tx, id: string, content: NoticeContent, now: Date): Promise<void> {
  await tx.query(
    `update portico.deprecation_notice set review = 'DRAFT', updated_at = $2, coordinate = $3, description = $4, reason = $5, replacement = $6, no_replacement = $7,
       migration_guide = $8, criticality = $9, owner_team = $10, announced_on = $11, deprecated_on = $12, removed_in = $13, emergency_sunset_on = $14,
       emergency_approver_id = $15, emergency_reason = $16
     where id = $1`,
    [id, now, ...valuesOf(content)],
  );
}

/** Moves the review on. A submission begins a round, in which nobody has approved yet. */
export async function setReview(tx: Tx, id: string, review: ReviewState, now: Date): Promise<void> {
  await tx.query(
    `update portico.deprecation_notice set review = $2, updated_at = $3, round = round + ($2 = 'IN_REVIEW')::integer,
       approved_at = case when $2 = 'APPROVED' then $3 else approved_at end, withdrawn_at = case when $2 = 'WITHDRAWN' then $3 end
     where id = $1`,
    [id, review, now],
  );
}

export interface Decision {
  readonly noticeId: string;
  readonly round: number;
  readonly staffId: string;
  readonly verdict: 'APPROVED' | 'REJECTED';
  readonly reason: string;
  readonly decidedAt: Date;
}

export async function insertDecision(tx: Tx, { noticeId, round, staffId, verdict, reason, decidedAt }: Decision): Promise<void> {
  await tx.query('insert into portico.deprecation_approval (notice_id, round, staff_id, verdict, reason, decided_at) values ($1, $2, $3, $4, $5, $6)', [
    noticeId,
    round,
    staffId,
    verdict,
    reason,
    decidedAt,
  ]);
}

export async function insertComment(tx: Tx, comment: { id: string; noticeId: string; staffId: string; text: string; writtenAt: Date }): Promise<void> {
  await tx.query('insert into portico.deprecation_comment (id, notice_id, staff_id, text, written_at) values ($1, $2, $3, $4, $5)', [
    comment.id,
    comment.noticeId,
    comment.staffId,
    comment.text,
    comment.writtenAt,
  ]);
}

/** Whether a person of the staff may review notices. */
export async function isSteward(tx: Tx, staffId: string): Promise<boolean> {
  const found = await tx.query<unknown[]>(
    "select from portico.staff s join portico.staff_role r on r.staff_id = s.id where s.id = $1 and s.status = 'ACTIVE' and r.role = 'API_STEWARD'",
    [staffId],
  );
  return found.length === 1;
}

/** What the notices say that stand, for an export: drafts too, by element, so that two exports of the same are the same text. */
export async function exportedContents(tx: Tx): Promise<NoticeContent[]> {
  const rows = await tx.query<NoticeRow[]>(`select ${COLUMNS} from portico.deprecation_notice where review not in ('REJECTED', 'WITHDRAWN') order by coordinate, removed_in, id`);
  return rows.map(contentOf);
}
