/**
 * graphql-codegen's client preset on the schema that a partner gets: every scalar mapped, the
 * generated code accepted by the strictest compiler, and its typed documents answered.
 */
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildClientSchema, buildSchema, getIntrospectionQuery, parse, printSchema } from 'graphql';
import { GraphQLClient, type RequestDocument } from 'graphql-request';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { UNSTABLE } from '../../src/versions/index.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { liveVersions } from './live-versions.ts';
import { scratchProject, type ScratchProject } from './scratch-project.ts';

/** Strict mode fails on a scalar that is not named here. */
const SCALARS = {
  CloudEvent: 'Record<string, unknown>',
  CurrencyCode: 'string',
  Date: 'string',
  DateTime: 'string',
  Decimal: 'string',
  Duration: 'string',
  JSON: 'unknown',
  SafeInt: 'number',
  URL: 'string',
};

/** Before 2026-07 an amount was a number of minor units. */
const hasMoney = (version: string): boolean => version >= '2026-07';

/** A fragment's name means one text in a process, says graphql-tag. */
const cardOf = (version: string): string => (hasMoney(version) ? 'MilestoneCard' : 'OlderMilestoneCard');

const documentFor = (version: string): string => `
  query MilestonePage($first: Int!, $after: String, $filter: MilestoneFilter) {
    milestones(first: $first, after: $after, filter: $filter) {
      nodes { ...${cardOf(version)} }
      pageInfo { hasNextPage endCursor }
    }
  }
  fragment ${cardOf(version)} on Milestone {
    id
    title
    category
    publishedAt
    reward { kind ${hasMoney(version) ? 'amount { amount currency minorUnits }' : 'amount currency'} }
    progress(first: 2, state: [CONFIRMED, REWARDED]) { nodes { percentComplete award { awardedAt } } }
  }
  query OneNode($id: ID!) {
    node(id: $id) { __typename id ... on Integration { name } ... on Milestone { userOutcome } }
  }
  mutation Rotate($input: RotateCredentialInput!) {
    rotateCredential(input: $input) { clientSecret credential { id status } userErrors { code message path } }
  }
`;

/** What a partner would write; each line that must not compile says so. */
const consumerFor = (version: string): string => `import { graphql, useFragment, type DocumentType } from './generated';
import type { MilestonePageQueryVariables, OneNodeQuery, RotateMutationVariables } from './generated/graphql';

export const documents = graphql(\`${documentFor(version)}\`);
export { MilestonePageDocument, OneNodeDocument, ${cardOf(version)}FragmentDoc } from './generated/graphql';
import { ${cardOf(version)}FragmentDoc, type MilestonePageQuery } from './generated/graphql';

export type Documents = DocumentType<typeof documents>;

export const variables: MilestonePageQueryVariables = { first: 2, filter: { category: 'OUTCOME' } };
export const rotation: RotateMutationVariables = { input: { credentialId: 'crd_1' } };
// @ts-expect-error \`first\` is an integer.
export const wrong: MilestonePageQueryVariables = { first: 'two' };
// @ts-expect-error There is no such category.
export const unknown: MilestonePageQueryVariables = { first: 2, filter: { category: 'NOTHING' } };

export function linesOf(page: MilestonePageQuery): string[] {
  return useFragment(${cardOf(version)}FragmentDoc, page.milestones.nodes).map(card => {
    const minorUnits: number | undefined = card.reward?.amount${hasMoney(version) ? '?.minorUnits' : ' ?? undefined'};
    const since: string = card.publishedAt;
    // @ts-expect-error A step that only unlocks others has no reward.
    void card.reward.kind;
    return [card.title, card.category, since, minorUnits ?? 'no money'].join(', ');
  });
}

export function nameOf({ node }: OneNodeQuery): string {
  switch (node?.__typename) {
    case 'Integration':
      return node.name;
    case 'Milestone':
      return node.userOutcome;
    default:
      return 'neither';
  }
}
`;

interface Consumer {
  readonly MilestonePageDocument: RequestDocument;
  readonly OneNodeDocument: RequestDocument;
  readonly variables: Record<string, unknown>;
  readonly linesOf: (page: unknown) => string[];
  readonly nameOf: (answer: unknown) => string;
}

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

const published = async (version: string): Promise<string> => await (await fetch(`${gateway.url}/schema/${version}.graphql`)).text();
const introspected = async (version: string): Promise<string> => printSchema(buildClientSchema((await partner.query(getIntrospectionQuery(), {}, { version })).data));

const SOURCES: readonly { readonly version: string; readonly source: string; readonly sdlOf: (version: string) => Promise<string> }[] = [
  ...liveVersions.map(version => ({ version, source: 'the published SDL', sdlOf: published })),
  { version: UNSTABLE, source: 'introspection', sdlOf: introspected },
];

/** What the generator's command does once it has loaded schema and documents. */
async function generate(version: string, sdl: string): Promise<Record<string, string>> {
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir: 'source/generated/',
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents: [{ location: 'source/page.ts', document: parse(documentFor(version)), rawSDL: documentFor(version) }],
    config: { strictScalars: true, scalars: SCALARS, defaultScalarType: 'never', enumsAsTypes: true, useTypeImports: true },
    presetConfig: {},
    plugins: [],
    pluginMap: {},
  });
  return Object.fromEntries(await Promise.all(outputs.map(async output => [output.filename, await codegen(output)])));
}

describe.each(SOURCES)('$version from $source', ({ version, sdlOf }) => {
  let project: ScratchProject | undefined;
  let consumer: Consumer;

  beforeAll(async () => {
    project = scratchProject({ ...(await generate(version, await sdlOf(version))), 'source/page.ts': consumerFor(version) });
    project.compile();
    consumer = project.load('page.js');
  });
  afterAll(() => project?.remove());

  test('the typed documents are answered as their types say', async () => {
    const client = new GraphQLClient(`${gateway.url}/graphql/${version}`, { headers: { authorization: `Bearer ${await partner.token()}` } });
    const lines = consumer.linesOf(await client.request(consumer.MilestonePageDocument, consumer.variables));
    expect(lines).toEqual([expect.stringMatching(/^[^,]+, OUTCOME, \d{4}-.*Z, \d+$/), expect.stringMatching(/, OUTCOME, /)]);
    expect(consumer.nameOf(await client.request(consumer.OneNodeDocument, { id: partner.clientId }))).toMatch(/ParcelPilot/);
  });
});

test('a scalar without a type of its own fails the generator, so strict mode did look', async () => {
  const sdl = `${await published(UNSTABLE)}\nscalar Unmapped\nextend type Viewer { unmapped: Unmapped }`;
  await expect(generate(UNSTABLE, sdl)).rejects.toThrow('Unmapped');
});
