/** What may be read, against a model that says the same in a few lines: random grants, read through the
    door in every way, show what the model allows and nothing more. */
import fc from 'fast-check';
import pg from 'pg';
import { newId } from '../../src/base/ids.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { rows } from './door.ts';

const DAY = 86_400_000;
const PURPOSES = ['order_support', 'delivery_choice', 'personal_picks'] as const;
const CATEGORIES = ['person.name', 'contact.email', 'contact.phone', 'order.history', 'preference.shopping', 'location.coarse', 'support.case'] as const;
const LEVELS = ['COUNT', 'OVERLAP', 'RECORD'] as const;

interface Scope {
  readonly category: (typeof CATEGORIES)[number];
  readonly level: (typeof LEVELS)[number];
  readonly lookbackDays: number | null;
  readonly precision: 'COARSE' | 'EXACT';
}

interface Spec {
  readonly purpose: (typeof PURPOSES)[number];
  readonly state: 'GIVEN' | 'EXPIRED' | 'WITHDRAWN' | 'SUSPENDED' | 'CONSUMED' | 'FUTURE';
  readonly scopes: readonly Scope[];
}

const scope = fc.record<Scope>({
  category: fc.constantFrom(...CATEGORIES),
  level: fc.constantFrom(...LEVELS),
  lookbackDays: fc.constantFrom(null, 1, 40, 400),
  precision: fc.constantFrom('COARSE', 'EXACT'),
});
const spec = fc.record<Spec>({
  purpose: fc.constantFrom(...PURPOSES),
  state: fc.constantFrom('GIVEN', 'GIVEN', 'GIVEN', 'EXPIRED', 'WITHDRAWN', 'SUSPENDED', 'CONSUMED', 'FUTURE'),
  scopes: fc.uniqueArray(scope, { selector: ({ category }) => category, minLength: 1, maxLength: 5 }),
});

/** The policy of each purpose as the world publishes it, and what ParcelPilot is approved for. */
const POLICY: Readonly<Record<string, { categories: readonly string[]; lookbackDays: number | null; exact: boolean }>> = {
  order_support: { categories: ['person.name', 'contact.email', 'contact.phone', 'order.history', 'support.case'], lookbackDays: 180, exact: true },
  delivery_choice: { categories: ['location.coarse', 'order.history'], lookbackDays: 365, exact: false },
};

interface Allowed {
  readonly since: number;
  readonly exact: boolean;
}

/** The model: of one category, for the purpose that was named, at a level; null where nothing may be read. */
function allowed({ purpose, state, scopes }: Spec, asked: string, category: string, level: 'COUNT' | 'RECORD', now: number): Allowed | null {
  const policy = POLICY[asked];
  const held = scopes.find(each => each.category === category);
  if (purpose !== asked || state !== 'GIVEN' || !policy?.categories.includes(category) || !held) return null;
  if (level === 'RECORD' && held.level !== 'RECORD') return null;
  const days = Math.min(held.lookbackDays ?? Infinity, policy.lookbackDays ?? Infinity);
  return { since: now - days * DAY, exact: policy.exact && held.precision === 'EXACT' };
}

interface Person {
  readonly email: string;
  readonly phone: string;
  readonly name: string;
  readonly preferences: number;
  readonly towns: readonly { town: string; at: number }[];
  readonly orders: readonly number[];
  readonly cases: readonly number[];
}

const FIELDS = `id name email phone orderCount orders(first: 50) { nodes { placedAt } } preferences { value } location { town region } supportCases(first: 50) { nodes { openedAt } }`;

