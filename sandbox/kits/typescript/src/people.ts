/** Prints the people who let you read about them, as far as each of them does. */
import type { PeopleQuery } from './generated/graphql.js';
import { graphql } from './generated/index.js';
import { Portico } from './portico.js';

const People = graphql(`
  query People($after: String) {
    sharedCustomers(purpose: "order_support", first: 50, after: $after) {
      nodes {
        id
        email
        orders(first: 1) {
          nodes {
            status
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const { PORTICO_URL = 'http://127.0.0.1:4000', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;
const portico = new Portico(PORTICO_URL, CLIENT_ID, CLIENT_SECRET);

let after: string | null = null;
let more = true;
while (more) {
  const { sharedCustomers }: PeopleQuery = await portico.ask(People, { after });
  for (const { id, email, orders } of sharedCustomers.nodes) {
    // What is null was not agreed to, or is not there: either way it is not to be guessed.
    console.log(`${id}: ${email ?? 'no address'}; ${orders?.nodes[0]?.status ?? 'no order'}`);
  }
  more = sharedCustomers.pageInfo.hasNextPage;
  after = sharedCustomers.pageInfo.endCursor ?? null;
}
