/**
 * The road's stages as types. Each stage takes what the one before it proved and adds a fact, so
 * that a wrong order does not compile: HTTP -> identify -> place -> choose version -> prepare ->
 * heed -> beset -> admit -> run. Guards refuse on the way and add nothing.
 */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Logger } from 'pino';
import type { Instant } from '../base/clock.ts';
import type { ReleaseGate } from '../base/release-gate.ts';
import type { Advice, Effects, RequestUses } from '../deprecations/index.ts';
import type { CostFormula } from '../limits/index.ts';
import type { Caller, PartnerClaims } from '../partners/index.ts';
import type { Reader, ReadRequest } from '../reads/index.ts';
import type { UnregisteredWarning } from '../upgrades/index.ts';
import type { Charge } from './charge.ts';
import type { GraphQLParameters } from './guard.ts';

/** A request that arrived. */
export interface Received {
  readonly requestId: string;
  /** Wall time. */
  readonly receivedAt: Instant;
  readonly log: Logger;
  /** The header `Idempotency-Key`, as it was sent. */
  readonly idempotencyKey: string | undefined;
  /** The header `Sandbox-Fault`, as it was sent. */
  readonly sandboxFault: string | undefined;
  /** What the client says of itself (headers `apollographql-client-name` and `-version`); empty where it says nothing. */
  readonly client: { readonly name: string; readonly version: string };
  /** What the client prefers of the media types that we speak. */
  readonly mediaType: string;
  /** Aborted when the client left. */
  readonly signal: AbortSignal;
}

/** Whose token it carries, its signature and its time verified. */
export interface Identified extends Received {
  readonly claims: PartnerClaims;
  /** The token, for requests that are made in its name. */
  readonly token: string;
}

/** In exactly one environment, as one integration of one partner; all three in good standing when
    last seen, which every statement asks again. */
export interface Placed extends Identified {
  readonly caller: Caller;
  /** The environment's time. */
  readonly environmentNow: Instant;
}

/** What chose the version: the request's path, its header, the integration's pin, or nobody. */
export type VersionReason = 'path' | 'header' | 'pinned' | 'current';

/** Against one version of the API. */
export interface Versioned extends Placed {
  readonly served: ServedVersion;
  readonly versionReason: VersionReason;
  /** The removal gate, as it stands for the environment's instant. */
  readonly gate: ReleaseGate;
}

/** An operation of a valid document with its coerced variables. */
export interface Prepared extends Versioned {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Names the document within its version: SHA-256, hexadecimal. */
  readonly documentHash: string;
  /** As they were sent, for graphql-js to coerce itself: a coerced value need not coerce again. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly coerced: Readonly<Record<string, unknown>>;
}

/** Looked up in the deprecation registry at the environment's instant. */
export interface Heeded extends Prepared {
  readonly uses: RequestUses;
  /** What the registry says of the version at that instant. */
  readonly effects: Effects;
}

/** What goes wrong with one request, because its sandbox asks for it. */
export interface Faults {
  readonly rateLimited: boolean;
  readonly latencyMs: number;
  readonly unavailable: boolean;
  /** Everybody whom it reads about has taken their consent back. */
  readonly consentWithdrawn: boolean;
  /** The response path of the field that fails, without the places in lists; null where none does. */
  readonly failing: readonly string[] | null;
  /** Those that acted, as the answer tells them. */
  readonly told: string[];
}

/** Its cost drawn from the integration's budget. */
export interface Admitted extends Heeded {
  /** Null in live, and wherever nothing is asked to go wrong. */
  readonly faults: Faults | null;
  readonly formula: CostFormula;
  readonly read: ReadRequest;
}

/** One version of the API as it is served: one immutable schema. */
export interface ServedVersion {
  readonly version: string;
  readonly schema: GraphQLSchema;
  readonly reader: Reader;
  answer(question: Question, call: Call): Promise<AnswerText>;
  /** Whether the document of that SHA-256 is known to be valid in this version. */
  knows(documentHash: string): boolean;
  stop(): Promise<void>;
}

/** What a request asks of a version. */
export interface Question extends GraphQLParameters {
  readonly method: 'GET' | 'POST';
  /** SHA-256 of the document, hexadecimal. */
  readonly documentHash: string;
}

export interface AnswerText {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly text: string;
}

/** One request on its way: what it brings, and what became of it. */
export interface Call {
  readonly request: Versioned;
  readonly outcome: CallOutcome;
  readonly charge: Charge;
}

/** Filled in on the way, for the request log and the metrics. */
export interface CallOutcome {
  operationKind: 'QUERY' | 'MUTATION' | null;
  operationName: string | null;
  documentHash: string | null;
  /** That the document is not registered, where its integration wants to be told. */
  unregistered: UnregisteredWarning | null;
  errorCodes: string[];
  /** Until the same request may succeed, as its errors say; 0 where none does. */
  retryAfterMs: number;
  objectCount: number;
  /** A list was asked for from a cursor on that an earlier page had given. */
  followedCursor: boolean;
  /** Faults of the sandbox that acted. */
  readonly faults: string[];
  /** Of deprecated elements that it uses; null where there are none, or before they are known. */
  advice: Advice | null;
  /** What it uses of the API; null where that was not known when it ended. */
  uses: RequestUses | null;
  /** Id of the brownout for which it was refused; null where none was in the way. */
  brownoutId: string | null;
  /** The caller was no longer let in when the statement asked; nothing was read or written. */
  gateClosed: boolean;
}
