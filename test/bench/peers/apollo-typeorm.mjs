/**
 * The peer Apollo Server with TypeORM, as their manuals advise: entities read by repositories, one
 * dataloader a relation and request. No authentication, no tenant context.
 *
 *   node apollo-typeorm.mjs <database URL> <environment id>
 */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo from '@as-integrations/fastify';
import DataLoader from 'dataloader';
import Fastify from 'fastify';
import { DataSource, EntitySchema, In } from 'typeorm';
import { groupBy } from './group-by.mjs';

const [, , url, environmentId] = process.argv;
const typeDefs = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8');

const environment = { environmentId: { name: 'environment_id', type: 'text', primary: true } };
const id = { id: { type: 'text', primary: true } };
const text = name => ({ name, type: 'text' });
const entity = (name, tableName, columns, relations = {}) => new EntitySchema({ name, tableName, schema: 'portico', columns, relations });

const Integration = entity('Integration', 'integration', { ...environment, ...id, partnerId: text('partner_id'), name: text('name') });
const Milestone = entity('Milestone', 'milestone', { ...environment, ...id, title: text('title') });
const Reward = entity('Reward', 'reward', { ...environment, ...id, milestoneId: text('milestone_id'), kind: text('kind'), title: text('title') });
const Criterion = entity('Criterion', 'criterion', { ...environment, ...id, position: { type: 'integer' }, target: { type: 'numeric' }, unit: text('unit') });
const MilestoneProgress = entity('MilestoneProgress', 'milestone_progress', {
  ...environment,
  ...id,
  partnerId: text('partner_id'),
  integrationId: text('integration_id'),
  milestoneId: text('milestone_id'),
  state: text('state'),
  period: text('period'),
  percentComplete: { name: 'percent_complete', type: 'integer' },
  updatedAt: { name: 'updated_at', type: 'timestamptz' },
});
const CriterionProgress = entity(
  'CriterionProgress',
  'criterion_progress',
  {
    ...environment,
    partnerId: text('partner_id'),
    progressId: { name: 'progress_id', type: 'text', primary: true },
    criterionId: { name: 'criterion_id', type: 'text', primary: true },
    value: { type: 'numeric' },
    satisfied: { type: 'boolean' },
  },
  {
    criterion: {
      type: 'many-to-one',
      target: 'Criterion',
      joinColumn: [
        { name: 'environment_id', referencedColumnName: 'environmentId' },
        { name: 'criterion_id', referencedColumnName: 'id' },
      ],
    },
  },
);

const entities = [Integration, Milestone, Reward, Criterion, MilestoneProgress, CriterionProgress];
const database = await new DataSource({ type: 'postgres', url, entities, poolSize: 10 }).initialize();
const find = (entity, where, more = {}) => database.getRepository(entity).find({ where: { environmentId, ...where }, ...more });

const stateIs = state => (state ? { state: In(state) } : {});
const newestFirst = { period: 'DESC', id: 'ASC' };

function loadersFor(partnerId) {
  const progress = new Map();
  return {
    /** One loader for each set of arguments. */
    progress(first, state) {
      const key = JSON.stringify([first, state]);
      const known = progress.get(key);
      if (known) return known;
      const made = new DataLoader(async ids => {
        const rows = await find(MilestoneProgress, { partnerId, integrationId: In(ids), ...stateIs(state) }, { order: newestFirst });
        const byIntegration = groupBy(rows, row => row.integrationId);
        return ids.map(id => (byIntegration.get(id) ?? []).slice(0, first));
      });
      progress.set(key, made);
      return made;
    },
    milestone: new DataLoader(async ids => {
      const byId = new Map((await find(Milestone, { id: In(ids) })).map(row => [row.id, row]));
      return ids.map(id => byId.get(id));
    }),
    reward: new DataLoader(async ids => {
      const byMilestone = new Map((await find(Reward, { milestoneId: In(ids) })).map(row => [row.milestoneId, row]));
      return ids.map(id => byMilestone.get(id) ?? null);
    }),
    criteria: new DataLoader(async ids => {
      const rows = await find(CriterionProgress, { partnerId, progressId: In(ids) }, { relations: { criterion: true }, order: { criterion: { position: 'ASC' } } });
      const byProgress = groupBy(rows, row => row.progressId);
      return ids.map(id => byProgress.get(id) ?? []);
    }),
  };
}

const resolvers = {
  Query: {
    viewer: () => ({ apiVersion: '2026-10' }),
    integrations: async (_, { first }, { partnerId }) => ({ nodes: await find(Integration, { partnerId }, { order: { name: 'ASC', id: 'ASC' }, take: first ?? 50 }) }),
    milestoneProgress: async (_, { first, filter }, { partnerId }) => ({
      nodes: await find(MilestoneProgress, { partnerId, ...stateIs(filter?.state) }, { order: newestFirst, take: first }),
    }),
  },
  Integration: { progress: async ({ id }, { first, state }, { loaders }) => ({ nodes: await loaders.progress(first ?? 20, state).load(id) }) },
  MilestoneProgress: {
    updatedAt: ({ updatedAt }) => updatedAt.toISOString(),
    milestone: ({ milestoneId }, _, { loaders }) => loaders.milestone.load(milestoneId),
    criteria: ({ id }, _, { loaders }) => loaders.criteria.load(id),
  },
  Milestone: { reward: ({ id }, _, { loaders }) => loaders.reward.load(id) },
  CriterionProgress: { target: ({ criterion }) => criterion.target, unit: ({ criterion }) => criterion.unit },
};

const server = new ApolloServer({ typeDefs, resolvers, plugins: [ApolloServerPluginCacheControlDisabled()] });
await server.start();
const app = Fastify();
await app.register(fastifyApollo(server), { context: async ({ headers }) => ({ partnerId: headers['x-partner-id'], loaders: loadersFor(headers['x-partner-id']) }) });
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
