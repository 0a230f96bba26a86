/** The answer key is what the API answers: for every partner of the world, asked with its own token. */
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { change, makeSandbox } from '../api/sandbox-asking.ts';

interface PartnerKey {
  name: string;
  tier: string;
  status: string;
  integrations: { name: string; category: string; status: string; progress: Record<string, number> | null }[];
  awards: number;
  awarded: Record<string, number>;
  balances: Record<string, Record<string, number>>;
  confirmedWithinP91D: number;
}

interface Key {
  world: string;
  seed: number;
  startAt: string;
  answers: Record<'SMALL' | 'FULL', { milestones: unknown[]; partners: PartnerKey[] }>;
}

const key = JSON.parse(readFileSync('sandbox/worlds/harbour-market/answer-key.json', 'utf8')) as Key;

let gateway: TestApp;
let owner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  // A sandbox begins near the present, wherever that is by the time this runs.
  gateway.clock.advance(Date.parse(key.startAt) - gateway.clock.now());
  owner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

async function pages(asker: SeededPartner, field: string, selection: string): Promise<any[]> {
  const all: any[] = [];
  for (let after: string | null = null; ;) {
    const { data, errors }: any = await asker.query(`query ($after: String) { ${field}(first: 50, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`, {
      after,
    });
    expect(errors).toBeUndefined();
    all.push(...data[field].nodes);
    if (!data[field].pageInfo.hasNextPage) return all;
    after = data[field].pageInfo.endCursor;
  }
}

/** How many of each, in the order of their names. */
function counted(values: readonly string[]): Record<string, number> | null {
  const counts: Record<string, number> = {};
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1;
  return values.length === 0 ? null : counts;
}

async function answersOf(asker: SeededPartner): Promise<Omit<PartnerKey, 'confirmedWithinP91D'>> {
  const { viewer } = (await asker.query('{ viewer { partner { name status } tier { code } } }')).data;
  const integrations = await pages(asker, 'integrations', 'id name category status');
  const progress = await pages(asker, 'milestoneProgress', 'id state integration { id }');
  const awards = await pages(asker, 'awards', 'reward { amount { currency minorUnits } }');
  const awarded: Record<string, number> = {};
  for (const { reward } of awards) if (reward.amount) awarded[reward.amount.currency] = (awarded[reward.amount.currency] ?? 0) + reward.amount.minorUnits;
  const balances: Record<string, Record<string, number>> = {};
  const { data } = await asker.query('{ balances { account currency balance { minorUnits } } }');
  for (const { account, currency, balance } of data.balances as { account: string; currency: string; balance: { minorUnits: number } }[])
    balances[currency] = { ...balances[currency], [account]: balance.minorUnits };
  return {
    balances,
    name: viewer.partner.name,
    tier: viewer.tier.code,
    status: viewer.partner.status,
    integrations: integrations.map(({ id, name, category, status }) => ({
      name,
      category,
      status,
      progress: counted(progress.filter(({ integration }) => integration.id === id).map(({ state }) => state)),
    })),
    awards: awards.length,
    awarded,
  };
}

describe.each(['SMALL', 'FULL'] as const)('the %s world', size => {
  const { milestones, partners } = key.answers[size];
  // Who is suspended has no token; the key says so.
  const active = partners.filter(({ status }) => status === 'ACTIVE');
  let partnerOf: (name: string) => Promise<SeededPartner>;
  let sandboxId: string;
  let inside: SeededPartner;

  beforeAll(async () => {
    const sandbox = await makeSandbox(gateway, owner, { size, world: key.world, seed: key.seed, startAt: key.startAt, ttl: 'P30D' });
    sandboxId = sandbox.id;
    inside = sandbox.inside;
    partnerOf = await gateway.seed.world(sandbox.inside.environmentId);
    await owner.query('mutation ($input: SandboxClockInput!) { freezeClock(input: $input) { now } }', { input: { sandboxId, idempotencyKey: randomUUID() } });
  });

  test('has the milestones of the key', async () => {
    const answered = await pages(inside, 'milestones', 'title cadence criteria { id } reward { title }');
    expect(answered.map(({ title, cadence, criteria, reward }) => ({ title, cadence, criteria: criteria.length, reward: reward?.title ?? null }))).toEqual(milestones);
  });

  test("answers every partner's standing and totals as the key has them", async () => {
    const askers = new Map<string, SeededPartner>();
    for (const { name, confirmedWithinP91D: _, ...expected } of active) {
      const asker = await partnerOf(name);
      askers.set(name, asker);
      expect(await answersOf(asker)).toEqual({ name, ...expected });
    }
    const before = new Map<string, string[]>();
    const provisional = async (asker: SeededPartner) =>
      (await pages(asker, 'milestoneProgress', 'id state')).filter(({ state }) => state === 'PROVISIONAL').map(({ id }) => id as string);
    for (const [name, asker] of askers) before.set(name, await provisional(asker));
    const { fired } = await change(owner, 'advanceClock', { sandboxId, by: 'P91D' }, 'fired { kind }');
    expect((fired as { kind: string }[]).filter(({ kind }) => kind === 'progress.confirm')).toHaveLength(
      partners.reduce((sum, { confirmedWithinP91D }) => sum + confirmedWithinP91D, 0),
    );
    for (const { name, confirmedWithinP91D } of active) {
      const left = new Set(await provisional(askers.get(name)!));
      expect({ name, confirmed: before.get(name)!.filter(id => !left.has(id)).length }).toEqual({ name, confirmed: confirmedWithinP91D });
    }
  });
});
