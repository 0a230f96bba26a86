/**
 * What the contenders are asked: a partner's milestone page (7 requests in 10), a list with children
 * (5 in 20) and the version (1 in 20). As real clients do, few documents come with many variables:
 * 20 requests a partner, so 4,000 distinct ones of 200 partners.
 */
const ROW = 'id state period percentComplete milestone { title reward { kind title } }';

const MILESTONE_PAGE = `query MilestonePage($integrations: Int!, $rows: Int!, $states: [MilestoneProgressState!]!) {
  integrations(first: $integrations) { nodes { id name progress(first: $rows, state: $states) { nodes { ${ROW} } } } }
}`;

/** The same page as another client asks for it. */
const DASHBOARD = `query Dashboard($integrations: Int!, $rows: Int!, $states: [MilestoneProgressState!]!) {
  mine: integrations(first: $integrations) { nodes { id name standing: progress(first: $rows, state: $states) { nodes { ${ROW} } } } }
}`;

const STANDING = `query Standing($first: Int!, $filter: MilestoneProgressFilter!) {
  milestoneProgress(first: $first, filter: $filter) { nodes { id state period percentComplete updatedAt criteria { value satisfied target unit } } }
}`;

const VERSION = 'query Version { viewer { apiVersion } }';

/** People whose grants differ, with their newest orders. */
const PEOPLE = `query People($first: Int!, $rows: Int!) {
  sharedCustomers(purpose: "order_support", first: $first) { nodes { id email phone orders(first: $rows) { nodes { id placedAt status total { amount currency } } } } }
}`;

export type Query = 'milestone page' | 'list' | 'version' | 'people';

export interface BenchRequest {
  readonly query: Query;
  /** Place of the partner among those that ask. */
  readonly partner: number;
  readonly body: string;
}

/** States of the benchmark's rows, and those that none of them has: asking for some of the latter
    too varies a request and leaves its answer as large as it was. */
const PRESENT = ['OPEN', 'IN_PROGRESS', 'CONFIRMED', 'REWARDED'];
const ABSENT = ['LOCKED', 'PROVISIONAL', 'DISPUTED', 'REVERSED'];

const states = (variant: number): string[] => [...PRESENT, ...ABSENT.filter((_, i) => (variant >> i) & 1)];

const bodies: readonly { query: Query; body: string }[] = [
  ...Array.from({ length: 14 }, (_, variant) => {
    const [operationName, query] = variant % 2 === 0 ? (['MilestonePage', MILESTONE_PAGE] as const) : (['Dashboard', DASHBOARD] as const);
    return { query: 'milestone page' as const, body: JSON.stringify({ operationName, query, variables: { integrations: 10, rows: 8, states: states(variant) } }) };
  }),
  ...Array.from({ length: 5 }, (_, variant) => ({
    query: 'list' as const,
    body: JSON.stringify({ operationName: 'Standing', query: STANDING, variables: { first: 50, filter: { state: states(variant) } } }),
  })),
  { query: 'version', body: JSON.stringify({ operationName: 'Version', query: VERSION }) },
];

/** A partner's list of 50 people, 3 orders each: written down, so not of the mix. */
export function peopleOf(partners: number): BenchRequest[] {
  const body = JSON.stringify({ operationName: 'People', query: PEOPLE, variables: { first: 50, rows: 3 } });
  return Array.from({ length: partners }, (_, partner) => ({ query: 'people', body, partner }));
}

/** The requests of that many partners, shuffled, the same each time. */
export function requestsOf(partners: number): BenchRequest[] {
  const requests = Array.from({ length: partners }, (_, partner) => bodies.map(body => ({ ...body, partner }))).flat();
  let seed = 1;
  for (let i = requests.length - 1; i > 0; i--) {
    // MINSTD: enough to mix a deck of cards.
    seed = (seed * 48_271) % 2_147_483_647;
    const j = seed % (i + 1);
    [requests[i], requests[j]] = [requests[j]!, requests[i]!];
  }
  return requests;
}
