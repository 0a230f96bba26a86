/**
 * The log: JSON lines for operators. A line names what happened by request id (a child logger per
 * request carries it) and never holds a secret or the values of a row: redaction is by name for
 * structured facts, and by shape for whatever reached a message or a stack as text.
 */
import { pino, stdTimeFunctions, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';

export type Log = Logger;

export interface LogOptions {
  readonly level: LevelWithSilent;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

const REDACTED = '[redacted]';

/** Names, in any spelling and at any depth, whose values are secrets. */
const SECRET_NAMES =
  /"((?:authorization|cookie|set-cookie|password|(?:client_?)?secret|(?:access_?|refresh_?|claim_?)?token|(?:signing|private)_?key)")\s*:\s*(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;

/** Shapes of secrets in running text: a URL's password, a JWT (three parts of base64url), a
    credential after its scheme, a client secret after its prefix, a private key. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s:/@"]*):[^\s@"]+@/g, `$1:${REDACTED}@`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\bpcs_[\w-]{8,}/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----/g, REDACTED],
];

/** Works on the finished line: pino's own redaction by paths costs ten times as much and sees only
    the depths that it is told. */
const withoutSecrets = (line: string): string =>
  SECRET_SHAPES.reduce((text, [shape, replacement]) => text.replace(shape, replacement), line.replace(SECRET_NAMES, `"$1:"${REDACTED}"`));

/** Causes are followed this far: a chain that closes on itself must not take the process along. */
const CAUSES = 4;

/** PostgreSQL's errors also carry `detail` and `where`, which quote rows: other people's data. */
function describeError(error: unknown, causes: number): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    type: name,
    code: (error as { code?: unknown }).code,
    message,
    stack,
    cause: causes > 0 && cause !== undefined ? describeError(cause, causes - 1) : undefined,
    errors: causes > 0 && error instanceof AggregateError ? error.errors.map(each => describeError(each, causes - 1)) : undefined,
  };
}

const errorSerializer = (error: unknown) => describeError(error, CAUSES);

export function createLogger({ level, destination }: LogOptions): Log {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorSerializer, error: errorSerializer },
    hooks: { streamWrite: withoutSecrets },
  };
  return destination ? pino(options, destination) : pino(options);
}
