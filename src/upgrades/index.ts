/** The door of upgrades: the documents of integrations, and what a newer version makes of them. */
import type { Room } from '../room.ts';
import * as registered from './registered-document.graphql.ts';

export const upgradesRoom: Room = {
  name: 'upgrades',
  graphql: [
    registered.RegisteredOperation,
    registered.IntegrationDocuments,
    registered.RegisterOperationsPayload,
    registered.UnregisterOperationsPayload,
    registered.SetDocumentModePayload,
    registered.RegisteredOperationMutations,
  ],
  migrations: ['20261123_48_documents.sql'],
};

export { documentIdOf, hashIn, unregisteredWarning, type DocumentMode, type UnregisteredWarning } from './document.rules.ts';
export { openKnownDocuments, type FoundDocument, type KnownDocuments } from './known-documents.ts';
