/** What the road gives to a query whose answer is found by more than one statement. */
import type { GraphQLResolveInfo } from 'graphql';
import type { Tx } from '../platform/postgres/database.ts';
import type { UpgradePath } from '../versions/index.ts';

export interface Asking {
  readonly environmentId: string;
  readonly integrationId: string;
  readonly upgradePath: UpgradePath;
  /** Under the caller's context; keep it short, and reckon outside of it. */
  inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface Found {
  readonly value: unknown;
  /** What the work counts as, in objects: for the actual cost. */
  readonly objects: number;
}

export interface FindingContext {
  /** Finds the value of that name (`@Value`), and then reads the root field by its mapping. */
  readFound(info: GraphQLResolveInfo, name: string, find: (asking: Asking) => Promise<Found>): Promise<unknown>;
}

export const readFound = (context: unknown, info: GraphQLResolveInfo, name: string, find: (asking: Asking) => Promise<Found>): Promise<unknown> =>
  (context as FindingContext).readFound(info, name, find);
