/**
 * The peer Mercurius as its manual advises for speed: queries compiled by graphql-jit from their
 * second use on, one loader a relation, prepared statements. No authentication, no tenant context.
 *
 *   node mercurius.mjs <database URL> <environment id>
 */
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { groupBy } from './group-by.mjs';

const [, , connectionString, environmentId] = process.argv;
const pool = new pg.Pool({ connectionString, max: 10 });
const schema = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8');

const rowsOf = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const INTEGRATIONS = `select id, name from portico.integration where environment_id = $1 and partner_id = $2 order by name collate "C", id limit $3`;

const PROGRESS_COLUMNS = `p.id, p.state, p.period, p.percent_complete as "percentComplete", p.updated_at as "updatedAt", p.milestone_id`;

const PROGRESS_OF_INTEGRATIONS = `
  select i.id as integration_id, p.* from unnest($3::text[]) i (id) cross join lateral (
    select ${PROGRESS_COLUMNS} from portico.milestone_progress p
    where p.environment_id = $1 and p.partner_id = $2 and p.integration_id = i.id and ($4::text[] is null or p.state = any ($4)) order by p.period desc, p.id limit $5
  ) p`;

const PROGRESS_OF_PARTNER = `
  select ${PROGRESS_COLUMNS} from portico.milestone_progress p
  where p.environment_id = $1 and p.partner_id = $2 and ($3::text[] is null or p.state = any ($3)) order by p.period desc, p.id limit $4`;

const MILESTONES = 'select id, title from portico.milestone where environment_id = $1 and id = any ($2)';

const REWARDS = 'select milestone_id, kind, title from portico.reward where environment_id = $1 and milestone_id = any ($2)';

const CRITERIA = `
  select p.progress_id, p.value, p.satisfied, c.target, c.unit from portico.criterion_progress p
  join portico.criterion c on c.environment_id = p.environment_id and c.id = p.criterion_id
  where p.environment_id = $1 and p.partner_id = $2 and p.progress_id = any ($3) order by c.position`;

const distinct = values => [...new Set(values)];
const withInstants = rows => rows.map(row => ({ ...row, updatedAt: row.updatedAt.toISOString() }));

// A loader's own cache tells two parents apart by their JSON text, which costs more than it saves here.
const loader = load => ({ loader: load, opts: { cache: false } });

async function progressOfIntegrations(queries, { partnerId }) {
  const { first, state } = queries[0].params;
  const ids = queries.map(({ obj }) => obj.id);
  const rows = await rowsOf('progress_of_integrations', PROGRESS_OF_INTEGRATIONS, [environmentId, partnerId, ids, state ?? null, first ?? 20]);
  const byIntegration = groupBy(withInstants(rows), row => row.integration_id);
  return ids.map(id => ({ nodes: byIntegration.get(id) ?? [] }));
}

/** Aliases may ask for the same field with other arguments, each of which is a statement of its own. */
async function progress(queries, context) {
  const answers = new Map();
  for (const alike of groupBy(queries, ({ params }) => JSON.stringify(params)).values()) {
    const found = await progressOfIntegrations(alike, context);
    alike.forEach((query, i) => answers.set(query, found[i]));
  }
  return queries.map(query => answers.get(query));
}

async function milestones(queries) {
  const rows = await rowsOf('milestones', MILESTONES, [environmentId, distinct(queries.map(({ obj }) => obj.milestone_id))]);
  const byId = new Map(rows.map(row => [row.id, row]));
  return queries.map(({ obj }) => byId.get(obj.milestone_id));
}

async function rewards(queries) {
  const rows = await rowsOf('rewards', REWARDS, [environmentId, distinct(queries.map(({ obj }) => obj.id))]);
  const byMilestone = new Map(rows.map(row => [row.milestone_id, row]));
  return queries.map(({ obj }) => byMilestone.get(obj.id) ?? null);
}

async function criteria(queries, { partnerId }) {
  const ids = queries.map(({ obj }) => obj.id);
  const rows = await rowsOf('criteria', CRITERIA, [environmentId, partnerId, ids]);
  const byProgress = groupBy(rows, row => row.progress_id);
  return ids.map(id => byProgress.get(id) ?? []);
}

const resolvers = {
  Query: {
    viewer: () => ({ apiVersion: '2026-10' }),
    integrations: async (_, { first }, { partnerId }) => ({ nodes: await rowsOf('integrations', INTEGRATIONS, [environmentId, partnerId, first ?? 50]) }),
    milestoneProgress: async (_, { first, filter }, { partnerId }) => ({
      nodes: withInstants(await rowsOf('progress_of_partner', PROGRESS_OF_PARTNER, [environmentId, partnerId, filter?.state ?? null, first])),
    }),
  },
};

const loaders = {
  Integration: { progress: loader(progress) },
  MilestoneProgress: { milestone: loader(milestones), criteria: loader(criteria) },
  Milestone: { reward: loader(rewards) },
};

const app = Fastify();
await app.register(mercurius, { schema, resolvers, loaders, jit: 1, context: request => ({ partnerId: request.headers['x-partner-id'] }) });
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
