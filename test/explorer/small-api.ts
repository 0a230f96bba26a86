/**
 * A partner API in small for the explorer's tests: the explorer's routes beside a real Apollo
 * Server, with tokens whose life a test decides. No database: the page is what is tested.
 */
import { randomUUID } from 'node:crypto';
import { ApolloServer, HeaderMap } from '@apollo/server';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import fastify from 'fastify';
import { explorerRoutes } from '../../src/explorer/index.ts';

const typeDefs = `#graphql
  scalar DateTime
  type Query { viewer: Viewer!, milestones(first: Int, after: String): MilestoneConnection! }
  type Viewer { apiVersion: String!, environment: Environment! }
  type Environment { kind: String!, now: DateTime! }
  type MilestoneConnection { nodes: [Milestone!]!, pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  "A step that a partner can complete."
  type Milestone { title: String!, userOutcome: String!, reward: Reward, progress(first: Int): MilestoneProgressConnection! }
  type Reward { kind: String!, title: String!, amount: Money }
  type Money { amount: String!, currency: String! }
  type MilestoneProgressConnection { nodes: [MilestoneProgress!]! }
  type MilestoneProgress { period: String!, state: String!, percentComplete: Int!, integration: Integration! }
  type Integration { name: String! }
`;

const MILESTONE = {
  title: 'Late parcels fall by a tenth',
  userOutcome: 'Fewer parcels arrive late.',
  reward: { kind: 'FINANCIAL', title: 'Quarterly bonus', amount: { amount: '1250.00', currency: 'EUR' } },
  progress: { nodes: [{ period: '2026-Q4', state: 'IN_PROGRESS', percentComplete: 64, integration: { name: 'Parcel tracking' } }] },
};

/** One GraphQL request as it came, and how it was met. */
interface Asked {
  path: string;
  operationName: string;
  token: string | undefined;
  status: number;
}

export interface SmallApi {
  url: string;
  asked: Asked[];
  /** Tokens given out so far are refused from now on. */
  revokeTokens(): void;
  /** All tokens are, fresh ones too. */
  refuseTokens(): void;
  stop(): Promise<void>;
}

export async function startSmallApi(options: { root: string; demo: boolean; tokenLifeMs?: number }): Promise<SmallApi> {
  const environmentOf = new Map<string, string>();
  const asked: Asked[] = [];
  let refusing = false;
  const issue = (environment: string) => {
    const accessToken = `${environment}-${randomUUID()}`;
    environmentOf.set(accessToken, environment);
    return { accessToken, expiresAt: new Date(Date.now() + (options.tokenLifeMs ?? 900_000)).toISOString() };
  };

  const apollo = new ApolloServer<{ version: string; environment: string }>({
    typeDefs,
    introspection: true,
    stopOnTerminationSignals: false,
    resolvers: {
      Query: {
        viewer: (_root, _args, { version, environment }) => ({ apiVersion: version, environment: { kind: environment.toUpperCase(), now: new Date().toISOString() } }),
        milestones: () => ({ nodes: [MILESTONE], pageInfo: { hasNextPage: false, endCursor: null } }),
      },
    },
  });
  await apollo.start();

  const server = fastify();
  await server.register(helmet);
  await server.register(formbody);
  server.addHook('onRequest', async (_request, reply) => void reply.header('x-request-id', `req_${randomUUID()}`));
  for (const path of ['/graphql', '/graphql/:version']) {
    server.post(path, async (request, reply) => {
      const { version = '2026-10' } = request.params as { version?: string };
      const token = request.headers.authorization?.replace('Bearer ', '');
      const environment = refusing ? undefined : environmentOf.get(token ?? '');
      asked.push({ path: request.url, operationName: (request.body as { operationName: string }).operationName, token, status: environment ? 200 : 401 });
      reply.headers({ 'api-version': version, 'content-type': 'application/graphql-response+json; charset=utf-8' });
      if (!environment) return reply.code(401).send('{"errors":[{"message":"The access token is not valid.","extensions":{"code":"UNAUTHENTICATED"}}]}');
      const headers = new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const { status, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers, body: request.body, search: '' },
        context: async () => ({ version, environment }),
      });
      return reply.code(status ?? 200).send(body.kind === 'complete' ? body.string : '');
    });
  }
  server.get('/versions.json', async () => ({
    versions: [
      { version: 'unstable', kind: 'UNSTABLE' },
      { version: '2026-10', kind: 'CURRENT' },
      { version: '2025-07', kind: 'RETIRED' },
    ],
  }));
  server.post('/oauth/token', async (request, reply) => {
    const { client_id, client_secret, grant_type } = request.body as Record<string, string>;
    if (grant_type !== 'client_credentials' || client_secret !== 'right') return reply.code(401).send({ error: 'invalid_client' });
    const { accessToken, expiresAt } = issue(client_id!);
    return { access_token: accessToken, token_type: 'Bearer', expires_in: (Date.parse(expiresAt) - Date.now()) / 1_000 };
  });
  await server.register(
    explorerRoutes({
      root: options.root,
      demoTokens: options.demo ? async () => ['Live', 'Sandbox'].map(label => ({ label, environmentId: `env_${label.toLowerCase()}`, ...issue(label.toLowerCase()) })) : null,
    }),
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });

  return {
    url,
    asked,
    revokeTokens: () => environmentOf.clear(),
    refuseTokens: () => (refusing = true),
    async stop() {
      await server.close();
      await apollo.stop();
    },
  };
}
