/** Whatever is done to sandboxes, and in whatever order, live's rows stay as they are. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { OPENED as FORKED, answerTo, asOwn, change, makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

/** What the calls themselves leave in live: the partner's own list of sandboxes, the requests, and what they have shown. */
const RECORDS = ['sandbox', 'sandbox_snapshot', 'idempotency_key', 'request_log', 'operation_use', 'onboarding_evidence', 'observed_operation'];

let gateway: TestApp;
let partner: SeededPartner;
let client: pg.Client;

beforeAll(async () => {
  // What is asked here is what is changed, not how soon: a busy machine may take its time.
  gateway = await startTestApp({ statementTimeoutMs: 30_000 });
  partner = await (await gateway.seed.world())('FairShare');
  // An integration's first call pins its version, which is a row of live.
  await partner.query('{ viewer { apiVersion } }');
  client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await gateway.close();
});

/** A hash over every row of live, table by table. */
async function digest(): Promise<Record<string, string>> {
  const { rows: tables } = await client.query<{ name: string }>('select tenant_table::text as name from portico.tenant_tables()');
  const all: Record<string, string> = {};
  for (const { name } of tables) {
    if (RECORDS.includes(name.replace('portico.', ''))) continue;
    const { rows } = await client.query<{ d: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text collate "C")), '') as d from ${name} t where environment_id = $1`,
      [partner.environmentId],
    );
    all[name] = rows[0]!.d;
  }
  const { rows } = await client.query<{ d: string }>('select e::text as d from portico.environment e where id = $1', [partner.environmentId]);
  return { ...all, environment: rows[0]!.d };
}

type Step = { readonly what: string; readonly which: number; readonly days: number };

const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      'create',
      'reset',
      'reset inside',
      'snapshot',
      'restore',
      'fork',
      'fork snapshot',
      'diff',
      'advance',
      'advance inside',
      'credential',
      'delete',
      'delete snapshot',
      'fault',
      'fault inside',
      'live id',
      'go live',
    ),
    which: fc.nat(9),
    days: fc.integer({ min: 0, max: 400 }),
  }),
  { minLength: 4, maxLength: 10 },
);

test('live is the same after any sequence of sandbox calls', async () => {
  const before = await digest();
  expect(Object.keys(before).length).toBeGreaterThan(15);
  await fc.assert(
    fc.asyncProperty(steps, async sequence => {
      const own: OwnSandbox[] = [];
      const snapshots: string[] = [];
      try {
        for (const step of [{ what: 'create', which: 0, days: 0 }, ...sequence]) await take(step, own, snapshots);
        expect(await digest()).toEqual(before);
      } finally {
        for (const { id } of own) expect(await change(partner, 'deleteSandbox', { sandboxId: id }, 'deletedSandboxId')).toEqual({ deletedSandboxId: id, userErrors: [] });
      }
    }),
    { numRuns: 2, endOnFailure: true },
  );
  expect(await digest()).toEqual(before);
  const { rows } = await client.query("select from portico.environment where kind = 'SANDBOX'");
  expect(rows).toEqual([]);
}, 240_000);

/** One step on the sandboxes that there are. Refusals are answers like others; a fault is none. */
async function take({ what, which, days }: Step, own: OwnSandbox[], snapshots: string[]): Promise<void> {
  const sandbox = own[which % own.length];
  const snapshotId = snapshots[which % snapshots.length];
  const sandboxId = sandbox?.id;
  const call = async (mutation: string, input: Record<string, unknown>, selection: string, asker = partner): Promise<any> => {
    const answer = await answerTo(asker, mutation, input, selection);
    // A fault that was injected says that it was.
    const codes = answer.extensions?.['sandboxFaults'] ? [] : (answer.errors?.map(error => error.extensions['code'] as string) ?? []);
    // A clock that has gone far enough has left the asker's version behind; live's token still reaches it.
    expect({ mutation, faults: codes.filter(code => code !== 'API_VERSION_RETIRED') }).toEqual({ mutation, faults: [] });
    return answer.data?.[mutation] ?? {};
  };
  if (what === 'create') own.push(await makeSandbox(gateway, partner, { seed: which }));
  // Ids of live where sandboxes' belong: refused, and nothing is touched.
  else if (what === 'live id')
    for (const input of [partner.environmentId, partner.partnerId, partner.clientId]) await call('deleteSandbox', { sandboxId: input }, 'deletedSandboxId');
  else if (!sandbox) return;
  else if (what === 'go live') await call('goLive', { integrationId: days % 2 ? partner.clientId : sandbox.inside.clientId }, 'integration { id }', sandbox.inside);
  else if (what === 'reset') await call('resetSandbox', { sandboxId }, 'environmentId');
  else if (what === 'reset inside') await call('resetSandbox', {}, 'environmentId', sandbox.inside);
  else if (what === 'advance') await call('advanceClock', { sandboxId, by: `P${days}D` }, 'now');
  else if (what === 'advance inside') await call('advanceClock', { by: `P${days}D` }, 'now', sandbox.inside);
  else if (what === 'fault') await call('injectFault', { sandboxId, kind: 'latency:1', rate: 0.5 }, 'faults { kind }');
  else if (what === 'fault inside') await call('injectFault', { kind: 'partial_error' }, 'faults { kind }', sandbox.inside);
  else if (what === 'credential') {
    await call('issueCredential', { integrationId: sandbox.inside.clientId, idempotencyKey: randomUUID() }, 'credential { id }', sandbox.inside);
  } else if (what === 'snapshot') {
    const { snapshot } = await call('snapshotSandbox', { sandboxId, name: 'x' }, 'snapshot { id }');
    if (snapshot) snapshots.push(snapshot.id);
  } else if (what === 'fork') {
    const forked = await call('forkSandbox', { sandboxId, name: 'x' }, FORKED);
    if (forked.sandbox) own.push(asOwn(gateway, forked));
  } else if (what === 'delete') {
    await call('deleteSandbox', { sandboxId }, 'deletedSandboxId');
    own.splice(own.indexOf(sandbox), 1);
  } else if (snapshotId !== undefined) {
    if (what === 'restore') await call('resetSandbox', { sandboxId, snapshotId }, 'environmentId');
    if (what === 'diff') await call('sandboxDiff', { from: snapshotId }, 'added removed changed');
    if (what === 'delete snapshot') await call('deleteSandboxSnapshot', { snapshotId }, 'deletedSnapshotId');
    if (what === 'fork snapshot') {
      const forked = await call('forkSandbox', { snapshotId, name: 'x' }, FORKED);
      if (forked.sandbox) own.push(asOwn(gateway, forked));
    }
  }
}
