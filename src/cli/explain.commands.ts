/** `portico explain`: what a document becomes, for whoever wonders why a read is slow. */
import { GraphQLError, getOperationAST, getVariableValues, parse, validate, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { buildVersionsOf } from '../app.ts';
import { environmentInstant, wallClock, type Instant } from '../base/clock.ts';
import { OPEN_GATE } from '../base/release-gate.ts';
import { ConfigError } from '../config.ts';
import { DOCUMENT_LIMITS, documentGuard } from '../http/guard.ts';
import { givenValues } from '../http/prepare.ts';
import { Refusal } from '../http/refusal.ts';
import { secretsOfIntegration } from '../partners/credential.store.ts';
import { loadCaller, type Caller, type PartnerClaims } from '../partners/index.ts';
import { NO_TENANT, inTransaction, setContext, type Database } from '../platform/postgres/database.ts';
import { ReadRequest, type Statement } from '../reads/index.ts';
import { rooms } from '../rooms.ts';
import { RELEASES, UNSTABLE, currentVersion } from '../versions/index.ts';
import { explain, type Explained, type ExplainedStatement } from './explanation.ts';
import { withDatabase } from './session.ts';

export interface ExplainOptions {
  readonly variables?: string;
  readonly version?: string;
  readonly partner?: string;
  readonly integration?: string;
  readonly operation?: string;
  readonly analyze?: boolean;
  readonly json?: boolean;
}

/** An integration that asks, as its newest token would have it. */
interface Asker {
  readonly caller: Caller;
  readonly claims: PartnerClaims;
  readonly receivedAt: Instant;
  readonly environmentNow: Instant;
}

export async function explainQuery(query: string, options: ExplainOptions): Promise<void> {
  try {
    if (options.integration !== undefined || options.partner !== undefined) await withDatabase(database => explainAs(database, query, options));
    else if (options.analyze) throw new ConfigError('--analyze runs the statement as an integration: name one with --integration, or its partner with --partner.');
    else report(await explained(query, options, null), options);
  } catch (error) {
    if (error instanceof GraphQLError) throw new ConfigError(error.toString());
    if (error instanceof Refusal) throw new ConfigError(error.message);
    throw error;
  }
}

async function explainAs(database: Database, query: string, options: ExplainOptions): Promise<void> {
  const asker = await findAsker(database, options);
  const facts = await explained(query, options, asker);
  const plans: string[][] = [];
  for (const { statement } of facts.statements) plans.push(await postgresPlan(database, asker.caller, statement(), options.analyze ?? false));
  report(facts, options, plans);
}

interface Facts extends Explained {
  readonly version: string;
  readonly documentHash: string;
  readonly operationName: string | null;
  readonly integrationId: string | null;
}

async function explained(query: string, options: ExplainOptions, asker: Asker | null): Promise<Facts> {
  const version = chosenVersion(options.version, asker);
  const { schema, mapping } = (await buildVersionsOf(rooms)).get(version)!;
  const documentHash = documentGuard(DOCUMENT_LIMITS).check(query);
  const document = parse(query);
  expectNone(validate(schema, document));
  const operation = chosenOperation(document, schema, options.operation);
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variablesOf(options.variables));
  expectNone(errors ?? []);
  const given = asker
    ? givenValues({ ...asker, requestId: 'req_explained', gate: OPEN_GATE, served: { version }, versionReason: options.version === undefined ? 'pinned' : 'path' }, [])
    : {};
  return {
    version,
    documentHash,
    operationName: operation.name?.value ?? null,
    integrationId: asker?.caller.integrationId ?? null,
    ...explain({ schema, mapping, document, operation, request: new ReadRequest(given, coerced ?? {}) }),
  };
}

function expectNone(errors: readonly GraphQLError[]): void {
  if (errors.length > 0) throw new ConfigError(errors.map(String).join('\n\n'));
}

/** The version that would answer: the one asked for, else the integration's pin, else the current one. */
function chosenVersion(asked: string | undefined, asker: Asker | null): string {
  const versions = [...RELEASES, UNSTABLE];
  if (asked !== undefined && !versions.includes(asked)) throw new ConfigError(`There is no API version ${asked}. Those that answer are ${versions.join(', ')}.`);
  return asked ?? asker?.caller.pinnedVersion ?? currentVersion(RELEASES, asker?.environmentNow ?? wallClock.now());
}

function chosenOperation(document: DocumentNode, schema: GraphQLSchema, name: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, name);
  if (!operation)
    throw new ConfigError(name === undefined ? 'The document must have one operation, or --operation name one of several.' : `The document has no operation ${name}.`);
  if (!schema.getRootType(operation.operation)) throw new ConfigError(`This API has no ${operation.operation}s.`);
  return operation;
}

