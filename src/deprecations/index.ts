/** The door of the deprecation registry: what is on its way out of the API, who decided it, who uses it. */
import type { Room } from '../room.ts';
import type { Deprecation } from '../versions/index.ts';
import { settleNotices } from './exchange.service.ts';
import { BrownoutWindow, DeprecatedUse, DeprecationNotice, DeprecationQueries, DeprecationResponse, DeprecationUses, Notification } from './notice.graphql.ts';
import { responsesGraphql } from './responses.graphql.ts';
import { StaffDeprecationMutations, BrownoutPayload, DeprecationNoticePayload, ImportDeprecationNoticesPayload } from './staff-mutations.graphql.ts';
import * as staff from './staff-notice.graphql.ts';
import { IntegrationUse, StaffDeprecationQueries, UsageDay } from './staff-queries.graphql.ts';
import { usageJobs } from './usage.service.ts';

/** The room, with the older forms that the version changes end. */
export const deprecationsRoom = (deprecations: readonly Deprecation[]): Room => ({
  name: 'deprecations',
  graphql: [DeprecationNotice, DeprecationUses, DeprecatedUse, DeprecationResponse, BrownoutWindow, Notification, DeprecationQueries, ...responsesGraphql],
  adminGraphql: [
    staff.DeprecationNotice,
    staff.DeprecationApproval,
    staff.DeprecationComment,
    staff.DeprecationResponse,
    staff.BrownoutWindow,
    staff.RemovalVerdict,
    staff.Partner,
    StaffDeprecationQueries,
    IntegrationUse,
    UsageDay,
    StaffDeprecationMutations,
    DeprecationNoticePayload,
    BrownoutPayload,
    ImportDeprecationNoticesPayload,
  ],
  migrations: ['20261123_41_deprecation_registry.sql', '20261123_42_deprecation_talk.sql', '20261123_43_usage_by_hour.sql', '20261123_45_usage_by_operation.sql'],
  jobs: usageJobs,
  parity: [
    {
      name: 'removal-gate',
      live: 'An element leaves, and a version retires, once the gate has passed it: nobody needs it any more, or two people of the staff decided so.',
      sandbox: 'A sandbox whose clock is ahead assumes that the gate passes.',
      why: 'Nobody knows yet what it will say.',
    },
  ],
  settle: (tx, _environmentId, clock) => settleNotices(tx, deprecations, new Date(clock.now())),
});

export { exportNotices, importNotices, settleNotices } from './exchange.service.ts';
export { adviceOn, brownoutMessage, sunsetMessage, type Advice, type DeprecationWarning } from './advice.rules.ts';
export { blamedElements, unknownInVariables } from './gone-elements.ts';
export { MAX_MARKED_SCHEMAS, MarkedSchemas } from './marked-schemas.ts';
export { OperationUses, elementSetOf, type RequestUses } from './operation-uses.ts';
export { isSteward } from './notice.store.ts';
export { lifecyclePage, noSuchPage, noticePage, type Lifecycle, type VersionNote } from './pages/lifecycle-page.ts';
export { noticeState, sunsetAt, type Notice, type NoticeStage, type NoticeState, type Verdict, type Verdicts } from './notice-state.rules.ts';
export { RegistrySnapshot, type AskedAt, type Effect, type Effects } from './registry.rules.ts';
export { openRegistry, type Registry } from './registry.service.ts';
export { insertVerdict, loadRegistry, type NewVerdict } from './registry.store.ts';
export { openUsageCounter, type CountedRequest, type UsageCounter } from './usage-counter.ts';
export { recordUsage, usageOf, type IntegrationUse, type UsageCount, type UsageQuestion } from './usage.store.ts';
