/** Milestones, rewards and the program that holds them together. */
import type { Room } from '../room.ts';
import { confirmProgress } from './confirmation.ts';
import { Award, AwardQueries } from './award.graphql.ts';
import { Criterion, Milestone, MilestoneQueries, Reward } from './milestone.graphql.ts';
import { Program, ProgramMilestones, ProgramQueries } from './program.graphql.ts';
import { ensureProgram } from './program.store.ts';
import { CriterionProgress, IntegrationProgress, MilestoneProgress, MilestoneProgressQueries, ProgressOnMilestone } from './progress.graphql.ts';
import { RoadmapItem } from './roadmap.graphql.ts';
import { PartnerTier, Tier, ViewerTier } from './tier.graphql.ts';

export const incentivesRoom: Room = {
  name: 'incentives',
  graphql: [
    Program,
    ProgramMilestones,
    ProgramQueries,
    Tier,
    PartnerTier,
    ViewerTier,
    RoadmapItem,
    Milestone,
    MilestoneQueries,
    Criterion,
    Reward,
    MilestoneProgress,
    MilestoneProgressQueries,
    CriterionProgress,
    IntegrationProgress,
    ProgressOnMilestone,
    Award,
    AwardQueries,
  ],
  migrations: ['20261123_06_program.sql', '20261123_07_progress_and_awards.sql'],
  dueWork: { 'progress.confirm': confirmProgress },
  settle: ensureProgram,
  world: ['incentives.sql'],
};
