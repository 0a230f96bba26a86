/** When a partner may ask, for what, and what a yes makes of it: on both sides of every boundary. */
import fc from 'fast-check';
import { DAY_MS, REST_DAYS, checkAsked, decideAsk, termsOf, type AskedScope } from './asking.rules.ts';
import { checkPurpose, decidePublication, durationsFor, purposeAt, type Purpose } from './catalogue.rules.ts';
import type { Grant } from './grant.rules.ts';
import { LEVELS, PRECISIONS, allCovered, beyond, covers, together, type Scope } from './scope.rules.ts';

const words = { en: 'Words', de: 'Wörter' };
const purpose: Purpose = {
  purpose: 'order_support',
  version: 1,
  title: words,
  sentence: words,
  benefit: words,
  without: words,
  dpvClass: 'https://w3id.org/dpv#CustomerCare',
  categories: ['contact.email', 'order.history', 'person.name'],
  maxLevel: 'RECORD',
  maxLookbackDays: 180,
  maxPrecision: 'EXACT',
  maxDurationDays: 180,
  usefulDays: 30,
  assessment: 'DPIA-1',
  effectiveFrom: 0,
  retiredAt: null,
};
const asked = (category: string, more: Partial<AskedScope> = {}): AskedScope => ({
  category,
  level: 'RECORD',
  lookbackDays: 90,
  precision: 'EXACT',
  required: false,
  why: null,
  ...more,
});
const grant = (more: Partial<Grant> = {}): Grant => ({
  id: 'cgr_1',
  version: 1,
  partnerId: 'prt_1',
  integrationId: 'int_1',
  customerId: 'shp_1',
  purpose: 'order_support',
  purposeVersion: 1,
  oneTime: false,
  scopes: [{ category: 'contact.email', level: 'RECORD', lookbackDays: 90, precision: 'EXACT' }],
  givenAt: 0,
  expiresAt: 90 * DAY_MS,
  suspendedAt: null,
  consumedAt: null,
  ended: null,
  ...more,
});

const scopes: fc.Arbitrary<Scope> = fc.record({
  category: fc.constantFrom('contact.email', 'order.history', 'person.name'),
  level: fc.constantFrom(...LEVELS),
  lookbackDays: fc.option(fc.integer({ min: 1, max: 400 })),
  precision: fc.constantFrom(...PRECISIONS),
});

test('what is asked beyond the grant, put together with the grant, covers all that was asked and all that was held', () => {
  fc.assert(
    fc.property(fc.array(scopes, { maxLength: 5 }), fc.array(scopes, { maxLength: 5 }), (held, wanted) => {
      const difference = beyond(wanted, held);
      expect(difference.every(scope => !held.some(other => covers(other, scope)))).toBe(true);
      const after = together(held, difference);
      expect(allCovered(after, wanted)).toBe(true);
      expect(allCovered(after, held)).toBe(true);
      expect(new Set(after.map(({ category }) => category)).size).toBe(after.length);
    }),
  );
});

describe('asking', () => {
  test('a person who has agreed to part of it is asked the difference only', () => {
    const decision = decideAsk([asked('contact.email'), asked('order.history')], 1, { grant: grant(), lastRefusedAt: null }, DAY_MS);
    expect(decision).toMatchObject({ ok: true, value: { kind: 'WIDEN', scopes: [{ category: 'order.history' }] } });
  });

  test('a longer lookback is a difference', () => {
    expect(decideAsk([asked('contact.email', { lookbackDays: 91 })], 1, { grant: grant(), lastRefusedAt: null }, DAY_MS)).toMatchObject({ ok: true, value: { kind: 'WIDEN' } });
  });

  test('who has agreed to all of it is not asked again until 30 days before the end', () => {
    const standing = { grant: grant(), lastRefusedAt: null };
    expect(decideAsk([asked('contact.email')], 1, standing, 60 * DAY_MS - 1)).toMatchObject({ ok: false, refusal: { code: 'CONSENT_ALREADY_GIVEN' } });
    expect(decideAsk([asked('contact.email')], 1, standing, 60 * DAY_MS)).toMatchObject({ ok: true, value: { kind: 'RENEW', scopes: [{ category: 'contact.email' }] } });
    expect(decideAsk([asked('contact.email')], 1, standing, 90 * DAY_MS)).toMatchObject({ ok: true, value: { kind: 'NEW' } });
  });

  test('a grant for a month is renewed in its last ten days, not the day it was given', () => {
    const standing = { grant: grant({ expiresAt: 30 * DAY_MS }), lastRefusedAt: null };
    expect(decideAsk([asked('contact.email')], 1, standing, 20 * DAY_MS - 1)).toMatchObject({ ok: false, refusal: { code: 'CONSENT_ALREADY_GIVEN' } });
    expect(decideAsk([asked('contact.email')], 1, standing, 20 * DAY_MS)).toMatchObject({ ok: true, value: { kind: 'RENEW' } });
  });

  test('after a refusal the person rests for 30 days, to the millisecond', () => {
    const rest = { grant: null, lastRefusedAt: 1_000 };
    expect(decideAsk([asked('contact.email')], 1, rest, 1_000 + REST_DAYS * DAY_MS - 1)).toMatchObject({ ok: false, refusal: { code: 'CONSENT_RESTING' } });
    expect(decideAsk([asked('contact.email')], 1, rest, 1_000 + REST_DAYS * DAY_MS)).toMatchObject({ ok: true });
  });

  test('a new wording of the purpose, and a grant for one look, are asked for in full', () => {
    expect(decideAsk([asked('contact.email')], 2, { grant: grant(), lastRefusedAt: null }, DAY_MS)).toMatchObject({ ok: true, value: { kind: 'RENEW' } });
    expect(decideAsk([asked('contact.email')], 1, { grant: grant({ oneTime: true }), lastRefusedAt: null }, DAY_MS)).toMatchObject({ ok: true, value: { kind: 'RENEW' } });
  });

  test('nothing is asked while a grant is suspended', () => {
    expect(decideAsk([asked('order.history')], 1, { grant: grant({ suspendedAt: 1 }), lastRefusedAt: null }, DAY_MS)).toMatchObject({ ok: false, refusal: { code: 'SUSPENDED' } });
  });

  test.each([
    ['a category that the purpose does not cover', asked('location.coarse'), 'PURPOSE_EXCEEDED'],
    ['a lookback beyond the policy', asked('order.history', { lookbackDays: 181 }), 'PURPOSE_EXCEEDED'],
    ['all there ever was, where the policy has an end', asked('order.history', { lookbackDays: null }), 'PURPOSE_EXCEEDED'],
    ['a reason with line breaks', asked('order.history', { why: 'a\nb' }), 'INVALID'],
    ['a reason that is too long', asked('order.history', { why: 'a'.repeat(201) }), 'INVALID'],
    ['half a day', asked('order.history', { lookbackDays: 0.5 }), 'INVALID'],
  ])('%s is refused', (_what, scope, code) => {
    expect(checkAsked([scope], purpose, new Set(['contact.email']))).toMatchObject({ ok: false, refusal: { code } });
  });
});

