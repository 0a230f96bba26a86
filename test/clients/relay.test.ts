/**
 * Relay against the gateway: its compiler takes our schema, and its runtime refetches an object by
 * `node(id:)` and pages a connection forwards and backwards through its store.
 */
import {
  Environment,
  Network,
  RecordSource,
  Store,
  createOperationDescriptor,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getRefetchMetadata,
  getSingularSelector,
  type ConcreteRequest,
  type Direction,
  type GraphQLResponse,
  type ReaderFragment,
  type SingularReaderSelector,
  type Variables,
} from 'relay-runtime';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { liveVersions } from './live-versions.ts';
import { scratchProject, type ScratchProject } from './scratch-project.ts';

const PAGE = `import { graphql } from 'relay-runtime';

export const page = graphql\`
  query PageQuery($id: ID!) {
    integration(id: $id) {
      id
      ...PageProgress_integration @arguments(first: 3)
    }
  }
\`;

export const endOfPage = graphql\`
  query PageEndQuery($id: ID!) {
    integration(id: $id) {
      id
      ...PageProgress_integration @arguments(last: 3)
    }
  }
\`;

export const progress = graphql\`
  fragment PageProgress_integration on Integration
  @refetchable(queryName: "PageProgressQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }, last: { type: "Int" }, before: { type: "String" }) {
    name
    progress(first: $first, after: $after, last: $last, before: $before) @connection(key: "PageProgress_progress") {
      edges {
        node {
          id
          period
          milestone {
            title
          }
        }
      }
    }
  }
\`;
`;

interface Progress {
  readonly name: string;
  readonly progress: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string; readonly hasPreviousPage: boolean; readonly startCursor: string };
  };
}

let gateway: TestApp;
let partner: SeededPartner;
let project: ScratchProject | undefined;
let pageQuery: ConcreteRequest;
let endQuery: ConcreteRequest;
let fragment: ReaderFragment;
/** The ids of the whole list, as plain queries give them. */
let wholeList: string[];

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
  const answer = await partner.query('query ($id: ID!) { integration(id: $id) { progress(first: 100) { nodes { id } } } }', { id: partner.clientId });
  wholeList = answer.data.integration.progress.nodes.map(({ id }: { id: string }) => id);
});
afterAll(() => gateway.close());

/** What react-relay's `usePaginationFragment` does around the runtime, without React. */
class Screen {
  /** The operations sent, in order. */
  readonly sent: (string | null | undefined)[] = [];
  readonly environment: Environment;

