/** Isolation: whatever id a caller has learnt, another partner's or another environment's answers
    exactly like one that does not exist. */
import { getNamedType, isInputObjectType, isLeafType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { newId } from '../../src/base/ids.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let asker: SeededPartner;
let neighbour: SeededPartner;
let rehearsing: SeededPartner;
/** Ids that the asker must not reach, by whose they are. */
const foreign = new Map<string, Map<string, string>>();

const EVERYTHING = `{
  viewer { integration { id } partner { id } environment { id } tier { id } }
  program { id tiers { id } roadmap { id } }
  integrations(first: 100) { nodes { id credentials { id } } }
  milestones(first: 100) { nodes { id criteria { id } reward { id } } }
  milestoneProgress(first: 100) { nodes { id } }
  awards(first: 100) { nodes { id } }
}`;

/** Ids of every kind that an answer shows, by prefix. */
function idsIn(value: unknown, found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'string' && /^[a-z]{3}_[0-9a-z]+$/.test(value)) found.set(value.slice(0, 3), value);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(inner => idsIn(inner, found));
  return found;
}

beforeAll(async () => {
  gateway = await startTestApp({ maxOperationCost: 1_000_000 });
  const partnerOf = await gateway.seed.world();
  asker = await partnerOf('ParcelPilot');
  neighbour = await partnerOf('GlowRank');
  const sandbox = await gateway.seed.sandboxOf(asker);
  rehearsing = await (await gateway.seed.world(sandbox))('ParcelPilot');
  const answer = await asker.query(EVERYTHING);
  expect(answer.errors).toBeUndefined();
  const own = idsIn(answer.data);
  for (const [whose, partner] of [
    ['another partner', neighbour],
    ["the asker's own sandbox", rehearsing],
  ] as const) {
    const ids = idsIn((await partner.query(EVERYTHING)).data);
    // What a program shows to all its partners is not foreign in live.
    if (partner === neighbour) for (const shared of ['prg', 'tir', 'rmi', 'mst', 'cri', 'rwd', 'env']) ids.delete(shared);
    for (const [prefix, id] of ids) if (own.get(prefix) === id) ids.delete(prefix);
    foreign.set(whose, ids);
  }
});
afterAll(() => gateway.close());

/** The answer with the id that was asked for, and the request's id, taken out. */
const comparable = (answer: GraphQLAnswer, id: string): unknown =>
  JSON.parse(
    JSON.stringify({ status: answer.status, data: answer.data, errors: answer.errors })
      .replaceAll(id, 'ID')
      .replace(/"req_[0-9a-z]+"/g, '"REQUEST"'),
  );

test('there are foreign ids of every kind to try', () => {
  expect([...foreign.get("the asker's own sandbox")!.keys()].length).toBeGreaterThanOrEqual(10);
  expect([...foreign.get('another partner')!.keys()]).toEqual(expect.arrayContaining(['int', 'prt', 'crd', 'mpr']));
});

test.each(['another partner', "the asker's own sandbox"])('node and nodes answer for ids of %s as for missing ones', async whose => {
  for (const [prefix, id] of foreign.get(whose)!) {
    const missing = newId(prefix);
    const query = 'query ($id: ID!, $ids: [ID!]!) { node(id: $id) { __typename id } nodes(ids: $ids) { __typename id } }';
    const [theirs, nobodys] = [await asker.query(query, { id, ids: [id] }), await asker.query(query, { id: missing, ids: [missing] })];
    expect(comparable(theirs, id)).toEqual(comparable(nobodys, missing));
    expect(theirs.data).toEqual({ node: null, nodes: [null] });
  }
});

