/**
 * One version of the API as it is served: an Apollo Server over one immutable schema. Apollo parses
 * and validates documents; its gateway executor is where our road goes on. A query that has passed
 * before takes the road at once: whatever Apollo would do for it a second time, it has done.
 */
import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { GraphQLError, OperationTypeNode, getOperationAST, type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { apiError, formatError, noOperation, statusOf } from '../graphql/errors.ts';
import type { Reader } from '../reads/index.ts';
import { admit, isThrottled, throttled } from './admit.ts';
import { REFUSED_COST } from './charge.ts';
import { stringifyResult } from './compiled-data.ts';
import type { Documents } from './documents.ts';
import { beset } from './faults.ts';
import { GateClosed, endsRequest, toldFailure } from './failures.ts';
import { heed, sunsetErrors, sunsetVariables, type Lifecycle } from './lifecycle.ts';
import { requireLive } from './live-only.ts';
import { VariableErrors, prepare } from './prepare.ts';
import { run, type RunDeps } from './run.ts';
import type { AnswerText, Call, CallOutcome, Question, ServedVersion } from './stages.ts';

export const newOutcome = (): CallOutcome => ({
  operationKind: null,
  operationName: null,
  documentHash: null,
  unregistered: null,
  errorCodes: [],
  retryAfterMs: 0,
  objectCount: 0,
  followedCursor: false,
  faults: [],
  advice: null,
  uses: null,
  brownoutId: null,
  gateClosed: false,
});

export interface VersionToServe {
  readonly version: string;
  readonly schema: GraphQLSchema;
  readonly reader: Reader;
  readonly documents: Documents;
  readonly running: RunDeps;
  readonly lifecycle: Lifecycle;
}

export async function serveVersion({ version, schema, reader, documents, running, lifecycle }: VersionToServe): Promise<ServedVersion> {
  const gateway: GatewayInterface = {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({ executor: context => execute(context as never, running, lifecycle) }),
    stop: async () => undefined,
  };
  // Apollo names a document by its own prefix and the document's hash.
  const hashIn = (key: string): string => key.slice(key.lastIndexOf(':') + 1);
  const apollo = new ApolloServer<Call>({
    gateway,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // Bearer tokens are not sent by a browser of itself, so there is nothing to forge.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    // Ours are the document limits of guard.ts, with their own codes.
    maxRecursiveSelections: false,
    documentStore: {
      get: async key => documents.find(version, hashIn(key)),
      set: async (key, document) => documents.keep(version, hashIn(key), document),
      delete: async () => false,
    },
    formatError,
    stringifyResult,
    plugins: [answering(schema, lifecycle), ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginUsageReportingDisabled()],
  });
  await apollo.start();
  return {
    version,
    schema,
    reader,
    knows: documentHash => documents.find(version, documentHash) !== undefined,
    async answer(question, call) {
      const document = documents.find(version, question.documentHash);
      const operation = document && getOperationAST(document, question.operationName);
      if (operation?.operation !== OperationTypeNode.QUERY) return throughApollo(apollo, question, call);
      // A query that Apollo has let pass before: the same execution, without what leads there.
      const { variables, documentHash: queryHash } = question;
      const { errors, ...result } = await execute({ request: { variables: variables ?? {} }, document: document!, operation, queryHash, context: call }, running, lifecycle);
      return answerOf(result, errors, call);
    },
    stop: () => apollo.stop(),
  };
}

/** The answer without Apollo. */
export async function answerOf(result: Omit<ExecutionResult, 'errors'>, errors: readonly GraphQLError[] | undefined, call: Call): Promise<AnswerText> {
  if (errors) logFaults(errors, call);
  const told = errors?.map(error => formatError(error.toJSON(), error));
  const answer = { ...result, ...(told ? { errors: told } : {}) };
  const status = await complete(answer, call);
  return { status, headers: [], text: stringifyResult(answer) };
}

async function throughApollo(apollo: ApolloServer<Call>, { method, query, operationName, variables }: Question, call: Call): Promise<AnswerText> {
  const search = new URLSearchParams({ query, ...(operationName !== null && { operationName }), ...(variables && { variables: JSON.stringify(variables) }) });
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method,
      headers: new HeaderMap([['accept', call.request.mediaType]]),
      search: method === 'GET' ? `?${search.toString()}` : '',
      body: method === 'POST' ? { query, operationName, variables } : undefined,
    },
    context: async () => call,
  });
  if (body.kind !== 'complete') throw new Error('Incremental delivery is not offered, so no answer comes in chunks.');
  return { status: status ?? 200, headers, text: body.string };
}

interface Execution {
  readonly request: { readonly variables?: Record<string, unknown>; readonly operationName?: string };
  readonly document: Parameters<typeof prepare>[1];
  readonly operation: Parameters<typeof prepare>[2] | undefined;
  readonly queryHash: string;
  readonly context: Call;
}

/** From a valid document to its result. What is refused before its own cost was drawn is charged as well,
    and where there is no room even for that, it is refused for it. */
