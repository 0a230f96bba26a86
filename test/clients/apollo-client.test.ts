/** Apollo Client against the gateway: what its cache makes of our ids, connections and errors. */
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql, type ObservableQuery, type OperationVariables, type TypedDocumentNode } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { filter, firstValueFrom } from 'rxjs';
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

/** A client as Apollo's documentation sets one up. */
async function newClient(version: string, token?: string): Promise<ApolloClient> {
  return new ApolloClient({
    link: new HttpLink({ uri: `${gateway.url}/graphql/${version}`, headers: { authorization: `Bearer ${token ?? (await partner.token())}` } }),
    cache: new InMemoryCache({
      typePolicies: {
        Query: { fields: { milestones: relayStylePagination(['filter']) } },
        Integration: { fields: { progress: relayStylePagination(['state']) } },
      },
    }),
  });
}

interface Page<T> {
  readonly edges: readonly { readonly node: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
interface Titled {
  readonly id: string;
  readonly title: string;
}

interface Milestones {
  readonly milestones: Page<Titled>;
}

const MILESTONES: TypedDocumentNode<Milestones, { first: number; after?: string | null }> = gql`
  query Milestones($first: Int!, $after: String) {
    milestones(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const titlesOf = (page: Page<Titled> | undefined): string[] => (page?.edges ?? []).map(({ node }) => node.title);

/** What the list shows once it has so many items: its watchers hear of a page after `fetchMore` has ended. */
async function shownWith<T, V extends OperationVariables>(list: ObservableQuery<T, V>, count: number, itemsOf: (data: T) => readonly unknown[]): Promise<T> {
  const result = await firstValueFrom(list.pipe(filter(({ data, dataState }) => dataState === 'complete' && itemsOf(data).length === count)));
  return result.data as T;
}

describe.each(liveVersions)('on %s', version => {
  test('an object that two queries reach is kept once, by type and id', async () => {
    const client = await newClient(version);
    const listed = await client.query({ query: MILESTONES, variables: { first: 2 } });
    const { id, title } = listed.data!.milestones.edges[0]!.node;
    const one: TypedDocumentNode<{ node: { id: string; userOutcome: string } }, { id: string }> = gql`
      query One($id: ID!) {
        node(id: $id) {
          id
          ... on Milestone {
            userOutcome
          }
        }
      }
    `;
    const answer = await client.query({ query: one, variables: { id } });
    expect(answer.data!.node.userOutcome).toEqual(expect.any(String));
    expect((client.cache.extract() as Record<string, unknown>)[`Milestone:${id}`]).toEqual({ __typename: 'Milestone', id, title, userOutcome: answer.data!.node.userOutcome });
  });

  test('fetchMore with relayStylePagination joins the pages into the whole list, and the cache answers it again', async () => {
    const client = await newClient(version);
    const all = titlesOf((await client.query({ query: MILESTONES, variables: { first: 100 }, fetchPolicy: 'no-cache' })).data?.milestones);
    expect(all.length).toBeGreaterThan(10);
    const list = client.watchQuery({ query: MILESTONES, variables: { first: 5 } });
    let page = await shownWith(list, 5, ({ milestones }) => milestones.edges);
    expect(titlesOf(page.milestones)).toEqual(all.slice(0, 5));
    for (let shown = 10; page.milestones.pageInfo.hasNextPage; shown += 5) {
      await list.fetchMore({ variables: { after: page.milestones.pageInfo.endCursor } });
      page = await shownWith(list, Math.min(shown, all.length), ({ milestones }) => milestones.edges);
    }
    expect(titlesOf(page.milestones)).toEqual(all);
    expect(titlesOf(client.readQuery({ query: MILESTONES, variables: { first: 5 } })?.milestones)).toEqual(all);
  });

  test('fetchMore backwards, by `last` and `before`, puts the earlier page in front', async () => {
    interface Progress {
      readonly integration: { readonly progress: { readonly edges: readonly { readonly node: { readonly id: string } }[]; readonly pageInfo: { readonly startCursor: string } } };
    }
    const edgesOf = ({ integration }: Progress) => integration.progress.edges;
    const client = await newClient(version);
    const { data } = await partner.query('query ($id: ID!) { integration(id: $id) { progress(first: 100) { nodes { id } } } }', { id: partner.clientId }, { version });
    const list = client.watchQuery<Progress>({
      query: gql`
        query Progress($id: ID!, $last: Int!, $before: String) {
          integration(id: $id) {
            id
            progress(last: $last, before: $before) {
              edges {
                cursor
                node {
                  id
                }
              }
              pageInfo {
                hasPreviousPage
                startCursor
              }
            }
          }
        }
      `,
      variables: { id: partner.clientId, last: 2 },
    });
    const last = await shownWith(list, 2, edgesOf);
    await list.fetchMore({ variables: { before: last.integration.progress.pageInfo.startCursor } });
    const joined = await shownWith(list, 4, edgesOf);
    expect(edgesOf(joined).map(({ node }) => node.id)).toEqual(data.integration.progress.nodes.slice(-4).map((node: { id: string }) => node.id));
  });

  describe('a field that is refused beside one that answers', () => {
    const query = gql`
      {
        kept {
          name
          description
        }
      }
    `;
    const rest = { kept: { __typename: 'Kept', name: null, description: expect.any(String) } };

    test('errorPolicy `none` gives the error with its code', async () => {
      const client = await newClient(version);
      const error = await client.query({ query }).catch((reason: unknown) => reason);
      expect(CombinedGraphQLErrors.is(error) && error.errors).toEqual([
        expect.objectContaining({ path: ['kept', 'name'], extensions: expect.objectContaining({ code: 'CONSENT_REQUIRED' }) }),
      ]);
    });

    test('errorPolicy `all` gives both', async () => {
      const client = await newClient(version);
      const { data, error } = await client.query({ query, errorPolicy: 'all' });
      expect(data).toEqual(rest);
      expect(CombinedGraphQLErrors.is(error) && error.errors.map(({ extensions }) => extensions?.['code'])).toEqual(['CONSENT_REQUIRED']);
    });

    test('errorPolicy `ignore` gives the rest', async () => {
      const client = await newClient(version);
      const { data, error } = await client.query({ query, errorPolicy: 'ignore' });
      expect(data).toEqual(rest);
      expect(error).toBeUndefined();
    });
  });

  test('a document that does not fit the schema and a token that opens nothing are GraphQL errors with a code, not broken transport', async () => {
    const codesOf = async (client: ApolloClient, query: string): Promise<unknown> => {
      const error = await client.query({ query: gql(query) }).catch((reason: unknown) => reason);
      return CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions?.['code']) : error;
    };
    expect(await codesOf(await newClient(version), '{ nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codesOf(await newClient(version, 'none'), '{ viewer { apiVersion } }')).toEqual(['UNAUTHENTICATED']);
  });
});
