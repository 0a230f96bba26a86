/**
 * Sample worlds. A world is a set of SQL files, one share a room, that make their rows inside
 * PostgreSQL from a seed: the same parameters give the same rows. The code brings the shares into
 * the database, where the owner's function runs them; a world is there whole or not at all.
 */
import pg from 'pg';

export const SAMPLE_WORLD = 'harbour-market';

export type WorldSize = 'SMALL' | 'FULL';

export interface WorldShare {
  readonly world: string;
  /** Among the world's shares; they run in this order. */
  readonly position: number;
  readonly statements: string;
}

/** Whether the database holds exactly these shares. */
export async function worldsAreInstalled(url: string, shares: readonly WorldShare[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<WorldShare>('select world, position, statements from portico.world_share');
    return (
      rows.length === shares.length && shares.every(share => rows.some(row => row.world === share.world && row.position === share.position && row.statements === share.statements))
    );
  } finally {
    await client.end();
  }
}

/** Brings the shares into the database, as its owner; those that are there and not among them go. */
export async function installWorlds(ownerUrl: string, shares: readonly WorldShare[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('lock table portico.world_share in exclusive mode');
    await client.query('delete from portico.world_share');
    await client.query('insert into portico.world_share select * from jsonb_populate_recordset(null::portico.world_share, $1::jsonb)', [JSON.stringify(shares)]);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

export interface WorldSeed {
  readonly environmentId: string;
  readonly seed: number;
  readonly size: WorldSize;
  /** How many reports of its integrations it holds; without it, as many as the size has. */
  readonly reports?: number | undefined;
}

/** Seeds an empty environment, live included, as the database's owner; does nothing where it holds
    partners already. Answers whether it seeded. */
export async function seedWorld(ownerUrl: string, { environmentId, seed, size, reports }: WorldSeed): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    // The row's lock makes a second seeder wait and then find the partners.
    const { rows } = await client.query<{ inhabited: boolean }>(
      'select exists (select from portico.partner p where p.environment_id = e.id) as inhabited from portico.environment e where e.id = $1 for update',
      [environmentId],
    );
    const [environment] = rows;
    if (!environment) throw new Error(`There is no environment ${environmentId} to seed.`);
    await client.query("select set_config('portico.world_reports', $1, true)", [reports === undefined ? '' : String(reports)]);
    if (!environment.inhabited) await client.query('select portico.generate_world($1, $2, $3, $4)', [environmentId, SAMPLE_WORLD, seed, size]);
    await client.query('commit');
    return !environment.inhabited;
  } finally {
    await client.end();
  }
}
