/** How documents are named, how many an integration may register, and when it may be held to them. Pure. */
import { ok, refused, type Outcome } from '../base/outcome.ts';

export const DOCUMENT_MODES = ['OPEN', 'LOGGED', 'REGISTERED_ONLY'] as const;
export type DocumentMode = (typeof DOCUMENT_MODES)[number];

/** Of one integration. A program has tens of operations; a text takes a kilobyte or so. */
export const MAX_REGISTERED_DOCUMENTS = 1_000;

/** Of one request: each is parsed and validated in it. */
export const MAX_DOCUMENTS_AT_ONCE = 100;

const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

/** As partners name a document: the scheme of GraphQL over HTTP's persisted documents. */
export const documentIdOf = (hash: string): string => `sha256:${hash}`;

/** The SHA-256 in a document's id; null where it is none. */
export const hashIn = (documentId: string): string | null => DOCUMENT_ID.exec(documentId)?.[1] ?? null;

export interface DocumentRefusal {
  readonly code: 'INVALID' | 'NOT_FOUND' | 'QUOTA_EXCEEDED';
  readonly message: string;
  readonly path: readonly string[];
}

/** The element without which an integration that is held to its documents cannot be let go again by its own token. */
export const WAY_OUT = 'Mutation.setDocumentMode';

/** Whether the integration may be held to its registered documents by the one that asks. Whoever closes its own door must
    be able to open it again: with its own token alone it could not even ask for that. */
export function decideMode(
  mode: DocumentMode,
  { isOwn, registered, hasWayOut }: { readonly isOwn: boolean; readonly registered: number; readonly hasWayOut: boolean },
): Outcome<null, DocumentRefusal> {
  if (mode !== 'REGISTERED_ONLY') return ok(null);
  if (registered === 0)
    return refused({
      code: 'INVALID',
      message: 'Nothing is registered, so nothing would be answered any more. Register documents with `registerOperations` first.',
      path: ['mode'],
    });
  if (!isOwn || hasWayOut) return ok(null);
  return refused({
    code: 'INVALID',
    message:
      'None of the registered documents asks for `setDocumentMode`, so this integration could not open itself again. Register one that does, or set the mode from another integration of your organisation.',
    path: ['mode'],
  });
}

/** @param known already registered
    @param added beside them */
export function decideCount(known: number, added: number): Outcome<null, DocumentRefusal> {
  return known + added <= MAX_REGISTERED_DOCUMENTS
    ? ok(null)
    : refused({
        code: 'QUOTA_EXCEEDED',
        message: `An integration registers ${MAX_REGISTERED_DOCUMENTS} documents at most: ${known} are there and ${added} would be added. Unregister those that no program sends any more.`,
        path: ['operations'],
      });
}

/** An entry of `extensions.warnings`. */
export interface UnregisteredWarning {
  readonly type: 'UNREGISTERED_DOCUMENT';
  readonly message: string;
  readonly link: string;
  readonly data: { readonly documentId: string };
}

export const unregisteredWarning = (documentId: string, publicUrl: string): UnregisteredWarning => ({
  type: 'UNREGISTERED_DOCUMENT',
  message: `Your integration has not registered this document, and would be refused it if it were held to its registered documents. Register it with \`registerOperations\`.`,
  link: `${publicUrl}/explorer`,
  data: { documentId },
});
