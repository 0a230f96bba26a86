/** The life of a grant against a small model of it: a list of what happened, asked for its last word. */
import fc from 'fast-check';
import { applyEvent, decideAct, grantState, isActiveAt, type Grant, type GrantAct, type GrantState } from './grant.rules.ts';
import type { Scope } from './scope.rules.ts';

const DAY = 86_400_000;
const scope = (category: string): Scope => ({ category, level: 'RECORD', lookbackDays: 90, precision: 'EXACT' });
const CATEGORIES = ['person.name', 'contact.email', 'order.history'];

const given = (oneTime = false): Grant => ({
  id: 'cgr_1',
  version: 1,
  partnerId: 'prt_1',
  integrationId: 'int_1',
  customerId: 'shp_1',
  purpose: 'order_support',
  purposeVersion: 1,
  oneTime,
  scopes: CATEGORIES.map(scope),
  givenAt: 0,
  expiresAt: 30 * DAY,
  suspendedAt: null,
  consumedAt: null,
  ended: null,
});

/** What the specification's picture allows, written down once more and in another way. */
const ARROWS: Readonly<Record<string, Partial<Record<GrantAct['act'], GrantState>>>> = {
  GIVEN: {
    WITHDRAW: 'WITHDRAWN',
    REVOKE: 'REVOKED',
    RELINQUISH: 'RELINQUISHED',
    SUPERSEDE: 'SUPERSEDED',
    INVALIDATE: 'INVALIDATED',
    SUSPEND: 'SUSPENDED',
    NARROW: 'GIVEN',
    CONSUME: 'EXPIRED',
  },
  SUSPENDED: { RESUME: 'GIVEN', REVOKE: 'REVOKED', WITHDRAW: 'WITHDRAWN' },
};

interface Model {
  state: GrantState;
  categories: Set<string>;
}

function modelAct(model: Model, act: GrantAct, oneTime: boolean): void {
  if (act.act === 'CONSUME' && !oneTime) return;
  const next = ARROWS[model.state]?.[act.act];
  if (!next) return;
  if (act.act === 'NARROW') {
    const left = act.scopes.map(({ category }) => category);
    if (left.length === 0 || !left.every(category => model.categories.has(category))) return;
    model.categories = new Set(left);
  }
  model.state = next;
}

const acts: fc.Arbitrary<GrantAct> = fc.oneof(
  fc
    .constantFrom(
      'WITHDRAW' as const,
      'REVOKE' as const,
      'RELINQUISH' as const,
      'SUPERSEDE' as const,
      'INVALIDATE' as const,
      'SUSPEND' as const,
      'RESUME' as const,
      'CONSUME' as const,
      'EXPIRE' as const,
    )
    .map(act => ({ act })),
  fc.subarray(CATEGORIES).map(categories => ({ act: 'NARROW' as const, scopes: categories.map(scope) })),
);

test('whatever is done to a grant in whatever order, it is where the model is, and covers what the model covers', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.record({ act: acts, wait: fc.integer({ min: 0, max: 12 * DAY }) }), { maxLength: 12 }), (oneTime, steps) => {
      let grant = given(oneTime);
      const model: Model = { state: 'GIVEN', categories: new Set(CATEGORIES) };
      let now = 0;
      for (const { act, wait } of steps) {
        now += wait;
        if ((model.state === 'GIVEN' || model.state === 'SUSPENDED') && now >= grant.expiresAt) model.state = 'EXPIRED';
        modelAct(model, act, oneTime);
        const decision = decideAct(grant, act, now);
        if (decision.ok && decision.value) grant = applyEvent(grant, decision.value);
        expect(grantState(grant, now)).toBe(model.state);
        expect(new Set(grant.scopes.map(({ category }) => category))).toEqual(model.categories);
        expect(isActiveAt(grant, now)).toBe(model.state === 'GIVEN');
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what has ended is never restored, and no act ever adds a category', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ act: acts, wait: fc.integer({ min: 0, max: 12 * DAY }) }), { maxLength: 15 }), steps => {
      let grant = given();
      let now = 0;
      let ended: GrantState | null = null;
      for (const { act, wait } of steps) {
        now += wait;
        const decision = decideAct(grant, act, now);
        const before = grant.scopes.length;
        if (decision.ok && decision.value) grant = applyEvent(grant, decision.value);
        const state = grantState(grant, now);
        expect(ended ?? state).toBe(state);
        if (state !== 'GIVEN' && state !== 'SUSPENDED') ended = state;
        expect(grant.scopes.length).toBeLessThanOrEqual(before);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['a millisecond before its expiry', 30 * DAY - 1, 'GIVEN'],
  ['at its expiry instant', 30 * DAY, 'EXPIRED'],
] as const)('%s a grant is %s', (_when, now, state) => {
  expect(grantState(given(), now)).toBe(state);
});

test('before it was given nothing may be read, however the clocks of two gateways differ', () => {
  expect(isActiveAt(given(), -1)).toBe(false);
  expect(isActiveAt(given(), 0)).toBe(true);
});

test('withdrawing twice is a no-op', () => {
  const first = decideAct(given(), { act: 'WITHDRAW' }, 1);
  expect(first).toEqual({ ok: true, value: { kind: 'WITHDRAWN', at: 1 } });
  const withdrawn = applyEvent(given(), { kind: 'WITHDRAWN', at: 1 });
  expect(decideAct(withdrawn, { act: 'WITHDRAW' }, 2)).toEqual({ ok: true, value: null });
});

test('narrowing to what goes beyond the grant is refused', () => {
  expect(decideAct(given(), { act: 'NARROW', scopes: [{ ...scope('person.name'), lookbackDays: null }] }, 1)).toMatchObject({ ok: false, refusal: { code: 'NOT_NARROWER' } });
  expect(decideAct(given(), { act: 'NARROW', scopes: [scope('support.case')] }, 1)).toMatchObject({ ok: false, refusal: { code: 'NOT_NARROWER' } });
});
