/** The published schemas that stand here, and what two other tools say of their differences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CriticalityLevel, diff, type Change as InspectorChange } from '@graphql-inspector/core';
import type { GraphQLSchema } from 'graphql';
import type { SchemaText } from '../../src/versions/diff/index.ts';
import { repositoryRoot } from '../checks/scratch-repository.ts';

export const historyPath = (name: string): string => join(repositoryRoot, 'test/schemas/histories', `${name}.gz`);

export const history = (name: string): SchemaText => ({ name, text: gunzipSync(readFileSync(historyPath(name))).toString('utf8') });

/** Older and newer, with the counts of breaking and dangerous changes. */
export const PAIRS: readonly (readonly [before: string, after: string, breaking: number, dangerous: number])[] = [
  ['github/2019-03-25.graphql', 'github/2019-04-24.graphql', 27, 14],
  ['github/2020-04-28.graphql', 'github/2020-05-28.graphql', 1, 5],
  ['github/2020-05-28.graphql', 'github/2020-06-26.graphql', 36, 4],
  ['shopify-customer-account/2024-04.json', 'shopify-customer-account/2024-07.json', 57, 4],
  ['shopify-storefront/2024-04.json', 'shopify-storefront/2024-07.json', 61, 8],
  ['shopify-storefront/2024-07.json', 'shopify-storefront/2024-10.json', 2, 1],
];

/** Coordinates of what graphql-inspector calls breaking, but for the kinds left out. */
export async function inspectorBreaking(before: GraphQLSchema, after: GraphQLSchema, without: (change: InspectorChange) => boolean = () => false): Promise<string[]> {
  const changes = await diff(before, after);
  return changes.filter(change => change.criticality.level === CriticalityLevel.Breaking && !without(change)).map(coordinateOf);
}

/** graphql-inspector's paths are dotted, arguments included. */
function coordinateOf({ type, path = '', meta }: InspectorChange): string {
  const [first = '', second, third] = path.split('.');
  if (type.startsWith('FIELD_ARGUMENT_')) return `${first}.${second}(${third}:)`;
  const { addedDirectiveArgumentName, removedDirectiveArgumentName } = meta as { addedDirectiveArgumentName?: string; removedDirectiveArgumentName?: string };
  return type.startsWith('DIRECTIVE_ARGUMENT_') ? `${first}(${addedDirectiveArgumentName ?? removedDirectiveArgumentName ?? second}:)` : path;
}
