/**
 * Between heeding and admitting: what a sandbox asks to go wrong, by the header `Sandbox-Fault` for
 * one request and by `injectFault` for a while. It goes wrong where it would in earnest, so that a
 * client meets the very same answer: an empty budget when it draws, a lost database when it reads.
 * Live refuses all of this, and pays for it with a look at a header and at what was sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Kind, OperationTypeNode, isInterfaceType, isNonNullType, isObjectType, visit, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { ofFrozen } from '../base/of-frozen.ts';
import { faultText, faultsAt, isMagic, magicIn, noElement, readFault, type Fault } from '../environments/index.ts';
import { elementIn } from '../graphql/elements.ts';
import { apiError } from '../graphql/errors.ts';
import { isUndisturbed } from '../graphql/writing.ts';
import { UnavailableError } from '../platform/postgres/database.ts';
import type { CallOutcome, Faults, Heeded, Prepared } from './stages.ts';

/** Faults that one header may name. */
const MAX_OF_HEADER = 4;

/** Says of a fault with a rate which requests it befalls: evenly spread, the first one last, so that
    the same requests in the same order meet the same ones. Each gateway counts for itself. */
export class FaultRates {
  /** What has gathered of the next one, by environment and fault. A counter takes about 200 bytes. */
  private readonly gathered = new LRUCache<string, { share: number }>({ max: 5_000 });

  befalls(key: string, rate: number): boolean {
    const counter = this.gathered.get(key) ?? { share: 0 };
    counter.share += rate;
    const due = counter.share > 1 - 1e-9;
    if (due) counter.share -= 1;
    this.gathered.set(key, counter);
    return due;
  }
}

/** What goes wrong with the request; null in live, and wherever nothing was asked for. Throws GraphQLErrors: SANDBOX_VALUE_IN_LIVE, BAD_USER_INPUT for a header that names no fault, and BROWNOUT. */
export function beset(prepared: Heeded, rates: FaultRates, outcome: CallOutcome): Faults | null {
  const { caller, sandboxFault } = prepared;
  if (caller.environment.kind === 'LIVE') {
    refuseSandboxValues(prepared);
    return null;
  }
  if ((sandboxFault === undefined && caller.environment.faults.length === 0) || undisturbed(prepared)) return null;
  const all = [...faultsOfHeader(sandboxFault, prepared.served.schema), ...faultsInjected(prepared, rates)];
  return all.length === 0 ? null : effectOf(all, prepared, outcome);
}

/** What a request meets on its way to the database. Throws UnavailableError. */
export async function suffer({ latencyMs, unavailable }: Faults, signal: AbortSignal): Promise<void> {
  if (latencyMs > 0) await delay(latencyMs, undefined, { signal });
  if (unavailable) throw new UnavailableError(new Error('The sandbox asked for it.'));
}

/** Puts the failure of one field into the data of a root field; changes nothing where the field is not there. */
export function failField(data: Record<string, unknown>, { failing, told }: Faults): void {
  let at: unknown = data;
  const last = failing!.at(-1)!;
  for (const key of failing!.slice(0, -1)) at = firstOf((at as Record<string, unknown> | null)?.[key]);
  if (typeof at !== 'object' || at === null || !Object.hasOwn(at, last)) return;
  (at as Record<string, unknown>)[last] = apiError('UNAVAILABLE', 'This field could not be read, as the sandbox asked. The rest of the answer holds.');
  told.push('partial_error');
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? firstOf(value[0]) : value);

const magicInVariables = ofFrozen((variables: Readonly<Record<string, unknown>>) => magicIn(variables));

function refuseSandboxValues({ sandboxFault, document, variables }: Prepared): void {
  if (sandboxFault !== undefined) throw apiError('SANDBOX_VALUE_IN_LIVE', 'The header `Sandbox-Fault` is for sandboxes. Leave it out in live, or use the token of a sandbox.');
  const value = magicInVariables(variables) ?? magicLiteral(document);
  if (value !== null)
    throw apiError('SANDBOX_VALUE_IN_LIVE', `\`${value}\` means something in sandboxes only, and nothing in live. Send an id of live, or use the token of a sandbox.`);
}

