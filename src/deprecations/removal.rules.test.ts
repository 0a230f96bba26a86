import { standings } from '../versions/index.ts';
import { blockersOf, decideRemoval, dueRemovals, isDue, isReady, saysMore, type KnownUse, type PartnerAnswer, type RemovalGate } from './removal.rules.ts';

const at = (text: string): number => Date.parse(text);
const NOW = at('2027-01-01T17:00:00Z');

const answer = (kind: PartnerAnswer['kind'], onDate: string | null = null, rewrittenOperations = 0): PartnerAnswer => ({
  kind,
  onDate,
  rewrittenOperations,
  respondedAt: '2026-12-01T00:00:00.000Z',
});

test.each<[string, PartnerAnswer | null, RemovalGate, boolean]>([
  ['said nothing', null, 'RELEASE', false],
  ['has read the notice', answer('ACKNOWLEDGED'), 'RELEASE', false],
  ['has shown its operations', answer('ACKNOWLEDGED', null, 1), 'RELEASE', true],
  ['has shown its operations', answer('ACKNOWLEDGED', null, 1), 'RETIREMENT', false],
  ['signed today', answer('SIGNED', '2027-01-01'), 'RELEASE', true],
  ['signed today', answer('SIGNED', '2027-01-01'), 'RETIREMENT', true],
  ['signed tomorrow', answer('SIGNED', '2027-01-02'), 'RELEASE', false],
  ['asks for longer', answer('EXTENSION_REQUESTED', '2026-01-01'), 'RELEASE', false],
])('a partner that %s: %j, %s: ready %s', (_title, said, gate, ready) => {
  expect(isReady(said, gate, '2027-01-01')).toBe(ready);
});

const use = (integrationId: string, said: PartnerAnswer | null, uses = 1): KnownUse => ({
  integrationId,
  integrationName: integrationId,
  partnerId: `prt_${integrationId}`,
  partnerName: 'Partner',
  apiVersions: ['2026-10'],
  operationNames: [],
  uses,
  registeredOperations: 0,
  lastUsedAt: '2026-12-30T00:00:00.000Z',
  requestIds: [],
  notifiedAt: null,
  answer: said,
});
const decide = (...users: KnownUse[]) => decideRemoval('RELEASE', { usesSince: '2026-12-02T17:00:00.000Z', requests: 8, users }, NOW);

test('one who is not ready is enough to refuse, and the evidence says who and how much', () => {
  expect(decide().verdict).toBe('PASSED');
  expect(decide(use('a', answer('SIGNED', '2026-12-31'))).verdict).toBe('PASSED');
  const refused = decide(use('a', answer('SIGNED', '2026-12-31'), 6), use('b', null, 2));
  expect(refused.verdict).toBe('REFUSED');
  expect(refused.evidence.users.map(({ shareOfTraffic, blocks }) => [shareOfTraffic, blocks])).toEqual([
    [0.75, false],
    [0.25, true],
  ]);
  expect(blockersOf(refused.evidence)).toEqual(['b']);
});

test('a decision says more where its verdict or those in the way are others, and not where only figures are', () => {
  const [alone, busier, both, nobody] = [decide(use('b', null)), decide(use('b', null, 7)), decide(use('b', null), use('a', null)), decide()];
  expect(saysMore(alone, null)).toBe(true);
  expect(saysMore(busier, alone)).toBe(false);
  expect(saysMore(both, alone)).toBe(true);
  expect(saysMore(nobody, alone)).toBe(true);
  expect(saysMore(alone, { ...alone, verdict: 'OVERRIDDEN' })).toBe(true);
});

test('the calendar brings releases and retirements in their order, each decided on from a day ahead', () => {
  const due = dueRemovals(standings(['2026-07', '2026-10', '2027-01'], at('2026-11-23T00:00:00Z')).slice(0, -1));
  expect(due.map(({ gate, version, dueAt }) => `${gate} ${version} ${new Date(dueAt).toISOString()}`)).toEqual([
    'RELEASE 2027-01 2027-01-01T17:00:00.000Z',
    'RETIREMENT 2026-07 2027-07-01T17:00:00.000Z',
    'RETIREMENT 2026-10 2027-10-01T17:00:00.000Z',
  ]);
  expect([at('2026-12-31T16:59:59.999Z'), at('2026-12-31T17:00:00Z')].map(now => isDue(due[0]!, now))).toEqual([false, true]);
});
