/** What an integration of a partner may do in live before it has gone live: what leads there, and what
    is public among partners. Whatever is not listed is closed, so that a field which is added tomorrow
    is closed until somebody decides otherwise. */

const QUERIES = [
  'apiVersions',
  'awards',
  'consentGrants',
  'deprecations',
  'eventTypes',
  'events',
  'integration',
  'integrations',
  'journeys',
  'metrics',
  'milestoneProgress',
  'milestones',
  'node',
  'nodes',
  'notifications',
  'onboarding',
  'program',
  'rateLimit',
  'rejectedEvents',
  'requests',
  'sandbox',
  'sandboxes',
  'trial',
  'upgradeReport',
  'viewer',
];

const MUTATIONS = [
  'acknowledgeDeprecation',
  'advanceClock',
  'claimSandbox',
  'clearFaults',
  'createSandbox',
  'deleteSandbox',
  'deleteSandboxSnapshot',
  'forkSandbox',
  'freezeClock',
  'goLive',
  'injectFault',
  'issueCredential',
  'optOutOfBrownout',
  'pinApiVersion',
  'replaceSandboxCredential',
  'requestDeprecationExtension',
  'resetSandbox',
  'revokeCredential',
  'rotateCredential',
  'runClock',
  'runScenario',
  'sandboxDiff',
  'setRedirectUris',
  'signDeprecationDate',
  'snapshotSandbox',
  'validateEvent',
];

const OPEN = new Set([...QUERIES, ...MUTATIONS]);

/** Whether the root field is open to an integration that has not gone live. Introspection is. */
export const isOpenBeforeLive = (rootField: string): boolean => OPEN.has(rootField) || rootField.startsWith('__');