let gateway: TestApp;
let partner: SeededPartner;
let person: Person;
let customerId: string;
let subjectId: string;
/** One connection behind row-level security for all grants. */
let behind: pg.Client;

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 100_000 });
  partner = await (await gateway.seed.world())('ParcelPilot');
  const [found] = await rows<Person & { id: string }>(
    gateway,
    `select c.id, c.email, c.phone, c.given_name || ' ' || c.family_name as name,
       (select count(*)::int from portico.customer_preference p where p.environment_id = c.environment_id and p.customer_id = c.id) as preferences,
       (select json_agg(json_build_object('town', l.town, 'at', extract(epoch from l.observed_at) * 1000) order by l.observed_at desc) from portico.customer_location l where l.environment_id = c.environment_id and l.customer_id = c.id) as towns,
       (select json_agg(extract(epoch from o.placed_at) * 1000 order by o.placed_at desc) from portico.customer_order o where o.environment_id = c.environment_id and o.customer_id = c.id) as orders,
       (select json_agg(extract(epoch from s.opened_at) * 1000 order by s.opened_at desc) from portico.support_case s where s.environment_id = c.environment_id and s.customer_id = c.id) as cases
     from portico.customer c where c.environment_id = $1 and exists (select from portico.support_case s where s.environment_id = c.environment_id and s.customer_id = c.id)
       and (select count(*) from portico.customer_order o where o.environment_id = c.environment_id and o.customer_id = c.id) >= 4 order by c.reference limit 1`,
    [partner.environmentId],
  );
  person = found!;
  customerId = found!.id;
  behind = new pg.Client({ connectionString: gateway.database.adminUrl });
  await behind.connect();
  subjectId = newId('sub');
  await rows(gateway, "insert into portico.pairwise_subject values ($1, $2, $3, $4, sha256('salt'))", [partner.environmentId, partner.partnerId, customerId, subjectId]);
  await rows(gateway, "insert into portico.subject_key values ($1, $2, $3, sha256('key'))", [partner.environmentId, subjectId, partner.partnerId]);
});
afterAll(async () => {
  await behind.end();
  await gateway.close();
});

