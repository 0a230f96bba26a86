/** Commands for limits: what a tier's partners may ask for, and who decided so. */
import { wallClock } from '../base/clock.ts';
import { ConfigError } from '../config.ts';
import { limitHistory, setLimits, type EnvironmentKinds, type LimitPolicy, type Limits, type SubjectKind } from '../limits/index.ts';
import { NO_TENANT, inTransaction } from '../platform/postgres/database.ts';
import { print, withDatabase } from './session.ts';

interface SubjectOptions {
  readonly tier?: string;
  readonly partner?: string;
  readonly integration?: string;
}

export interface SetLimitsOptions extends SubjectOptions {
  readonly environments: EnvironmentKinds;
  readonly capacity?: number;
  readonly refill?: number;
  readonly maxOperationCost?: number;
  readonly concurrency?: number;
  readonly ofTier?: boolean;
  readonly shadowHours: number;
  readonly by: string;
  readonly reason: string;
  readonly json?: boolean;
}

const LISTED = 100;

export const setLimitsOf = (options: SetLimitsOptions): Promise<void> =>
  withDatabase(async database => {
    const change = {
      subject: { ...subjectOf(options), environments: options.environments },
      limits: limitsOf(options),
      shadowSeconds: options.shadowHours * 3_600,
      decidedBy: options.by,
      reason: options.reason,
    };
    const decided = await inTransaction(database, NO_TENANT, tx => setLimits(tx, change, wallClock));
    if (!decided.ok) throw new ConfigError(decided.refusal.message);
    print(factsOf(decided.value), options);
  });

export const listLimitDecisions = (options: { readonly json?: boolean }): Promise<void> =>
  withDatabase(async database => {
    const decisions = (await inTransaction(database, NO_TENANT, tx => limitHistory(tx, LISTED))).map(factsOf);
    if (options.json) return void process.stdout.write(`${JSON.stringify(decisions)}\n`);
    for (const decision of decisions) {
      print(decision);
      process.stdout.write('\n');
    }
  });

function subjectOf({ tier, partner, integration }: SubjectOptions): { kind: SubjectKind; name: string } {
  if (tier !== undefined) return { kind: 'TIER', name: tier };
  if (partner !== undefined) return { kind: 'PARTNER', name: partner };
  if (integration !== undefined) return { kind: 'INTEGRATION', name: integration };
  throw new ConfigError('Say whose limits they are: --tier, --partner or --integration.');
}

function limitsOf({ capacity, refill, maxOperationCost, concurrency, ofTier }: SetLimitsOptions): Limits | null {
  if (ofTier) return null;
  if (capacity === undefined || refill === undefined || maxOperationCost === undefined || concurrency === undefined) {
    throw new ConfigError('Limits are four numbers: give --capacity, --refill, --max-operation-cost and --concurrency, or --of-tier.');
  }
  return { capacity, refillPerSecond: refill, maxOperationCost, concurrency };
}

const factsOf = ({ subject, limits, startsAt, shadowUntil, decidedBy, reason }: LimitPolicy): Record<string, unknown> => ({
  subject: `${subject.kind} ${subject.name}`,
  environments: subject.environments,
  ...(limits ?? { limits: 'those of the tier' }),
  decidedAt: new Date(startsAt).toISOString(),
  enforcedFrom: new Date(shadowUntil ?? startsAt).toISOString(),
  decidedBy,
  reason,
});
