/**
 * After preparing: in live, an integration that has not gone live is let into what leads there and into
 * nothing else. Whoever is live pays one comparison for it.
 */
import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { apiError } from '../graphql/errors.ts';
import { isOpenBeforeLive } from '../onboarding/index.ts';
import { GateClosed } from './failures.ts';
import { Refusal } from './refusal.ts';
import type { Placed, Prepared } from './stages.ts';

/** Of kept documents: the root fields that are closed before going live. */
const closedFields = new WeakMap<OperationDefinitionNode, readonly string[]>();

/** Of a GraphQL operation. Throws FORBIDDEN; GateClosed where what is remembered of the caller may be out of date. */
export function requireLive(prepared: Prepared): void {
  const { operation } = prepared;
  if (isLive(prepared)) return;
  let closed = closedFields.get(operation);
  if (!closed) {
    closed = [...new Set(rootFields(prepared, operation.selectionSet))].filter(field => !isOpenBeforeLive(field));
    closedFields.set(operation, closed);
  }
  if (closed.length === 0) return;
  requireFresh(prepared);
  throw apiError('FORBIDDEN', closedTo(`\`${closed.join('`, `')}\``));
}

/** Of another door. Throws the same, as a Refusal. */
export function requireLiveAt(door: string, placed: Placed): void {
  if (isLive(placed)) return;
  requireFresh(placed);
  throw new Refusal('FORBIDDEN', closedTo(door), { status: 403 });
}

const isLive = ({ caller, environmentNow }: Placed): boolean => environmentNow < caller.liveUntil;

/** Somebody who has gone live since it was remembered is asked for again. */
function requireFresh({ caller, receivedAt }: Placed): void {
  if (caller.loadedAt < receivedAt) throw new GateClosed();
}

const closedTo = (what: string): string =>
  `This integration is not live, so ${what} is closed to it. Rehearse in a sandbox; \`onboarding { steps { name state } }\` says what is still to be shown there, and \`goLive\` opens live then.`;

function rootFields(prepared: Prepared, { selections }: SelectionSetNode): string[] {
  return selections.flatMap(selection => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(prepared, selection.selectionSet);
    const fragment = prepared.document.definitions.find(each => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value);
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(prepared, fragment.selectionSet) : [];
  });
}