/** Of kept documents: what is written in one is the same each time. */
const literals = new WeakMap<DocumentNode, { readonly magic: string | null }>();

function magicLiteral(document: DocumentNode): string | null {
  let known = literals.get(document);
  if (!known) {
    let magic: string | null = null;
    visit(document, { [Kind.STRING]: ({ value }) => void (magic ??= isMagic(value) ? value : null) });
    known = { magic };
    literals.set(document, known);
  }
  return known.magic;
}

/** Whether all that the operation does is to inject and to end faults. */
function undisturbed({ operation, served }: Prepared): boolean {
  if (operation.operation !== OperationTypeNode.MUTATION) return false;
  const fields = served.schema.getMutationType()!.getFields();
  return operation.selectionSet.selections.every(
    selection => selection.kind === Kind.FIELD && fields[selection.name.value] !== undefined && isUndisturbed(fields[selection.name.value]!),
  );
}

function faultsOfHeader(header: string | undefined, schema: GraphQLSchema): Fault[] {
  if (header === undefined) return [];
  const texts = header.split(',');
  if (texts.length > MAX_OF_HEADER) throw badHeader(`It names ${texts.length} faults of at most ${MAX_OF_HEADER}.`);
  return texts.map(text => {
    const read = readFault(text);
    if (!read.ok) throw badHeader(read.refusal);
    if (read.value.kind === 'brownout' && !elementIn([schema])(read.value.coordinate)) throw badHeader(noElement(read.value.coordinate));
    return read.value;
  });
}

const badHeader = (why: string): GraphQLError => apiError('BAD_USER_INPUT', `The header \`Sandbox-Fault\` cannot be taken. ${why}`);

function faultsInjected({ caller: { environment }, receivedAt }: Prepared, rates: FaultRates): Fault[] {
  return faultsAt(environment.faults, receivedAt).flatMap(({ kind, rate, until }) => {
    const read = readFault(kind);
    return read.ok && rates.befalls(`${environment.id} ${kind} ${until}`, rate) ? [read.value] : [];
  });
}

/** What they come to for this operation; what does not concern it is not told. */
function effectOf(all: readonly Fault[], prepared: Heeded, { faults: told }: CallOutcome): Faults {
  const faults = { told, rateLimited: false, latencyMs: 0, unavailable: false, consentWithdrawn: false, failing: null as readonly string[] | null };
  for (const fault of all) {
    if (fault.kind === 'partial_error') faults.failing = failingField(prepared);
    else if (fault.kind === 'consent_withdrawn') faults.consentWithdrawn = readsPeople(prepared);
    else if (fault.kind !== 'brownout') told.push(faultText(fault));
    else if (prepared.uses.uses.has(fault.coordinate)) throw brownout(fault, told);
    if (fault.kind === 'consent_withdrawn' && faults.consentWithdrawn) told.push(faultText(fault));
    if (fault.kind === 'rate_limited') faults.rateLimited = true;
    if (fault.kind === 'unavailable') faults.unavailable = true;
    if (fault.kind === 'latency') faults.latencyMs = Math.max(faults.latencyMs, fault.ms);
  }
  return faults;
}

const readsPeople = ({ uses }: Heeded): boolean => uses.uses.has('Query.sharedCustomer') || uses.uses.has('Query.sharedCustomers');

function brownout(fault: Fault & { kind: 'brownout' }, told: string[]): GraphQLError {
  told.push(faultText(fault));
  const { coordinate } = fault;
  return apiError('BROWNOUT', `\`${coordinate}\` is switched off, as the sandbox asked. In earnest a brownout is announced ahead: move to what replaces it.`, { coordinate });
}

/** The response path of the first field of a query that may be null; null where there is none. */
function failingField({ served: { schema }, operation, uses }: Heeded): readonly string[] | null {
  if (operation.operation !== OperationTypeNode.QUERY) return null;
  for (const [coordinate, [place]] of uses.uses) {
    const [typeName, fieldName] = coordinate.split('.');
    const type = schema.getType(typeName!);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName!] : undefined;
    if (field && !isNonNullType(field.type)) return place!.path.split('.');
  }
  return null;
}
