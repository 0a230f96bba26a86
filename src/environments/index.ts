/** The environments' door. */
import type { Room } from '../room.ts';
import { Environment, ViewerEnvironment } from './environment.graphql.ts';
import { EnvironmentEntity } from './environment.entity.ts';
import { PARITY } from './parity.ts';
import { AdvanceClockPayload, FiredWork, FreezeClockPayload, RunClockPayload, SandboxClockMutations } from './sandbox-clock.graphql.ts';
import * as life from './sandbox-life.graphql.ts';
import { Sandbox, SandboxClock, SandboxQueries, SandboxSnapshot } from './sandbox.graphql.ts';
import { ClearFaultsPayload, EnvironmentFaults, FaultMutations, InjectFaultPayload, SandboxFault } from './fault.graphql.ts';
import { RunScenarioPayload, ScenarioMutations, ScenarioReport, ScenarioStepReport } from './scenario/scenario.graphql.ts';
import { sandboxJobs } from './sandbox.jobs.ts';

export const environmentsRoom: Room = {
  name: 'environments',
  graphql: [
    Environment,
    ViewerEnvironment,
    Sandbox,
    SandboxClock,
    SandboxSnapshot,
    SandboxQueries,
    life.SandboxMutations,
    life.CreateSandboxPayload,
    life.ForkSandboxPayload,
    life.ReplaceSandboxCredentialPayload,
    life.ClaimSandboxPayload,
    life.ResetSandboxPayload,
    life.SnapshotSandboxPayload,
    life.DeleteSandboxPayload,
    life.DeleteSandboxSnapshotPayload,
    life.SandboxDiffPayload,
    life.SandboxDiffEntry,
    SandboxClockMutations,
    AdvanceClockPayload,
    FreezeClockPayload,
    RunClockPayload,
    FiredWork,
    SandboxFault,
    EnvironmentFaults,
    FaultMutations,
    InjectFaultPayload,
    ClearFaultsPayload,
    ScenarioMutations,
    RunScenarioPayload,
    ScenarioReport,
    ScenarioStepReport,
  ],
  entities: [EnvironmentEntity],
  migrations: [
    '20261123_02_environment.sql',
    '20261123_50_worlds_and_copies.sql',
    '20261123_51_sandboxes.sql',
    '20261123_52_due_work.sql',
    '20261123_54_worlds_are_made_share_by_share.sql',
    '20261123_55_sweeps_wait_for_nobody.sql',
    '20261123_56_faults.sql',
    '20261123_57_seeds_are_inlined.sql',
  ],
  jobs: sandboxJobs,
  parity: PARITY,
};

export { isSandbox, liveEnvironmentId } from './environment.store.ts';
export { findEnvironment, inEnvironment } from './sandbox.store.ts';
export { ensureLiveEnvironment, openEmptySandbox, type Owner } from './environments.service.ts';
export { createSandbox, type MadeSandbox, type NewSandbox } from './sandboxes.service.ts';
export { anonymousSandboxes, type AnonymousSandbox, type Full } from './anonymous.service.ts';
export { readScenario } from './scenario/scenario.files.ts';
export type { AskingContext } from './scenario/scenario.graphql.ts';
export { reportText, stepText, summaryText, type Scenario, type ScenarioReport } from './scenario/scenario.rules.ts';
export { NoSandbox, deleteSandboxOf, runScenario, sandboxFor, tokenBy, type Door, type Tokens } from './scenario/scenario.runner.ts';
export { startDueWork } from './due-work.runner.ts';
export { faultText, faultsAt, noElement, readFault, type Fault, type InjectedFault } from './fault.rules.ts';
export { isMagic, magicIn } from './magic.rules.ts';
export { handOver, promise, type Fired } from './due-work.ts';
export { sweepSandboxes } from './sandbox.jobs.ts';
export { SAMPLE_WORLD, installWorlds, seedWorld, worldsAreInstalled, type WorldShare, type WorldSize } from './world.ts';