function variablesOf(text = '{}'): Readonly<Record<string, unknown>> {
  try {
    const variables: unknown = JSON.parse(text);
    if (typeof variables === 'object' && variables !== null && !Array.isArray(variables)) return variables as Record<string, unknown>;
  } catch {
    // What cannot be read at all is told like what is no object.
  }
  throw new ConfigError('--variables must be a JSON object, such as \'{"first": 10}\'.');
}

/** The integration that is named, or a partner's oldest, with a credential that is in force. */
async function findAsker(database: Database, { integration, partner }: ExplainOptions): Promise<Asker> {
  const receivedAt = wallClock.now();
  const integrationId = integration ?? (await oldestIntegration(database, partner!));
  const secrets = await inTransaction(database, NO_TENANT, tx => secretsOfIntegration(tx, integrationId, receivedAt));
  const secret = secrets.find(({ active }) => active);
  if (!secret) throw new ConfigError(`There is no integration ${integrationId} with a credential in force and in good standing, so the gate would be closed to it.`);
  const claims: PartnerClaims = {
    iss: '',
    aud: '',
    sub: integrationId,
    client_id: integrationId,
    iat: 0,
    exp: 0,
    // No token has this id, so none of it was revoked.
    jti: '',
    scope: secret.scopes.join(' '),
    cred: secret.credentialId,
    env: secret.environmentId,
    partner: secret.partnerId,
  };
  const caller = await loadCaller(database, claims, receivedAt);
  if (!caller) throw new ConfigError(`The gate is closed to the integration ${integrationId}.`);
  return { caller, claims, receivedAt, environmentNow: environmentInstant(caller.environment.clock, receivedAt) };
}

async function oldestIntegration(database: Database, partnerId: string): Promise<string> {
  const [live] = await inTransaction(database, NO_TENANT, tx => tx.query<{ id: string | null }[]>('select portico.live_environment_id() as id'));
  const [found] = await inTransaction(database, { environmentId: live?.id ?? '', partnerId: '*' }, tx =>
    tx.query<{ id: string }[]>("select id from portico.integration where partner_id = $1 and status = 'ACTIVE' order by created_at, id limit 1", [partnerId]),
  );
  if (!found) throw new ConfigError(`The live environment has no partner ${partnerId} with an active integration. For one in a sandbox, name the integration.`);
  return found.id;
}

/** PostgreSQL's plan for the statement, as the service role under the caller's context. What it reads
    is thrown away, and what a disclosure would write down is undone. */
async function postgresPlan(database: Database, { environment, partnerId }: Caller, { text, values }: Statement, analyze: boolean): Promise<string[]> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query(setContext({ environmentId: environment.id, partnerId }, database.options.statementTimeoutMs));
    const { rows } = await client.query<[string]>({ text: `explain ${analyze ? '(analyze, buffers) ' : ''}${text}`, values, rowMode: 'array' });
    return rows.map(([line]) => line);
  } finally {
    await client.query('rollback').finally(() => client.release());
  }
}

function report(facts: Facts, { json = false }: ExplainOptions, plans: readonly (readonly string[])[] = []): void {
  const statements = facts.statements.map(({ statement: _statement, ...told }, i) => ({ ...told, postgres: plans[i] ?? null }));
  process.stdout.write(json ? `${JSON.stringify({ ...facts, statements })}\n` : `${inText(facts, statements).join('\n')}\n`);
}

type Told = Omit<ExplainedStatement, 'statement'> & { readonly postgres: readonly string[] | null };

function inText(facts: Facts, statements: readonly Told[]): string[] {
  return [
    `Version     ${facts.version}`,
    `Document    ${facts.documentHash}`,
    `Operation   ${facts.operationName ?? 'without a name'}`,
    `Asked by    ${facts.integrationId ?? "nobody: name an --integration or a --partner for PostgreSQL's plan"}`,
    `Runs as     ${facts.fallback === null ? 'one statement' : `graphql-js, because ${facts.fallback}`}`,
    `Cost        ${facts.cost.requestedQueryCost} of ${facts.cost.maximumAvailable}`,
    ...facts.cost.fields.map(({ path, cost }) => `            ${cost}  ${path}`),
    ...facts.cost.hints.map(hint => `            ${hint}`),
    '',
    'Root fields',
    ...facts.roots.map(({ field, reads }) => `  ${field}: ${reads}`),
    ...statements.flatMap(statementInText),
  ];
}

const statementInText = ({ answers, plan, decisions, parameters, sql, postgres }: Told): string[] => [
  '',
  `Statement ${plan}, which answers ${answers}`,
  '',
  decisions.length === 0 ? 'Decisions: none, so every request with this document has this plan' : 'Decisions: requests that answer them alike share this plan',
  ...new Set(decisions.map(({ on, answer }) => `  ${on.join(', ')}: ${String(answer) || 'none'}`)),
  '',
  'Parameters',
  ...parameters.map(({ type, from }, i) => `  $${i + 1} ${type}: ${from.join(', ') || 'what the document says'}`),
  '',
  'SQL',
  sql,
  ...(postgres ? ['', "PostgreSQL's plan", ...postgres] : []),
];