/** Every argument or filter field of type ID below the root. */
function idArguments(type: GraphQLObjectType): { field: GraphQLField<unknown, unknown>; write: (id: string) => string }[] {
  return Object.values(type.getFields()).flatMap(field => {
    if (field.name === 'node' || field.name === 'nodes') return [];
    const has = (name: string): boolean => field.args.some(argument => argument.name === name);
    const size = `${has('first') ? 'first: 5, ' : ''}${has('purpose') ? 'purpose: "order_support", ' : ''}${has('to') ? 'to: "2027-01", ' : ''}`;
    return field.args.flatMap(argument => {
      const named = getNamedType(argument.type);
      if (named.name === 'ID') return [{ field, write: (id: string) => `(${size}${argument.name}: "${id}")` }];
      if (!isInputObjectType(named)) return [];
      return Object.values(named.getFields()).flatMap(input =>
        getNamedType(input.type).name === 'ID' ? [{ field, write: (id: string) => `(${size}${argument.name}: { ${input.name}: "${id}" })` }] : [],
      );
    });
  });
}

const selectionOf = (field: GraphQLField<unknown, unknown>): string => {
  const type = getNamedType(field.type);
  if (isLeafType(type) || !isObjectType(type)) return '';
  if (type.name.endsWith('Connection')) return '{ nodes { id } pageInfo { hasNextPage endCursor } }';
  return type.getFields()['id'] ? '{ id }' : shallow(type);
};

/** What is read of an object without an id: its leaves, and those of what it holds. */
function shallow(type: GraphQLObjectType, depth = 1): string {
  const fields = Object.values(type.getFields()).flatMap(({ name, type: output }) => {
    const named = getNamedType(output);
    if (isLeafType(named)) return [name];
    return depth > 0 && isObjectType(named) ? [`${name} ${shallow(named, depth - 1)}`] : [];
  });
  return `{ ${fields.join(' ')} }`;
}

test('every root field that takes an id answers for a foreign one as for a missing one', async () => {
  const found = idArguments(gateway.app.schema.getQueryType()!);
  expect(found.map(({ field }) => field.name)).toEqual(expect.arrayContaining(['integration', 'milestoneProgress']));
  for (const { field, write } of found) {
    for (const id of [...foreign.values()].flatMap(ids => [...ids.values()])) {
      const missing = newId(id.slice(0, 3));
      const [theirs, nobodys] = [
        await asker.query(`{ ${field.name}${write(id)} ${selectionOf(field)} }`),
        await asker.query(`{ ${field.name}${write(missing)} ${selectionOf(field)} }`),
      ];
      expect(comparable(theirs, id)).toEqual(comparable(nobodys, missing));
      expect(theirs.errors).toBeUndefined();
    }
  }
});

test.each(['', 'x', '../etc', '\0', '\ud800', 'mst_', `mst_${'a'.repeat(500)}`, "' or 1=1 --", '0'])('a malformed id %j answers null without an error', async id => {
  const answer = await asker.query('query ($id: ID!) { node(id: $id) { id } integration(id: $id) { id } nodes(ids: [$id]) { id } }', { id });
  expect({ status: answer.status, data: answer.data, errors: answer.errors }).toEqual({ status: 200, data: { node: null, integration: null, nodes: [null] }, errors: undefined });
});

test('every list of the asker shows only rows of its own partner', async () => {
  const strangers = new Set([...foreign.get('another partner')!.values(), ...foreign.get("the asker's own sandbox")!.values()]);
  const shown = JSON.stringify((await asker.query(EVERYTHING)).data);
  for (const id of strangers) expect(shown).not.toContain(id);
});

test('a token opens its own environment whatever the request says', async () => {
  const answer = await rehearsing.query(
    '{ viewer { environment { id kind } } }',
    {},
    { headers: { 'x-environment': asker.environmentId, 'portico-environment': asker.environmentId } },
  );
  expect(answer.data.viewer.environment).toEqual({ id: rehearsing.environmentId, kind: 'SANDBOX' });
});

test('a cursor of another partner opens no row of that partner', async () => {
  const query = 'query ($after: String) { milestoneProgress(first: 3, after: $after) { nodes { id integration { partner { id } } } pageInfo { endCursor } } }';
  const theirs = await neighbour.query(query);
  const answer = await asker.query(query, { after: theirs.data.milestoneProgress.pageInfo.endCursor });
  for (const node of answer.data.milestoneProgress.nodes) expect(node.integration.partner.id).toBe(asker.partnerId);
});
