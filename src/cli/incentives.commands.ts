/** Commands for the program: proving what is kept of progress and of money. */
import { wallClock } from '../base/clock.ts';
import { settleLive } from '../database.ts';
import { judgeWaiting, replay, type Compared } from '../incentives/index.ts';
import { measureWaiting } from '../measurement/index.ts';
import { inTransaction } from '../platform/postgres/database.ts';
import { withDatabase } from './session.ts';

/** All results of an environment take as long as they take. */
const LONGEST_MS = 6 * 60 * 60_000;

const told = (what: string, { lines, kept, replayed, differences }: Compared): string =>
  [
    ...differences.map(it => `${what}: kept ${it.kept ?? 'nothing'}, by the replay ${it.replayed ?? 'nothing'}`),
    kept === replayed ? `${what}: all ${lines} lines are what the replay comes to, byte by byte (SHA-256 ${kept}).` : `${what}: kept ${kept}, by the replay ${replayed}.`,
  ].join('\n');

/** Progress and ledger computed anew from nothing, against those that are kept: of the live environment, or of a sandbox. */
export const proveIncentives = ({ environment, json }: { environment?: string; json?: boolean }): Promise<void> =>
  withDatabase(
    async database => {
      const environmentId = environment ?? (await settleLive(database, wallClock));
      await measureWaiting(database);
      await judgeWaiting(database, wallClock);
      const replayed = await inTransaction(database, { environmentId, partnerId: '*' }, tx => replay(tx, environmentId));
      const { progress, ledger } = replayed;
      process.stdout.write(json ? `${JSON.stringify(replayed)}\n` : `${told('Progress', progress)}\n${told('Ledger', ledger)}\n`);
      if (progress.kept !== progress.replayed || ledger.kept !== ledger.replayed) process.exitCode = 1;
    },
    { statementTimeoutMs: LONGEST_MS },
  );
