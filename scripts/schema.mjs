/**
 * The files that are generated and reviewed, in schema/ and docs/, and the changelog: `write` writes them, `check`
 * compares them with what the code and the migrations make today, and says how to mend a difference.
 * Works below the current folder and on the compiled code.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { buildAdminSchemaOf, buildVersionsOf, versionChangesOf } from '../dist/src/app.js';
import { refusedSnapshots } from '../dist/src/cli/snapshots.js';
import { errorDocs } from '../dist/src/graphql/error-docs.js';
import { printSdl } from '../dist/src/graphql/print-schema.js';
import { STAFF_ERROR_CODES } from '../dist/src/partners/staff-errors.js';
import { startEmbeddedPostgres } from '../dist/src/platform/postgres/embedded.js';
import { migrate, migrationFiles } from '../dist/src/platform/postgres/migrate.js';
import { databaseShape } from '../dist/src/platform/postgres/shape.js';
import { rooms } from '../dist/src/rooms.js';
import { RELEASES, changelog, deprecationsOf } from '../dist/src/versions/index.js';

const QUIET = { info: () => undefined, warn: () => undefined };

/** What makes the files: each returns texts by path. */
const generators = [errorFiles, versionFiles, changelogFiles, staffFiles, databaseFiles];

function errorFiles() {
  return { 'docs/errors.md': errorDocs(STAFF_ERROR_CODES) };
}

/** The SDL of every version. */
async function versionFiles() {
  const versions = await buildVersionsOf(rooms);
  return Object.fromEntries([...versions].map(([version, { schema }]) => [`schema/${version}.graphql`, printSdl(schema)]));
}

function changelogFiles() {
  return { 'CHANGELOG.md': changelog(RELEASES, versionChangesOf(rooms)) };
}

/** The SDL of the staff API. */
async function staffFiles() {
  const { schema } = await buildAdminSchemaOf(rooms);
  return { 'schema/admin.graphql': printSdl(schema) };
}

/** The shape of an empty database after all migrations, on a server of its own. */
async function databaseFiles() {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-schema-'));
  try {
    const server = await startEmbeddedPostgres({ dataDir, log: QUIET });
    try {
      await migrate({ ownerUrl: server.ownerUrl, files: migrationFiles(), log: QUIET });
      const client = new pg.Client({ connectionString: server.ownerUrl });
      await client.connect();
      try {
        return { 'schema/database.sql': await databaseShape(client) };
      } finally {
        await client.end();
      }
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The first line in which two texts differ, as one sentence. */
function difference(path, committed, generated) {
  if (committed === null) return `${path} is missing.`;
  const [before, after] = [committed.split('\n'), generated.split('\n')];
  const line = after.findIndex((text, index) => text !== before[index]);
  const at = line === -1 ? after.length : line;
  return `${path} differs from line ${at + 1} on.\n  committed: ${before[at] ?? '(ends)'}\n  generated: ${after[at] ?? '(ends)'}`;
}

const command = process.argv[2];
if (command !== 'write' && command !== 'check') {
  console.error('Usage: node scripts/schema.mjs write|check');
  process.exit(2);
}

const differences = [];
for (const generate of generators) {
  for (const [path, generated] of Object.entries(await generate())) {
    const committed = existsSync(path) ? readFileSync(path, 'utf8') : null;
    if (committed === generated) continue;
    if (command === 'check') {
      differences.push(difference(path, committed, generated));
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, generated);
      console.log(`Wrote ${path}.`);
    }
  }
}
if (differences.length > 0) {
  console.error(`${differences.join('\n')}\nRun \`npm run schema:write\`, read the difference, and commit it.`);
  process.exitCode = 1;
}
// What a version's state forbids is refused, though code and snapshots agree.
const refusals = command === 'check' ? refusedSnapshots({ folder: '.', announcements: deprecationsOf(versionChangesOf(rooms)) }) : [];
if (refusals.length > 0) {
  console.error(refusals.join('\n'));
  process.exitCode = 1;
}
