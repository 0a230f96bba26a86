/** What is otherwise in a sandbox because it is an environment to rehearse in: its clock, its life, its rows. */
import type { Difference } from '../room.ts';
import { IDLE_DAYS } from './sandbox.rules.ts';

export const PARITY: readonly Difference[] = [
  {
    name: 'clock',
    live: 'Environment time is real time.',
    sandbox:
      '`advanceClock`, `freezeClock` and `runClock` move, stop and start it; milestones, rewards and the life of API versions follow. Tokens, limits and idempotency keys stay on real time.',
    why: 'To meet next year before it is here.',
  },
  {
    name: 'people',
    live: 'Partners, people and what they did are real.',
    sandbox: 'All of it is made from a seed: names are invented, addresses end in `.example`.',
    why: 'Nobody can be hurt by a rehearsal.',
  },
  {
    name: 'who-calls',
    live: 'Your credentials are your own integration.',
    sandbox: 'They are an integration of a partner in the sample world, with its progress and awards, and with the limits of its tier.',
    why: 'A new partner has nothing yet to read.',
  },
  {
    name: 'ids',
    live: 'Ids are new.',
    sandbox: 'Ids of the sample world follow from its seed and its namespace, so that a named namespace gives them again.',
    why: 'Tests may expect certain ids. No id stands in two environments.',
  },
  {
    name: 'faults',
    live: 'The header `Sandbox-Fault`, `injectFault` and `clearFaults` are refused with `SANDBOX_VALUE_IN_LIVE`.',
    sandbox: 'They let requests fail as they would in earnest, and answers say so.',
    why: 'What a client does with a refusal is best seen before it is in earnest.',
  },
  {
    name: 'magic-values',
    live: 'Ids that begin with `shp_test_`, `evt_test_`, `coh_test_` or `prt_test_` are refused with `SANDBOX_VALUE_IN_LIVE`.',
    sandbox: 'An event with such an id meets what it is named after; the other ids are like any.',
    why: 'A value that was left in a program after a test should fail on its first call.',
  },
  {
    name: 'scenarios',
    live: '`runScenario` makes a sandbox for it and deletes it afterwards.',
    sandbox: 'It is run in the sandbox and leaves its traces there; steps that ask live are skipped.',
    why: 'Live is not rehearsed in.',
  },
  {
    name: 'sandboxes',
    live: '`createSandbox`, `forkSandbox`, `claimSandbox` and the others make and change your sandboxes.',
    sandbox: 'Refused with `LIVE_ONLY`, but for the sandbox itself: it resets itself and moves its own clock.',
    why: 'A sandbox belongs to a partner, not to another sandbox.',
  },
  {
    name: 'life',
    live: 'What is recorded stays.',
    sandbox: `It can be reset and deleted, and ends by itself at its \`ttl\` or after ${IDLE_DAYS} days without use; without an account after a day.`,
    why: 'What nobody uses makes room for others.',
  },
];