/** Puts the person's only grant in place of the one before. */
async function put({ purpose, state, scopes }: Spec): Promise<void> {
  const now = gateway.clock.now();
  const at = (days: number): Date => new Date(now + days * DAY);
  const [requestId, grantId, { environmentId, partnerId, clientId }] = [newId('crq'), newId('cgr'), partner];
  await behind.query("update portico.consent_grant set ended_at = given_at, end_kind = 'SUPERSEDED' where subject_id = $1 and ended_at is null", [subjectId]);
  await behind.query("update portico.consent_grant set given_at = given_at - interval '400 days' where subject_id = $1", [subjectId]);
  await behind.query(
    `insert into portico.consent_request (environment_id, id, partner_id, integration_id, customer_id, purpose, purpose_version, scopes, asked_at, expires_at) values ($1, $2, $3, $4, $5, $6, 1, '[]', $7, $7)`,
    [environmentId, requestId, partnerId, clientId, customerId, purpose, at(0)],
  );
  await behind.query(
    `insert into portico.consent_grant (environment_id, id, partner_id, integration_id, customer_id, subject_id, purpose, purpose_version, request_id, one_time, given_at, expires_at, suspended_at, consumed_at, ended_at, end_kind)
     values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      environmentId,
      grantId,
      partnerId,
      clientId,
      customerId,
      subjectId,
      purpose,
      requestId,
      state === 'CONSUMED',
      at(state === 'FUTURE' ? 1 : -30),
      state === 'EXPIRED' ? at(0) : at(60),
      state === 'SUSPENDED' ? at(-1) : null,
      state === 'CONSUMED' ? at(-1) : null,
      state === 'WITHDRAWN' ? at(-1) : null,
      state === 'WITHDRAWN' ? 'WITHDRAWN' : null,
    ],
  );
  for (const { category, level, lookbackDays, precision } of scopes) {
    await behind.query('insert into portico.consent_grant_scope values ($1, $2, $3, $4, $5, $6, $7)', [
      environmentId,
      partnerId,
      grantId,
      category,
      level,
      lookbackDays,
      precision,
    ]);
  }
}

interface Shown {
  readonly [field: string]: unknown;
}

/** A person as the API answers it. */
interface Answered extends Shown {
  readonly orders?: { readonly nodes: readonly { readonly placedAt: string }[] } | null;
  readonly preferences?: readonly unknown[] | null;
  readonly location?: { readonly town: string | null } | null;
  readonly supportCases?: { readonly nodes: readonly { readonly openedAt: string }[] } | null;
}

/** The person as the single field and the list show them; the list may leave them out. */
async function read(purpose: string): Promise<Shown[]> {
  const answer = await partner.query(
    `query ($id: ID!, $purpose: String!) { sharedCustomer(id: $id, purpose: $purpose) { ${FIELDS} } sharedCustomers(purpose: $purpose, first: 5, filter: { ids: [$id] }) { nodes { ${FIELDS} } } }`,
    { id: subjectId, purpose },
  );
  expect(answer.errors?.every(({ extensions }) => extensions['code'] === 'CONSENT_REQUIRED') ?? true).toBe(true);
  return [answer.data.sharedCustomer, ...answer.data.sharedCustomers.nodes];
}

const instant = (at: number, exact: boolean): string => {
  const text = new Date(at).toISOString();
  return exact ? text : `${text.slice(0, 7)}-01T00:00:00.000Z`;
};

/** What the model would show. */
function due(given: Spec, purpose: string): Shown {
  const may = (category: string, level: 'COUNT' | 'RECORD' = 'RECORD') => allowed(given, purpose, category, level, gateway.clock.now());
  const within = (times: readonly number[], category: string, level: 'COUNT' | 'RECORD' = 'RECORD') => {
    const reach = may(category, level);
    return reach && times.filter(at => at >= reach.since).map(at => instant(at, reach.exact));
  };
  const located = may('location.coarse');
  const place = located && person.towns.find(({ at }) => at >= located.since);
  return {
    id: subjectId,
    name: may('person.name') && person.name,
    email: may('contact.email') && person.email,
    phone: may('contact.phone') && person.phone,
    orderCount: within(person.orders, 'order.history', 'COUNT')?.length ?? null,
    orders: within(person.orders, 'order.history'),
    preferences: may('preference.shopping') && person.preferences,
    town: (located && place && located.exact && place.town) || null,
    located: Boolean(place),
    cases: within(person.cases, 'support.case'),
  };
}

const flat = ({ orders, preferences, location, supportCases, ...rest }: Answered): Shown => ({
  ...rest,
  orders: orders?.nodes.map(({ placedAt }) => placedAt) ?? null,
  preferences: preferences?.length ?? null,
  town: location?.town ?? null,
  located: location !== null,
  cases: supportCases?.nodes.map(({ openedAt }) => openedAt) ?? null,
});

/** Fields of which anything is shown. */
const fieldsShown = (shown: Shown): string[] => Object.entries(shown).flatMap(([name, value]) => (value === null || value === false || name === 'id' ? [] : [name]));

test('random grants show what the model allows, in the single field and in lists', async () => {
  await fc.assert(
    fc.asyncProperty(spec, fc.constantFrom(...PURPOSES), async (given, other) => {
      await put(given);
      for (const purpose of new Set([given.purpose, other])) {
        const expected = due(given, purpose);
        const [one, ...listed] = (await read(purpose)).map(flat);
        expect(one).toEqual(expected);
        expect(listed).toEqual(given.state === 'GIVEN' && given.purpose === purpose && POLICY[purpose] ? [expected] : []);
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('taking a scope away never adds a field', async () => {
  await fc.assert(
    fc.asyncProperty(spec, fc.nat(), async (given, which) => {
      await put(given);
      const before = new Set(fieldsShown(flat((await read(given.purpose))[0]!)));
      await put({ ...given, scopes: given.scopes.filter((_, i) => i !== which % given.scopes.length) });
      const after = fieldsShown(flat((await read(given.purpose))[0]!));
      expect(after.filter(field => !before.has(field))).toEqual([]);
    }),
    { numRuns: 15 },
  );
}, 60_000);
