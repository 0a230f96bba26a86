/** The door of the partners' room: who comes in, with which keys, and who may no longer. */
import type { Room } from '../room.ts';
import { changeMarkJobs } from './change-marks.ts';
import { CredentialEntity } from './credential.entity.ts';
import { credentialJobs } from './credentials.service.ts';
import { idempotencyJobs } from './idempotency.service.ts';
import { IntegrationEntity } from './integration.entity.ts';
import { MemberEntity } from './member.entity.ts';
import { PartnerEntity } from './partner.entity.ts';
import { RevokedTokenEntity, StaffRevokedTokenEntity } from './revoked-token.entity.ts';
import { partnersGraphql } from './room.graphql.ts';
import { staffGraphql } from './staff.graphql.ts';
import { StaffCredentialEntity, StaffEntity, StaffRoleEntity } from './staff.entity.ts';

export const partnersRoom: Room = {
  name: 'partners',
  graphql: partnersGraphql,
  adminGraphql: staffGraphql,
  entities: [PartnerEntity, MemberEntity, IntegrationEntity, CredentialEntity, RevokedTokenEntity, StaffEntity, StaffRoleEntity, StaffCredentialEntity, StaffRevokedTokenEntity],
  migrations: [
    '20261123_03_partners.sql',
    '20261123_04_staff.sql',
    '20261123_05_request_log.sql',
    '20261123_08_idempotency.sql',
    '20261123_09_credential_history.sql',
    '20261123_10_version_pin.sql',
    '20261123_82_marketplace_credential.sql',
    '20261123_40_staff_writes.sql',
    '20261126_10_change_marks.sql',
  ],
  jobs: services => [...idempotencyJobs(services), ...credentialJobs(services), ...changeMarkJobs(services)],
  world: ['partners.sql'],
  parity: [
    {
      name: 'pin',
      live: '`pinApiVersion` takes released versions only.',
      sandbox: 'It takes the release candidate and `unstable` as well.',
      why: 'To meet a version unchanged before it is released. A path or a header names them anywhere.',
    },
  ],
};

export { accessTokens, type AccessTokens, type IssuedToken, type TokenVerdict } from './access-token.ts';
export type { MarketplaceClaims, PartnerClaims, StaffClaims } from './access-token.rules.ts';
export { openSigningKeys, rotateSigningKeys, signingKeysJob, SigningKeyError, type SigningKey, type SigningKeys } from './signing-keys.ts';
export {
  authenticateClient,
  isTokenActive,
  issueToken,
  loadMarketplaceCaller,
  loadStaffCaller,
  readTokenFor,
  revokeToken,
  type Client,
  type ClientToken,
} from './clients.service.ts';
export { changeMarks } from './change-marks.ts';
export { callerGate, loadCaller, type Caller } from './gate.ts';
export {
  createIntegration,
  createPartner,
  reinstateIntegration,
  reinstatePartner,
  suspendIntegration,
  suspendPartner,
  type NewIntegration,
  type NewPartner,
} from './partners.service.ts';
export { issueCredential, replaceCredentials, revokeCredential, rotateCredential, type IssuedCredential } from './credentials.service.ts';
export { pinAtFirstCall } from './version-pin.service.ts';
export { createStaff, issueStaffCredential, reinstateStaff, revokeStaffCredential, suspendStaff, type NewStaff } from './staff.service.ts';
export {
  INTEGRATION_CATEGORIES,
  STAFF_ROLES,
  type InputRefusal,
  type IntegrationInput,
  type PartnerInput,
  type Refusal,
  type StaffInput,
  type StaffRole,
} from './partner.rules.ts';
export { findStaffCaller, type StaffCaller } from './staff.store.ts';
export { staffGate } from './staff-gate.ts';
export { insertJournalEntry, type JournalEntry } from './staff-journal.store.ts';
export { staffKeys } from './staff-idempotency.store.ts';
export {
  AllStaff,
  StaffMutationInput,
  StaffOnly,
  StaffPayload,
  StaffUserError,
  readWith,
  rolesOf,
  staffOperations,
  staffSchemaFaults,
  writeAsStaff,
  type StaffAct,
  type StaffOperation,
  type StaffRead,
  type StaffReading,
  type StaffUseCase,
} from './staff-api.ts';
export { issueMarketplaceCredential, revokeMarketplaceCredential, type MarketplaceCredential } from './marketplace.service.ts';
export { currentEnvironment, findEnvironment, isLiveAt, partnerExists, partnerOfIntegration, type CurrentEnvironment } from './partner.store.ts';
export { openRequestLog, requestLogJobs, type RequestLog } from './request-log.service.ts';
export type { AnsweredRequest } from './request-log.store.ts';
export { once, onceAmong, type KeyRefusal } from './idempotency.service.ts';
export { MAX_KEY_LENGTH, MAX_LIVE_KEYS, isIdempotencyKey, requestHash } from './idempotency.rules.ts';
