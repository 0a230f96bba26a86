import { migrations } from '../../src/database.ts';
import { migrationFiles } from '../../src/platform/postgres/migrate.ts';

test('every file of migrations/ belongs to exactly one room', () => {
  expect(migrations.toSorted()).toEqual(migrationFiles());
});
