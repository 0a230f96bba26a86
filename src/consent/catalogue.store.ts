/** The SQL of the catalogue: data categories, purposes, who is approved for them, who was verified. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DataCategory, Language, Purpose, PurposePolicy, PurposeWords } from './catalogue.rules.ts';

export const loadCategories = (tx: Tx): Promise<DataCategory[]> =>
  tx.query(`select code, title, example, owner, sensitivity, dpv_class as "dpvClass", dated, retention_days as "retentionDays" from portico.data_category order by code`);

export async function saveCategory(tx: Tx, category: DataCategory, change: { by: string; at: Date }): Promise<void> {
  await tx.query(
    `insert into portico.data_category (code, title, example, owner, sensitivity, dpv_class, dated, retention_days, changed_at, changed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (code) do update set title = excluded.title, example = excluded.example, owner = excluded.owner, sensitivity = excluded.sensitivity,
       dpv_class = excluded.dpv_class, dated = excluded.dated, retention_days = excluded.retention_days, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
    [category.code, category.title, category.example, category.owner, category.sensitivity, category.dpvClass, category.dated, category.retentionDays, change.at, change.by],
  );
}

interface PurposeRow extends Omit<Purpose, 'effectiveFrom' | 'retiredAt'> {
  readonly effectiveFrom: Date | null;
  readonly retiredAt: Date | null;
}

/** Every version of a purpose, drafts included, oldest first; empty where there is none. */
export async function loadPurpose(tx: Tx, purpose: string): Promise<Purpose[]> {
  const rows = await tx.query<PurposeRow[]>(
    `select purpose, version, title, sentence, benefit, without, dpv_class as "dpvClass", categories, max_level as "maxLevel", max_lookback_days as "maxLookbackDays",
       max_precision as "maxPrecision", max_duration_days as "maxDurationDays", useful_days as "usefulDays", assessment, effective_from as "effectiveFrom", retired_at as "retiredAt"
     from portico.purpose_version where purpose = $1 order by version`,
    [purpose],
  );
  return rows.map(row => ({ ...row, effectiveFrom: row.effectiveFrom?.getTime() ?? null, retiredAt: row.retiredAt?.getTime() ?? null }));
}

/** What purposes are called, by their codes: in the newest wording. */
export async function purposeTitles(tx: Tx, language: Language): Promise<Map<string, string>> {
  const rows = await tx.query<{ purpose: string; title: string }[]>(
    'select distinct on (purpose) purpose, title ->> $1 as title from portico.purpose_version order by purpose, version desc',
    [language],
  );
  return new Map(rows.map(({ purpose, title }) => [purpose, title]));
}

export type PurposeDraft = PurposePolicy & PurposeWords & { readonly purpose: string; readonly dpvClass: string };

/** Answers the new version's number; of two drafts at once the second waits for the first and gets the next. */
export async function insertDraft(tx: Tx, draft: PurposeDraft, change: { by: string; at: Date }): Promise<number> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('portico.purpose.' || $1, 0))", [draft.purpose]);
  const [row] = await tx.query<{ version: number }[]>(
    `insert into portico.purpose_version (purpose, version, title, sentence, benefit, without, dpv_class, categories, max_level, max_lookback_days, max_precision, max_duration_days,
       useful_days, drafted_by, drafted_at)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from portico.purpose_version where purpose = $1 returning version`,
    [
      draft.purpose,
      draft.title,
      draft.sentence,
      draft.benefit,
      draft.without,
      draft.dpvClass,
      draft.categories,
      draft.maxLevel,
      draft.maxLookbackDays,
      draft.maxPrecision,
      draft.maxDurationDays,
      draft.usefulDays,
      change.by,
      change.at,
    ],
  );
  return row!.version;
}

export interface PurposeVersionKey {
  readonly purpose: string;
  readonly version: number;
}

export async function setAssessment(tx: Tx, { purpose, version }: PurposeVersionKey, assessment: string, change: { by: string; at: Date }): Promise<void> {
  await tx.query('update portico.purpose_version set assessment = $3, assessed_by = $4, assessed_at = $5 where purpose = $1 and version = $2', [
    purpose,
    version,
    assessment,
    change.by,
    change.at,
  ]);
}

