/** The access log as a proof: what is read is numbered and signed, shows up in proofs that hold without us, and
    cannot be changed by anybody unnoticed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import pg from 'pg';
import { sealLogs } from '../../src/consent/index.ts';
import { readCheckpoint, type Checkpoint } from '../../src/consent/proof/checkpoint.ts';
import { continues, rootOfInclusion } from '../../src/consent/proof/merkle.rules.ts';
import { faultOfConsistency, faultOfInclusion, type AuditProofAnswer, type ConsistencyProofAnswer } from '../../src/consent/proof/verify.ts';
import { openSigningKeys } from '../../src/partners/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { rows } from './door.ts';
import { TAMPERINGS, exported, tamper, writeEntries, type Kept } from './tampering.ts';

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let behind: pg.Client;
let seal: () => Promise<void>;

beforeAll(async () => {
  gateway = await startTestApp();
  const partnerOf = await gateway.seed.world();
  partner = await partnerOf('ParcelPilot');
  neighbour = await partnerOf('FairShare');
  behind = new pg.Client({ connectionString: gateway.database.adminUrl });
  await behind.connect();
  const keys = await openSigningKeys({ directory: gateway.keysDir }, gateway.clock, { warn: () => undefined });
  seal = () => sealLogs({ database: gateway.app.database, clock: gateway.clock, keys, publicUrl: () => gateway.url });
});
afterAll(async () => {
  await behind.end();
  await gateway.close();
});

const ENTRY = 'id leafIndex integrationId subjectReference purpose fields recordCount at canonical';
const CHECKPOINT = 'size rootHash sealedAt signature';

const read = (query: string, variables: Record<string, unknown> = {}, who = partner): Promise<GraphQLAnswer> => who.query(query, variables);
const look = () => read('{ sharedCustomers(purpose: "order_support", first: 2) { nodes { id email } } }');
const keysOf = async (): Promise<JWK[]> => ((await (await fetch(`${gateway.url}/.well-known/log-keys.json`)).json()) as { keys: JWK[] }).keys;
const kept = async (): Promise<Kept> => {
  const { jws, keys, leaves } = await exported(behind, partner.environmentId);
  return { checkpoint: (await readCheckpoint(jws, keys)) as Checkpoint, leaves };
};
const count = async (table: string): Promise<number> => (await rows<{ n: number }>(gateway, `select count(*)::int as n from portico.${table}`))[0]!.n;

/** Transactions elsewhere on the server may hold the sealer back for a moment. */
async function sealAll(): Promise<void> {
  while ((await count('sealed_entry')) < (await count('access_entry'))) await seal();
}

interface Logged {
  readonly id: string;
  readonly leafIndex: number;
  readonly fields: readonly string[];
  readonly canonical: string;
}

test('what a partner reads is in its log, with proofs that hold with the published keys alone, and in nobody else’s', async () => {
  const { nodes } = (await look()).data.sharedCustomers;
  await sealAll();
  const { checkpoint: earlier } = (await read(`{ checkpoint { ${CHECKPOINT} } }`)).data;
  await look();
  await sealAll();
  const { auditLog, checkpoint } = (await read(`{ auditLog(first: 50) { nodes { ${ENTRY} } } checkpoint { ${CHECKPOINT} } }`)).data;
  const entries = auditLog.nodes as Logged[];
  expect(entries).toHaveLength(nodes.length * 2);
  expect(entries[0]).toMatchObject({ integrationId: partner.clientId, purpose: 'order_support', fields: ['SharedCustomer.email'], recordCount: 1 });
  expect(JSON.parse(entries[0]!.canonical)).toMatchObject({ id: entries[0]!.id, partner: partner.partnerId, fields: ['SharedCustomer.email'], decision: 'RELEASED' });
  const keys = await keysOf();
  expect(keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })]);
  expect(await readCheckpoint(checkpoint.signature, keys)).toMatchObject({ environment: partner.environmentId, size: checkpoint.size, root: checkpoint.rootHash });
  for (const { id } of entries) {
    const { auditProof } = (await read(`query ($entry: ID!) { auditProof(entry: $entry) { leafIndex leafHash path entry { canonical } checkpoint { signature } } }`, { entry: id }))
      .data;
    expect(await faultOfInclusion(auditProof as AuditProofAnswer, keys)).toBeNull();
    const spoilt = { ...auditProof, entry: { canonical: auditProof.entry.canonical.replace('"recordCount":1', '"recordCount":2') } } as AuditProofAnswer;
    expect(await faultOfInclusion(spoilt, keys)).toMatch('is not at');
  }
  const proof = (
    await read(`query ($a: SafeInt!, $b: SafeInt!) { consistencyProof(a: $a, b: $b) { path from { signature } to { signature } } }`, { a: earlier.size, b: checkpoint.size })
  ).data;
  expect(await faultOfConsistency(proof.consistencyProof as ConsistencyProofAnswer, keys)).toBeNull();
  expect((await read('{ auditLog(first: 5) { nodes { id } } }', {}, neighbour)).data.auditLog.nodes).toEqual([]);
  const foreign = await read('query ($entry: ID!) { auditProof(entry: $entry) { leafIndex } }', { entry: entries[0]!.id }, neighbour);
  expect(foreign.data).toEqual({ auditProof: null });
  const auditor = await gateway.seed.staff('AUDITOR');
  expect((await auditor.query(`{ auditLog(first: 1) { nodes { ${ENTRY} } } checkpoint { ${CHECKPOINT} } }`)).data).toEqual({ auditLog: { nodes: [entries[0]] }, checkpoint });
});

