/**
 * Follows a guide as its reader would: the shell blocks in one shell, the GraphQL blocks with the
 * reader's token, in their order. What an answer holds, later blocks have: `clientId`, or the `id` of a
 * `sandbox` as `sandboxId`, is a variable for GraphQL and an environment variable for the shell. A JSON
 * block right below is the answer that was promised, with `...` for what differs from time to time.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kind, parse } from 'graphql';
import type { SeededPartner } from '../harness/seed.ts';
import { repositoryRoot } from '../checks/scratch-repository.ts';

/** Where the guides say that the gateway is. */
const WRITTEN_URL = 'http://127.0.0.1:4000';

export interface Block {
  readonly language: 'sh' | 'graphql';
  readonly text: string;
  /** From a comment above it: `live` for whose token, `file=<path>` for what the reader saves it as. */
  readonly marks: readonly string[];
  readonly line: number;
  /** What the guide says comes of it, for `expect`. */
  readonly answer: unknown;
}

export const guidePath = (name: string): string => join(repositoryRoot, 'docs/guides', name);

const BLOCK = /(?:<!-- (?<marks>[^>]*) -->\n+)?```(?<language>sh|graphql)\n(?<text>.*?)```(?:\n+```json\n(?<answer>.*?)```)?/gs;

/** What a reader follows, in order. */
export function blocksOf(guide: string): Block[] {
  const written = readFileSync(guidePath(guide), 'utf8');
  return [...written.matchAll(BLOCK)].map(({ groups, index }) => {
    const { marks = '', language, text, answer } = groups!;
    return {
      language: language as Block['language'],
      text: text!,
      marks: marks.split(' '),
      line: written.slice(0, index).split('\n').length,
      answer: answer === undefined ? expect.anything() : promised(JSON.parse(answer)),
    };
  });
}

export interface Reader {
  /** Follows one block, and answers what it says. Throws where the reader would be stuck. */
  follow(block: Block): Promise<unknown>;
  close(): void;
}

/** @param askers whose token a GraphQL block is sent with: its mark, or `sandbox`
    @param facts what the reader has been told by others */
export function openReader(url: string, askers: Readonly<Record<string, SeededPartner>>, facts: Readonly<Record<string, string>>): Reader {
  const known = new Map<string, unknown>(Object.entries(facts));
  const folder = mkdtempSync(join(tmpdir(), 'portico-guide-'));
  const shell = new Shell(folder);
  const note = (answer: unknown): void => {
    for (const [name, value] of factsIn(answer)) known.set(name, value);
  };

  async function ask({ text, marks }: Block): Promise<unknown> {
    const asker = askers[marks.find(mark => mark in askers) ?? 'sandbox']!;
    const [operation] = parse(text).definitions;
    const wanted = operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : [];
    const variables = Object.fromEntries(wanted.flatMap(({ variable }) => (known.has(variable.name.value) ? [[variable.name.value, known.get(variable.name.value)]] : [])));
    const { data, errors } = await asker.query(text, variables);
    const refused = Object.values((data ?? {}) as Record<string, { userErrors?: unknown[] } | null>).flatMap(payload => payload?.userErrors ?? []);
    // What people did not agree to is null, and the rest is an answer.
    const failed = errors?.filter(({ extensions }) => extensions['code'] !== 'CONSENT_REQUIRED') ?? [];
    if (failed.length + refused.length > 0) throw new Error(`It was refused: ${JSON.stringify([...failed, ...refused])}`);
    return { data: data as unknown };
  }

  return {
    async follow(block) {
      const { language, text, marks } = block;
      const file = marks.find(mark => mark.startsWith('file='))?.slice('file='.length);
      if (file) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
      const answer = language === 'graphql' ? await ask(block) : jsonOf(await shell.run(text.replaceAll(WRITTEN_URL, url), known));
      note(answer);
      return answer;
    },
    close() {
      shell.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a reader takes along from an answer; all of it would be too much for a shell, whose `PATH` is one. */
const WORTH_KEEPING = /(Id|Secret|Token|Cursor)$/;

/** The facts of an answer by name, `id` by what it is the id of. */
function factsIn(answer: unknown, parent = ''): [string, unknown][] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === 'object') return factsIn(value, Array.isArray(answer) ? parent : name);
    const fact = name === 'id' ? `${parent}Id` : name;
    return WORTH_KEEPING.test(fact) && value !== null ? [[fact, value]] : [];
  });
}

/** What was printed: its last line where that is JSON, else the text. */
function jsonOf(printed: string): unknown {
  const lines = printed.trim().split('\n');
  for (const text of [printed, lines.at(-1)!]) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // It is told as it is.
    }
  }
  return printed;
}

/** An answer as a guide prints it, for `expect`: `...` stands for whatever is there. */
export function promised(answer: unknown): unknown {
  if (typeof answer === 'string' && answer.includes('...')) {
    return answer === '...' ? expect.anything() : expect.stringMatching(new RegExp(`^${answer.split('...').map(literal).join('.*')}$`, 's'));
  }
  if (Array.isArray(answer)) return answer.map(promised);
  if (typeof answer !== 'object' || answer === null) return answer;
  return expect.objectContaining(Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, promised(value)])));
}

const literal = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** One bash for a whole guide, so that what a block sets the next one has. */
class Shell {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private complaints = '';

  constructor(folder: string) {
    this.process = spawn('bash', ['-o', 'pipefail'], { cwd: folder, stdio: 'pipe' });
    this.process.stderr.on('data', (chunk: Buffer) => (this.complaints += chunk.toString()));
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    // The reader has installed Portico; here it is built.
    this.process.stdin.write(`npx() { shift; node ${JSON.stringify(join(repositoryRoot, 'bin/portico.js'))} "$@"; }\n`);
  }

  /** What the commands print. Throws where the last of them fails. */
  async run(commands: string, known: ReadonlyMap<string, unknown>): Promise<string> {
    const end = `end of block ${Math.random()}`;
    const facts = [...known].map(([name, value]) => `${variableOf(name)}=${quoted(String(value))}`).join('\n');
    this.process.stdin.write(`${facts}\n${commands}\nprintf '\\n%s %s\\n' $? ${quoted(end)}\n`);
    const printed: string[] = [];
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`The shell ended: ${this.complaints}`);
      if (value === `0 ${end}`) return printed.join('\n');
      if (value.endsWith(end)) throw new Error(`It failed with ${value.split(' ')[0]}: ${printed.join('\n')}${this.complaints}`);
      printed.push(value);
    }
  }

  close(): void {
    this.process.kill();
  }
}

/** `clientId` is `$CLIENT_ID`. */
const variableOf = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