  constructor(version: string, token: string) {
    this.environment = new Environment({
      store: new Store(new RecordSource()),
      network: Network.create(async ({ name, text }, variables) => {
        this.sent.push(name);
        const response = await fetch(`${gateway.url}/graphql/${version}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ query: text, variables }),
        });
        return (await response.json()) as GraphQLResponse;
      }),
    });
  }

  /** Shows a query's integration: gives the selector of its fragment. */
  async show(query: ConcreteRequest): Promise<SingularReaderSelector> {
    const variables = { id: partner.clientId };
    await fetchQuery(this.environment, query, variables).toPromise();
    const operation = createOperationDescriptor(query, variables);
    const retained = this.environment.retain(operation);
    expect(retained).toBeDefined();
    const { integration } = this.environment.lookup(operation.fragment).data as unknown as { integration: object };
    return getSingularSelector(fragment, integration);
  }

  read(selector: SingularReaderSelector): Progress {
    const { data, isMissingData } = this.environment.lookup(selector);
    expect(isMissingData).toBe(false);
    return data as unknown as Progress;
  }

  async loadMore(selector: SingularReaderSelector, direction: Direction, count: number): Promise<void> {
    const { paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, 'Screen');
    const { pageInfo } = this.read(selector).progress;
    const cursor = direction === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
    const variables: Variables = getPaginationVariables(
      direction,
      count,
      cursor,
      { ...selector.owner.variables, ...selector.variables },
      { id: partner.clientId },
      paginationMetadata,
    );
    await fetchQuery(this.environment, paginationRequest, variables).toPromise();
  }
}

const idsOf = ({ progress }: Progress): string[] => progress.edges.map(({ node }) => node.id);

describe.each(liveVersions)('on %s', version => {
  beforeAll(async () => {
    project = scratchProject({
      'schema.graphql': await (await fetch(`${gateway.url}/schema/${version}.graphql`)).text(),
      'source/page.ts': PAGE,
      'source/artifacts/README': 'Written by relay-compiler.',
      'relay.config.json': JSON.stringify({
        src: './source',
        language: 'typescript',
        schema: './schema.graphql',
        artifactDirectory: './source/artifacts',
        schemaConfig: { nonNodeIdFields: { allowedIdTypes: {} } },
        customScalarTypes: { CurrencyCode: 'string', Date: 'string', DateTime: 'string', Duration: 'string', Decimal: 'string', SafeInt: 'number', URL: 'string' },
        featureFlags: { enforce_fragment_alias_where_ambiguous: { kind: 'enabled' } },
      }),
    });
    project.run('relay-compiler', '--output', 'verbose');
    project.compile();
    const compiled = project;
    const artifact = <T>(name: string): T => compiled.load<{ default: T }>(`artifacts/${name}.graphql.js`).default;
    pageQuery = artifact('PageQuery');
    endQuery = artifact('PageEndQuery');
    fragment = artifact('PageProgress_integration');
  });
  afterAll(() => project?.remove());

  test('the list is longer than the pages below', () => {
    expect(wholeList.length).toBeGreaterThan(6);
  });

  test('pages forwards to the end of the list, each page joined to those before', async () => {
    const screen = new Screen(version, await partner.token());
    const selector = await screen.show(pageQuery);
    expect(idsOf(screen.read(selector))).toEqual(wholeList.slice(0, 3));
    while (screen.read(selector).progress.pageInfo.hasNextPage) await screen.loadMore(selector, 'forward', 5);
    expect(idsOf(screen.read(selector))).toEqual(wholeList);
    expect(screen.sent).toEqual(['PageQuery', ...Array.from({ length: Math.ceil((wholeList.length - 3) / 5) }, () => 'PageProgressQuery')]);
  });

  test('pages backwards to the beginning of the list, each page put in front of those after', async () => {
    const screen = new Screen(version, await partner.token());
    const selector = await screen.show(endQuery);
    expect(idsOf(screen.read(selector))).toEqual(wholeList.slice(-3));
    while (screen.read(selector).progress.pageInfo.hasPreviousPage) await screen.loadMore(selector, 'backward', 5);
    expect(idsOf(screen.read(selector))).toEqual(wholeList);
  });

  test('refetches the object by `node(id:)`, with other arguments, into the same record', async () => {
    const screen = new Screen(version, await partner.token());
    const selector = await screen.show(pageQuery);
    const { refetchableRequest, identifierInfo } = getRefetchMetadata(fragment, 'Screen');
    expect(identifierInfo).toMatchObject({ identifierField: 'id', identifierQueryVariableName: 'id' });
    expect(refetchableRequest.params.text).toContain('node(id: $id)');
    screen.environment.commitUpdate(store => {
      store.get(partner.clientId)?.setValue('Out of date', 'name');
    });
    expect(screen.read(selector).name).toBe('Out of date');
    const answer = await fetchQuery(screen.environment, refetchableRequest, { id: partner.clientId, first: 5 }, { fetchPolicy: 'network-only' }).toPromise();
    expect(idsOf(screen.environment.lookup(getSingularSelector(fragment, (answer as { node: object }).node)).data as unknown as Progress)).toEqual(wholeList.slice(0, 5));
    expect(screen.read(selector).name).not.toBe('Out of date');
  });

  test('an id that is not ours refetches to null without an error', async () => {
    const screen = new Screen(version, await partner.token());
    const { refetchableRequest } = getRefetchMetadata(fragment, 'Screen');
    const answer = await fetchQuery(screen.environment, refetchableRequest, { id: 'int_unknown', first: 5 }).toPromise();
    expect(answer).toEqual({ node: null });
  });
});
