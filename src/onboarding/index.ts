/** The door of onboarding: how a partner comes from its first sandbox to live, seen and not declared. */
import type { Room } from '../room.ts';
import { Onboarding, OnboardingQueries, OnboardingStep } from './checklist.graphql.ts';

export const onboardingRoom: Room = {
  name: 'onboarding',
  graphql: [Onboarding, OnboardingStep, OnboardingQueries],
  migrations: ['20261123_58_onboarding.sql'],
};

export { noteOnboarding } from './checklist.store.ts';
