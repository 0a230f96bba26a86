/**
 * Fifth stage: what the deprecation registry says, at the environment's instant, of the elements that
 * the operation uses. It acts on every request, the document's age notwithstanding, because the
 * registry moves while documents and schemas stay as they are.
 */
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import {
  OperationUses,
  adviceOn,
  askedAt,
  blamedElements,
  brownoutMessage,
  openBrownouts,
  sunsetAt,
  sunsetMessage,
  unknownInVariables,
  type Advice,
  type Effects,
  type Notice,
  type Registry,
  type RegistrySnapshot,
  type RequestUses,
} from '../deprecations/index.ts';
import type { Instant } from '../base/clock.ts';
import { apiError } from '../graphql/errors.ts';
import { dueAt, hasPassed } from '../versions/index.ts';
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
  if (outcome.advice) refuseEnded(outcome.advice, prepared, { snapshot, publicUrl: publicUrl(), outcome });
  return { ...prepared, uses, effects };
}

/** What the registry says of the request's version at its environment's instant. */
export const effectsFor = ({ environmentNow, receivedAt, served }: Versioned, snapshot: RegistrySnapshot): Effects =>
  snapshot.effectiveAt(askedAt(environmentNow, receivedAt), served.version);

/** A document is valid in one version, so the operation names the schema, too. */
function usesOf({ served, document, operation }: Pick<Prepared, 'served' | 'document' | 'operation'>): OperationUses {
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

function refuseEnded(
  { ended, brownedOut }: Advice,
  request: Prepared,
  { snapshot, publicUrl, outcome }: { snapshot: RegistrySnapshot; publicUrl: string; outcome: CallOutcome },
): void {
  const { environmentNow, caller } = request;
  for (const { notice, state } of ended) throw sunset(notice, request, isAssumed(notice, state.sunsetAt, request, snapshot), publicUrl);
  for (const effect of brownedOut) {
    if (snapshot.isExempt(effect, environmentNow, { environmentId: caller.environment.id, partnerId: caller.partnerId })) continue;
    outcome.brownoutId = openBrownouts(effect.notice, environmentNow)[0]!.id;
    throw apiError('BROWNOUT', brownoutMessage(effect, environmentNow), about(effect.notice, publicUrl));
  }
}

/** The refusal of a valid operation that uses what has ended in this version, too; null where it uses nothing such. */
export function endedElement(asked: Pick<Prepared, 'document' | 'operation' | 'variables'>, request: Versioned, { registry, publicUrl }: Lifecycle): GraphQLError | null {
  const snapshot = registry.current();
  const uses = usesOf({ ...asked, served: request.served }).of(asked.variables);
  const [ended] = adviceTo(uses, effectsFor(request, snapshot), publicUrl)?.ended ?? [];
  return ended ? sunset(ended.notice, request, isAssumed(ended.notice, ended.state.sunsetAt, request, snapshot), publicUrl()) : null;
}

/** Errors of a document that is not valid, in the registry's words where they are about what has gone. */
export function sunsetErrors(errors: readonly GraphQLError[], schema: GraphQLSchema, document: DocumentNode, request: Versioned, lifecycle: Lifecycle): (GraphQLError | null)[] {
  const blamed = blamedElements(schema, document, errors);
  return errors.map(error => {
    const notice = noticeOfEnd(blamed.get(error) ?? [], request, lifecycle);
    return notice && gone(notice, request, lifecycle);
  });
}

/** The same of variables that do not fit; null where they hold nothing that has gone. */
export function sunsetVariables(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>, request: Versioned, lifecycle: Lifecycle): GraphQLError | null {
  const unknown = unknownInVariables(request.served.schema, operation.variableDefinitions ?? [], variables);
  const notice = noticeOfEnd(unknown, request, lifecycle);
  return notice && gone(notice, request, lifecycle);
}

function noticeOfEnd(coordinates: readonly string[], { served, environmentNow }: Versioned, { registry }: Lifecycle): Notice | null {
  for (const coordinate of coordinates) {
    const notice = registry.current().noticeOfEnd(coordinate, served.version, environmentNow);
    if (notice) return notice;
  }
  return null;
}

const gone = (notice: Notice, request: Versioned, { registry, publicUrl }: Lifecycle): GraphQLError => {
  const since = notice.removedIn === null ? sunsetAt(notice) : dueAt(notice.removedIn);
  return sunset(notice, request, isAssumed(notice, since, request, registry.current()), publicUrl());
};

const sunset = (notice: Notice, { served }: Versioned, assumed: boolean, publicUrl: string): GraphQLError =>
  apiError('SUNSET', sunsetMessage(notice, served.version, assumed), { ...about(notice, publicUrl), ...(assumed ? { assumesRemovalGatePasses: true } : {}) });

/** Whether only a sandbox ahead in time does without the element since that instant: in live it is to come,
    or is held back. */
function isAssumed({ removedIn, emergencySunsetOn }: Notice, since: Instant, { environmentNow, receivedAt }: Versioned, snapshot: RegistrySnapshot): boolean {
  if (environmentNow <= receivedAt || environmentNow < since) return false;
  return since > receivedAt || (emergencySunsetOn === null && !hasPassed(snapshot.gateAt({ assumesPass: false }).releasableFrom(removedIn!), receivedAt));
}

const about = ({ id, coordinate, replacement, migrationGuide, removedIn }: Notice, publicUrl: string) => ({
  coordinate,
  removedIn,
  replacement,
  guide: migrationGuide,
  noticeId: id,
  link: linkTo(publicUrl, id),
});

const linkTo = (publicUrl: string, noticeId: string): string => `${publicUrl}/lifecycle/${noticeId}`;
