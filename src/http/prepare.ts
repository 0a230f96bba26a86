/** Fourth stage: the operation with its variables, coerced by graphql-js. */
import { GraphQLError, getVariableValues, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { ofFrozen } from '../base/of-frozen.ts';
import { faultsAt } from '../environments/index.ts';
import type { PolicyForPartners } from '../limits/index.ts';
import type { GivenValues } from '../reads/index.ts';
import { RELEASES, standings } from '../versions/index.ts';
import type { Prepared, ServedVersion, Versioned } from './stages.ts';

/** Most complaints about variables in one answer. */
const MAX_VARIABLE_ERRORS = 10;

/** Throws VariableErrors. */
export function prepare(
  request: Versioned,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  documentHash: string,
  variables: Readonly<Record<string, unknown>>,
): Prepared {
  return { ...request, document, operation, documentHash, variables, coerced: coerceVariables(request.served.schema, operation, variables) };
}

type Coerce = (variables: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** By schema and by operation of a kept document. */
const coercions = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, Coerce>>();

/** The operation's variables as the schema has them. Throws VariableErrors. */
export function coerceVariables(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const ofSchema = coercions.get(schema) ?? new WeakMap<OperationDefinitionNode, Coerce>();
  coercions.set(schema, ofSchema);
  const coerce = ofSchema.get(operation) ?? ofFrozen(given => Object.freeze(coerceAnew(schema, operation, given)));
  ofSchema.set(operation, coerce);
  return coerce(variables);
}

function coerceAnew(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: MAX_VARIABLE_ERRORS });
  if (errors) throw new VariableErrors(errors.map(error => new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions: { code: 'BAD_USER_INPUT' } })));
  return coerced;
}

/** Variables that do not fit, each with its own error. */
export class VariableErrors extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super('Variables do not fit.');
    this.errors = errors;
  }
}

/** Who asks, when, and which version. */
type Asking = Pick<Versioned, 'requestId' | 'claims' | 'caller' | 'receivedAt' | 'environmentNow' | 'versionReason' | 'gate'> & { readonly served: Pick<ServedVersion, 'version'> };

/** What the road knows of the request, by the names that read mappings use. */
export function givenValues(
  { requestId, claims, caller, receivedAt, environmentNow, served, versionReason, gate }: Asking,
  policies: readonly PolicyForPartners[],
  consentWithdrawn = false,
): GivenValues {
  return {
    environment_id: caller.environment.id,
    partner_id: caller.partnerId,
    integration_id: caller.integrationId,
    credential_id: claims.cred,
    token_id: claims.jti,
    request_id: requestId,
    environment_kind: caller.environment.kind,
    environment_revision: caller.environment.revision,
    documents_revision: caller.documents.revision,
    // A request that names its version is the same whatever the pin.
    pinned_version: versionReason === 'path' || versionReason === 'header' ? null : (caller.pinnedVersion ?? ''),
    wall_now: new Date(receivedAt).toISOString(),
    environment_now: new Date(environmentNow).toISOString(),
    api_version: served.version,
    // Of the rows that are the marketplace's own, partners read what was made for everybody.
    audience: 'PUBLIC',
    scopes: caller.scopes,
    consent_withdrawn: consentWithdrawn,
    rate_limit_policies: policies,
    // Hardly anybody asks for these, and they take a while.
    environment_faults: () => faultsAt(caller.environment.faults, receivedAt),
    api_versions: () => standings(RELEASES, environmentNow, gate).map(({ version, kind, releasedAt, retiresAt }) => ({ version, kind, releasedAt, supportedUntil: retiresAt })),
  };
}
