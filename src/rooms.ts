/** The rooms of this house, in the order of their arrows. A marketplace adds its own at the end. */
import { ApiVersion, ApiVersionQueries } from './graphql/api-version.ts';
import { NodeQueries } from './graphql/node-queries.ts';
import { consentRoom } from './consent/index.ts';
import { deprecationsRoom } from './deprecations/index.ts';
import { environmentsRoom } from './environments/index.ts';
import { incentivesRoom } from './incentives/index.ts';
import { limitsRoom } from './limits/index.ts';
import { measurementRoom } from './measurement/index.ts';
import { onboardingRoom } from './onboarding/index.ts';
import { partnersRoom } from './partners/index.ts';
import { upgradesRoom } from './upgrades/index.ts';
import type { Room } from './room.ts';
import { CHANGES, deprecationsOf } from './versions/index.ts';

/** What belongs to no domain: the schema's own furniture. */
const foundation: Room = {
  name: 'foundation',
  graphql: [NodeQueries, ApiVersion, ApiVersionQueries],
  migrations: ['20261123_01_schema_and_context.sql', '20261123_10_policies_are_filters.sql', '20261123_32_ids_are_checked_cheaply.sql'],
};

export const rooms: readonly Room[] = [
  foundation,
  partnersRoom,
  environmentsRoom,
  limitsRoom,
  consentRoom,
  deprecationsRoom(deprecationsOf(CHANGES)),
  upgradesRoom,
  measurementRoom,
  incentivesRoom,
  onboardingRoom,
];
