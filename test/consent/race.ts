/** Reads that race withdrawals, on whichever gateways there are: the promise is about every read that
    begins after the withdrawal has returned. */
import type { TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { Browser, granted, hiddenFields, rows } from './door.ts';

export interface Race {
  /** The first is asked for consent. */
  readonly gateways: readonly TestApp[];
  readonly partner: SeededPartner;
  /** Who withdraws, by their logins. */
  readonly people: readonly string[];
  readonly readsPerPerson: number;
  /** Reads of one person under way at a time. */
  readonly atOnce: number;
}

export interface RaceOutcome {
  readonly reads: number;
  /** Reads that showed the value, and those begun after the withdrawal had returned. */
  readonly disclosed: number;
  readonly late: number;
  /** Late reads that showed it all the same, and disclosures that nobody wrote down: none of either, ever. */
  readonly leaked: number;
  readonly unlogged: number;
}

interface Read {
  readonly begunAt: number;
  readonly requestId: string;
  readonly shown: boolean;
}

const QUERY =
  'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email } sharedCustomers(purpose: "order_support", first: 1, filter: { ids: [$id] }) { nodes { email } } }';

async function readOnce(gateway: TestApp, token: string, id: string): Promise<Read> {
  const begunAt = performance.now();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: QUERY, variables: { id } }),
  });
  const text = await response.text();
  // A gateway that cannot reach the grant answers nothing at all.
  if (response.status !== 200 && response.status !== 503) throw new Error(text);
  return { begunAt, requestId: response.headers.get('x-request-id')!, shown: text.includes('@mail.example') };
}

export async function raceWithdrawals({ gateways, partner, people, readsPerPerson, atOnce }: Race): Promise<RaceOutcome> {
  const token = await partner.token({ fresh: true });
  const all: (Read & { late: boolean })[] = [];
  for (const [turn, login] of people.entries()) {
    const { subject, consent_grant: grant } = (await granted(gateways[0]!, partner, login)) as { subject: string; consent_grant: string };
    const browser = new Browser(gateways[turn % gateways.length]!.url);
    const shared = await browser.post('/consent/sign-in', { ...hiddenFields(await browser.get('/consent')), login });
    const reads: Read[] = [];
    let begun = 0;
    let withdrawnAt = Infinity;
    const reader = async (): Promise<void> => {
      while (begun < readsPerPerson) {
        begun += 1;
        reads.push(await readOnce(gateways[begun % gateways.length]!, token, subject));
      }
    };
    const withdrawal = async (): Promise<void> => {
      // Somewhere in the middle, while reads go on.
      while (reads.length < readsPerPerson / 3) await new Promise(resolve => setImmediate(resolve));
      await browser.post('/consent/withdraw', { ...hiddenFields(shared), grant, all: 'yes' });
      withdrawnAt = performance.now();
    };
    await Promise.all([withdrawal(), ...Array.from({ length: atOnce }, reader)]);
    all.push(...reads.map(read => ({ ...read, late: read.begunAt > withdrawnAt })));
  }
  const disclosed = all.filter(({ shown }) => shown);
  const logged = new Set((await rows<{ request_id: string }>(gateways[0]!, 'select distinct request_id from portico.access_entry')).map(({ request_id: id }) => id));
  return {
    reads: all.length,
    disclosed: disclosed.length,
    late: all.filter(({ late }) => late).length,
    leaked: disclosed.filter(({ late }) => late).length,
    unlogged: disclosed.filter(({ requestId }) => !logged.has(requestId)).length,
  };
}
