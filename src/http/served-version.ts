/**
 * One version of the API as it is served: an Apollo Server over one immutable schema. Apollo parses,
 * validates and keeps documents; its gateway executor is where our road goes on.
 */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { GraphQLError, OperationTypeNode, visit, type DocumentNode, type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { apiError, formatError, statusOf } from '../graphql/errors.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Reader } from '../reads/index.ts';
import { stringifyResult } from './compiled-data.ts';
import { GateClosed, toldFailure } from './failures.ts';
import { VariableErrors, prepare } from './prepare.ts';
import { run } from './run.ts';
import type { SlowReads } from './slow-reads.ts';
import type { Call, CallOutcome, ServedVersion } from './stages.ts';

export const newOutcome = (): CallOutcome => ({ operationKind: null, operationName: null, documentHash: null, errorCodes: [], objectCount: 0, gateClosed: false });

export interface VersionToServe {
  readonly version: string;
  readonly schema: GraphQLSchema;
  readonly reader: Reader;
  readonly database: Database;
  readonly slowReads: SlowReads;
}

export async function serveVersion({ version, schema, reader, database, slowReads }: VersionToServe): Promise<ServedVersion> {
  const gateway: GatewayInterface = {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({ executor: context => execute(context as never, database, slowReads) }),
    stop: async () => undefined,
  };
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
    formatError,
    stringifyResult,
    plugins: [answering, ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginUsageReportingDisabled()],
  });
  await apollo.start();
  return { version, schema, reader, apollo };
}

interface Execution {
  readonly request: { readonly variables?: Record<string, unknown>; readonly operationName?: string };
  readonly document: Parameters<typeof prepare>[1];
  readonly operation: Parameters<typeof prepare>[2] | undefined;
  readonly queryHash: string;
  readonly context: Call;
}

/** From a valid document to its result. Failures become errors with a code, or ones that formatError masks. */
async function execute({ request, document, operation, queryHash, context }: Execution, database: Database, slowReads: SlowReads): Promise<ExecutionResult> {
  const { outcome } = context;
  outcome.documentHash = queryHash;
  if (!operation) {
    const named = request.operationName ? 'The document has no operation of the given `operationName`.' : 'The document has several operations: name one in `operationName`.';
    return { errors: [apiError('BAD_USER_INPUT', named)] };
  }
  if (!context.request.served.schema.getRootType(operation.operation)) {
    return { errors: [apiError('GRAPHQL_VALIDATION_FAILED', `This API has no ${operation.operation}s.`)] };
  }
  outcome.operationKind = operation.operation === OperationTypeNode.MUTATION ? 'MUTATION' : 'QUERY';
  outcome.operationName = operation.name?.value ?? null;
  try {
    const { objectCount, ...result } = await run(prepare(context.request, document, operation, queryHash, request.variables ?? {}), database, slowReads);
    outcome.objectCount = objectCount;
    return result;
  } catch (error) {
    if (error instanceof VariableErrors) return { errors: error.errors };
    outcome.gateClosed = error instanceof GateClosed;
    // Nobody is there to read it; whatever the cancelled statement failed with is no fault of ours.
    if (context.request.signal.aborted && !outcome.gateClosed) return { errors: [apiError('UNAVAILABLE', 'The client left before the answer.')] };
    return { errors: [toldFailure(error) ?? new GraphQLError('fault', { originalError: error as Error })] };
  }
}

function forgetLocations(document: DocumentNode): void {
  visit(document, {
    enter(node) {
      delete (node as { loc?: unknown }).loc;
    },
  });
}

/** Gives every answer its version, each error the request id, and the status that the codes call for. */
const answering: ApolloServerPlugin<Call> = {
  async requestDidStart() {
    return {
      async validationDidStart({ document }) {
        return async errors => {
          // Places in the text are for the errors of validation. A kept document, which plans hold on
          // to as well, takes a fifth of the memory without them.
          if (!errors) forgetLocations(document);
        };
      },
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) {
          if (formatError(error.toJSON(), error).extensions?.['code'] === 'INTERNAL')
            contextValue.request.log.error({ err: error.originalError ?? error }, 'a request failed by a fault of ours');
        }
      },
      async willSendResponse({ response, contextValue, queryHash }) {
        if (response.body.kind !== 'single') return;
        const { request, outcome } = contextValue;
        const { singleResult } = response.body;
        outcome.documentHash ??= queryHash ?? null;
        if (singleResult.errors) {
          singleResult.errors = singleResult.errors.map((error): GraphQLFormattedError => ({ ...error, extensions: { ...error.extensions, requestId: request.requestId } }));
          outcome.errorCodes = [...new Set(singleResult.errors.map(error => String(error.extensions?.['code'])))];
        }
        singleResult.extensions = { ...singleResult.extensions, version: request.served.version };
        response.http.status ??= 200;
        if (response.http.status !== 405) response.http.status = statusOf(outcome.errorCodes, singleResult.data !== undefined, request.mediaType);
      },
    };
  },
};
