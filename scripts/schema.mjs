/**
 * The generated, reviewed files of schema/: `write` writes them, `check` compares them with what the
 * code and the migrations make today, and says how to mend a difference. Works below the current
 * folder and on the compiled code.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/src/platform/postgres/embedded.js';
import { migrate, migrationFiles } from '../dist/src/platform/postgres/migrate.js';
import { databaseShape } from '../dist/src/platform/postgres/shape.js';

const QUIET = { info: () => undefined, warn: () => undefined };

/** What makes the files: each returns texts by file name. */
const generators = [databaseFiles];

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
        return { 'database.sql': await databaseShape(client) };
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
function difference(file, committed, generated) {
  if (committed === null) return `schema/${file} is missing.`;
  const [before, after] = [committed.split('\n'), generated.split('\n')];
  const line = after.findIndex((text, index) => text !== before[index]);
  const at = line === -1 ? after.length : line;
  return `schema/${file} differs from line ${at + 1} on.\n  committed: ${before[at] ?? '(ends)'}\n  generated: ${after[at] ?? '(ends)'}`;
}

const command = process.argv[2];
if (command !== 'write' && command !== 'check') {
  console.error('Usage: node scripts/schema.mjs write|check');
  process.exit(2);
}

const differences = [];
for (const generate of generators) {
  for (const [file, generated] of Object.entries(await generate())) {
    const path = join('schema', file);
    const committed = existsSync(path) ? readFileSync(path, 'utf8') : null;
    if (committed === generated) continue;
    if (command === 'check') {
      differences.push(difference(file, committed, generated));
    } else {
      mkdirSync('schema', { recursive: true });
      writeFileSync(path, generated);
      console.log(`Wrote schema/${file}.`);
    }
  }
}
if (differences.length > 0) {
  console.error(`${differences.join('\n')}\nRun \`npm run schema:write\`, read the difference, and commit it.`);
  process.exitCode = 1;
}
