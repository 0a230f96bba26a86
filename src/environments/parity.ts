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
    live: 'The header `Sandbox-Fault`, `injectFault` and ids such as `shp_test_...` are refused with `SANDBOX_VALUE_IN_LIVE`.',
    sandbox: 'They make requests fail, or mean something that is rehearsed.',
    why: 'What a program does with a refusal is best seen before it is in earnest.',
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
