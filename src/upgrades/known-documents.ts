/**
 * Registered documents as a gateway knows them. What it remembers is right as long as the integration's
 * revision is: the gate compares that in the statement of every request, and whoever finds it closed is
 * placed anew, with the revision of today. A document that is not found is asked for in the database each
 * time, because no statement runs that could say better.
 */
import { LRUCache } from 'lru-cache';
import type { Caller } from '../partners/index.ts';
import { inTransaction, type Database } from '../platform/postgres/database.ts';
import type { DocumentMode } from './document.rules.ts';
import { lookUpDocument } from './registered-document.store.ts';

export interface KnownDocuments {
  /** The text that the caller registered under a hash, and the mode that its integration is in. Throws `UnavailableError`. */
  find(caller: Caller, hash: string): Promise<FoundDocument>;
  /** Whether the caller registered the document, as far as that was known within its revision: for a warning, not for a refusal. */
  isRegistered(caller: Caller, hash: string): Promise<boolean>;
  readonly bytes: number;
}

export interface FoundDocument {
  readonly mode: DocumentMode;
  /** Null where it is not registered. */
  readonly text: string | null;
}

interface Remembered {
  readonly revision: string;
  readonly text: string | null;
}

/** What an entry takes beside the text. */
const ENTRY_BYTES = 300;

export function openKnownDocuments(database: Database, maxBytes: number): KnownDocuments {
  const remembered = new LRUCache<string, Remembered>({ maxSize: maxBytes, sizeCalculation: ({ text }) => ENTRY_BYTES + (text?.length ?? 0) });
  const keyOf = ({ environment, integrationId }: Caller, hash: string): string => `${environment.id} ${integrationId} ${hash}`;
  const recall = (caller: Caller, hash: string): Remembered | undefined => {
    const known = remembered.get(keyOf(caller, hash));
    return known?.revision === caller.documents.revision ? known : undefined;
  };

  async function lookUp(caller: Caller, hash: string): Promise<FoundDocument> {
    const { environment, partnerId, integrationId } = caller;
    const owner = { environmentId: environment.id, integrationId };
    const found = await inTransaction(database, { environmentId: environment.id, partnerId }, tx => lookUpDocument(tx, owner, hash));
    const { mode, text } = found ?? { mode: caller.documents.mode, text: null };
    remembered.set(keyOf(caller, hash), { revision: caller.documents.revision, text });
    return { mode, text };
  }

  return {
    async find(caller, hash) {
      const known = recall(caller, hash);
      return known?.text == null ? lookUp(caller, hash) : { mode: caller.documents.mode, text: known.text };
    },
    async isRegistered(caller, hash) {
      const { text } = recall(caller, hash) ?? (await lookUp(caller, hash));
      return text !== null;
    },
    get bytes() {
      return remembered.calculatedSize;
    },
  };
}
