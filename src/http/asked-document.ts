/**
 * Which document a request asks: by its text, or by the id under which its integration registered it. An
 * integration that is held to its registered documents is refused all others before anything of them is
 * parsed. A document that is named by its id is remembered by that name, so it is found without its text.
 */
import { createHash } from 'node:crypto';
import { parse, validate, GraphQLError, Kind, type GraphQLSchema } from 'graphql';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { ReadDocument } from '../graphql/writing.ts';
import { documentIdOf, type KnownDocuments } from '../upgrades/index.ts';
import { UNSTABLE, coordinatesOf } from '../versions/index.ts';
import type { AskedParameters, DocumentGuard, GraphQLParameters } from './guard.ts';
import { Refusal } from './refusal.ts';
import type { Versioned } from './stages.ts';

export interface AskedDocument extends GraphQLParameters {
  /** Its SHA-256 in hexadecimal, where that is known without a look at its text. */
  readonly documentHash: string | undefined;
  /** The id of a document that is answered although it is not registered, where the integration wants to be told; else null. */
  readonly unregistered: string | null;
}

export interface DocumentDeps {
  readonly guard: DocumentGuard;
  readonly known: KnownDocuments;
}

/** The SHA-256 of the document, where it can be told cheaply. */
export const cheapHash = ({ query, documentHash }: AskedParameters, guard: DocumentGuard): string | undefined => documentHash ?? guard.hashOf(query!);

/** Throws BAD_USER_INPUT for an id under which nothing is registered, FORBIDDEN for a document that has to be and is not. */
export async function askedDocument(parameters: AskedParameters, { caller }: Versioned, { guard, known }: DocumentDeps): Promise<AskedDocument> {
  const { query, documentHash, operationName, variables } = parameters;
  if (documentHash !== null) {
    const { text } = await known.find(caller, documentHash);
    if (text === null) throw unknownId(documentHash);
    if (query !== null && query !== text) throw new Refusal('BAD_USER_INPUT', '`documentId` and `query` are different documents. Send one of them.', { status: 400 });
    return { query: text, operationName, variables, documentHash, unregistered: null };
  }
  const text = query!;
  if (caller.documents.mode === 'OPEN') return { query: text, operationName, variables, documentHash: guard.hashOf(text), unregistered: null };
  const hash = guard.hashOf(text) ?? createHash('sha256').update(text).digest('hex');
  const unregistered = (await isAnswered(hash)) ? null : documentIdOf(hash);
  // Whoever has not passed the guard has to, by its own hash.
  return { query: text, operationName, variables, documentHash: guard.hashOf(text), unregistered };

  async function isAnswered(asked: string): Promise<boolean> {
    if (caller.documents.mode === 'LOGGED') return known.isRegistered(caller, asked);
    const found = await known.find(caller, asked);
    if (found.text === null && found.mode === 'REGISTERED_ONLY') throw notRegistered(asked);
    return true;
  }
}

const unknownId = (hash: string): Refusal =>
  new Refusal('BAD_USER_INPUT', `Your integration has registered no document \`${documentIdOf(hash)}\`. Register it with \`registerOperations\`, or send its text in \`query\`.`, {
    status: 400,
    extensions: { reason: 'DOCUMENT_UNKNOWN', documentId: documentIdOf(hash) },
  });

const notRegistered = (hash: string): Refusal =>
  new Refusal(
    'FORBIDDEN',
    `Your integration is answered its registered documents alone, and \`${documentIdOf(hash)}\` is none of them. Register it with \`registerOperations\`, from a registered document or from another integration of your organisation.`,
    { extensions: { reason: 'DOCUMENT_NOT_REGISTERED', documentId: documentIdOf(hash) } },
  );

/** Most faults that are told of one document. */
const MAX_ERRORS = 3;

/** Reads a document that an input holds, by the bounds of any that is sent and the schema of a version; else says why
    not. A version that is not there yet is made of the head. */
export type DocumentReader = (text: string, version: string) => Outcome<ReadDocument, string>;

export const documentReader =
  (guard: DocumentGuard, versions: ReadonlyMap<string, { readonly schema: GraphQLSchema }>): DocumentReader =>
  (text, version) =>
    readDocument(text, (versions.get(version) ?? versions.get(UNSTABLE)!).schema, guard);

function readDocument(text: string, schema: GraphQLSchema, guard: DocumentGuard): Outcome<ReadDocument, string> {
  try {
    const hash = guard.check(text);
    const document = parse(text);
    const invalid = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
    if (invalid.length > 0) return refused(invalid.map(({ message }) => message).join(' '));
    const operations = document.definitions.filter(definition => definition.kind === Kind.OPERATION_DEFINITION);
    if (operations.length === 0) return refused('It holds no operation.');
    return ok({
      hash,
      operationNames: operations.flatMap(({ name }) => name?.value ?? []),
      coordinates: [...new Set(operations.flatMap(operation => [...coordinatesOf(schema, document, operation).keys()]))],
    });
  } catch (error) {
    if (error instanceof Refusal || error instanceof GraphQLError) return refused(error.message);
    throw error;
  }
}
