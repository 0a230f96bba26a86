/**
 * One flight of messages: for each read the tenant's context and the statement, before a single Sync.
 * What stands before one Sync is one transaction to PostgreSQL (Frontend/Backend Protocol, Pipelining):
 * a context holds until the next read's and is gone after the last, a failure undoes the whole, and no
 * message of BEGIN or COMMIT has to be sent, answered or skipped. Each statement has a snapshot of its own.
 */
import pg from 'pg';
import { NO_TENANT, setContext, type TenantContext } from './database.ts';

/** The statement's columns as PostgreSQL writes them. */
export type Fields = readonly (string | null)[];

export interface FlightStatement {
  readonly text: string;
  readonly values: unknown[];
  readonly name?: string;
}

/** Whose read it is, and with which values it asks the flight's statement. */
export interface Leg {
  readonly context: TenantContext;
  readonly values: unknown[];
}

/** What pg's query does with the protocol's messages; its types leave that out. */
interface ProtocolQuery {
  readonly text: string;
  name: string | undefined;
  callback: (error: Error | null, rows: (Fields | undefined)[]) => void;
  hasBeenParsed(connection: ProtocolConnection): boolean;
  submit(connection: ProtocolConnection): Error | null;
  handleDataRow(message: { fields: Fields }): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
}

interface ProtocolConnection {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { name: string | undefined; text: string }): void;
  bind(message: { statement: string | undefined; values: unknown[]; valueMapper?: (value: unknown) => unknown }): void;
  execute(message: object): void;
  sync(): void;
}

const { Query: ProtocolQuery, utils } = pg as unknown as { Query: new (text: string) => ProtocolQuery; utils: { prepareValue: (value: unknown) => unknown } };

const connectionOf = (client: pg.PoolClient): ProtocolConnection => (client as unknown as { connection: ProtocolConnection }).connection;

class Flight extends ProtocolQuery {
  private readonly legs: readonly Leg[];
  private readonly statementTimeoutMs: number;
  /** Each leg completes two: its context, and the statement under it. */
  private completed = 0;
  private readonly found: (Fields | undefined)[];

  constructor(legs: readonly Leg[], { text, name }: { readonly text: string; readonly name?: string }, statementTimeoutMs: number) {
    // Given as an object, pg would copy it property by property.
    super(text);
    this.name = name;
    this.legs = legs;
    this.statementTimeoutMs = statementTimeoutMs;
    this.found = legs.map(() => undefined);
  }

  override submit(connection: ProtocolConnection): null {
    const { name, text } = this;
    if (!this.hasBeenParsed(connection)) {
      connection.parse({ name, text });
      if (name) connection.submittedNamedStatements[name] = text;
    }
    for (const { context, values } of this.legs) {
      const setting = setContext(context, this.statementTimeoutMs);
      connection.bind({ statement: setting.name, values: setting.values });
      connection.execute({});
      connection.bind({ statement: name, values, valueMapper: utils.prepareValue });
      connection.execute({});
    }
    connection.sync();
    return null;
  }

  override handleDataRow({ fields }: { fields: Fields }): void {
    if (this.completed % 2 === 1) this.found[this.completed >> 1] ??= fields;
  }

  override handleCommandComplete(): void {
    this.completed += 1;
  }

  override handleReadyForQuery(): void {
    this.callback(null, this.found);
  }
}

/** The statement's first row for each leg, under its context; undefined where it has none. */
export function fly(
  client: pg.PoolClient,
  legs: readonly Leg[],
  statement: { readonly text: string; readonly name?: string },
  statementTimeoutMs: number,
): Promise<(Fields | undefined)[]> {
  const { parsedStatements, stream } = connectionOf(client);
  const setting = setContext(NO_TENANT, 0);
  return new Promise((resolve, reject) => {
    const flight = new Flight(legs, statement, statementTimeoutMs);
    flight.callback = (error, rows) => (error ? reject(error) : resolve(rows));
    // One system call for the whole flight instead of one a message.
    stream.cork();
    // Where it fails, the flight behind it does, too.
    if (parsedStatements[setting.name] === undefined) client.query(setting).catch(() => undefined);
    client.query(flight as never);
    stream.uncork();
  });
}
