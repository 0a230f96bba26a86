/** urql against the gateway, with its document cache and its default exchanges; by POST, and by GET as its documentation offers. */
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { liveVersions } from './live-versions.ts';
import { refusingRoom } from './refusing-room.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ rooms: [...rooms, refusingRoom] });
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

async function newClient(version: string, preferGetMethod: 'force' | false): Promise<Client> {
  const authorization = `Bearer ${await partner.token()}`;
  return new Client({ url: `${gateway.url}/graphql/${version}`, exchanges: [cacheExchange, fetchExchange], preferGetMethod, fetchOptions: { headers: { authorization } } });
}

const PAGE = gql`
  query Page($first: Int!, $category: MilestoneCategory) {
    milestones(first: $first, filter: { category: $category }) {
      nodes {
        title
        category
      }
    }
  }
`;

const WAYS = liveVersions.flatMap(version => [
  { version, method: 'POST', preferGetMethod: false as const },
  { version, method: 'GET', preferGetMethod: 'force' as const },
]);

describe.each(WAYS)('on $version by $method', ({ version, preferGetMethod }) => {
  test('a query with variables answers, with type names added, and from the cache the second time', async () => {
    const client = await newClient(version, preferGetMethod);
    const answer = await client.query(PAGE, { first: 2, category: 'OUTCOME' }).toPromise();
    expect(answer.error).toBeUndefined();
    expect(answer.data.milestones.nodes).toEqual([
      { __typename: 'Milestone', title: expect.any(String), category: 'OUTCOME' },
      { __typename: 'Milestone', title: expect.any(String), category: 'OUTCOME' },
    ]);
    const again = await client.query(PAGE, { first: 2, category: 'OUTCOME' }).toPromise();
    expect(again.operation.context.meta?.cacheOutcome).toBe('hit');
    expect(again.data).toEqual(answer.data);
  });

  test('a refusal before execution is a GraphQL error with its code', async () => {
    const { data, error } = await (await newClient(version, preferGetMethod)).query(PAGE, { first: 'two' }).toPromise();
    expect(data).toBeUndefined();
    expect(error?.networkError).toBeUndefined();
    expect(error?.graphQLErrors.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });

  test('a refused field comes with its path and code beside the rest', async () => {
    const { data, error } = await (await newClient(version, preferGetMethod)).query('{ kept { name description } }', {}).toPromise();
    expect(data).toEqual({ kept: { __typename: 'Kept', name: null, description: expect.any(String) } });
    expect(error?.networkError).toBeUndefined();
    expect(error?.graphQLErrors.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([{ path: ['kept', 'name'], code: 'CONSENT_REQUIRED' }]);
  });
});
