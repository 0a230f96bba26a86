/** The benchmark's partners: made in PostgreSQL by data.sql, named here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { projectRoot } from '../../src/config.ts';
import { newSecret } from '../../src/partners/secret.ts';

const TABLES = ['partner', 'integration', 'credential', 'milestone', 'reward', 'criterion', 'milestone_progress', 'criterion_progress'];
const PEOPLE_TABLES = ['integration_purpose', 'pairwise_subject', 'subject_key', 'consent_request', 'consent_grant', 'consent_grant_scope', 'customer', 'customer_order'];

export interface BenchPartner {
  readonly partnerId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export class BenchData {
  private readonly ownerUrl: string;
  private readonly environmentId: string;
  /** One for all partners: what a secret costs to check does not depend on its neighbours. */
  private readonly credential = newSecret();
  private size = 0;

  constructor(ownerUrl: string, environmentId: string) {
    this.ownerUrl = ownerUrl;
    this.environmentId = environmentId;
  }

  /** Adds partners until there are `size`, and leaves the tables as autovacuum would. Each step is at
      most ten times what is there: foreign keys are checked by plans that fit the tables' size when
      the step began. */
  async growTo(size: number): Promise<void> {
    await this.connected(async client => {
      while (this.size < size) {
        const next = Math.min(size, Math.max(this.size * 10, 10));
        await this.add(client, this.size + 1, next);
        this.size = next;
      }
    });
  }

  private async add(client: pg.Client, from: number, to: number): Promise<void> {
    await this.make(client, 'data.sql', [from, to]);
    for (const table of TABLES) await client.query(`vacuum (analyze) portico.${table}`);
  }

  /** People who agreed to what all partners that there are by now ask them. */
  agree(): Promise<void> {
    return this.connected(async client => {
      await this.make(client, 'people.sql', [1, this.size]);
      for (const table of PEOPLE_TABLES) await client.query(`vacuum (analyze) portico.${table}`);
    });
  }

  /** Runs one of the files for the partners with these numbers. */
  private async make(client: pg.Client, file: string, [from, to]: readonly [number, number]): Promise<void> {
    const { hmac, salt } = this.credential.stored;
    await client.query('begin');
    await client.query(
      `select set_config('portico.bench_from', $1, true), set_config('portico.bench_to', $2, true), set_config('portico.bench_environment_id', $3, true),
       set_config('portico.bench_secret_hmac', $4, true), set_config('portico.bench_secret_salt', $5, true)`,
      [String(from), String(to), this.environmentId, hmac.toString('hex'), salt.toString('hex')],
    );
    await client.query(readFileSync(join(projectRoot, 'test/bench', file), 'utf8'));
    await client.query('commit');
  }

  /** At most `count` of the partners, evenly spread over all that there are. */
  partners(count: number): Promise<BenchPartner[]> {
    const chosen = Math.min(count, this.size);
    const ordinals = Array.from({ length: chosen }, (_, i) => Math.floor((i * this.size) / chosen) + 1);
    return this.connected(async client => {
      const { rows } = await client.query<{ partner_id: string; client_id: string }>(
        `select portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p) as partner_id, portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, p * 10) as client_id from unnest($1::bigint[]) p`,
        [ordinals],
      );
      return rows.map(row => ({ partnerId: row.partner_id, clientId: row.client_id, clientSecret: this.credential.secret }));
    });
  }

  private async connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.ownerUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
