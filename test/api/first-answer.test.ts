/** The main job: a partner gets a token and asks about milestones. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

test("a token and a milestone query answer with the rows of the partner's environment", async () => {
  const answer = await partner.query('{ milestones(first: 3) { nodes { title userOutcome reward { kind } dependsOn { title } } } }');
  expect(answer.status).toBe(200);
  expect(answer.errors).toBeUndefined();
  expect(answer.data.milestones.nodes).toHaveLength(3);
  expect(answer.data.milestones.nodes[0]).toEqual({
    title: expect.any(String),
    userOutcome: expect.any(String),
    reward: { kind: expect.stringMatching(/^(FINANCIAL|REPUTATIONAL|CAPABILITY)$/) },
    dependsOn: [],
  });
});

test('several root fields, nesting, aliases, fragments, variables and non-SQL fields answer in field order', async () => {
  const answer = await partner.query(
    `query Page($first: Int!) {
      apiVersions { version }
      mine: integrations(first: $first) { edges { cursor node { ...Named } } pageInfo { hasNextPage } }
      viewer { __typename apiVersion me: integration { ...Named progress(first: 1) { nodes { milestone { title } } } } }
    }
    fragment Named on Integration { id name }`,
    { first: 2 },
  );
  expect(answer.errors).toBeUndefined();
  expect(Object.keys(answer.data)).toEqual(['apiVersions', 'mine', 'viewer']);
  expect(answer.data.mine.edges).toHaveLength(2);
  expect(answer.data.mine.pageInfo.hasNextPage).toBe(true);
  expect(answer.data.viewer).toEqual({
    __typename: 'Viewer',
    apiVersion: '2026-10',
    me: { id: partner.clientId, name: expect.any(String), progress: { nodes: [{ milestone: { title: expect.any(String) } }] } },
  });
});

test('paging by cursor gives every row once, in order, whatever the page size', async () => {
  const all = await partner.query('{ milestoneProgress(first: 100) { nodes { id } } }');
  const expected = all.data.milestoneProgress.nodes.map((node: { id: string }) => node.id);
  expect(expected.length).toBeGreaterThan(20);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await partner.query('query ($after: String) { milestoneProgress(first: 7, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }', { after });
    seen.push(...page.data.milestoneProgress.nodes.map((node: { id: string }) => node.id));
    after = page.data.milestoneProgress.pageInfo.hasNextPage ? page.data.milestoneProgress.pageInfo.endCursor : null;
  } while (after);
  expect(seen).toEqual(expected);
});

test('introspection beside data runs through graphql-js and gives the same data', async () => {
  const [compiled, fallback] = [
    await partner.query('{ v: viewer { i: integration { n: name } } }'),
    await partner.query('{ v: viewer { i: integration { n: name } } __schema { queryType { name } } }'),
  ];
  expect(fallback.data).toEqual({ ...compiled.data, __schema: { queryType: { name: 'Query' } } });
});

test('every answer names the version and the request', async () => {
  const answer = await partner.query('{ viewer { apiVersion } }', {}, { version: 'unstable' });
  expect(answer.data.viewer.apiVersion).toBe('unstable');
  expect(answer.headers.get('api-version')).toBe('unstable');
  expect(answer.headers.get('api-version-reason')).toBe('path');
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  expect(answer.extensions).toMatchObject({ version: 'unstable' });
});

test('what is read beside introspection is read as always: interfaces, and variables of every kind', async () => {
  const { id } = (await partner.query('{ milestones(first: 1) { nodes { id } } }')).data.milestones.nodes[0];
  const answer = await partner.query(
    `query ($id: ID!, $since: DateTime) {
      node(id: $id) { id ... on Milestone { title } }
      nodes(ids: [$id, "mst_none"]) { __typename id }
      requests(first: 1, filter: { receivedAfter: $since }) { pageInfo { hasPreviousPage } }
      __type(name: "Milestone") { name }
    }`,
    { id, since: '2026-01-01T00:00:00Z' },
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data).toEqual({
    node: { id, title: expect.any(String) },
    nodes: [{ __typename: 'Milestone', id }, null],
    requests: { pageInfo: { hasPreviousPage: false } },
    __type: { name: 'Milestone' },
  });
});
