/** Faults that a partner asks for in a sandbox: what there is, how it is written, how long it may
    stand. Pure, for the mutations that inject them and for the road that meets them. */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { refuse, type SandboxRefusal } from './sandbox.rules.ts';

/** What befalls a request. */
export type Fault =
  | { readonly kind: 'rate_limited' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'partial_error' }
  | { readonly kind: 'brownout'; readonly coordinate: string };

/** A fault on the requests of a sandbox, for a while. */
export interface InjectedFault {
  /** As the header `Sandbox-Fault` writes it. */
  readonly kind: string;
  /** The share of requests that it befalls, above 0 and at most 1. */
  readonly rate: number;
  /** Wall time, RFC 3339. */
  readonly until: string;
}

/** A request that waits keeps its place in flight, so no longer than a person would wait for it. */
export const MAX_LATENCY_MS = 10_000;

/** More would be a test of the faults and no longer one of the client. */
export const MAX_FAULTS = 8;

/** A fault that is forgotten should end by itself. */
export const MAX_FAULT_DAYS = 7;
export const DEFAULT_FAULT_MINUTES = 60;

const MS_PER_DAY = 86_400_000;

/** Longer than any coordinate of the schema. */
const MAX_LENGTH = 200;

/** Faults of what the API does not do yet, so that nobody takes silence for a passed test. */
const NOT_YET: Readonly<Record<string, string>> = {
  consent_withdrawn: 'people take their consent back by themselves, as `shp_test_withdraw_after_1` does,',
  webhook_500: 'there are no webhooks',
  webhook_timeout: 'there are no webhooks',
};

export const FAULTS_IN_WORDS = `\`rate_limited\`, \`latency:<ms>\` (at most ${MAX_LATENCY_MS}), \`unavailable\`, \`partial_error\`, \`brownout:<schema coordinate>\``;

export const faultText = (fault: Fault): string => {
  if (fault.kind === 'latency') return `latency:${fault.ms}`;
  return fault.kind === 'brownout' ? `brownout:${fault.coordinate}` : fault.kind;
};

/** Reads one fault; the refusal is a sentence for whoever wrote it. */
export function readFault(text: string): Outcome<Fault, string> {
  const [, kind = '', value] = /^([^:]*)(?::(.*))?$/s.exec(text.slice(0, MAX_LENGTH).trim())!;
  if (Object.hasOwn(NOT_YET, kind)) return refused(`There is no fault \`${kind}\` here yet: ${NOT_YET[kind]} so far. Those that act are ${FAULTS_IN_WORDS}.`);
  if (value === undefined && (kind === 'rate_limited' || kind === 'unavailable' || kind === 'partial_error')) return ok({ kind });
  if (kind === 'latency' && /^\d{1,6}$/.test(value ?? '') && Number(value) <= MAX_LATENCY_MS) return ok({ kind, ms: Number(value) });
  if (kind === 'brownout' && value) return ok({ kind, coordinate: value });
  return refused(`There is no such fault. Faults are ${FAULTS_IN_WORDS}.`);
}

/** The fault to inject with those that stand already; one of the same kind (of the same element, for a
    brownout) takes the other's place. */
export function decideFault(
  standing: readonly InjectedFault[],
  asked: { readonly kind: string; readonly rate: number; readonly until?: Instant | undefined },
  exists: (coordinate: string) => boolean,
  wallNow: Instant,
): Outcome<readonly InjectedFault[], SandboxRefusal> {
  const read = readFault(asked.kind);
  if (!read.ok) return refuse('INVALID', read.refusal, 'kind');
  if (read.value.kind === 'brownout' && !exists(read.value.coordinate)) return refuse('INVALID', noElement(read.value.coordinate), 'kind');
  if (!(asked.rate > 0 && asked.rate <= 1)) return refuse('INVALID', 'A rate is the share of requests that the fault befalls: above 0 and at most 1.', 'rate');
  const until = asked.until ?? wallNow + DEFAULT_FAULT_MINUTES * 60_000;
  if (until <= wallNow || until > wallNow + MAX_FAULT_DAYS * MS_PER_DAY)
    return refuse('INVALID', `A fault ends in the future, at most ${MAX_FAULT_DAYS} days from now in real time: give another \`until\`.`, 'until');
  const fault = read.value;
  const faults = [
    ...faultsAt(standing, wallNow).filter(({ kind }) => slotOf(kind) !== slotOf(faultText(fault))),
    { kind: faultText(fault), rate: asked.rate, until: isoText(until) },
  ];
  if (faults.length > MAX_FAULTS) return refuse('QUOTA_EXCEEDED', `A sandbox has at most ${MAX_FAULTS} faults at once: end them with \`clearFaults\` first.`);
  return ok(faults);
}

export const noElement = (coordinate: string): string => `This API version has no element \`${coordinate}\`. Name one as the schema does, such as \`Query.milestones\`.`;

/** Those that have not ended. */
export const faultsAt = (faults: readonly InjectedFault[], wallNow: Instant): readonly InjectedFault[] => faults.filter(({ until }) => Date.parse(until) > wallNow);

/** A sandbox has one latency at a time, and one brownout of each element. */
const slotOf = (text: string): string => (text.startsWith('latency:') ? 'latency' : text);

const isoText = (instant: Instant): string => new Date(instant).toISOString();
