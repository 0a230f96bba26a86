/**
 * Deletes from dist/ what was compiled from a source that is gone: the compiler leaves it there, and
 * a test that no longer exists would go on being run.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const folder of ['src', 'test']) {
  const compiled = join(root, 'dist', folder);
  if (!existsSync(compiled)) continue;
  for (const entry of readdirSync(compiled, { recursive: true, withFileTypes: true })) {
    const source = /^(.+)\.js(?:\.map)?$/.exec(join(entry.parentPath, entry.name).slice(join(root, 'dist').length))?.[1];
    if (source !== undefined && !existsSync(join(root, `${source}.ts`))) rmSync(join(entry.parentPath, entry.name));
  }
}
