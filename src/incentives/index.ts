/** Milestones, rewards and the program that holds them together. */
import type { Room } from '../room.ts';
import { Award, AwardQueries } from './award.graphql.ts';
import { EXECUTE, executeClawback } from './clawbacks.service.ts';
import { GIVE, giveMore } from './awards.service.ts';
import { confirmProgress } from './confirmation.ts';
import { disputeGraphql } from './dispute.graphql.ts';
import { LAPSE, lapseDispute } from './disputes.service.ts';
import { Badge, DirectoryEntry, Entitlement, EntitlementQueries } from './entitlement.graphql.ts';
import { LedgerBalance, LedgerPosting, LedgerQueries, LedgerTransaction, RewardForecast } from './ledger.graphql.ts';
import { Criterion, Milestone, MilestoneQueries, MilestoneVersion, Reward } from './milestone.graphql.ts';
import { payoutGraphql } from './payout.graphql.ts';
import { Program, ProgramMilestones, ProgramQueries } from './program.graphql.ts';
import { ensureProgram, ensureRefunds } from './program.store.ts';
import { CriterionEvidence, CriterionProgress, IntegrationProgress, MilestoneProgress, MilestoneProgressQueries, ProgressOnMilestone } from './progress.graphql.ts';
import { CONFIRM, judgeAll, progressJobs } from './progress.service.ts';
import { revenueGraphql } from './revenue.graphql.ts';
import { revenueWork } from './revenue.service.ts';
import { reviewGraphql } from './review.graphql.ts';
import { RoadmapItem } from './roadmap.graphql.ts';
import { bankWork } from './simulated-bank.ts';
import { staffDisputeGraphql } from './staff-dispute.graphql.ts';
import { staffMoneyGraphql } from './staff-money.graphql.ts';
import { staffPayoutGraphql } from './staff-payout.graphql.ts';
import { staffProgramGraphql } from './staff-program.graphql.ts';
import { staffReviewGraphql } from './staff-review.graphql.ts';
import { staffRevenueGraphql } from './staff-revenue.graphql.ts';
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
    MilestoneVersion,
    MilestoneQueries,
    Criterion,
    Reward,
    MilestoneProgress,
    MilestoneProgressQueries,
    CriterionProgress,
    CriterionEvidence,
    IntegrationProgress,
    ProgressOnMilestone,
    Award,
    AwardQueries,
    LedgerTransaction,
    LedgerPosting,
    LedgerBalance,
    LedgerQueries,
    RewardForecast,
    Entitlement,
    EntitlementQueries,
    Badge,
    DirectoryEntry,
    ...payoutGraphql,
    ...revenueGraphql,
    ...disputeGraphql,
    ...reviewGraphql,
  ],
  adminGraphql: [...staffProgramGraphql, ...staffMoneyGraphql, ...staffPayoutGraphql, ...staffRevenueGraphql, ...staffDisputeGraphql, ...staffReviewGraphql],
  migrations: [
    '20261123_06_program.sql',
    '20261123_07_progress_and_awards.sql',
    '20261123_90_criteria_and_progress.sql',
    '20261123_91_ledger.sql',
    '20261123_92_payouts.sql',
    '20261123_93_replay.sql',
    '20261123_94_revenue_share.sql',
    '20261123_95_places_in_the_ledger.sql',
    '20261123_96_disputes.sql',
    '20261123_97_review_cycles.sql',
    '20261124_98_shares_are_found.sql',
    '20261126_13_results_that_wait.sql',
  ],
  jobs: progressJobs,
  dueWork: { [CONFIRM]: confirmProgress, [GIVE]: giveMore, [EXECUTE]: executeClawback, [LAPSE]: lapseDispute, ...bankWork, ...revenueWork },
  catchUp: judgeAll,
  settle: async (tx, environmentId) => {
    await ensureProgram(tx, environmentId);
    await ensureRefunds(tx, environmentId);
  },
  world: ['incentives.sql', 'ledger.sql', 'rules.sql'],
};

export { approveAward, awardMilestone, fundBudget, voidAward } from './awards.service.ts';
export { dayOf } from './period.rules.ts';
export { judgeWaiting } from './progress.service.ts';
export { replay, type Compared, type Replay } from './replay.service.ts';
export { roadmapPage } from './roadmap-page.ts';
export { loadRoadmap, type PublicRoadmapItem } from './roadmap.store.ts';
