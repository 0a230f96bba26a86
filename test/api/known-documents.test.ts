/** A document that was asked before takes a shorter road; what it answers does not depend on that. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

const TWO = 'query A { viewer { apiVersion } } query B($first: Int!) { integrations(first: $first) { nodes { name } } }';

const ASKED: readonly [string, { query: string; operationName?: string; variables?: Record<string, unknown> }][] = [
  ['a read', { query: '{ viewer { apiVersion partner { name } } integrations(first: 3) { nodes { __typename id name } } }' }],
  ['one operation of two', { query: TWO, operationName: 'B', variables: { first: 2 } }],
  ['an operation that is not there', { query: TWO, operationName: 'C' }],
  ['no operation named among two', { query: TWO }],
  ['a variable that is missing', { query: TWO, operationName: 'B' }],
  ['a variable of the wrong type', { query: TWO, operationName: 'B', variables: { first: 'many' } }],
  ['a page that is too large', { query: TWO, operationName: 'B', variables: { first: 101 } }],
  ['a root field among others that cannot be meant', { query: '{ viewer { apiVersion } integrations(first: 2, after: "nonsense") { nodes { name } } }' }],
  ['introspection', { query: '{ __schema { queryType { name } } viewer { apiVersion } }' }],
  ['a document that is not valid', { query: '{ viewer { nothing } }' }],
  ['a document that does not parse', { query: '{ viewer' }],
];

test.each(ASKED)('%s is answered the third time as the first', async (_what, asked) => {
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const answers = [];
    for (let time = 0; time < 3; time++) {
      const { status, headers, text } = await ask(gateway.url, asked, { token: await partner.token(), headers: { accept } });
      const stable = Object.fromEntries([...headers].filter(([name]) => !['date', 'x-request-id', 'content-length', 'ratelimit'].includes(name)));
      answers.push({ status, headers: stable, text: text.replaceAll(headers.get('x-request-id')!, 'REQUEST').replace(/"currentlyAvailable":\d+/, '"currentlyAvailable":""') });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  }
});
