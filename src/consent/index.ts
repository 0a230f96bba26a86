/** The door of consent: what is shared about people, with whom, and only as far as each of them says yes. */
import type { Room } from '../room.ts';
import { DATA_CATEGORIES } from './catalogue.rules.ts';
import { consentJobs } from './browsers.service.ts';
import { ConsentGrantScope, ConsentGrant, ConsentGrantQueries, ConsentRequest } from './grant.graphql.ts';
import { catalogueStaffGraphql } from './catalogue-staff.graphql.ts';
import { deletionDutyGraphql } from './duty.graphql.ts';
import { breachGraphql } from './breach/breach.graphql.ts';
import { breachStaffGraphql } from './breach/breach-staff.graphql.ts';
import { rehearsalGraphql } from './rehearsal/rehearsal.graphql.ts';
import { rightsStaffGraphql } from './rights/rights-staff.graphql.ts';
import { expireGrant, remindGrant } from './grants.service.ts';
import { decideLate } from './magic-shoppers.service.ts';
import { logGraphql, staffLogGraphql } from './proof/log.graphql.ts';
import { consentPreviewGraphql } from './preview.graphql.ts';
import { sharedCustomerGraphql } from './shared-customer.graphql.ts';
import { ConsentMutations, IntegrationRedirectUris, RelinquishConsentPayload, RequestConsentPayload, SetRedirectUrisPayload } from './mutations.graphql.ts';

export const consentRoom: Room = {
  name: 'consent',
  graphql: [
    ConsentGrant,
    ConsentGrantScope,
    ConsentGrantQueries,
    ConsentRequest,
    ConsentMutations,
    RequestConsentPayload,
    RelinquishConsentPayload,
    SetRedirectUrisPayload,
    IntegrationRedirectUris,
    ...sharedCustomerGraphql,
    ...deletionDutyGraphql,
    ...logGraphql,
    ...consentPreviewGraphql,
    ...breachGraphql,
    ...rehearsalGraphql,
  ],
  adminGraphql: [...catalogueStaffGraphql, ...staffLogGraphql, ...rightsStaffGraphql, ...breachStaffGraphql],
  dataCategories: DATA_CATEGORIES,
  migrations: [
    '20261123_80_consent_catalogue.sql',
    '20261123_81_people.sql',
    '20261123_83_consent.sql',
    '20261123_84_consent_door.sql',
    '20261123_85_grants_by_subject.sql',
    '20261123_86_access_log.sql',
    '20261123_87_deletion_duties.sql',
    '20261123_88_staff_of_consent.sql',
    '20261123_89_consent_reminders.sql',
    '20261123_99_references_are_found.sql',
    '20261124_66_subject_keys.sql',
    '20261124_67_sealed_log.sql',
    '20261124_68_rights.sql',
    '20261124_69_breaches.sql',
    '20261124_74_mail.sql',
    '20261124_99_requests_of_grants_are_found.sql',
    '20261125_10_breaches_are_told_to_their_partner.sql',
  ],
  jobs: consentJobs,
  dueWork: { 'grant.expire': expireGrant, 'grant.remind': remindGrant, 'consent.decide': decideLate },
  world: ['consent.sql'],
  parity: [
    {
      name: 'sign-in',
      live: 'A person signs in with the marketplace before the consent page asks.',
      sandbox: 'Whoever rehearses chooses one of the sample people to be.',
      why: 'Sample people have no password. The page, its questions and what comes of the answers are the same.',
    },
    {
      name: 'acts-of-others',
      live: 'People erase themselves on their own pages, and the staff of the marketplace alone declares and closes breaches.',
      sandbox: 'The partner does both in their place: `rehearseErasure`; `rehearseBreach`, `rehearseBreachNotification`, `rehearseBreachEnd`. What comes of it is the same.',
      why: 'Nobody else is there who could, and a program should have met both before.',
    },
  ],
};

export * from './asking.rules.ts';
export * from './catalogue.rules.ts';
export * from './grant.rules.ts';
export * from './scope.rules.ts';
export { readAuthorizationDetails } from './authorization-details.ts';
export { closeBrowser, cookieOf, openBrowser, readBrowser, sessionOf, signedIn, speak, type Browser } from './browsers.service.ts';
export * from './catalogue.service.ts';
export { loadCategories, purposeTitles, type PurposeDraft, type RecipientProfile } from './catalogue.store.ts';
export { exchangeCode, isCodeChallenge, issueCode, type Exchanged } from './codes.service.ts';
export { FEED_KINDS, type FeedKind } from './feed-lines.ts';
export { MAX_FEED_LINES, takeFeed, type FeedAnswer } from './feed.service.ts';
export { grantsOfPerson, lockStanding, newestReceipt, receiptKeys } from './grant.store.ts';
export { actOnGrant, withdrawAll, withdrawConsent, type ConsentHouse } from './grants.service.ts';
export { MESSAGES, type ProblemCode } from './page/messages.ts';
export { durationOf, noticeHash, noticeOf } from './page/notice.ts';
export { consentPage, problemPage, samplePeoplePage } from './page/pages.ts';
export { dataPage, erasePage, erasedPage, logPage, sharedPage, type MyPage } from './rights/me-pages.ts';
export { pageHeaders } from './page/style.ts';
export { CONSENT_PREVIEW, MAX_PREVIEWED_COST } from './preview.graphql.ts';
export type { PreviewQuestion, PreviewedRead, PreviewingContext } from './preview.ts';
export type { Controller } from './receipt.ts';
export { meGraphql, type MeContext } from './rights/me.graphql.ts';
export { correct, eraseMe, exportMyData, object, type RightsRefusal } from './rights/rights.service.ts';
export { disclosuresOf, requestsOf, timesRead, type Disclosure, type RightsRequest } from './rights/rights.store.ts';
export { checkpointKeys } from './proof/log.store.ts';
export { houseJobs } from './house.jobs.ts';
export { sendLetters } from './mail/mailer.ts';
export { sealLogs, type SealerDeps } from './proof/sealer.ts';
export { clientHome, findRequest, liveEnvironment, redirectUrisOf } from './request.store.ts';
export { giveConsent, openRequest, refuseConsent, requestConsent, type OpenRequest } from './requests.service.ts';
export { openSignIn, type SignIn } from './sign-in.ts';
export { findPerson, pairwiseSubject, samplePeople, type AuthorizationRequest, type SignInAttempt, type SubjectSession } from './subject.store.ts';
