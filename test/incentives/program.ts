/** Working with the program as the staff does: milestones with rules of the starter pack, and money. */
import { randomUUID } from 'node:crypto';
import { doNext } from '../../src/environments/due-work.ts';
import { judgeWaiting } from '../../src/incentives/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import type { TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { INGEST, event, measure, type EventJson } from '../measurement/events.ts';

/** Questions settled in four hours on average, of which at most one in ten is opened again. */
export const RULE = {
  all: [
    { metric: { id: 'resolution_time@1', window: 'cycle', cmp: 'AT_MOST', value: '240', unit: 'minutes' } },
    { guardrail: { metric: 'reopened_case_share@1', window: 'cycle', cmp: 'AT_MOST', value: '10', unit: 'percent' } },
  ],
};

export const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

export interface PublishedMilestone {
  readonly id: string;
  readonly versions: readonly { readonly version: number; readonly ruleHash: string }[];
}

export interface UserErrorJson {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
}

/** One write of a member of the staff, with a reason and a key. */
export function act(person: SeededStaff, mutation: string, input: Record<string, unknown>, selection: string): Promise<GraphQLAnswer> {
  const type = STEPS[mutation] ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  return person.query(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message path } } }`,
    { input: { reason: 'For a test.', ...input } },
    { headers: { 'idempotency-key': randomUUID() } },
  );
}

export const refusals = ({ data, text }: GraphQLAnswer): string[] => {
  if (!data) throw new Error(text);
  return (Object.values(data)[0] as { userErrors: UserErrorJson[] }).userErrors.map(({ code }) => code);
};

const STEPS: Readonly<Record<string, string>> = {
  voidAward: 'AwardStepInput',
  approveAward: 'AwardStepInput',
  approveRevenueShare: 'RevenueShareStepInput',
  voidRevenueShare: 'RevenueShareStepInput',
  freezeReviewCycle: 'ReviewStepInput',
  publishReviewCycle: 'ReviewStepInput',
};

/** What a milestone says unless told otherwise: settled questions, reached once, for 500.00 EUR. */
export const milestoneInput = (gateway: TestApp, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  title: 'Questions settled while they matter',
  userOutcome: 'Whoever asks has an answer before the day is over.',
  category: 'OUTCOME',
  cadence: 'ONCE',
  rule: JSON.stringify(RULE),
  why: 'An answer that comes late is none.',
  effectiveOn: dayOf(gateway.clock.now()),
  reward: { kind: 'FINANCIAL', title: 'Answers payment', description: 'Paid once the result counts.', amountMinor: 50_000, currency: 'EUR' },
  ...more,
});

export async function publish(gateway: TestApp, manager: SeededStaff, more: Record<string, unknown> = {}): Promise<PublishedMilestone> {
  const answer = await act(manager, 'publishMilestone', milestoneInput(gateway, more), 'milestone { id versions { version ruleHash } }');
  const made = answer.data?.publishMilestone.milestone as PublishedMilestone | null | undefined;
  if (!made) throw new Error(answer.text);
  return made;
}

export async function fund(finance: SeededStaff, amountMinor: number, currency = 'EUR'): Promise<void> {
  const answer = await act(finance, 'fundBudget', { currency, amountMinor }, 'transaction { id }');
  if (refusals(answer).length > 0) throw new Error(answer.text);
}

export const settledCase = (gateway: TestApp, id: string, minutes = 60, more: EventJson = {}, reopened = false): EventJson =>
  event(gateway, id, 'case.resolved', { case: id, duration: { value: minutes, unit: 'min' }, reopened }, more);

/** Reports events, and waits until progress follows from them. */
export async function report(gateway: TestApp, partner: SeededPartner, events: readonly EventJson[]): Promise<void> {
  const answer = await partner.query(INGEST, { events });
  const rejected = (answer.data?.ingestEvents.rejected ?? null) as unknown[] | null;
  if (rejected?.length !== 0) throw new Error(answer.text);
  await settle(gateway);
}

export async function settle(gateway: TestApp): Promise<void> {
  await measure(gateway);
  await judgeWaiting(gateway.app.database, gateway.clock);
}

/** Does all that is due in live at the gateway's present; answers what it was. */
export function doDue(gateway: TestApp, environmentId: string): Promise<string[]> {
  return inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, async tx => {
    const done: string[] = [];
    for (let fired = await doNext(tx, environmentId, gateway.clock.now()); fired; fired = await doNext(tx, environmentId, gateway.clock.now())) done.push(fired.kind);
    return done;
  });
}

const DAY_MS = 86_400_000;

/** Lets days pass, after which everybody needs a new token. */
export async function pass(gateway: TestApp, days: number, ...people: readonly (SeededPartner | SeededStaff)[]): Promise<void> {
  gateway.clock.advance(days * DAY_MS);
  for (const person of people) await person.token({ fresh: true });
}
