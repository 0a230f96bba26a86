/** The environments' door. */
import type { Room } from '../room.ts';
import { Environment, ViewerEnvironment } from './environment.graphql.ts';
import { EnvironmentEntity } from './environment.entity.ts';

export const environmentsRoom: Room = {
  name: 'environments',
  graphql: [Environment, ViewerEnvironment],
  entities: [EnvironmentEntity],
  migrations: ['20261123_02_environment.sql'],
};

export { liveEnvironmentId } from './environment.store.ts';
export { createSandbox, ensureLiveEnvironment, type Owner } from './environments.service.ts';
export { seedWorld, type World } from './world.ts';
