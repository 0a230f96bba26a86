/**
 * Worlds that nobody would seed: hostile text in every column that takes any, NULLs wherever they
 * may stand, equal sort keys, instants to the microsecond, numbers at their ends, empty lists.
 * Several partners share a live environment; two sandboxes with clocks of their own stand beside it.
 */
import pg from 'pg';
import { environmentInstant, type Instant } from '../../src/base/clock.ts';
import { RELEASES, currentVersion, standings } from '../../src/versions/index.ts';
import type { TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { Cursors } from './cursors.ts';
import type { Dice } from './dice.ts';
import type { Reader } from './reference.ts';
import { EVIDENCE, STAND_STILL } from './standstill.ts';

export interface Asker extends Reader {
  readonly name: string;
  readonly partner: SeededPartner;
  /** The versions that answer at the asker's environment's instant. */
  readonly versions: readonly string[];
}

/** The asker against another version. Cursors are the version's own: what they mean is learnt from its answers. */
export const askingIn = (asker: Asker, version: string): Asker => ({
  ...asker,
  name: `${asker.name}, ${version}`,
  version,
  cursors: new Cursors(),
  given: { ...asker.given, api_version: version },
});

export interface Worlds {
  readonly askers: readonly Asker[];
  /** Ids of every environment, by prefix. */
  readonly ids: readonly string[];
}

const HOSTILE = [
  'plain',
  '"quoted" and \\back\\slashed\\',
  "it's; drop table portico.award; --",
  '\b\f\n\r\t\u0001\u001f\u007f\u0085',
  '\u2028\u2029',
  '👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦',
  'שלום \u202eعالم\u202c',
  'e\u0301 é ﬁ ß İ ı',
  '\ufeff\ufffd\uffff\u{10ffff}',
  '${x} {{y}} %s $1 :id ?',
  '<script>alert(1)</script>&amp;',
  '\\u0000 \\x00 \\\\',
  'null',
  '{"json":[1,"two"]}',
  'reference',
  'Zebra',
  'apple',
  'Äpfel',
  '',
  ' ',
];
const MAX_SAFE = '9007199254740991';
const INSTANTS = [
  '2026-01-01T00:00:00Z',
  '2026-03-04T05:06:07.000001Z',
  '2026-03-04T05:06:07.000002Z',
  '2026-03-04T05:06:07.999999Z',
  '2026-03-04T05:06:07.1Z',
  '2026-12-31T23:59:59.9995Z',
];
const PAST = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999999Z', '2024-02-29T12:00:00.123456Z', ...INSTANTS.slice(0, 5)];
const FUTURE = ['2027-06-01T00:00:00.5Z', '9999-12-31T23:59:59.999999Z'];
const DATES = ['0001-01-01', '2024-02-29', '2026-01-15', '2026-11-20', '2026-12-24', '2027-02-01', '9999-12-30'];
const DECIMALS = ['0', '-0.5', '0.10', '100', '98.6000', '-12345678901234567890.123456789', '1e-30', '1e20', MAX_SAFE];
const PERIODS = ['ONCE', '2026-Q1', '2026-Q2', '2026-Q3', '2026-Q4', '0001-Q1'];
const STATES = ['LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL', 'CONFIRMED', 'REWARDED', 'DISPUTED', 'REVERSED'];
const CATEGORIES = ['CHECKOUT', 'SHIPPING', 'REVIEWS', 'RECOMMENDATIONS', 'SUPPORT_DESK', 'LOYALTY'];
const REWARD_KINDS = ['FINANCIAL', 'REPUTATIONAL', 'CAPABILITY'];

const ID_CHARACTERS = Array.from('0123456789abcdefghjkmnpqrstvwxyz');

type RowToInsert = Readonly<Record<string, unknown>>;

/** Makes the worlds, and makes what would change under the reference's eyes stand still: the log of
    requests and what is noted of it, and what jobs trim. */
export async function makeWorlds(gateway: TestApp, dice: Dice): Promise<Worlds> {
  const client = new pg.Client({ connectionString: gateway.database.adminUrl });
  await client.connect();
  try {
    await client.query(STAND_STILL);
    const { seed } = gateway;
    const live = [await seed.partner(), await seed.partner(), await seed.partner()];
    const early = await seed.partner(await seed.sandboxOf(live[0]!));
    const frozen = await seed.partner(await seed.sandboxOf(live[1]!));
    await client.query('update portico.environment set clock_offset_ms = 86400000::bigint * 400 where id = $1', [early.environmentId]);
    await client.query("update portico.environment set clock_frozen_at = '2027-03-01T00:00:00.001Z' where id = $1", [frozen.environmentId]);
    const ids: string[] = [];
    for (const partners of [live, [early], [frozen]]) await new WorldMaker(client, dice, ids, partners).make();
    await client.query(EVIDENCE);
    await client.query('analyze');
    const named = [...live.map((partner, i) => [`live ${i + 1}`, partner] as const), ['early sandbox', early] as const, ['frozen sandbox', frozen] as const];
    const askers: Asker[] = [];
    for (const [name, partner] of named) {
      const now = await instantOf(client, gateway, partner);
      const version = currentVersion(RELEASES, now);
      const versions = standings(RELEASES, now).flatMap(standing => (standing.kind === 'RETIRED' ? [] : [standing.version]));
      askers.push({ name, partner, cursors: new Cursors(), version, versions, given: await givenTo(gateway, partner, now, version) });
    }
    return { askers, ids };
  } finally {
    await client.end();
  }
}

/** The present instant of the partner's environment. */
async function instantOf(client: pg.Client, gateway: TestApp, partner: SeededPartner): Promise<Instant> {
  const { rows } = await client.query<{ offset_ms: number; frozen_at: Date | null }>(
    'select clock_offset_ms::float8 as offset_ms, clock_frozen_at as frozen_at from portico.environment where id = $1',
    [partner.environmentId],
  );
  const [clock] = rows;
  return environmentInstant({ offsetMs: clock!.offset_ms, frozenAt: clock!.frozen_at?.getTime() ?? null }, gateway.clock.now());
}

/** What the road will know of the partner's requests. */
async function givenTo(gateway: TestApp, partner: SeededPartner, now: Instant, version: string): Promise<Reader['given']> {
  const claims = JSON.parse(Buffer.from((await partner.token()).split('.')[1]!, 'base64url').toString()) as { scope: string };
  return {
    environment_id: partner.environmentId,
    partner_id: partner.partnerId,
    integration_id: partner.clientId,
    wall_now: new Date(gateway.clock.now()).toISOString(),
    environment_now: new Date(now).toISOString(),
    environment_faults: [],
    audience: 'PUBLIC',
    api_version: version,
    scopes: claims.scope.split(' ').filter(scope => scope !== ''),
    rate_limit_policies: [],
    api_versions: standings(RELEASES, now).map(({ retiresAt, ...standing }) => ({ ...standing, supportedUntil: retiresAt })),
  };
}

class WorldMaker {
  private readonly client: pg.Client;
  private readonly dice: Dice;
  private readonly ids: string[];
  private readonly partners: readonly SeededPartner[];
  private readonly environmentId: string;

  constructor(client: pg.Client, dice: Dice, ids: string[], partners: readonly SeededPartner[]) {
    this.client = client;
    this.dice = dice;
    this.ids = ids;
    this.partners = partners;
    this.environmentId = partners[0]!.environmentId;
    this.ids.push(this.environmentId, ...partners.flatMap(partner => [partner.partnerId, partner.clientId]));
  }

  async make(): Promise<void> {
    const { dice } = this;
    const program = this.id('prg');
    await this.insert('program', [{ id: program, name: this.text(), description: this.text() }]);
    const ranks = dice.times(dice.between(0, 4), i => i + 1);
    await this.insert(
      'tier',
      ranks.map(rank => ({ id: this.id('tir'), program_id: program, code: rank === 1 ? 'HARBOUR' : `T${rank}`, name: this.text(), description: this.text(), rank })),
    );
    await this.insert(
      'roadmap_item',
      dice.times(dice.between(0, 8), () => {
        const [announced, opens, closes] = dice.times(3, () => dice.oneOf(DATES)).toSorted();
        return {
          id: this.id('rmi'),
          program_id: program,
          title: this.text(),
          user_outcome: `${this.text()}.`,
          criteria_summary: this.text(),
          reward_kind: dice.oneOf(REWARD_KINDS),
          announced_on: this.maybe(announced),
          opens_on: opens,
          closes_on: closes! > opens! ? this.maybe(closes) : null,
        };
      }),
    );
    const milestones = dice.times(9, i => ({
      id: this.id('mst'),
      program_id: program,
      position: [-2_147_483_648, -1, 0, 1, 2, 3, 10, 2_147_483_646, 2_147_483_647][i],
      title: this.text(),
      user_outcome: `${this.text()}.`,
      category: dice.oneOf(['ONBOARDING', 'OUTCOME', 'RELIABILITY', 'DATA_QUALITY']),
      cadence: dice.oneOf(['ONCE', 'QUARTERLY']),
      published_at: dice.happens(0.8) ? dice.oneOf(PAST) : dice.oneOf(FUTURE),
      retired_at: dice.happens(0.7) ? null : dice.oneOf([...PAST, ...FUTURE]),
    }));
    await this.insert('milestone', milestones);
    const pairs = milestones.flatMap((milestone, i) =>
      milestones.flatMap((other, j) => (i !== j && dice.happens(0.1) ? [{ milestone_id: milestone.id, depends_on_id: other.id }] : [])),
    );
    await this.insert('milestone_dependency', pairs);
    const criteria = milestones.flatMap(({ id }) =>
      dice.times(dice.between(0, 3), position => ({
        id: this.id('cri'),
        milestone_id: id,
        position: position - 1,
        kind: dice.oneOf(['OUTCOME', 'GUARDRAIL', 'ACTIVITY']),
        metric: this.text(),
        description: this.text(),
        comparison: dice.oneOf(['AT_LEAST', 'AT_MOST']),
        target: dice.oneOf(DECIMALS),
        unit: this.text(),
        window_days: dice.oneOf([1, 90, 2_147_483_647]),
      })),
    );
    await this.insert('criterion', criteria);
    const rewards = milestones
      .filter(() => dice.happens(0.7))
      .map(({ id }) => {
        const kind = dice.oneOf(REWARD_KINDS);
        return {
          id: this.id('rwd'),
          milestone_id: id,
          kind,
          title: this.text(),
          description: this.text(),
          ...(kind === 'FINANCIAL' ? { amount_minor: dice.oneOf(['1', '99', '100', '9007199254740990', MAX_SAFE]), currency: dice.oneOf(['EUR', 'JPY', 'BHD', 'XXX']) } : {}),
          lasts_days: this.maybe(dice.oneOf([1, 365, 2_147_483_647])),
        };
      });
    await this.insert('reward', rewards);
    await this.makeReviews(milestones);
    for (const [i, partner] of this.partners.entries()) await this.makePartner(partner, i, milestones, criteria, rewards);
  }

  private async makeReviews(milestones: readonly RowToInsert[]): Promise<void> {
    const { dice } = this;
    const opened = { opened_by: 'stf_x', opened_at: PAST[0] };
    const cycles = ['2025-Q1', '2025-Q2', '2025-Q3', '2025-Q4'].map(period => ({ id: this.id('rvc'), period, ...opened }));
    await this.insert('review_cycle', cycles);
    const said = { rule: {}, effective_on: '2026-01-01', why: 'x', evidence: ['x'], proposed_by: 'stf_x' };
    const about = cycles.flatMap(({ id }) => milestones.filter(() => dice.happens(0.3)).map(milestone => ({ cycle_id: id, milestone_id: milestone['id'] })));
    const changes = about.map(row => ({ id: this.id('tgc'), ...row, ...said, proposed_at: dice.oneOf(PAST) }));
    await this.insert('target_change', changes);
    const terms = { rate_bps: 250, threshold_minor: 0, announced_at: PAST[0], why: 'x', effective_on: '2026-01-01', version: 1 };
    const offered = ['EUR', 'USD', 'JPY'].map(currency => ({ id: this.id('rst'), currency, ...terms }));
    await this.insert('revenue_share_terms', offered);
  }

  private async makePartner(
    partner: SeededPartner,
    ordinal: number,
    milestones: readonly RowToInsert[],
    criteria: readonly RowToInsert[],
    rewards: readonly RowToInsert[],
  ): Promise<void> {
    const { dice } = this;
    const partner_id = partner.partnerId;
    await this.client.query('update portico.partner set name = $2, website = $3, tier = $4, joined_at = $5 where id = $1', [
      partner_id,
      this.text(),
      this.maybe(dice.oneOf(['https://example.com/a?b="c"&d=\\e', 'https://例え.jp/🎉'])),
      dice.oneOf(['HARBOUR', 'T2', 'NO SUCH TIER']),
      dice.oneOf(PAST),
    ]);
    await this.client.query("update portico.integration set scopes = '{events:write,program:read}' where id = $1", [partner.clientId]);
    await this.insert(
      'member',
      dice.times(dice.between(0, 4), i => ({
        id: this.id('mem'),
        partner_id,
        name: this.text(),
        email: `${i}@example.com`,
        role: dice.oneOf(['OWNER', 'DEVELOPER', 'ANALYST', 'FINANCE']),
        joined_at: dice.oneOf(INSTANTS),
      })),
    );
    const integrations = dice.times(dice.between(2, 12), () => ({
      id: this.id('int'),
      partner_id,
      name: this.text(),
      category: dice.oneOf(CATEGORIES),
      status: dice.happens(0.8) ? 'ACTIVE' : 'SUSPENDED',
      scopes: dice.times(dice.between(0, 3), () => this.text()),
      created_at: dice.oneOf(INSTANTS),
    }));
    await this.insert('integration', integrations);
    const all = [partner.clientId, ...integrations.map(({ id }) => id)];
    // One has more credentials than are listed.
    const issued = integrations.flatMap(({ id }, i) => dice.times(i === 0 ? 23 : dice.between(0, 2), () => id));
    await this.insert(
      'credential',
      issued.map(integration_id => ({
        id: this.id('crd'),
        partner_id,
        integration_id,
        secret_hmac: `\\x${'00'.repeat(32)}`,
        salt: `\\x${'00'.repeat(16)}`,
        secret_prefix: this.text(),
        created_at: dice.oneOf(INSTANTS),
        expires_at: this.maybe(dice.oneOf([...PAST, ...FUTURE])),
        revoked_at: dice.happens(0.7) ? null : dice.oneOf(INSTANTS),
      })),
    );
    const progress = all.slice(0, -1).flatMap(integration_id =>
      milestones.flatMap(({ id: milestone_id }) =>
        PERIODS.filter(() => dice.happens(ordinal === 2 ? 0.02 : 0.12)).map(period => ({
          id: this.id('mpr'),
          partner_id,
          integration_id,
          milestone_id,
          period,
          state: dice.oneOf(STATES),
          percent_complete: dice.oneOf([0, 1, 50, 99, 100]),
          opened_at: this.maybe(dice.oneOf(PAST)),
          reached_at: this.maybe(dice.oneOf(INSTANTS)),
          confirmed_at: this.maybe(dice.oneOf(FUTURE)),
          updated_at: dice.oneOf(INSTANTS),
        })),
      ),
    );
    await this.insert('milestone_progress', progress);
    await this.insert(
      'criterion_progress',
      progress.flatMap(item =>
        criteria
          .filter(({ milestone_id }) => milestone_id === item.milestone_id && dice.happens(0.8))
          .map(({ id }) => ({
            partner_id,
            progress_id: item.id,
            criterion_id: id,
            value: this.maybe(dice.oneOf(DECIMALS)),
            satisfied: dice.happens(0.5),
            as_of: dice.oneOf(INSTANTS),
          })),
      ),
    );
    const awarded = new Map(progress.filter(() => rewards.length > 0 && dice.happens(0.4)).map(item => [`${String(item.milestone_id)} ${item.period}`, item]));
    const awards = [...awarded.values()].map(({ integration_id, milestone_id, period }) => ({
      id: this.id('awd'),
      partner_id,
      integration_id,
      milestone_id,
      reward_id: dice.oneOf(rewards)['id'],
      period,
      awarded_at: dice.oneOf(INSTANTS),
    }));
    await this.insert('award', awards);
    const disputed = { reason: 'x', opened_at: '2026-01-01T00:00:00Z', decide_by: '2026-01-31T00:00:00Z' };
    await this.insert(
      'dispute',
      awards.map(({ id }) => ({ id: this.id('dsp'), partner_id, award_id: id, ...disputed })),
    );
    await this.insert(
      'request_log',
      dice.times(dice.between(0, 25), () => ({
        id: this.id('req'),
        partner_id,
        integration_id: dice.happens(0.8) ? partner.clientId : dice.oneOf(all),
        received_at: dice.oneOf(INSTANTS),
        api_version: dice.oneOf(['2026-10', 'unstable']),
        operation_kind: this.maybe(dice.oneOf(['QUERY', 'MUTATION'])),
        operation_name: this.maybe(this.text()),
        document_hash: this.maybe('0'.repeat(64)),
        status: dice.oneOf([200, 400, 401, 429, 503]),
        error_codes: dice.times(dice.between(0, 2), () => dice.oneOf(['THROTTLED', 'BAD_USER_INPUT', this.text()])),
        object_count: dice.oneOf([0, 1, 2_147_483_647]),
        followed_cursor: dice.happens(0.5),
        duration_ms: dice.oneOf(['0', '0.1', '12.3', '1e-7', '16777217', '3.4e38', '-1.5']),
      })),
    );
  }

  private id(prefix: string): string {
    const id = `${prefix}_${this.dice.times(20, () => this.dice.oneOf(ID_CHARACTERS)).join('')}`;
    this.ids.push(id);
    return id;
  }

  private text(): string {
    const { dice } = this;
    const one = dice.oneOf(HOSTILE);
    if (dice.happens(0.02)) return one.repeat(60);
    return dice.happens(0.3) ? `${one}${dice.oneOf(HOSTILE)}` : one;
  }

  private maybe<T>(value: T): T | null {
    return this.dice.happens(0.35) ? null : value;
  }

  private async insert(table: string, rows: readonly RowToInsert[]): Promise<void> {
    if (rows.length === 0) return;
    const complete = rows.map(row => ({ environment_id: this.environmentId, ...row }));
    // Columns that are not named have their defaults.
    const columns = [...new Set(complete.flatMap(row => Object.keys(row)))].join(', ');
    await this.client.query(`insert into portico.${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::portico.${table}, $1)`, [JSON.stringify(complete)]);
  }
}
