/**
 * The data source for TypeORM's own command line, as the database's owner, e.g. to see what has
 * landed: `npm run build && npx typeorm migration:show -d dist/ormconfig.js`. Migrating itself is
 * `npx portico migrate`, which also takes turns and compares checksums.
 */
import { DataSource } from 'typeorm';
import { readConfig } from './src/config.ts';
import { migrations } from './src/database.ts';
import { migrationClasses } from './src/platform/postgres/migrate.ts';
import { rooms } from './src/rooms.ts';

const { databaseOwnerUrl } = readConfig();
if (databaseOwnerUrl === null) throw new Error('TypeORM needs a database: set DATABASE_OWNER_URL (and DATABASE_URL).');

export default new DataSource({
  type: 'postgres',
  url: databaseOwnerUrl,
  schema: 'portico',
  entities: rooms.flatMap(room => [...(room.entities ?? [])]) as never[],
  migrations: migrationClasses(migrations),
  migrationsTableName: 'portico_migration',
  migrationsTransactionMode: 'each',
});