async function execute(execution: Execution, running: RunDeps, lifecycle: Lifecycle): Promise<ExecutionResult> {
  const { charge } = execution.context;
  const result = await attempt(execution, running, lifecycle);
  const refused = await charge.drawUnknown();
  return refused ? { errors: [throttled(refused, charge.requested)] } : result;
}

/** Failures become errors with a code, or ones that formatError masks. */
async function attempt({ request, document, operation, queryHash, context }: Execution, running: RunDeps, lifecycle: Lifecycle): Promise<ExecutionResult> {
  const { outcome, charge } = context;
  if (!operation) return { errors: [noOperation(request.operationName)] };
  if (!context.request.served.schema.getRootType(operation.operation)) {
    return { errors: [apiError('GRAPHQL_VALIDATION_FAILED', `This API has no ${operation.operation}s.`)] };
  }
  outcome.operationKind = operation.operation === OperationTypeNode.MUTATION ? 'MUTATION' : 'QUERY';
  outcome.operationName = operation.name?.value ?? null;
  try {
    const prepared = prepare(context.request, document, operation, queryHash, request.variables ?? {});
    requireLive(prepared);
    const heeded = heed(prepared, lifecycle, outcome);
    const admitted = await admit(heeded, charge, beset(heeded, running.faultRates, outcome));
    const { objectCount, ...result } = await run(admitted, running);
    outcome.objectCount = objectCount;
    outcome.followedCursor = admitted.read.followedCursor;
    charge.settle(admitted.formula.actual(admitted.coerced, objectCount));
    return result;
  } catch (error) {
    if (error instanceof VariableErrors) {
      const gone = sunsetVariables(operation, request.variables ?? {}, context.request, lifecycle);
      return { errors: gone ? [gone] : error.errors };
    }
    // Nothing was read for a caller who was not let in or found no connection, and nobody pays for our outages.
    if (endsRequest(error) || isThrottled(error)) charge.settle(0);
    // Input that cannot be meant was refused before anything was read.
    if (error instanceof GraphQLError && error.extensions['code'] === 'BAD_USER_INPUT') charge.settle(REFUSED_COST);
    outcome.gateClosed = error instanceof GateClosed;
    // Nobody is there to read it; whatever the cancelled statement failed with is no fault of ours.
    if (context.request.signal.aborted && !outcome.gateClosed) return { errors: [apiError('UNAVAILABLE', 'The client left before the answer.')] };
    return { errors: [toldFailure(error) ?? new GraphQLError('fault', { originalError: error as Error })] };
  }
}

/** Gives an answer its version and cost and each error the request id, notes the codes, and says which
    HTTP status they call for. */
async function complete(
  answer: { data?: unknown; errors?: readonly GraphQLFormattedError[]; extensions?: Record<string, unknown> },
  { request, outcome, charge }: Call,
): Promise<number> {
  await charge.close();
  if (answer.errors) {
    answer.errors = answer.errors.map(error => ({ ...error, extensions: { ...error.extensions, requestId: request.requestId } }));
    outcome.errorCodes = [...new Set(answer.errors.map(error => String(error.extensions?.['code'])))];
    outcome.retryAfterMs = Math.max(...answer.errors.map(error => Number(error.extensions?.['retryAfterMs'] ?? 0)));
  }
  const { faults } = outcome;
  answer.extensions = {
    ...answer.extensions,
    version: request.served.version,
    cost: charge.extension,
    ...warningsOf(outcome),
    ...(faults.length > 0 ? { sandboxFaults: faults } : {}),
  };
  return statusOf(outcome.errorCodes, answer.data !== undefined, request.mediaType);
}

const warningsOf = ({ advice, unregistered }: CallOutcome): { warnings?: readonly unknown[] } =>
  advice || unregistered ? { warnings: [...(advice?.warnings ?? []), ...(unregistered ? [unregistered] : [])] } : {};

function logFaults(errors: readonly GraphQLError[], { request }: Call): void {
  for (const error of errors) {
    if (formatError(error.toJSON(), error).extensions?.['code'] === 'INTERNAL') request.log.error({ err: error.originalError ?? error }, 'a request failed by a fault of ours');
  }
}

const answering = (schema: GraphQLSchema, lifecycle: Lifecycle): ApolloServerPlugin<Call> => ({
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        logFaults(errors, contextValue);
      },
      async willSendResponse({ response, contextValue, document, errors }) {
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        // Without an operation the document was not let pass; its errors are told in the order in which they came.
        if (document && errors && singleResult.errors && contextValue.outcome.operationKind === null) {
          const gone = sunsetErrors(errors, schema, document, contextValue.request, lifecycle);
          singleResult.errors = singleResult.errors.map((told, i) => (gone[i] ? { ...told, ...gone[i].toJSON(), ...(told.locations ? { locations: told.locations } : {}) } : told));
        }
        const status = await complete(singleResult, contextValue);
        if (response.http.status !== 405) response.http.status = status;
      },
    };
  },
});
