/** What a partner reads of people, and what it does not: by purpose, as far as each has agreed. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { attempt, consented, exchange, registerBack, rows, yes, DETAILS } from './door.ts';

let gateway: TestApp;
let partner: SeededPartner;
let shopper = 0;

const somebody = (): string => `shopper-${String((shopper += 1)).padStart(4, '0')}`;

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  const partnerOf = await gateway.seed.world();
  partner = await partnerOf('ParcelPilot');
  await registerBack(partner);
});
afterAll(() => gateway.close());

async function give(login: string, details: readonly object[] = DETAILS, choice: Record<string, string> = yes) {
  const { code, tried } = await consented(gateway, partner, login, choice, attempt(partner, { authorization_details: JSON.stringify(details) }));
  return (await exchange(gateway, partner, code, tried.verifier)).json as { subject: string; consent_grant: string };
}

test('look', async () => {
  const { subject } = await give(somebody(), DETAILS, { ...yes, scope: 'order.history' });
  const one = await partner.query(
    'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id email name orderCount orders(first: 2) { nodes { id placedAt status total { amount currency } items { title } } pageInfo { hasNextPage endCursor } } location { town } supportCases { nodes { id subject } } preferences { name value } grant { id state } } }',
    { id: subject },
  );
  console.log(one.text);
  const list = await partner.query('{ sharedCustomers(purpose: "order_support", first: 5) { nodes { id email orders { nodes { id placedAt } } name } pageInfo { hasNextPage endCursor } } }');
  console.log(list.text);
  const foreign = await partner.query('{ sharedCustomer(id: "sub_nobody", purpose: "order_support") { id email } }');
  console.log(foreign.text);
  console.log(gateway.logged.filter(line => line.includes('"err"')).join('\n').slice(0, 3000));
  console.log((await partner.query('{ sharedCustomers(purpose: "personal_picks", first: 5) { nodes { id email } } }')).text);
  console.log((await partner.query('{ sharedCustomers(purpose: "order_support", first: 5, filter: {email: "nobody@x.example"}) { nodes { id email } } }')).text);
  console.log(await rows(gateway, 'select * from portico.access_entry'));
});
