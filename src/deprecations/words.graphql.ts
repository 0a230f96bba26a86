/** The words that the partner API and the staff API share when they speak of deprecations. */
import { enumOf } from '../graphql/enum.ts';
import type { Criticality, ReviewState } from './notice.rules.ts';
import type { NoticeStage, Verdict } from './notice-state.rules.ts';
import type { Origin } from './notice.store.ts';
import type { RemovalGate } from './removal.rules.ts';
import type { NotificationKind, ResponseKind } from './talk.store.ts';

export const DeprecationCriticality = enumOf<Criticality>('DeprecationCriticality', 'What happens to a program that does not move.', {
  BREAKING: 'It stops working.',
  DANGEROUS: 'It may stop working, if it did not expect the new form.',
});

export const DeprecationState = enumOf<NoticeStage>('DeprecationState', 'Where an element stands in its life, by the clock of the environment.', {
  PLANNED: 'Decided, and not announced yet.',
  ANNOUNCED: 'It will be deprecated; nothing has changed yet.',
  DEPRECATED: 'It works as before and is on its way out.',
  BROWNOUT: 'It is switched off for an announced while and answers with the error code `BROWNOUT`.',
  SUNSET: 'No version answers it any more.',
  WITHDRAWN: 'The deprecation was taken back; the element stays.',
});

export const DeprecationReview = enumOf<ReviewState>('DeprecationReview', "Where a notice stands in the staff's review.", {
  DRAFT: 'Being written.',
  IN_REVIEW: 'Waits for approvals; an edit makes it a draft again.',
  APPROVED: 'Published: partners read it, and it acts by its dates.',
  REJECTED: 'Sent back to its author; an edit makes it a draft again.',
  WITHDRAWN: 'Published once and taken back.',
});

export const DeprecationResponseKind = enumOf<ResponseKind>('DeprecationResponseKind', 'What a partner said to a deprecation notice.', {
  ACKNOWLEDGED: 'It has read the notice.',
  EXTENSION_REQUESTED: 'It asks for the element for longer.',
  SIGNED: 'It has signed the date from which it does without the element.',
});

export const NotificationKindEnum = enumOf<NotificationKind>('NotificationKind', 'What a notification is about.', {
  DEPRECATION_ANNOUNCED: 'Something that you use will be deprecated.',
  DEPRECATION_REMINDER: 'Something that you use is on its way out, and you still use it.',
  DEPRECATION_WITHDRAWN: 'A deprecation of something that you use was taken back.',
  BROWNOUT_SCHEDULED: 'Something that you use will be switched off for a while.',
  BROWNOUT_ABORTED: 'A brownout of something that you use is off.',
  RETIREMENT_REMINDER: 'A version of this API that you still use is to retire.',
  REMOVAL_OVERRIDDEN: 'What waited for you is gone all the same, at the word of two people.',
});

export const DeprecationOrigin = enumOf<Origin>('DeprecationOrigin', 'How a notice came into the registry.', {
  STAFF: 'Somebody of the staff wrote it.',
  IMPORT: 'Imported from an export, as a draft.',
  CHANGE: 'Made from the list of version changes, and reviewed with it.',
});

export const ReviewVerdict = enumOf<'APPROVED' | 'REJECTED'>('ReviewVerdict', 'What a reviewer decided.', {
  APPROVED: 'The notice may be published.',
  REJECTED: 'The notice goes back to its author.',
});

export const VerdictKind = enumOf<Verdict['verdict']>('RemovalVerdictKind', 'What the removal gate decided.', {
  PASSED: 'The element may go.',
  REFUSED: 'It is still used: it stays, and its owners are told.',
  OVERRIDDEN: 'It is still used and goes all the same, at the word of two people.',
});

export const RemovalGateEnum = enumOf<RemovalGate>('RemovalGate', 'What the removal gate decides on.', {
  RELEASE: 'The release of the first version without an element.',
  RETIREMENT: 'The retirement of a version.',
});
