/** All that this room gives to the partner API. */
import { credentialGraphql } from './credential.graphql.ts';
import { Integration, IntegrationQueries } from './integration.graphql.ts';
import { Member, Partner } from './partner.graphql.ts';
import { LoggedRequest, RequestQueries } from './request-log.graphql.ts';
import { PinApiVersionPayload, VersionPinMutations } from './version-pin.graphql.ts';
import { Viewer, ViewerQueries } from './viewer.graphql.ts';

export const partnersGraphql: readonly Function[] = [
  Viewer,
  ViewerQueries,
  Partner,
  Member,
  Integration,
  IntegrationQueries,
  ...credentialGraphql,
  LoggedRequest,
  RequestQueries,
  PinApiVersionPayload,
  VersionPinMutations,
];
