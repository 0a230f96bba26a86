/** Commands for the deprecation registry: out and in as JSON, e.g. from one installation to another. */
import { readFile } from 'node:fs/promises';
import { buildVersionsOf } from '../app.ts';
import { wallClock } from '../base/clock.ts';
import { ConfigError } from '../config.ts';
import { settleLive } from '../database.ts';
import { exportNotices, importNotices, isSteward } from '../deprecations/index.ts';
import { elementIn } from '../graphql/elements.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { rooms } from '../rooms.ts';
import { print, withDatabase } from './session.ts';

async function asMarketplace<T>(database: Database, work: (tx: Tx, liveEnvironmentId: string) => Promise<T>): Promise<T> {
  const environmentId = await settleLive(database, wallClock);
  return inTransaction(database, { environmentId, partnerId: '*' }, tx => work(tx, environmentId));
}

export const exportRegistry = (): Promise<void> => withDatabase(async database => void process.stdout.write(`${await asMarketplace(database, exportNotices)}\n`));

export async function importRegistry(file: string, { staff: staffId, reason }: { staff: string; reason: string }): Promise<void> {
  const json = await readFile(file, 'utf8').catch(() => {
    throw new ConfigError(`The file ${file} cannot be read.`);
  });
  const schemas = [...(await buildVersionsOf(rooms)).values()].map(({ schema }) => schema);
  await withDatabase(async database => {
    const imported = await asMarketplace(database, async (tx, liveEnvironmentId) => {
      if (!(await isSteward(tx, staffId))) throw new ConfigError(`${staffId} is no active API steward: name one with --staff.`);
      const outcome = await importNotices(tx, { staffId, clock: wallClock, liveEnvironmentId, elementExists: elementIn(schemas) }, json, reason);
      // Thrown, so that the transaction is undone: an import is taken whole or not at all.
      if (!outcome.ok) throw new ConfigError(`${outcome.refusal.path.join('.')}: ${outcome.refusal.message}`);
      return outcome.value.noticeIds;
    });
    print({ imported: imported.length, notices: imported });
  });
}
