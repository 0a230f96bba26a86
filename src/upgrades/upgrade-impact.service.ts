/** Who would break in another version, over all integrations of the transaction's environment. */
import type { Tx } from '../platform/postgres/database.ts';
import type { UpgradePath } from '../versions/index.ts';
import { integrationsWithOperations, operationsOf } from './operation.store.ts';
import { checkWay, summaryOf } from './upgrade-report.service.ts';
import { upgradesOf } from './upgrades.ts';

/** One look at everybody takes seconds: these bound it to some ten. */
export const MAX_INTEGRATIONS = 200;
export const MAX_JUDGED = 4_000;

/** Broken operations that are told of one integration. */
export const MAX_TOLD = 20;

/** Throws BAD_USER_INPUT for versions that do not exist or lead back. */
export async function impactOf(tx: Tx, path: UpgradePath, { from = null, to, integrationId = null }: { from?: string | null; to: string; integrationId?: string | null }) {
  checkWay(path, from, to);
  const all = await integrationsWithOperations(tx, integrationId, MAX_INTEGRATIONS + 1);
  const integrations = [];
  let judged = 0;
  for (const integration of all.slice(0, MAX_INTEGRATIONS)) {
    if (judged >= MAX_JUDGED) break;
    const operations = await upgradesOf(path).judgeAll(await operationsOf(tx, integration), { from, to });
    judged += operations.length;
    integrations.push({ ...integration, ...summaryOf(operations), operations: operations.filter(({ verdict }) => verdict === 'BROKEN').slice(0, MAX_TOLD) });
  }
  return { integrations: integrations.toSorted((a, b) => b.broken - a.broken || b.warned - a.warned), isComplete: integrations.length === all.length };
}