test('an entry that is committed late gets its number late, and none is passed over', async () => {
  const late = new pg.Client({ connectionString: gateway.database.adminUrl });
  await late.connect();
  const whose = { environmentId: partner.environmentId, partnerId: partner.partnerId, integrationId: partner.clientId };
  await late.query('begin');
  await writeEntries(late, whose, 3);
  await writeEntries(behind, whose, 20);
  await seal();
  const waiting = (await count('access_entry')) - (await count('sealed_entry'));
  await writeEntries(behind, whose, 20);
  await late.query('commit');
  await late.end();
  // Nothing that came after the open transaction was numbered while it could still come before it.
  expect(waiting).toBe(20);
  await sealAll();
  const [gaps] = await rows<{ gaps: number }>(gateway, 'select (max(leaf_index) + 1 - count(*))::int as gaps from portico.sealed_entry');
  expect(gaps).toEqual({ gaps: 0 });
});

test('a log that was restored into a server which counts anew is taken up where it was', async () => {
  await behind.query("update portico.sealed_log set horizon = '9000000000000'");
  await writeEntries(behind, { environmentId: partner.environmentId, partnerId: partner.partnerId, integrationId: partner.clientId }, 5);
  await behind.query("begin; set local session_replication_role = 'replica'; update portico.access_entry set written_in = '8000000000000' where request_id = 'req_5'; commit");
  await sealAll();
  expect(await count('sealed_entry')).toBe(await count('access_entry'));
});

test('every path that PostgreSQL makes leads to the root, for every leaf and every two sizes', async () => {
  await writeEntries(behind, { environmentId: partner.environmentId, partnerId: partner.partnerId, integrationId: partner.clientId }, 11);
  await sealAll();
  await behind.query("select set_config('portico.environment_id', $1, false)", [partner.environmentId]);
  const [{ made }] = (
    await behind.query<{ made: { m: number; n: number; leaf: string; included: string[]; continued: string[]; from: string; to: string }[] }>(
      `select json_agg(json_build_object('m', m, 'n', n, 'leaf', encode(s.leaf_hash, 'hex'), 'included', portico.inclusion_path(m, n), 'continued', portico.consistency_path(m + 1, n),
         'from', encode(portico.log_hash(0, m + 1), 'hex'), 'to', encode(portico.log_hash(0, n), 'hex'))) as made
       from generate_series(0, 39) as m cross join lateral generate_series(m + 1, 40) as n join portico.sealed_entry s on s.leaf_index = m`,
    )
  ).rows as [{ made: { m: number; n: number; leaf: string; included: string[]; continued: string[]; from: string; to: string }[] }];
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  expect(made).toHaveLength(820);
  for (const { m, n, leaf, included, continued, from, to } of made) {
    expect(rootOfInclusion({ leaf: bytes(leaf), leafIndex: m, size: n, path: included.map(bytes) })?.toString('hex')).toBe(to);
    expect(continues({ from: { size: m + 1, root: bytes(from) }, to: { size: n, root: bytes(to) }, path: continued.map(bytes) })).toBe(true);
  }
});

test('whatever a superuser does to entries that a checkpoint covers is found with that checkpoint, and named with the leaf hashes', async () => {
  await sealAll();
  const before = await kept();
  await writeEntries(behind, { environmentId: partner.environmentId, partnerId: partner.partnerId, integrationId: partner.clientId }, 3);
  await sealAll();
  let state = 1;
  const dice = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (const tampering of TAMPERINGS.flatMap(each => [each, each, each])) {
    const { faults, firstBad, spoilt } = await tamper(behind, partner.environmentId, before, tampering, dice);
    expect({ tampering, faults: faults.length, firstBad: firstBad?.leafIndex }).toEqual({ tampering, faults: 1, firstBad: spoilt });
  }
  const { jws, keys } = await exported(behind, partner.environmentId);
  expect(await readCheckpoint(jws, keys)).toMatchObject({ size: before.checkpoint.size + 3 });
});

test('the command verifies an export offline, and says what is wrong with one that was changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-audit-'));
  const { lines, leaves, jws, keys } = await exported(behind, partner.environmentId);
  const file = (name: string, text: string): string => (writeFileSync(join(folder, name), text), join(folder, name));
  file('checkpoint.jws', jws);
  file('keys.json', JSON.stringify({ keys }));
  const leavesFile = file('leaves.txt', leaves.join('\n'));
  const verify = (...more: string[]) =>
    spawnSync(process.execPath, ['bin/portico.js', 'audit', 'verify', folder, '--json', ...more], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  file('entries.ndjson', `${lines.join('\n')}\n`);
  const right = verify();
  expect({ status: right.status, ...JSON.parse(right.stdout) }).toEqual({ status: 0, entries: lines.length, checkpoints: [lines.length], holds: true, faults: [], firstBad: null });
  file('entries.ndjson', `${lines.with(3, lines[3]!.replace('"recordCount":', '"recordCount":9')).join('\n')}\n`);
  const wrong = verify('--leaves', leavesFile);
  expect({ status: wrong.status, ...JSON.parse(wrong.stdout) }).toMatchObject({ status: 1, holds: false, firstBad: { leafIndex: 3, found: JSON.parse(lines[3]!).id } });
  rmSync(folder, { recursive: true, force: true });
});
