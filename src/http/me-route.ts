/**
 * `POST /graphql/me`: the API of people about themselves, in the browser in which they have signed in. The
 * cookie says who it is. It goes along with no request of another site: it is `SameSite=Lax`, the body is
 * JSON, which asks first, and the browser says where a request comes from.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { meGraphql, type MeContext } from '../consent/index.ts';
import { statusOf } from '../graphql/errors.ts';
import { buildHeadSchema } from '../graphql/schema.ts';
import { toldToStaff } from './admin-route.ts';
import { Problem, visit, type ConsentSiteDeps } from './consent-site.ts';
import { bodyParameters, withText, type DocumentGuard, type GraphQLParameters } from './guard.ts';
import { JSON_TYPE, Refusal } from './refusal.ts';

export interface MeRouteDeps extends ConsentSiteDeps {
  readonly schema: GraphQLSchema;
  readonly guard: DocumentGuard;
}

/** What people can ask. */
export const meSchema = (): Promise<GraphQLSchema> => buildHeadSchema(meGraphql);

const signInFirst = (): Refusal => new Refusal('UNAUTHENTICATED', 'Nobody has signed in here, or it was too long ago: open /me in this browser and sign in.', { status: 401 });

export const meRoutes =
  (deps: MeRouteDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.removeContentTypeParser('text/plain');
    server.post('/graphql/me', (request, reply) => answer(request, reply, deps));
  };

async function answer(request: FastifyRequest, reply: FastifyReply, deps: MeRouteDeps): Promise<FastifyReply> {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Refusal('FORBIDDEN', 'Another site sent this in your name.', { status: 403 });
  const parameters = withText(bodyParameters(request.body));
  deps.guard.check(parameters.query);
  const { data, errors = [] } = await visit(request, deps, (tx, { browser, session, clocks }) => {
    if (session.customerId === null) throw signInFirst();
    const person = { environmentId: browser.environmentId, customerId: session.customerId };
    return run(deps.schema, parameters, { tx, house: deps.house, person, language: session.language, clocks });
  }).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'SESSION' ? signInFirst() : error;
  });
  const told = errors.map(error => toldToStaff(error, request));
  const status = statusOf(
    told.map(error => String(error.extensions?.['code'])),
    data !== undefined,
    JSON_TYPE,
  );
  return reply
    .status(status)
    .headers({ 'content-type': JSON_TYPE, 'cache-control': 'no-store' })
    .send({ ...(told.length > 0 ? { errors: told } : {}), ...(data === undefined ? {} : { data }) });
}

/** Throws what is a fault of ours, so that the transaction undoes what was done by then. */
async function run(schema: GraphQLSchema, { query, operationName, variables }: GraphQLParameters, contextValue: MeContext): Promise<ExecutionResult> {
  const coded = (error: GraphQLError, code: string): GraphQLError =>
    new GraphQLError(error.message, { nodes: error.nodes, source: error.source, positions: error.positions, extensions: { code } });
  let document: ReturnType<typeof parse>;
  try {
    document = parse(query);
  } catch (error) {
    return { errors: [coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
  }
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { errors: invalid.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED')) };
  const result = await execute({ schema, document, operationName, variableValues: variables, contextValue });
  for (const { originalError } of result.errors ?? []) if (originalError && !(originalError instanceof GraphQLError)) throw originalError;
  return result;
}
