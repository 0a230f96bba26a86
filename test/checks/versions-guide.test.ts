/** The maintainers' guide to versions, followed to the letter: its head, its change, its outcome. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { buildSchema, parse, print, printSchema } from 'graphql';
import { CHANGES, RELEASES, changelog, policyFaults, projectVersions, rewriteOperation, type ChangesOf, type VersionSchema } from '../../src/versions/index.ts';
import * as fieldChanges from '../../src/versions/field-changes.ts';
import * as inputChanges from '../../src/versions/input-changes.ts';
import * as typeChanges from '../../src/versions/type-changes.ts';
import { repositoryRoot } from './scratch-repository.ts';

const guide = readFileSync(join(repositoryRoot, 'docs/guides/versions.md'), 'utf8');

const blocks = (language: string): string[] => [...guide.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text!);

const [head, older] = blocks('graphql') as [string, string];
const [change] = blocks('ts') as [string];

/** A maintainer's releases by then. */
const releases = [...RELEASES, '2027-04', '2027-07'];

let folder: string;
let changes: ChangesOf;
let versions: ReadonlyMap<string, VersionSchema>;

beforeAll(async () => {
  // Beside the changes that there are, so that what it imports is what a change imports.
  folder = mkdtempSync(join(repositoryRoot, 'dist/src/versions/guide-'));
  const { code } = transformSync(change, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } });
  const file = join(folder, '2027-07.mjs');
  writeFileSync(file, code.replaceAll(/(from '\.\.\/[\w-]+)\.ts'/g, "$1.js'").replaceAll(/(from "\.\.\/[\w-]+)\.ts"/g, '$1.js"'));
  const made = (await import(pathToFileURL(file).href)) as { changesOf202707: ChangesOf };
  changes = made.changesOf202707;
  const mapping = {
    sources: new Map([['Reward', { table: 'reward', scope: { environment_id: 'environment_id' }, idPrefix: null }]]),
    abstractSources: new Map(),
    refusals: new Map(),
    fields: new Map([
      ['Query.reward', { kind: 'one' as const, on: {} }],
      ['Reward.name', { kind: 'column' as const, column: 'title' }],
    ]),
  };
  versions = projectVersions({ schema: buildSchema(head), mapping }, releases, [changes]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the change makes the older version that the guide shows', () => {
  expect(printSchema(versions.get('2027-04')!.schema)).toBe(older.trim());
  expect(printSchema(versions.get('2027-07')!.schema)).toBe(head.trim());
  expect(versions.get('2027-04')!.mapping.fields.get('Reward.title')).toEqual({ kind: 'column', column: 'title' });
});

test('the change keeps the promise of its deprecation, and no later day would', () => {
  expect(policyFaults(releases, [...CHANGES, changes])).toEqual([]);
  const later = changes.changes.map(each => ({ ...each, leaving: { ...each.leaving!, deprecatedOn: '2027-01-02' } }));
  expect(policyFaults(releases, [{ ...changes, changes: later }])).toHaveLength(1);
});

test('the change is in the changelog and rewrites an operation', () => {
  const section = changelog(releases, [changes]).split('\n## ')[1]!;
  expect(section).toMatch(/^2027-07\n/);
  expect(section).toContain('### `Reward.title` is `name`');
  const { document } = rewriteOperation(parse('{ reward { title } }'), { from: '2027-04', to: '2027-07' }, versions, [changes]);
  expect(print(document).replaceAll(/\s+/g, ' ')).toBe('{ reward { title: name } }');
});

test('the guide lists the constructors that there are', () => {
  const listed = [...guide.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names]) => names!.match(/\w+/g)!);
  const constructors = [fieldChanges, inputChanges, typeChanges].flatMap(module => Object.keys(module)).filter(name => name !== 'olderInput');
  expect(listed.toSorted()).toEqual(constructors.toSorted());
});
