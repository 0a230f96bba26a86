/** What somebody who rules the database could do to the access log, and whether the offline verifier
    notices with nothing but what was kept from before. Each is undone by rolling back. */
import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import type pg from 'pg';
import { checkpointKeyOf, signCheckpoint, type Checkpoint } from '../../src/consent/proof/checkpoint.ts';
import { exportLog, lineOf } from '../../src/consent/proof/export.ts';
import { Tree, leafHash } from '../../src/consent/proof/merkle.rules.ts';
import { verifyLog, type Verdict } from '../../src/consent/proof/verify.ts';

export const TAMPERINGS = ['edit', 'delete', 'delete the entry alone', 'swap', 'cut the tail', 'insert', 'rebuild'] as const;
export type Tampering = (typeof TAMPERINGS)[number];

export interface Kept {
  readonly checkpoint: Checkpoint;
  readonly leaves: readonly string[];
}

/** Writes entries past all gateways, as many as asked for. */
export async function writeEntries(
  client: pg.Client,
  { environmentId, partnerId, integrationId }: { environmentId: string; partnerId: string; integrationId: string },
  count: number,
): Promise<void> {
  await client.query(
    `insert into portico.access_entry (environment_id, id, partner_id, integration_id, subject_reference, grant_id, grant_version, purpose, fields, record_count, decision, request_id, at, recorded_at)
     select $1, 'acc_' || replace(gen_random_uuid()::text, '-', ''), $2, $3, encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 'cgr_' || n % 7, 1, 'order_support', array['SharedCustomer.email', 'Order.town'], 1 + n % 4,
       'RELEASED', 'req_' || n, now(), now() from generate_series(1, $4::integer) as n`,
    [environmentId, partnerId, integrationId, count],
  );
}

/** The export as the verifier would be handed it now. */
export async function exported(client: pg.Client, environmentId: string): Promise<{ lines: string[]; leaves: string[]; jws: string; keys: JWK[] }> {
  const log = await exportLog({ query: async <T>(text: string, values?: unknown[]) => (await client.query(text, values)).rows as T }, environmentId);
  const [lines, leaves]: [string[], string[]] = [[], []];
  if (!log) return { lines, leaves, jws: '', keys: [] };
  for await (const leaf of log.leaves) {
    lines.push(lineOf(leaf));
    leaves.push(leaf.leafHash);
  }
  return { lines, leaves, jws: log.jws, keys: log.keys };
}

/** Does one thing to the log within what the checkpoint covers, verifies, and undoes it.
    @param dice a number in [0, 1), each time another */
export async function tamper(client: pg.Client, environmentId: string, kept: Kept, tampering: Tampering, dice: () => number): Promise<Verdict & { readonly spoilt: number }> {
  const { size } = kept.checkpoint;
  const spoilt = Math.floor(dice() * size);
  const other = (spoilt + 1 + Math.floor(dice() * (size - 1))) % size;
  await client.query('begin');
  try {
    await client.query("set local session_replication_role = 'replica'");
    await SPOIL[tampering](client, environmentId, spoilt, other);
    const { lines } = await exported(client, environmentId);
    const first = tampering === 'swap' ? Math.min(spoilt, other) : tampering === 'rebuild' ? 0 : spoilt;
    return { ...(await verifyLog({ lines, checkpoints: [kept.checkpoint], leaves: kept.leaves })), spoilt: first };
  } finally {
    await client.query('rollback');
  }
}

const entryAt = '(select entry_id from portico.sealed_entry s where s.environment_id = $1 and s.leaf_index = $2)';

const SPOIL: Readonly<Record<Tampering, (client: pg.Client, environmentId: string, at: number, other: number) => Promise<unknown>>> = {
  edit: (client, environmentId, at) =>
    client.query(`update portico.access_entry set record_count = record_count + 1 where environment_id = $1 and id = ${entryAt}`, [environmentId, at]),
  delete: async (client, environmentId, at) => {
    await client.query(`delete from portico.access_entry where environment_id = $1 and id = ${entryAt}`, [environmentId, at]);
    await client.query('delete from portico.sealed_entry where environment_id = $1 and leaf_index = $2', [environmentId, at]);
    await renumber(client, environmentId);
  },
  'delete the entry alone': (client, environmentId, at) => client.query(`delete from portico.access_entry where environment_id = $1 and id = ${entryAt}`, [environmentId, at]),
  swap: async (client, environmentId, at, other) => {
    const move = (from: number, to: number) =>
      client.query('update portico.sealed_entry set leaf_index = $3 where environment_id = $1 and leaf_index = $2', [environmentId, from, to]);
    await move(at, ASIDE);
    await move(other, at);
    await move(ASIDE, other);
  },
  'cut the tail': async (client, environmentId, at) => {
    await client.query(
      'delete from portico.access_entry e using portico.sealed_entry s where s.environment_id = $1 and e.environment_id = $1 and e.id = s.entry_id and s.leaf_index >= $2',
      [environmentId, at],
    );
    await client.query('delete from portico.sealed_entry where environment_id = $1 and leaf_index >= $2', [environmentId, at]);
  },
  insert: async (client, environmentId, at) => {
    await client.query(
      `insert into portico.access_entry select (jsonb_populate_record(null::portico.access_entry, to_jsonb(e) || '{"id":"acc_put_in_later"}')).* from portico.access_entry e where e.environment_id = $1 and e.id = ${entryAt}`,
      [environmentId, at],
    );
    await client.query('update portico.sealed_entry set leaf_index = leaf_index + 1000000 where environment_id = $1 and leaf_index >= $2', [environmentId, at]);
    await client.query(
      "insert into portico.sealed_entry select environment_id, $2, partner_id, 'acc_put_in_later', leaf_hash, completes from portico.sealed_entry where environment_id = $1 limit 1",
      [environmentId, at],
    );
    await renumber(client, environmentId);
  },
  // All hashes made anew over a log in which one person's entries are somebody else's, and signed with a key of one's own.
  rebuild: async (client, environmentId, at) => {
    await client.query(
      `update portico.access_entry set subject_reference = repeat('0', 64) where environment_id = $1 and id in (${entryAt}, (select entry_id from portico.sealed_entry where environment_id = $1 and leaf_index = 0))`,
      [environmentId, at],
    );
    const { lines } = await exported(client, environmentId);
    const tree = new Tree();
    for (const line of lines) tree.add(leafHash(line));
    const key = await checkpointKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    const said = { origin: 'x', environment: environmentId, size: tree.size, root: tree.root().toString('hex'), sealedAt: new Date(0).toISOString() };
    await client.query('update portico.log_checkpoint set root = $2, jws = $3 where environment_id = $1 and size = $4', [
      environmentId,
      tree.root(),
      await signCheckpoint(said, key),
      tree.size,
    ]);
    await client.query('insert into portico.checkpoint_key (kid, jwk, first_used_at) values ($1, $2, now())', [key.jwk.kid, JSON.stringify(key.jwk)]);
  },
};

/** Beyond every index of a test's log. */
const ASIDE = 5_000_000;

/** Closes the gaps, as somebody would who hides what they did. */
async function renumber(client: pg.Client, environmentId: string): Promise<void> {
  await client.query(
    `with places as (select leaf_index, row_number() over (order by leaf_index) - 1 as place from portico.sealed_entry where environment_id = $1)
     update portico.sealed_entry s set leaf_index = $2 + p.place from places p where s.environment_id = $1 and s.leaf_index = p.leaf_index`,
    [environmentId, ASIDE],
  );
  await client.query('update portico.sealed_entry set leaf_index = leaf_index - $2 where environment_id = $1', [environmentId, ASIDE]);
}
