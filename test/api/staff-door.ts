/** Working with the deprecation registry as the staff does: by the staff API, with a key for each write. */
import { randomUUID } from 'node:crypto';
import type { GraphQLAnswer, SeededStaff } from '../harness/seed.ts';

const NOTICE = 'notice { id coordinate review round state approvalsNeeded approvals { staff { id } verdict round reason } } userErrors { code message path }';

/** A date so many days from an instant. */
export const dayAfter = (instant: number, days: number): string => new Date(instant + days * 86_400_000).toISOString().slice(0, 10);

/** What a good notice says today: it leaves in a version far enough ahead. */
export function noticeContent(now: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    coordinate: 'Milestone.userOutcome',
    description: 'What people notice once a milestone is reached.',
    reason: 'Another field says it better.',
    replacement: 'Milestone.title',
    migrationGuide: 'Read `title`.',
    criticality: 'BREAKING',
    ownerTeam: 'Program',
    announcedOn: dayAfter(now, 0),
    deprecatedOn: dayAfter(now, 30),
    removedIn: `${new Date(now).getUTCFullYear() + 2}-01`,
    ...changes,
  };
}

/** One write with a reason and a key. */
export async function act(person: SeededStaff, mutation: string, input: Record<string, unknown>, selection = NOTICE): Promise<GraphQLAnswer> {
  const type = INPUTS[mutation] ?? 'DeprecationStepInput';
  return person.query(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} } }`,
    { input: { reason: 'For a test.', ...input } },
    { headers: { 'idempotency-key': randomUUID() } },
  );
}

const INPUTS: Readonly<Record<string, string>> = {
  createDeprecationNotice: 'CreateDeprecationNoticeInput',
  editDeprecationNotice: 'EditDeprecationNoticeInput',
  commentOnDeprecationNotice: 'CommentOnDeprecationNoticeInput',
  remindPartnersOfDeprecation: 'RemindPartnersInput',
  scheduleBrownout: 'ScheduleBrownoutInput',
  abortBrownout: 'AbortBrownoutInput',
  overrideRemovalVerdict: 'OverrideRemovalVerdictInput',
  importDeprecationNotices: 'ImportDeprecationNoticesInput',
};

export async function create(person: SeededStaff, notice: Record<string, unknown>): Promise<string> {
  const { data } = await act(person, 'createDeprecationNotice', { notice });
  const { userErrors, notice: made } = data.createDeprecationNotice;
  if (!made) throw new Error(JSON.stringify(userErrors));
  return made.id as string;
}

/** A notice that the author wrote and all the others approved. */
export async function publish(author: SeededStaff, approvers: readonly SeededStaff[], notice: Record<string, unknown>): Promise<string> {
  const noticeId = await create(author, notice);
  await act(author, 'submitDeprecationNotice', { noticeId });
  for (const person of approvers) {
    const { data } = await act(person, 'approveDeprecationNotice', { noticeId });
    if (data.approveDeprecationNotice.userErrors.length > 0) throw new Error(JSON.stringify(data.approveDeprecationNotice.userErrors));
  }
  return noticeId;
}

/** The codes of a mutation's userErrors. */
export const refusals = ({ data }: GraphQLAnswer): string[] => (Object.values(data)[0] as { userErrors: { code: string }[] }).userErrors.map(({ code }) => code);
