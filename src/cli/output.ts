/** What commands print. */

/** Facts a line each, or one JSON object. */
export function print(facts: Readonly<Record<string, unknown>>, { json = false }: { json?: boolean } = {}): void {
  const width = Math.max(...Object.keys(facts).map(name => name.length)) + 2;
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}${Array.isArray(value) ? value.join(', ') : String(value)}`);
  process.stdout.write(`${json ? JSON.stringify(facts) : lines.join('\n')}\n`);
}