test('what is of no day has no lookback, whatever was asked', () => {
  const undated = new Set(['contact.email']);
  expect(checkAsked([asked('contact.email', { lookbackDays: null })], purpose, undated)).toMatchObject({ ok: true, value: [{ lookbackDays: null }] });
  expect(checkAsked([asked('contact.email', { lookbackDays: 90 })], purpose, undated)).toMatchObject({ ok: true, value: [{ lookbackDays: null }] });
});

describe('a yes', () => {
  const ask = { kind: 'NEW' as const, scopes: [asked('contact.email', { required: true }), asked('order.history')] };

  test('covers what is required, and of the rest only what was ticked', () => {
    expect(termsOf(ask, { optional: [], duration: 30 }, purpose, null, 0)?.scopes.map(({ category }) => category)).toEqual(['contact.email']);
    expect(termsOf(ask, { optional: ['order.history', 'person.name'], duration: 30 }, purpose, null, 0)?.scopes.map(({ category }) => category)).toEqual([
      'contact.email',
      'order.history',
    ]);
  });

  test('lasts as long as was chosen among what was offered', () => {
    expect(termsOf(ask, { optional: [], duration: 90 }, purpose, null, 5)?.expiresAt).toBe(5 + 90 * DAY_MS);
    expect(termsOf(ask, { optional: [], duration: 365 }, purpose, null, 5)).toBeNull();
    expect(termsOf(ask, { optional: [], duration: Number.NaN }, purpose, null, 5)).toBeNull();
    expect(termsOf(ask, { optional: [], duration: 'ONE_TIME' }, purpose, null, 5)).toMatchObject({ oneTime: true });
  });

  test('to more keeps the end of what stands', () => {
    const terms = termsOf({ kind: 'WIDEN', scopes: [asked('order.history')] }, { optional: ['order.history'], duration: 180 }, purpose, grant(), DAY_MS);
    expect(terms).toMatchObject({ expiresAt: 90 * DAY_MS, oneTime: false });
    expect(terms?.scopes.map(({ category }) => category)).toEqual(['contact.email', 'order.history']);
  });

  test('to nothing is none', () => {
    expect(termsOf({ kind: 'NEW', scopes: [asked('order.history')] }, { optional: [], duration: 30 }, purpose, null, 0)).toBeNull();
  });

  test('has the shortest useful duration preselected, and none beyond the policy', () => {
    expect(durationsFor(purpose)).toEqual({ offered: ['ONE_TIME', 30, 90, 180], preselected: 30 });
    expect(durationsFor({ ...purpose, maxDurationDays: 90, usefulDays: 0 })).toEqual({ offered: ['ONE_TIME', 30, 90], preselected: 'ONE_TIME' });
    expect(durationsFor({ ...purpose, maxDurationDays: 14, usefulDays: 14 })).toEqual({ offered: ['ONE_TIME', 14], preselected: 14 });
  });
});

describe('purposes', () => {
  test('no purpose goes live without an impact assessment, nor twice', () => {
    expect(decidePublication({ ...purpose, effectiveFrom: null, assessment: null })).toMatchObject({ ok: false, refusal: { code: 'ASSESSMENT_MISSING' } });
    expect(decidePublication(purpose)).toMatchObject({ ok: false, refusal: { code: 'PUBLISHED' } });
    expect(decidePublication({ ...purpose, effectiveFrom: null })).toEqual({ ok: true, value: null });
  });

  test('the newest version in force is asked for; a retired purpose is not', () => {
    const second = { ...purpose, version: 2, effectiveFrom: 100 };
    expect(purposeAt([purpose, second], 99)?.version).toBe(1);
    expect(purposeAt([purpose, second], 100)?.version).toBe(2);
    expect(purposeAt([purpose, { ...second, retiredAt: 200 }], 200)).toBeNull();
    expect(purposeAt([{ ...purpose, effectiveFrom: null }], 0)).toBeNull();
  });

  test.each([
    ['an unknown category', { categories: ['shoe.size'] }],
    ['more than a year', { maxDurationDays: 366 }],
    ['a useful duration beyond the longest', { usefulDays: 181 }],
    ['a missing language', { benefit: { en: 'Words', de: '' } }],
  ])('a draft with %s is refused', (_what, change) => {
    expect(checkPurpose({ ...purpose, ...change }, new Set(purpose.categories))).toMatchObject({ ok: false, refusal: { code: 'INVALID' } });
  });
});
