/**
 * The files that are generated and reviewed, in schema/ and docs/, and the changelog: `write` writes them, `check`
 * compares them with what the code and the migrations make today, and says how to mend a difference.
 * Works below the current folder and on the compiled code.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { buildAdminSchemaOf, buildSchemaOf, buildVersionsOf, versionChangesOf } from '../dist/src/app.js';
import { meSchema } from '../dist/src/http/me-route.js';
import { refusedSnapshots, removalsInWords } from '../dist/src/cli/snapshots.js';
import { errorDocs } from '../dist/src/graphql/error-docs.js';
import { printSdl } from '../dist/src/graphql/print-schema.js';
import { isOpenBeforeLive } from '../dist/src/onboarding/index.js';
import { staffOperations } from '../dist/src/partners/index.js';
import { STAFF_ERROR_CODES } from '../dist/src/partners/staff-errors.js';
import { startEmbeddedPostgres } from '../dist/src/platform/postgres/embedded.js';
import { furnish } from '../dist/src/database.js';
import { createLogger } from '../dist/src/platform/log.js';
import { databaseShape } from '../dist/src/platform/postgres/shape.js';
import { namespaceOf } from '../dist/src/environments/namespace.rules.js';
import { rooms } from '../dist/src/rooms.js';
import { RELEASES, changelog, deprecationsOf } from '../dist/src/versions/index.js';

const QUIET = { info: () => undefined, warn: () => undefined };

/** What makes the files: each returns texts by path. */
const generators = [errorFiles, versionFiles, changelogFiles, staffFiles, roleFiles, databaseFiles];

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

/** The SDL of the staff API, and of people's own. */
async function staffFiles() {
  const { schema } = await buildAdminSchemaOf(rooms);
  return { 'schema/admin.graphql': printSdl(schema), 'schema/me.graphql': printSdl(await meSchema()) };
}

/** Who may do what: for each operation of the staff API its roles, for each of the partner API whether an
    integration must have gone live. What is not in it nobody may do. */
async function roleFiles() {
  const { schema } = await buildAdminSchemaOf(rooms);
  const head = await buildSchemaOf(rooms);
  const sorted = entries => Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const staff = kind =>
    sorted(
      staffOperations(schema)
        .filter(each => each.kind === kind)
        .map(({ field, roles }) => [field.name, roles.toSorted()]),
    );
  const partner = type => sorted(Object.keys(type.getFields()).map(name => [name, isOpenBeforeLive(name) ? ['BEFORE_LIVE', 'LIVE', 'SANDBOX'] : ['LIVE', 'SANDBOX']]));
  const matrix = {
    staff: { query: staff('QUERY'), mutation: staff('MUTATION') },
    partner: { query: partner(head.schema.getQueryType()), mutation: partner(head.schema.getMutationType()) },
  };
  return { 'schema/roles.json': `${JSON.stringify(matrix, null, 2)}\n` };
}

/** What the sample world holds, for testers to compare with what the API answers. */
const answerKey = client =>
  Promise.all(
    ['SMALL', 'FULL'].map(async size => {
      await client.query("insert into portico.environment (id, kind, name, id_namespace, born_at, created_at) values ($1, 'SANDBOX', 'Key', $2, $3, $3)", [
        `env_${size.toLowerCase()}`,
        namespaceOf(size),
        KEY.startAt,
      ]);
      await client.query('select portico.generate_world($1, $2, $3, $4)', [`env_${size.toLowerCase()}`, KEY.world, KEY.seed, size]);
      const { rows } = await client.query(ANSWERS, [`env_${size.toLowerCase()}`, KEY.startAt]);
      return [size, rows[0]];
    }),
  );

const KEY = { world: 'harbour-market', seed: 1, startAt: '2026-11-23T09:30:00.000Z' };

const ANSWERS = `
  select (select json_agg(json_build_object('title', m.title, 'cadence', m.cadence, 'criteria', (select count(*) from portico.criterion c where (c.environment_id, c.milestone_id) = (m.environment_id, m.id)),
      'reward', (select w.title from portico.reward w where (w.environment_id, w.milestone_id) = (m.environment_id, m.id))) order by m.position)
    from portico.milestone m where m.environment_id = $1) as milestones,
  (select json_agg(json_build_object('name', p.name, 'tier', p.tier, 'status', p.status,
      'integrations', (select json_agg(json_build_object('name', i.name, 'category', i.category, 'status', i.status, 'progress', (
          select json_object_agg(s.state, s.n order by s.state) from (select state, count(*) as n from portico.milestone_progress g where (g.environment_id, g.integration_id) = (i.environment_id, i.id) group by 1) s)) order by i.name)
        from portico.integration i where (i.environment_id, i.partner_id) = (p.environment_id, p.id)),
      'awards', (select count(*) from portico.award a where (a.environment_id, a.partner_id) = (p.environment_id, p.id)),
      'awarded', (select coalesce(json_object_agg(s.currency, s.total order by s.currency), '{}') from (
          select w.currency, sum(w.amount_minor) as total from portico.award a join portico.reward w on (w.environment_id, w.id) = (a.environment_id, a.reward_id)
          where (a.environment_id, a.partner_id) = (p.environment_id, p.id) and w.currency is not null group by 1) s),
      -- Counted anew from the awards: each is payable two days after it was given.
      'balances', (select coalesce(json_object_agg(s.currency, json_strip_nulls(json_build_object('ACCRUED', s.accrued, 'PAYABLE', s.payable)) order by s.currency), '{}') from (
          select w.currency, coalesce(sum(w.amount_minor) filter (where a.awarded_at + interval '2 days' > $2::timestamptz), 0) as accrued,
            sum(w.amount_minor) filter (where a.awarded_at + interval '2 days' <= $2::timestamptz) as payable
          from portico.award a join portico.reward w on (w.environment_id, w.id) = (a.environment_id, a.reward_id)
          where (a.environment_id, a.partner_id) = (p.environment_id, p.id) and w.currency is not null group by 1) s),
      'confirmedWithinP91D', (select count(*) from portico.due_work d join portico.milestone_progress g on (g.environment_id, g.id) = (d.environment_id, d.subject_id)
        where (g.environment_id, g.partner_id) = (p.environment_id, p.id) and d.due_at <= $2::timestamptz + interval '91 days')
    ) order by p.name) from portico.partner p where p.environment_id = $1) as partners`;

/** The shape of an empty database after all migrations, on a server of its own, and its sample world. */
async function databaseFiles() {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-schema-'));
  try {
    const server = await startEmbeddedPostgres({ dataDir, log: QUIET });
    try {
      await furnish(server.ownerUrl, createLogger({ level: 'silent' }));
      const client = new pg.Client({ connectionString: server.ownerUrl });
      await client.connect();
      try {
        const key = { ...KEY, answers: Object.fromEntries(await answerKey(client)) };
        return { 'schema/database.sql': await databaseShape(client), 'sandbox/worlds/harbour-market/answer-key.json': `${JSON.stringify(key, null, 2)}\n` };
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
const checked = { folder: '.', announcements: deprecationsOf(versionChangesOf(rooms)) };
const refusals = command === 'check' ? refusedSnapshots(checked) : [];
if (command === 'check') console.log(removalsInWords(checked));
if (refusals.length > 0) {
  console.error(refusals.join('\n'));
  process.exitCode = 1;
}
