/**
 * Mutations: what a resolver hands to the road, and what the road makes of it. A mutation's fields
 * that come from the database are read by the compiler, like any other, in the transaction that
 * changed them; so every field has one source of truth, and either all of an answer is true or
 * nothing was done.
 */
import type { GraphQLField, GraphQLResolveInfo } from 'graphql';
import { Extensions } from 'type-graphql';
import type { Clock } from '../base/clock.ts';
import type { ReleaseGate } from '../base/release-gate.ts';
import type { Outcome } from '../base/outcome.ts';
import { ANSWERED, Value, given, type Param } from '../reads/index.ts';
import type { UserError } from './user-error.ts';

/** A part of an answer: an id, or a value as the payload shows it. */
export type AnswerPart = string | number | boolean | null | readonly AnswerPart[] | { readonly [name: string]: AnswerPart };

/** What a use case did. */
export interface Done {
  /** What the payload is read by (`answered`), ids of what changed; and payload fields that are no
      rows, by name. It is kept for replays of the request, so no secret may be in it. */
  readonly answer: Readonly<Record<string, AnswerPart>>;
  /** Payload fields that are shown in the first answer and never again. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Both stand at the instant at which the request arrived, as for its reads. */
export interface Clocks {
  /** For security and infrastructure. */
  readonly wall: Clock;
  /** The environment's, for business. */
  readonly environment: Clock;
}

/** Who asks for the mutation, and where. */
export interface Calling {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  /** The removal gate, as it stands for the environment's instant. */
  readonly gate: ReleaseGate;
  /** The API version that answers the request. */
  readonly apiVersion: string;
  /** A document that an input holds, by the same bounds and the same schema as one that is sent to the version (without
      one, to that which answers); why it would be refused, where it would. */
  readonly readDocument: (text: string, version?: string) => Outcome<ReadDocument, string>;
}

export interface ReadDocument {
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** Of operations that have one. */
  readonly operationNames: readonly string[];
  /** What its operations use of the version, by schema coordinate. */
  readonly coordinates: readonly string[];
}

/** A use case of a mutation, in a transaction under the caller's context. `Tx` is the platform's. */
export type UseCase<Tx> = (tx: Tx, clocks: Clocks, calling: Calling) => Promise<Outcome<Done, UserError>>;

/** What the road puts in the context for resolvers to write by. */
export interface WritingContext<Tx> {
  write(info: GraphQLResolveInfo, useCase: UseCase<Tx>): Promise<unknown>;
}

/** The body of a mutation's resolver: its payload. */
export const write = <Tx>(context: unknown, info: GraphQLResolveInfo, useCase: UseCase<Tx>): Promise<unknown> => (context as WritingContext<Tx>).write(info, useCase);

/** A part of the use case's `answer`, for the read mappings of a payload; NULL where it was refused. */
export const answered = (name: string, type = 'text'): Param => given(givenName(name), type);

/** An answer as given values for the compiler. */
export const answerValues = (answer: Done['answer']): Record<string, unknown> => Object.fromEntries(Object.entries(answer).map(([name, value]) => [givenName(name), value]));

/** A part of the use case's `answer` that the payload shows as it is: any JSON; null where it was refused. */
export const AnsweredValue = (name: string) => Value(givenName(name));

const givenName = (name: string): string => `${ANSWERED}${name}`;

/** Of the field `idempotencyKey` in every mutation's input. */
export const KEY_DESCRIPTION =
  'Names this request, so that sending it again does its work once: 1 to 255 printable ASCII characters, remembered for 24 hours. The header `Idempotency-Key` serves as well.';

/** Marks a mutation that may be done twice without harm, so that it needs no idempotency key. All
    others demand one: a key too many is a nuisance, one too few pays twice. */
export const Repeatable = (): MethodDecorator => Extensions({ repeatable: true });

export const isRepeatable = (mutation: GraphQLField<unknown, unknown>): boolean => mutation.extensions['repeatable'] === true;

/** Marks a mutation that no fault of a sandbox befalls: the one that ends them must get through. */
export const Undisturbed = (): MethodDecorator => Extensions({ undisturbed: true });

export const isUndisturbed = (mutation: GraphQLField<unknown, unknown>): boolean => mutation.extensions['undisturbed'] === true;
