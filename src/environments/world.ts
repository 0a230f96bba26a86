/**
 * Sample worlds. A world is a set of SQL files, one share a room, that make their rows inside
 * PostgreSQL from a seed: the same parameters give the same rows. Run by the owner, in one
 * transaction: a world is there whole or not at all.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';

export interface World {
  readonly environmentId: string;
  readonly seed: number;
  readonly size: 'SMALL' | 'FULL';
}

/** Seeds an empty environment with a world; does nothing where it holds partners already. The
    environment's own namespace and instant of birth go into every row.
    @param files the rooms' shares, in the order of the rooms
    @returns whether it seeded */
export async function seedWorld(ownerUrl: string, world: World, files: readonly string[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('begin');
    // The row's lock makes a second seeder wait and then find the partners.
    const { rows } = await client.query<{ id_namespace: string; born_at: Date; inhabited: boolean }>(
      `select e.id_namespace, e.born_at, exists (select from portico.partner p where p.environment_id = e.id) as inhabited
       from portico.environment e where e.id = $1 for update`,
      [world.environmentId],
    );
    const [environment] = rows;
    if (!environment) throw new Error(`There is no environment ${world.environmentId} to seed.`);
    if (environment.inhabited) {
      await client.query('rollback');
      return false;
    }
    await client.query(
      `select set_config('portico.world_environment_id', $1, true), set_config('portico.world_namespace', $2, true), set_config('portico.world_seed', $3, true),
       set_config('portico.world_size', $4, true), set_config('portico.world_born_at', $5, true)`,
      [world.environmentId, environment.id_namespace, String(world.seed), world.size, environment.born_at.toISOString()],
    );
    for (const file of files) await client.query(await readFile(file, 'utf8'));
    await client.query('commit');
    return true;
  } finally {
    await client.end();
  }
}
