/** graphql-request against the gateway: a query with variables, a version of its own, and errors with their codes. */
import { ClientError, GraphQLClient, gql } from 'graphql-request';
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

const newClient = async (version: string): Promise<GraphQLClient> =>
  new GraphQLClient(`${gateway.url}/graphql/${version}`, { headers: { authorization: `Bearer ${await partner.token()}` } });

const INTEGRATION = gql`
  query Integration($id: ID!, $first: Int) {
    integration(id: $id) {
      id
      progress(first: $first) {
        nodes {
          milestone {
            title
          }
        }
      }
    }
  }
`;

describe.each(liveVersions)('on %s', version => {
  test('a query with variables answers its data', async () => {
    const data = await (await newClient(version)).request(INTEGRATION, { id: partner.clientId, first: 1 });
    expect(data).toEqual({ integration: { id: partner.clientId, progress: { nodes: [{ milestone: { title: expect.any(String) } }] } } });
  });

  test('rawRequest gives the headers and extensions that name the version', async () => {
    const { data, extensions, headers } = await (await newClient(version)).rawRequest('{ viewer { apiVersion } }');
    expect(data).toEqual({ viewer: { apiVersion: version } });
    expect(extensions).toMatchObject({ version });
    expect(headers.get('api-version')).toBe(version);
  });

  test.each([
    ['a refused field', '{ kept { name } }', {}, 'CONSENT_REQUIRED'],
    ['an argument out of its range', INTEGRATION, { first: 1000 }, 'BAD_USER_INPUT'],
    ['a variable of the wrong type', INTEGRATION, { first: 'one' }, 'BAD_USER_INPUT'],
    ['a document that does not fit the schema', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a document that is not GraphQL', '{', {}, 'GRAPHQL_PARSE_FAILED'],
  ])('%s throws a ClientError with its code', async (_title, document, variables, code) => {
    const client = await newClient(version);
    const error = await client.request(document, { id: partner.clientId, ...variables }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ClientError);
    expect((error as ClientError).response.errors?.map(({ extensions }) => extensions['code'])).toEqual([code]);
  });

  test('errorPolicy `all` gives the data beside the errors', async () => {
    const client = new GraphQLClient(`${gateway.url}/graphql/${version}`, { errorPolicy: 'all', headers: { authorization: `Bearer ${await partner.token()}` } });
    const { data, errors } = await client.rawRequest('{ kept { name description } }');
    expect(data).toEqual({ kept: { name: null, description: expect.any(String) } });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['CONSENT_REQUIRED']);
  });
});
