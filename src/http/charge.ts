/**
 * What one request is charged. Whatever reaches a version is: its cost where that is known, and 1 for
 * what is refused before (a document that does not parse or fit, variables that do not, an operation
 * that is too dear). So every answer can say where its integration stands.
 */
import type { Caller } from '../partners/index.ts';
import {
  asIfEmpty,
  costExtension,
  rateLimitHeaders,
  retryAfterSeconds,
  type Admission,
  type Budgets,
  type CallerLimits,
  type CostExtension,
  type LimitBook,
  type Limits,
  type Refused,
  type Standing,
} from '../limits/index.ts';

/** What a request costs that was refused before its own cost was known. */
export const REFUSED_COST = 1;

export interface Charging {
  readonly budgets: Budgets;
  readonly book: LimitBook;
}

export class Charge {
  /** Drawn for the request; what it may cost at most. */
  requested = 0;
  /** What it did cost; null where it did not run. */
  actual: number | null = null;
  private readonly budgets: Budgets;
  private readonly key: string;
  private readonly own: CallerLimits;
  private admission: Admission | null = null;
  private open = false;
  private standing: readonly Standing[] = [];

  constructor({ budgets, book }: Charging, caller: Caller) {
    this.budgets = budgets;
    this.key = `${caller.environment.id}/${caller.integrationId}`;
    this.own = book.of(caller);
  }

  /** The caller's limits, a single operation's maximum among them. */
  get limits(): Limits {
    return this.own.limits;
  }

  /** How the policies stood at the last draw. */
  get standings(): readonly Standing[] {
    return this.standing;
  }

  /** Draws the cost, in the place of what was drawn before. Answers the refusal where there is no room. */
  async draw(cost: number): Promise<Refused | null> {
    this.settle(0);
    this.requested = cost;
    this.actual = null;
    const admission = await this.budgets.admit({ key: this.key, policies: this.own.policies, cost });
    this.admission = admission;
    this.standing = admission.standings;
    this.open = admission.ok;
    return admission.ok ? null : admission;
  }

  /** Refuses as an empty budget does, and draws nothing: a fault that a sandbox asks for. */
  async refuse(cost: number): Promise<Refused> {
    const full = await this.draw(0);
    this.settle(0);
    const refused = full ?? asIfEmpty(this.standing);
    this.admission = refused;
    this.standing = refused.standings;
    this.requested = cost;
    this.actual = null;
    return refused;
  }

  /** Draws what a request is charged that is not known to be answerable; nothing where more was drawn. */
  async drawUnknown(): Promise<Refused | null> {
    return this.admission ? null : this.draw(REFUSED_COST);
  }

  /** Draws for an answer about costs: a place in flight, no tokens of the budget, and one of a bucket beside it. */
  async drawCheck(): Promise<Refused | null> {
    const refused = await this.draw(0);
    if (refused) return refused;
    const check = await this.budgets.admit({ key: `${this.key}/checks`, policies: this.own.checks, cost: 1 });
    if (!check.ok) {
      this.settle(0);
      this.admission = check;
    }
    this.standing = [...this.standing, ...check.standings];
    return check.ok ? null : check;
  }

  /** Gives back what it did not cost. Only the first time counts. */
  settle(actual: number): void {
    if (!this.open || !this.admission?.ok) return;
    this.open = false;
    this.actual = actual;
    this.standing = this.budgets.settle(this.admission, actual);
  }

  /** What was drawn is what it cost: it ended before that could be said better. */
  async close(): Promise<void> {
    if (!this.admission) await this.drawUnknown();
    this.settle(this.requested);
  }

  get extension(): CostExtension {
    return costExtension(this.standing, this.requested, this.actual);
  }

  /** Headers of the answer; none where nothing was drawn. */
  get headers(): Readonly<Record<string, string>> {
    if (!this.admission) return {};
    const headers = { ...rateLimitHeaders(this.standing, this.admission.degraded) };
    return this.admission.ok ? headers : { ...headers, 'retry-after': String(retryAfterSeconds(this.admission)) };
  }
}
