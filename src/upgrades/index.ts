/** The door of upgrades: the documents of integrations, and what a newer version makes of them. */
import type { Room } from '../room.ts';
import { observedJobs } from './observer.ts';
import * as registered from './registered-document.graphql.ts';
import { IntegrationImpact, OperationImpact, StaffUpgradeQueries, UpgradeImpact } from './staff-upgrades.graphql.ts';
import * as report from './upgrade-report.graphql.ts';

export const upgradesRoom: Room = {
  name: 'upgrades',
  graphql: [
    registered.RegisteredOperation,
    registered.IntegrationDocuments,
    registered.RegisterOperationsPayload,
    registered.UnregisterOperationsPayload,
    registered.SetDocumentModePayload,
    registered.RegisteredOperationMutations,
    report.UpgradeReport,
    report.UpgradeSummary,
    report.UpgradeFinding,
    report.OperationUpgrade,
    report.UpgradeQueries,
    report.ObservedOperation,
    report.IntegrationObservations,
  ],
  adminGraphql: [UpgradeImpact, IntegrationImpact, OperationImpact, StaffUpgradeQueries],
  migrations: ['20261123_48_documents.sql', '20261126_12_observed_operations_meet_a_deletion.sql'],
  jobs: observedJobs,
};

export { documentIdOf, hashIn, unregisteredWarning, type DocumentMode, type UnregisteredWarning } from './document.rules.ts';
export { openKnownDocuments, type FoundDocument, type KnownDocuments } from './known-documents.ts';
export { openObserver, type Observer } from './observer.ts';
export type { Asking, FindingContext, Found } from './asking.ts';
