/** A database with a live environment and, on request, sandboxes: what tests of identity start from. */
import { namespaceOf } from '../../src/environments/namespace.rules.ts';
import { newId } from '../../src/base/ids.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import { partnersRoom } from '../../src/partners/index.ts';
import { inTransaction, openDatabase, type Database, type Tx } from '../../src/platform/postgres/database.ts';
import { testDatabase } from '../harness/database.ts';

export interface Identity {
  readonly database: Database;
  readonly serviceUrl: string;
  readonly liveId: string;
  /** Runs as the owner, whom no row is hidden from. */
  asOwner<Row>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Runs as the marketplace in an environment, live when none is named. */
  asMarketplace<T>(work: (tx: Tx) => Promise<T>, environmentId?: string): Promise<T>;
  /** Adds a sandbox of a live partner; answers its id. */
  addSandbox(ownerPartnerId: string): Promise<string>;
  close(): Promise<void>;
}

/** The value of a use case that was not refused. */
export function done<T>(outcome: Outcome<T, { message: string }>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  return outcome.value;
}

export async function openIdentity(poolSize = 5): Promise<Identity> {
  const test = await testDatabase();
  const options = { entities: partnersRoom.entities ?? [], statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const owner = await openDatabase({ ...options, url: test.ownerUrl, poolSize: 1 });
  const database = await openDatabase({ ...options, url: test.serviceUrl, poolSize });
  const liveId = newId('env');
  const asOwner = async <Row>(statement: string, values: unknown[] = []) => (await owner.pool.query(statement, values)).rows as Row[];
  const addEnvironment = (id: string, kind: string, ownerPartnerId: string | null) =>
    asOwner(
      `insert into portico.environment (id, kind, name, owner_environment_id, owner_partner_id, id_namespace, born_at, created_at)
       values ($1, $2, 'Test', $3, $4, $5, now(), now())`,
      [id, kind, ownerPartnerId && liveId, ownerPartnerId, namespaceOf(id)],
    );
  await addEnvironment(liveId, 'LIVE', null);
  return {
    database,
    serviceUrl: test.serviceUrl,
    liveId,
    asOwner,
    asMarketplace: (work, environmentId = liveId) => inTransaction(database, { environmentId, partnerId: '*' }, work),
    async addSandbox(ownerPartnerId) {
      const id = newId('env');
      await addEnvironment(id, 'SANDBOX', ownerPartnerId);
      return id;
    },
    async close() {
      await database.close();
      await owner.close();
      await test.drop();
    },
  };
}
