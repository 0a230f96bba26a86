/** Notices in and out as JSON, and those that the list of version changes makes by itself. */
import { z } from 'zod';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { insertJournalEntry, type StaffAct, type StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { isCalendarVersion, type Deprecation } from '../versions/index.ts';
import { CRITICALITIES, type NoticeContent } from './notice.rules.ts';
import { exportedContents, findTwin, insertNotice } from './notice.store.ts';
import { createNotice } from './notices.service.ts';

const FORMAT = 'portico-deprecations';

/** Most notices of one import: one transaction holds them all. */
const MAX_IMPORTED = 1_000;

const date = z.iso.date();
const EXCHANGED = z.strictObject({
  format: z.literal(FORMAT),
  notices: z
    .array(
      z.strictObject({
        coordinate: z.string(),
        description: z.string(),
        reason: z.string(),
        replacement: z.string().nullable(),
        noReplacement: z.string().nullable(),
        migrationGuide: z.string(),
        criticality: z.enum(CRITICALITIES),
        ownerTeam: z.string(),
        announcedOn: date,
        deprecatedOn: date,
        removedIn: z.string().nullable(),
        emergency: z.strictObject({ sunsetOn: date, approverId: z.string(), publicReason: z.string() }).nullable(),
      }),
    )
    .min(1)
    .max(MAX_IMPORTED),
});

/** What stands in the registry, as JSON text that an import takes. */
export const exportNotices = async (tx: Tx): Promise<string> => JSON.stringify({ format: FORMAT, notices: await exportedContents(tx) }, null, 2);

/** The contents of an export, or what is wrong with it. */
export function readExport(json: string): Outcome<NoticeContent[], StaffUserError> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return refused({ code: 'INVALID', message: `The text is no JSON: ${(error as Error).message}.`, path: ['json'] });
  }
  const parsed = EXCHANGED.safeParse(value);
  if (parsed.success) return ok(parsed.data.notices);
  const [issue] = parsed.error.issues;
  return refused({ code: 'INVALID', message: `The text is no export of a registry, at ${issue?.path.join('.') || 'its beginning'}: ${issue?.message}.`, path: ['json'] });
}

/** Imported notices are drafts: whoever approved them elsewhere has not approved them here. Those that
    stand here already are left out. Refusals: INVALID, RULE_BROKEN, DUPLICATE, and then none is taken. */
export async function importNotices(tx: Tx, act: StaffAct, json: string, reason: string): Promise<Outcome<{ noticeIds: string[] }, StaffUserError>> {
  const read = readExport(json);
  if (!read.ok) return read;
  const noticeIds: string[] = [];
  for (const [i, content] of read.value.entries()) {
    if (await findTwin(tx, content)) continue;
    const created = await createNotice(tx, act, content, { origin: 'IMPORT', below: ['json', String(i)] });
    if (!created.ok) return created;
    const { noticeId } = created.value;
    // Each has a line of its own, so that its history and its author are known.
    const writtenAt = new Date(act.clock.now());
    await insertJournalEntry(tx, { writtenAt, staffId: act.staffId, operation: 'importDeprecationNotice', subjectId: noticeId, reason, details: { ...content }, requestId: null });
    noticeIds.push(noticeId);
  }
  return noticeIds.length > 0
    ? ok({ noticeIds })
    : refused({ code: 'DUPLICATE', message: 'Every notice of the export stands here already: nothing was imported.', path: ['json'] });
}

/** Makes the notices behind the version changes where they are missing, approved as the changes were. They
    were announced on the day that they were deprecated: nothing earlier says so. */
export async function settleNotices(tx: Tx, deprecations: readonly Deprecation[], now: Date): Promise<void> {
  for (const { coordinate, reason, replacement, deprecatedOn, removedIn, criticality } of deprecations) {
    // What goes from the head alone has no date yet.
    if (!isCalendarVersion(removedIn)) continue;
    const id = newId('dpn');
    const content: NoticeContent = {
      coordinate,
      description: `${coordinate} as the versions before ${removedIn} have it.`,
      reason,
      replacement,
      noReplacement: replacement === null ? reason : null,
      migrationGuide: `${reason}\n\nVersions before ${removedIn} keep it until they retire; \`CHANGELOG.md\` says under ${removedIn} who is affected and what to do.`,
      criticality,
      ownerTeam: 'API',
      announcedOn: deprecatedOn,
      deprecatedOn,
      removedIn,
      emergency: null,
    };
    if (await findTwin(tx, content)) continue;
    if (!(await insertNotice(tx, { id, origin: 'CHANGE', authorId: null, content, review: 'APPROVED', now }))) continue;
    await insertJournalEntry(tx, {
      writtenAt: now,
      staffId: null,
      operation: 'settleNotices',
      subjectId: id,
      reason: `${coordinate} changes in ${removedIn} by the list of version changes, with which this was reviewed.`,
      details: { ...content },
      requestId: null,
    });
  }
}