export async function setPublished(tx: Tx, { purpose, version }: PurposeVersionKey, effectiveFrom: Date, by: string): Promise<void> {
  await tx.query('update portico.purpose_version set effective_from = $3, published_by = $4 where purpose = $1 and version = $2', [purpose, version, effectiveFrom, by]);
}

export async function setRetired(tx: Tx, purpose: string, at: Date): Promise<boolean> {
  const [, count] = await tx.query<[unknown, number]>(
    'update portico.purpose_version set retired_at = $2 where purpose = $1 and effective_from is not null and retired_at is null',
    [purpose, at],
  );
  return count > 0;
}

export interface ApprovalKey {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly purpose: string;
}

/** Approves the integration for the purpose, again where the approval was taken back. */
export async function saveApproval(tx: Tx, key: ApprovalKey, at: Date, by: string): Promise<void> {
  await tx.query(
    `insert into portico.integration_purpose (environment_id, partner_id, integration_id, purpose, approved_at, approved_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (environment_id, integration_id, purpose) do update set approved_at = excluded.approved_at, approved_by = excluded.approved_by, withdrawn_at = null`,
    [key.environmentId, key.partnerId, key.integrationId, key.purpose, at, by],
  );
}

export async function endApproval(tx: Tx, key: Omit<ApprovalKey, 'partnerId'>, at: Date): Promise<boolean> {
  const [, count] = await tx.query<[unknown, number]>(
    `update portico.integration_purpose set withdrawn_at = greatest($4, approved_at) where environment_id = $1 and integration_id = $2 and purpose = $3 and withdrawn_at is null`,
    [key.environmentId, key.integrationId, key.purpose, at],
  );
  return count > 0;
}

export async function isApproved(tx: Tx, environmentId: string, integrationId: string, purpose: string): Promise<boolean> {
  const found = await tx.query<unknown[]>('select from portico.integration_purpose where environment_id = $1 and integration_id = $2 and purpose = $3 and withdrawn_at is null', [
    environmentId,
    integrationId,
    purpose,
  ]);
  return found.length === 1;
}

/** Who asks, as people read it. */
export interface Recipient {
  readonly partnerId: string;
  readonly partnerName: string;
  readonly integrationName: string;
  readonly legalName: string;
  readonly address: string;
  readonly storageCountries: readonly string[];
  readonly contact: string;
  readonly privacyUrl: string;
  readonly verifiedAt: Instant;
}

/** The integration's partner with its verified profile; null where it has none. */
export async function loadRecipient(tx: Tx, environmentId: string, integrationId: string): Promise<Recipient | null> {
  const [row] = await tx.query<(Omit<Recipient, 'verifiedAt'> & { verifiedAt: Date })[]>(
    `select p.id as "partnerId", p.name as "partnerName", i.name as "integrationName", r.legal_name as "legalName", r.address, r.storage_countries as "storageCountries", r.contact,
       r.privacy_url as "privacyUrl", r.verified_at as "verifiedAt"
     from portico.integration i
     join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     join portico.recipient_profile r on r.environment_id = p.environment_id and r.partner_id = p.id
     where i.environment_id = $1 and i.id = $2`,
    [environmentId, integrationId],
  );
  return row ? { ...row, verifiedAt: row.verifiedAt.getTime() } : null;
}

export interface RecipientProfile {
  readonly partnerId: string;
  readonly legalName: string;
  readonly address: string;
  readonly storageCountries: readonly string[];
  readonly contact: string;
  readonly privacyUrl: string;
}

export async function saveRecipient(tx: Tx, environmentId: string, profile: RecipientProfile, at: Date, by: string): Promise<void> {
  await tx.query(
    `insert into portico.recipient_profile (environment_id, partner_id, legal_name, address, storage_countries, contact, privacy_url, verified_at, verified_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (environment_id, partner_id) do update set legal_name = excluded.legal_name, address = excluded.address, storage_countries = excluded.storage_countries,
       contact = excluded.contact, privacy_url = excluded.privacy_url, verified_at = excluded.verified_at, verified_by = excluded.verified_by`,
    [environmentId, profile.partnerId, profile.legalName, profile.address, profile.storageCountries, profile.contact, profile.privacyUrl, at, by],
  );
}
