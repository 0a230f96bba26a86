/** What the pages for staff ask of the staff API, and the shapes of its answers. The pages have no other
    road to the registry, so that roles, rules and the journal are the API's. */
import type { Criticality, ReviewState } from '../notice.rules.ts';
import type { NoticeStage, Verdict } from '../notice-state.rules.ts';
import type { IntegrationUse, UsageDay } from '../usage.store.ts';

interface Person {
  readonly id: string;
  readonly name: string;
}

export interface QueuedNotice {
  readonly id: string;
  readonly coordinate: string;
  readonly criticality: Criticality;
  readonly review: ReviewState;
  readonly round: number;
  readonly approvalsNeeded: number;
  readonly ownerTeam: string;
  readonly deprecatedOn: string;
  readonly removedIn: string | null;
  readonly updatedAt: string;
  readonly author: Person | null;
  readonly approvals: readonly { readonly round: number; readonly verdict: string }[];
}

export interface QueueAnswer {
  readonly deprecationNotices: { readonly nodes: readonly QueuedNotice[]; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } };
}

export const QUEUE = `query ReviewQueue($first: Int!, $after: String, $filter: DeprecationNoticeFilter) {
  deprecationNotices(first: $first, after: $after, filter: $filter) {
    nodes {
      id coordinate criticality review round approvalsNeeded ownerTeam deprecatedOn removedIn updatedAt
      author { id name }
      approvals { round verdict }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export interface ReviewedNotice extends Omit<QueuedNotice, 'approvals'> {
  readonly description: string;
  readonly reason: string;
  readonly replacement: string | null;
  readonly noReplacement: string | null;
  readonly migrationGuide: string;
  readonly announcedOn: string;
  readonly sunsetAt: string;
  readonly emergencyReason: string | null;
  readonly emergencyApprover: Person | null;
  readonly state: NoticeStage;
  readonly approvals: readonly { readonly staff: Person; readonly verdict: 'APPROVED' | 'REJECTED'; readonly reason: string; readonly round: number; readonly decidedAt: string }[];
  readonly comments: readonly { readonly staff: Person; readonly text: string; readonly writtenAt: string }[];
  readonly brownouts: readonly { readonly startsAt: string; readonly endsAt: string; readonly abortedAt: string | null }[];
  readonly responses: readonly { readonly partner: Person; readonly kind: string; readonly message: string | null; readonly onDate: string | null; readonly respondedAt: string }[];
  readonly verdicts: readonly { readonly version: string; readonly verdict: Verdict['verdict']; readonly overrideReason: string | null; readonly decidedAt: string }[];
  readonly history: readonly { readonly staff: Person | null; readonly operation: string; readonly reason: string; readonly writtenAt: string }[];
}

export interface NoticeAnswer {
  readonly deprecationNotice: ReviewedNotice | null;
}

export const NOTICE = `query ReviewNotice($id: ID!) {
  deprecationNotice(id: $id) {
    id coordinate description reason replacement noReplacement migrationGuide criticality ownerTeam announcedOn deprecatedOn removedIn sunsetAt emergencyReason
    review round approvalsNeeded state updatedAt
    emergencyApprover { id name }
    author { id name }
    approvals { staff { id name } verdict reason round decidedAt }
    comments { staff { id name } text writtenAt }
    brownouts { startsAt endsAt abortedAt }
    responses { partner { id name } kind message onDate respondedAt }
    verdicts { version verdict overrideReason decidedAt }
    history { staff { id name } operation reason writtenAt }
  }
}`;

export interface Evidence {
  readonly deprecationImpact: readonly (Omit<IntegrationUse, 'integrationId' | 'partnerId' | 'operationNames' | 'lastUsedAt'> & {
    readonly operationNames: readonly string[] | null;
    readonly lastUsedAt: string;
  })[];
  readonly deprecationUsage: readonly UsageDay[];
}

export const EVIDENCE = `query ReviewEvidence($coordinate: String!, $removedIn: String, $days: Int!, $noticeId: ID!) {
  deprecationImpact(coordinate: $coordinate, removedIn: $removedIn, days: $days, noticeId: $noticeId) {
    integrationName partnerName apiVersions operationNames uses lastUsedAt requestIds hasAnswered
  }
  deprecationUsage(coordinate: $coordinate, removedIn: $removedIn, days: $days) { on uses integrations }
}`;

/** The writes of the pages, by what their button says: field, input type. */
export const WRITES = {
  approve: ['approveDeprecationNotice', 'DeprecationStepInput'],
  reject: ['rejectDeprecationNotice', 'DeprecationStepInput'],
  comment: ['commentOnDeprecationNotice', 'CommentOnDeprecationNoticeInput'],
} as const;

export type Write = keyof typeof WRITES;

export interface WriteAnswer {
  readonly done: { readonly userErrors: readonly { readonly code: string; readonly message: string }[] };
}

export const writeOperation = (write: Write): string => {
  const [field, input] = WRITES[write];
  return `mutation ReviewPage($input: ${input}!) { done: ${field}(input: $input) { userErrors { code message } } }`;
};
