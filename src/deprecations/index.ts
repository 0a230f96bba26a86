/** The door of the deprecation registry: what is on its way out of the API, who decided it, who uses it. */
import type { Room } from '../room.ts';
import type { Deprecation } from '../versions/index.ts';
import { settleNotices } from './exchange.service.ts';
import { BrownoutWindow, DeprecatedUse, DeprecationNotice, DeprecationQueries, DeprecationResponse, DeprecationUses, Notification } from './notice.graphql.ts';
import { decideRemovals, removalJob } from './removals.service.ts';
import { responsesGraphql } from './responses.graphql.ts';
import { StaffDeprecationMutations, BrownoutPayload, DeprecationNoticePayload, ImportDeprecationNoticesPayload } from './staff-mutations.graphql.ts';
import * as staff from './staff-notice.graphql.ts';
import { staffRemovalsGraphql } from './staff-removals.graphql.ts';
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
    staff.RemovalOverride,
    ...staffRemovalsGraphql,
    staff.Partner,
    StaffDeprecationQueries,
    IntegrationUse,
    UsageDay,
    StaffDeprecationMutations,
    DeprecationNoticePayload,
    BrownoutPayload,
    ImportDeprecationNoticesPayload,
  ],
  migrations: [
    '20261123_41_deprecation_registry.sql',
    '20261123_42_deprecation_talk.sql',
    '20261123_43_usage_by_hour.sql',
    '20261123_45_usage_by_operation.sql',
    '20261123_46_removal_gate.sql',
    '20261123_47_brownout_toll.sql',
  ],
  jobs: services => [...usageJobs(services), removalJob(services)],
  parity: [
    {
      name: 'removal-gate',
      live: 'An element leaves, and a version retires, once the gate has passed it: nobody needs it any more, or two people of the staff decided so.',
      sandbox: 'A sandbox whose clock is ahead assumes that the gate passes.',
      why: 'Nobody knows yet what it will say.',
    },
  ],
  async settle(tx, _environmentId, clock) {
    await settleNotices(tx, deprecations, new Date(clock.now()));
    // What fell due while no gateway ran is decided before one answers.
    await decideRemovals(tx, clock.now());
  },
});

export { exportNotices, importNotices, settleNotices } from './exchange.service.ts';
export { ASSUMED, adviceOn, brownoutMessage, sunsetMessage, type Advice, type DeprecationWarning } from './advice.rules.ts';
export { watchBrownouts, type BrownoutWatch } from './brownout-watch.ts';
export { blamedElements, unknownInVariables } from './gone-elements.ts';
export { MAX_MARKED_SCHEMAS, MarkedSchemas } from './marked-schemas.ts';
export { OperationUses, elementSetOf, operationOf, type RequestUses } from './operation-uses.ts';
export { isSteward } from './notice.store.ts';
export { announced, lifecyclePage, noSuchPage, noticePage, type Lifecycle, type VersionNote } from './pages/lifecycle-page.ts';
export { goOnPage, signInPage, troublePage, type Kept, type Reviewer } from './pages/review-frame.ts';
export { EVIDENCE, NOTICE, QUEUE, WRITES, writeOperation, type Evidence, type NoticeAnswer, type QueueAnswer, type Write, type WriteAnswer } from './pages/review-operations.ts';
export { EVIDENCE_DAYS, isReviewState, queuePage, reviewPage } from './pages/review-pages.ts';
export { noticeState, openBrownouts, sunsetAt, type Notice, type NoticeStage, type NoticeState, type Verdict } from './notice-state.rules.ts';
export { decideRemovals, runGate } from './removals.service.ts';
export { insertVerdict, type NewVerdict, type RemovalSubject } from './removal.store.ts';
export { RegistrySnapshot, askedAt, type AskedAt, type Effect, type Effects } from './registry.rules.ts';
export { openRegistry, type Registry } from './registry.service.ts';
export { loadRegistry } from './registry.store.ts';
export { openUsageCounter, type CountedRequest, type UsageCounter, type WrittenCount } from './usage-counter.ts';
export { recordElementSets, recordUsage, usageOf, type IntegrationUse, type UsageCount, type UsageQuestion } from './usage.store.ts';
