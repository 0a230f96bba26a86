/** The door of onboarding: how a partner comes from its first sandbox to live, seen and not declared. */
import type { Room } from '../room.ts';
import { GoLiveMutations, GoLivePayload, IntegrationLive } from './going-live.graphql.ts';
import { Onboarding, OnboardingQueries, OnboardingStep } from './checklist.graphql.ts';
import { staffTrialGraphql } from './staff-trial.graphql.ts';
import { IntegrationTrial, Trial, TrialQueries } from './trial.graphql.ts';

export const onboardingRoom: Room = {
  name: 'onboarding',
  graphql: [Onboarding, OnboardingStep, OnboardingQueries, IntegrationLive, GoLivePayload, GoLiveMutations, Trial, IntegrationTrial, TrialQueries],
  adminGraphql: staffTrialGraphql,
  migrations: ['20261123_58_onboarding.sql', '20261123_59_trials.sql', '20261126_11_evidence_meets_a_deletion.sql'],
  parity: [
    {
      name: 'going-live',
      live: 'An integration that has not gone live, and is not on trial, opens what leads there: itself, the program, its sandboxes, `goLive`. The rest is refused with `FORBIDDEN`.',
      sandbox: 'Everything is open from the first request on, and `goLive` is refused with `LIVE_ONLY`.',
      why: 'What is asked for before live is shown here.',
    },
  ],
};

export { isOpenBeforeLive } from './before-live.rules.ts';
export { noteOnboarding } from './checklist.store.ts';
