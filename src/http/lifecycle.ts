/**
 * Fifth stage: what the deprecation registry says, at the environment's instant, of the elements that
 * the operation uses. It acts on every request, the document's age notwithstanding, because the
 * registry moves while documents and schemas stay as they are.
 */
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import {
  OperationUses,
  adviceOn,
  blamedElements,
  brownoutMessage,
  sunsetMessage,
  unknownInVariables,
  type Advice,
  type Effects,
  type Notice,
  type Registry,
  type RegistrySnapshot,
  type RequestUses,
} from '../deprecations/index.ts';
import { apiError } from '../graphql/errors.ts';
import type { CallOutcome, Heeded, Prepared, Versioned } from './stages.ts';

export interface Lifecycle {
  readonly registry: Pick<Registry, 'current'>;
  /** The URL that partners use. */
  readonly publicUrl: () => string;
}

/** Of kept documents: what is known of an operation lives as long as it does. */
const operations = new WeakMap<OperationDefinitionNode, OperationUses>();

/** Advice to requests of the same use, while the registry stands and no date passes. */
const advices = new WeakMap<RequestUses, WeakMap<Effects, Advice | null>>();

/** Throws GraphQLErrors: BROWNOUT and SUNSET, of elements that are switched off or ended in every version. */
export function heed(prepared: Prepared, { registry, publicUrl }: Lifecycle, outcome: CallOutcome): Heeded {
  const snapshot = registry.current();
  const effects = effectsFor(prepared, snapshot);
  const uses = usesOf(prepared).of(prepared.variables);
  outcome.uses = uses;
  outcome.advice = adviceTo(uses, effects, publicUrl);
  if (outcome.advice) refuseEnded(outcome.advice, prepared, snapshot, publicUrl());
  return { ...prepared, uses, effects };
}

/** What the registry says of the request's version at its environment's instant. */
export const effectsFor = ({ environmentNow, caller, served }: Versioned, snapshot: RegistrySnapshot): Effects =>
  snapshot.effectiveAt({ now: environmentNow, assumesPass: caller.environment.kind === 'SANDBOX' }, served.version);

/** A document is valid in one version, so the operation names the schema, too. */
function usesOf({ served, document, operation }: Prepared): OperationUses {
  let known = operations.get(operation);
  if (!known) {
    known = new OperationUses(served.schema, document, operation);
    operations.set(operation, known);
  }
  return known;
}

function adviceTo(uses: RequestUses, effects: Effects, publicUrl: () => string): Advice | null {
  let known = advices.get(uses);
  if (!known) {
    known = new WeakMap();
    advices.set(uses, known);
  }
  let advice = known.get(effects);
  if (advice === undefined) {
    advice = adviceOn(uses.uses, effects, noticeId => linkTo(publicUrl(), noticeId));
    known.set(effects, advice);
  }
  return advice;
}

function refuseEnded({ ended, brownedOut }: Advice, { environmentNow, caller, served }: Prepared, snapshot: RegistrySnapshot, publicUrl: string): void {
  for (const { notice } of ended) throw sunset(notice, served.version, publicUrl);
  for (const effect of brownedOut) {
    if (snapshot.isExempt(effect, environmentNow, { environmentId: caller.environment.id, partnerId: caller.partnerId })) continue;
    throw apiError('BROWNOUT', brownoutMessage(effect, environmentNow), about(effect.notice, publicUrl));
  }
}

/** Errors of a document that is not valid, in the registry's words where they are about what has gone. */
export function sunsetErrors(errors: readonly GraphQLError[], schema: GraphQLSchema, document: DocumentNode, request: Versioned, lifecycle: Lifecycle): (GraphQLError | null)[] {
  const blamed = blamedElements(schema, document, errors);
  return errors.map(error => {
    const notice = noticeOfEnd(blamed.get(error) ?? [], request, lifecycle);
    return notice && sunset(notice, request.served.version, lifecycle.publicUrl());
  });
}

/** The same of variables that do not fit; null where they hold nothing that has gone. */
export function sunsetVariables(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>, request: Versioned, lifecycle: Lifecycle): GraphQLError | null {
  const unknown = unknownInVariables(request.served.schema, operation.variableDefinitions ?? [], variables);
  const notice = noticeOfEnd(unknown, request, lifecycle);
  return notice && sunset(notice, request.served.version, lifecycle.publicUrl());
}

function noticeOfEnd(coordinates: readonly string[], { served, environmentNow }: Versioned, { registry }: Lifecycle): Notice | null {
  for (const coordinate of coordinates) {
    const notice = registry.current().noticeOfEnd(coordinate, served.version, environmentNow);
    if (notice) return notice;
  }
  return null;
}

const sunset = (notice: Notice, version: string, publicUrl: string): GraphQLError => apiError('SUNSET', sunsetMessage(notice, version), about(notice, publicUrl));

const about = ({ id, coordinate, replacement, migrationGuide, removedIn }: Notice, publicUrl: string) => ({
  coordinate,
  removedIn,
  replacement,
  guide: migrationGuide,
  noticeId: id,
  link: linkTo(publicUrl, id),
});

const linkTo = (publicUrl: string, noticeId: string): string => `${publicUrl}/lifecycle/${noticeId}`;
