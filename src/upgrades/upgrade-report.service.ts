/** The upgrade report of one integration, page by page. */
import { badInput } from '../reads/index.ts';
import { NoSuchWay, type UpgradePath } from '../versions/index.ts';
import type { Asking, Found } from './asking.ts';
import { operationsOf } from './operation.store.ts';
import { upgradesOf, type ToldOperation, type Verdict } from './upgrades.ts';

export const summaryOf = (operations: readonly ToldOperation[]) => {
  const count = (verdict: Verdict): number => operations.filter(operation => operation.verdict === verdict).length;
  return { broken: count('BROKEN'), warned: count('WARNED'), unaffected: count('UNAFFECTED'), rewritten: operations.filter(({ rewritten }) => rewritten !== null).length };
};

export interface ReportQuestion {
  readonly from?: string | null;
  readonly to: string;
  readonly integrationId?: string | null;
  readonly verdicts?: readonly Verdict[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

/** Most operations on one page of a report. */
export const MAX_PAGE = 250;
const DEFAULT_PAGE = 100;

/** Throws BAD_USER_INPUT for versions that do not exist or lead back, and for pages that cannot be. */
export async function reportFor(asking: Asking, { from = null, to, integrationId, verdicts, first, after }: ReportQuestion): Promise<Found> {
  const { upgradePath } = asking;
  checkWay(upgradePath, from, to);
  const [begin, size] = [beginOf(after), sizeOf(first)];
  const owner = { environmentId: asking.environmentId, integrationId: integrationId ?? asking.integrationId };
  const judged = await upgradesOf(upgradePath).judgeAll(await asking.inTransaction(tx => operationsOf(tx, owner)), { from, to });
  const chosen = verdicts ? judged.filter(({ verdict }) => verdicts.includes(verdict)) : judged;
  const page = chosen.slice(begin, begin + size);
  const value = {
    from,
    to,
    summary: summaryOf(judged),
    operations: page,
    pageInfo: {
      hasNextPage: begin + size < chosen.length,
      hasPreviousPage: begin > 0,
      startCursor: page.length > 0 ? cursorOf(begin) : null,
      endCursor: page.length > 0 ? cursorOf(begin + page.length - 1) : null,
    },
  };
  return { value, objects: judged.length };
}

/** From the oldest version at worst, where nobody says from which. */
export function checkWay(path: UpgradePath, from: string | null, to: string): void {
  try {
    path.check(from ?? [...path.versions.keys()][0]!, to);
  } catch (error) {
    throw error instanceof NoSuchWay ? badInput(error.message) : error;
  }
}

function sizeOf(first: number | null | undefined): number {
  if (first == null) return DEFAULT_PAGE;
  if (first < 1 || first > MAX_PAGE) throw badInput(`\`first\` of \`upgradeReport\` is ${first}, and 1 to ${MAX_PAGE} operations are returned at once.`);
  return first;
}

const cursorOf = (place: number): string => Buffer.from(`upgrade:${place}`).toString('base64url');

function beginOf(after: string | null | undefined): number {
  if (after == null) return 0;
  const place = /^upgrade:(\d{1,7})$/.exec(Buffer.from(after, 'base64url').toString())?.[1];
  if (place === undefined) throw badInput('`after` is no cursor of `upgradeReport`: give `endCursor` of the page before.');
  return Number(place) + 1;
}
