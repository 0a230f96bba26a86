/** Files that a command is given: their text, gzip'd or not, and the files that patterns name. */
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { glob } from 'tinyglobby';
import type { SchemaText } from '../versions/diff/index.ts';

/** What the command was given cannot be used; the message says what and why. */
export class UnusableInput extends Error {}

const GZIP = Buffer.from([0x1f, 0x8b]);

/** The text of a file. What is gzip'd is known by its first bytes, whatever the file is called. */
export function textIn(name: string): SchemaText {
  try {
    const bytes = readFileSync(name);
    return { name, text: (bytes.subarray(0, 2).equals(GZIP) ? gunzipSync(bytes) : bytes).toString('utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'There is no such file.' : code === 'EISDIR' ? 'That is a folder; name a file.' : message;
    throw new UnusableInput(`${name}: ${why}`, { cause: error });
  }
}

/** The files that names, folders and glob patterns stand for, each once. One that stands for none is a mistake. */
export async function filesFrom(patterns: readonly string[], inFolder: string): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const kind = statSync(pattern, { throwIfNoEntry: false });
    if (kind?.isFile()) files.add(pattern);
    const found = kind?.isFile() ? [pattern] : (await glob(kind?.isDirectory() ? inFolder : pattern, kind?.isDirectory() ? { cwd: pattern, absolute: true } : {})).toSorted();
    if (found.length === 0) throw new UnusableInput(`${pattern}: No file is called so. Name files, folders, or patterns such as 'operations/**/*.graphql' in quotes.`);
    for (const file of found) files.add(file);
  }
  return [...files];
}
