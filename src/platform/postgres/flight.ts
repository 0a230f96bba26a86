/**
 * One flight of messages for one read: the tenant's context and the statement before a single Sync.
 * What stands before one Sync is one transaction to PostgreSQL (Frontend/Backend Protocol, Pipelining):
 * the context holds for the statement and is gone after it, a failure undoes the whole, and no message
 * of BEGIN or COMMIT has to be sent, answered or skipped.
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

/** What pg's query does with the protocol's messages; its types leave that out. */
interface ProtocolQuery {
  readonly text: string;
  name: string | undefined;
  values: unknown[];
  callback: (error: Error | null, rows: readonly Fields[]) => void;
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
  private readonly context: ReturnType<typeof setContext>;
  private contextIsSet = false;
  private readonly found: Fields[] = [];

  constructor(context: ReturnType<typeof setContext>, { text, values, name }: FlightStatement) {
    // Given as an object, pg would copy it property by property.
    super(text);
    this.values = values;
    this.name = name;
    this.context = context;
  }

  override submit(connection: ProtocolConnection): null {
    const { name, text, values } = this;
    if (!this.hasBeenParsed(connection)) {
      connection.parse({ name, text });
      if (name) connection.submittedNamedStatements[name] = text;
    }
    connection.bind({ statement: this.context.name, values: this.context.values });
    connection.execute({});
    connection.bind({ statement: name, values, valueMapper: utils.prepareValue });
    connection.execute({});
    connection.sync();
    return null;
  }

  override handleDataRow({ fields }: { fields: Fields }): void {
    if (this.contextIsSet) this.found.push(fields);
  }

  override handleCommandComplete(): void {
    this.contextIsSet = true;
  }

  override handleReadyForQuery(): void {
    this.callback(null, this.found);
  }
}

/** The statement's rows under the context. */
export function fly(client: pg.PoolClient, context: TenantContext, statementTimeoutMs: number, statement: FlightStatement): Promise<readonly Fields[]> {
  const { parsedStatements, stream } = connectionOf(client);
  const setting = setContext(context, statementTimeoutMs);
  return new Promise((resolve, reject) => {
    const flight = new Flight(setting, statement);
    flight.callback = (error, rows) => (error ? reject(error) : resolve(rows));
    // One system call for the whole flight instead of one a message.
    stream.cork();
    // Where it fails, the flight behind it does, too.
    if (parsedStatements[setting.name] === undefined) client.query(setContext(NO_TENANT, 0)).catch(() => undefined);
    client.query(flight as never);
    stream.uncork();
  });
}
