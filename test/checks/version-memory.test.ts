/** What a version takes of a gateway's memory, and of its start. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './scratch-repository.ts';

const MAX_BYTES = 2_000_000;
/** Of CPU time: a start projects each version once. */
const MAX_MS = 100;

/** In a process of its own, where nothing else comes and goes on the heap. */
const MEASURE = `
const { buildSchemaOf, versionChangesOf } = await import('${join(repositoryRoot, 'dist/src/app.js')}');
const { RELEASES, projectVersions } = await import('${join(repositoryRoot, 'dist/src/versions/index.js')}');
const { rooms } = await import('${join(repositoryRoot, 'dist/src/rooms.js')}');
const head = await buildSchemaOf(rooms);
const project = () => projectVersions(head, RELEASES, versionChangesOf(rooms));
const schemasOf = versions => new Set([...versions.values()].map(({ schema }) => schema)).size - 1;
const ROUNDS = 10;
project();
gc();
const before = process.memoryUsage().heapUsed;
const begun = process.cpuUsage();
const kept = Array.from({ length: ROUNDS }, project);
const { user, system } = process.cpuUsage(begun);
const ms = (user + system) / 1000 / ROUNDS / schemasOf(kept[0]);
gc();
const bytes = (process.memoryUsage().heapUsed - before) / ROUNDS / schemasOf(kept[0]);
console.log(JSON.stringify({ schemas: schemasOf(kept[0]), bytes, ms }));
`;

test('a version takes less than 2 MB, and less than a tenth of a second of CPU at start', () => {
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', MEASURE], { encoding: 'utf8' });
  const { schemas, bytes, ms } = JSON.parse(output) as { schemas: number; bytes: number; ms: number };
  // The newest version is head's own schema as long as nothing differs.
  expect(schemas).toBe(4);
  expect(bytes).toBeLessThan(MAX_BYTES);
  expect(ms).toBeLessThan(MAX_MS);
});
