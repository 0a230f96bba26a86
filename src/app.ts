/**
 * The composition root: the only place that knows all rooms. It turns settings, a list of rooms and
 * the outside world into one application; `main.ts` and the tests start it.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { wallClock, type Clock } from './base/clock.ts';
import { projectRoot, type Config } from './config.ts';
import { houseJobs, openSignIn, type ConsentHouse } from './consent/index.ts';
import {
  MarkedSchemas,
  askedAt,
  openRegistry,
  openUsageCounter,
  runGate,
  watchBrownouts,
  type BrownoutWatch,
  type CountedRequest,
  type Registry,
  type RequestUses,
  type UsageCounter,
} from './deprecations/index.ts';
import { handOver, startDueWork, type Door } from './environments/index.ts';
import { explorerRoutes, type DemoToken } from './explorer/index.ts';
import { consentCategories, consentFaults } from './graphql/consent.ts';
import { declareCosts } from './graphql/cost.ts';
import { elementIn } from './graphql/elements.ts';
import { buildHeadSchema } from './graphql/schema.ts';
import { authorizeRoutes } from './http/authorize.ts';
import { documentReader } from './http/asked-document.ts';
import { openConnections } from './http/connections.ts';
import { consentRoutes } from './http/consent-pages.ts';
import { adminRoutes } from './http/admin-route.ts';
import { anonymousSandboxRoutes } from './http/anonymous-sandboxes.ts';
import { FaultRates } from './http/faults.ts';
import { costRoutes } from './http/cost-route.ts';
import type { GateAt } from './http/choose-version.ts';
import { Documents } from './http/documents.ts';
import { draining } from './http/drain.ts';
import { eventRoutes } from './http/events-route.ts';
import { graphqlRoutes, type Answered } from './http/graphql-route.ts';
import { limitAddresses } from './http/address-limit.ts';
import { documentGuard, DOCUMENT_LIMITS } from './http/guard.ts';
import { lifecycleRoutes } from './http/lifecycle-route.ts';
import { roadmapRoutes } from './http/roadmap-route.ts';
import { mePageRoutes } from './http/me-pages.ts';
import { meRoutes, meSchema } from './http/me-route.ts';
import { feedRoutes } from './http/marketplace-feed.ts';
import { oauthRoutes } from './http/oauth.ts';
import { operationsRoutes } from './http/operations.ts';
import { parityRoute } from './http/parity-route.ts';
import { placement } from './http/place.ts';
import { serveVersion } from './http/served-version.ts';
import { reviewRoutes } from './http/review-route.ts';
import type { RunDeps } from './http/run.ts';
import { createServer } from './http/server.ts';
import { SlowReads } from './http/slow-reads.ts';
import type { CallOutcome, ServedVersion, Versioned } from './http/stages.ts';
import { versionsRoutes, type PublicVersions } from './http/versions-routes.ts';
import { addressLimits, enforceFieldLimits, limitMetrics, limitedFields, openBudgets, openGuesses, openLimitBook, openWindowCounts } from './limits/index.ts';
import { noteOnboarding } from './onboarding/index.ts';
import {
  accessTokens,
  callerGate,
  changeMarks,
  openRequestLog,
  openSigningKeys,
  requestLogJobs,
  signingKeysJob,
  staffGate,
  staffSchemaFaults,
  type AccessTokens,
  type RequestLog,
} from './partners/index.ts';
import { startJobs } from './platform/jobs.ts';
import type { Log } from './platform/log.ts';
import { createMetrics, measureRequests, type Metrics } from './platform/metrics.ts';
import { openDatabase, type Database } from './platform/postgres/database.ts';
import { assertServiceRole } from './platform/postgres/setup-roles.ts';
import { openRedis } from './platform/redis.ts';
import { KeptAnswers, Plans, Reader, mappingFaults, readMappingOf } from './reads/index.ts';
import type { Room, Services } from './room.ts';
import { rooms as allRooms } from './rooms.ts';
import { openKnownDocuments, openObserver } from './upgrades/index.ts';
import { CHANGES, RELEASES, changeNotes, UpgradePath, projectVersions, type ChangesOf, type VersionSchema } from './versions/index.ts';

/** Bound of the plans' memory, and of the valid documents', for all versions together. */
const MAX_PLAN_BYTES = 10_000_000;
const MAX_DOCUMENT_BYTES = 5_000_000;

/** Bound of the registered documents that a gateway remembers. */
const MAX_KNOWN_BYTES = 4_000_000;

/** Connections of the jobs: two of those that take turns, and two for all others. */
const JOB_CONNECTIONS = 4;

export interface AppOptions {
  readonly config: Config;
  /** The service role's URL. */
  readonly serviceUrl: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Of budgets that are kept in this process; those in Redis run on Redis' time. */
  readonly budgetClock?: Clock;
  readonly rooms?: readonly Room[];
  /** Whether this is the process's only application, whose memory and CPU it measures. */
  readonly ofProcess?: boolean;
  /** The service's URL past any transaction pooler, where this gateway does what falls due as time
      passes; absent where another does. */
  readonly dueWorkUrl?: string;
  /** Fresh tokens of the demo's environments for the explorer; null outside demo mode. */
  readonly demoTokens?: ((app: App) => Promise<DemoToken[]>) | null;
}

export interface App {
  readonly server: FastifyInstance;
  readonly database: Database;
  readonly tokens: AccessTokens;
  /** Head's. */
  readonly schema: GraphQLSchema;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly brownouts: BrownoutWatch;
  readonly usage: UsageCounter;
  /** Asks the removal gate about what is due by now, and goes by its word. */
  decideRemovals(): Promise<void>;
  /** Listens, and answers the URL. */
  listen(): Promise<string>;
  /** Stops taking requests, answers those under way, and lets go of everything. */
  close(graceMs?: number): Promise<void>;
}

/** The head schema of the rooms. Throws where a field says nowhere where its value comes from, where a list has
    no bound, and where a person's data would be shown without consent. */
export async function buildSchemaOf(rooms: readonly Room[]): Promise<VersionSchema> {
  const classes = rooms.flatMap(room => room.graphql ?? []);
  const [schema, mapping] = [await buildHeadSchema(classes), readMappingOf(classes)];
  const faults = mappingFaults(schema, mapping);
  if (faults.length > 0) throw new GraphQLError(`The schema cannot be read from the database:\n${faults.join('\n')}`);
  const unguarded = consentFaults(schema, mapping, new Set(rooms.flatMap(room => room.dataCategories ?? [])));
  if (unguarded.length > 0) throw new GraphQLError(`The schema would show people's data without their consent:\n${unguarded.join('\n')}`);
  declareCosts(schema, mapping);
  return { schema, mapping };
}

/** The house's version changes and the rooms' own. */
export const versionChangesOf = (rooms: readonly Room[]): ChangesOf[] => [...CHANGES, ...rooms.flatMap(room => room.changes ?? [])];

/** Every version of the rooms' API by its name, oldest first and head last. */
export const buildVersionsOf = async (rooms: readonly Room[]): Promise<Map<string, VersionSchema>> =>
  projectVersions(await buildSchemaOf(rooms), RELEASES, versionChangesOf(rooms));

/** The staff API's schema. Throws where a root field says no roles, or nowhere where its value comes from. */
export async function buildAdminSchemaOf(rooms: readonly Room[]): Promise<{ schema: GraphQLSchema; mapping: ReturnType<typeof readMappingOf> }> {
  const classes = rooms.flatMap(room => room.adminGraphql ?? []);
  const [schema, mapping] = [await buildHeadSchema(classes), readMappingOf(classes)];
  const faults = [...mappingFaults(schema, mapping), ...staffSchemaFaults(schema)];
  if (faults.length > 0) throw new GraphQLError(`The staff API cannot be served:\n${faults.join('\n')}`);
  return { schema, mapping };
}

export async function createApp({
  config,
  serviceUrl,
  log,
  clock = wallClock,
  budgetClock = clock,
  rooms = allRooms,
  ofProcess = false,
  dueWorkUrl,
  demoTokens = null,
}: AppOptions): Promise<App> {
  let url = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const head = await buildSchemaOf(rooms);
  const reached = { url: serviceUrl, entities: rooms.flatMap(room => room.entities ?? []), statementTimeoutMs: config.statementTimeoutMs };
  const database = await openDatabase({ ...reached, poolSize: config.poolSize, connectTimeoutMs: 800 });
  // Jobs have connections of their own: in the requests' pool they would make a request wait longer than it may.
  const behind = await openDatabase({ ...reached, poolSize: JOB_CONNECTIONS, connectTimeoutMs: 10_000, applicationName: 'portico jobs' });
  await assertServiceRole(database.pool);
  for (const each of [database, behind]) handOver(each, rooms);
  const services: Services = { database, clock, log };
  const jobServices: Services = { ...services, database: behind };
  const keys = await openSigningKeys(config.signingKey ? { pem: config.signingKey } : { directory: config.signingKeysDir }, clock, log);
  const tokens = accessTokens(keys, clock, () => url);
  const house: ConsentHouse = { keys, controller: config.marketplace, publicUrl: () => url, sendsMail: config.mail !== null };
  const redis = config.redisUrl ? openRedis(config.redisUrl, log, { cluster: config.redisCluster }) : null;
  if (!redis) log.info({}, 'REDIS_URL is not set: limits are kept in this process alone');
  const metrics = createMetrics({ ofProcess });
  const requestLog = openRequestLog(behind, batch => noteOnboarding(behind, batch));
  const observer = openObserver(behind);
  const usage = openUsageCounter(behind, counts => observer.note(counts));
  const { gatewayCount } = config;
  const events = limitMetrics(metrics, redis, limitedFields(head.schema));
  const budgets = openBudgets({ clock: budgetClock, redis, gatewayCount, events });
  // Before older versions are made of it, whose mutations are then limited with it.
  enforceFieldLimits(head.schema, openWindowCounts({ clock, redis, share: gatewayCount }), events.fields);

  const book = await openLimitBook(behind, clock);
  const projected = projectVersions(head, RELEASES, versionChangesOf(rooms));
  const marked = new MarkedSchemas(projected);
  const guard = documentGuard(DOCUMENT_LIMITS);
  const upgradePath = new UpgradePath(projected, versionChangesOf(rooms), RELEASES);
  const running: RunDeps = {
    database,
    ...openConnections(database, config.poolSize),
    slowReads: new SlowReads(config.slowStatementMs, clock),
    marked,
    upgradePath,
    readDocument: documentReader(guard, projected),
    faultRates: new FaultRates(),
    door: (request, signal) => ownDoor(server, request, signal),
  };
  const plans = new Plans(MAX_PLAN_BYTES);
  const kept = config.keptAnswersMb > 0 ? new KeptAnswers(config.keptAnswersMb * 1_000_000) : null;
  const documents = new Documents(MAX_DOCUMENT_BYTES);
  const known = openKnownDocuments(database, MAX_KNOWN_BYTES);
  const registry = await openRegistry(behind, config.databaseDirectUrl ?? serviceUrl, log);
  const lifecycle = { registry, publicUrl: () => url };
  const gateAt: GateAt = (environmentNow, wallNow) => registry.current().gateAt(askedAt(environmentNow, wallNow));
  const brownouts = watchBrownouts({ database: behind, clock, log, registry });
  const versions = new Map<string, ServedVersion>();
  for (const [version, { schema, mapping }] of projected) {
    const reader = new Reader({ schema, mapping, databaseSchema: 'portico', gate: callerGate, plans, name: version, ...(kept && { kept, marks: changeMarks }) });
    versions.set(version, await serveVersion({ version, schema, reader, documents, running, lifecycle }));
  }

  const admin = await buildAdminSchemaOf(rooms);
  const staffApi = {
    reader: new Reader({ ...admin, databaseSchema: 'portico', gate: staffGate, plans, name: 'admin' }),
    database,
    elementExists: elementIn([...versions.values()].map(served => served.schema)),
    upgradePath,
  };

  const routes: string[] = [];
  let observe: ReturnType<typeof measureRequests> = () => undefined;
  const server = await createServer({ log, trustProxy: config.trustProxy, onResponse: request => observe(request) });
  server.addHook('onRoute', ({ url: route }) => void routes.push(route));
  const drain = draining(server);
  limitAddresses(server, addressLimits(budgets));
  const app: App = {
    server,
    database,
    tokens,
    schema: head.schema,
    registry,
    clock,
    brownouts,
    usage,
    async decideRemovals() {
      await runGate(services);
      await registry.follow();
    },
    async listen() {
      const address = await server.listen({ port: config.port, host: config.host });
      url = config.publicUrl ?? address;
      return url;
    },
    async close(graceMs = 0) {
      await drain.drain(graceMs);
      await jobs.stop();
      await dueWork?.stop();
      await requestLog.flush().catch((error: unknown) => log.warn({ err: error }, 'the last entries of the request log were lost'));
      await usage.flush().catch((error: unknown) => log.warn({ err: error }, 'the last counts of usage were lost'));
      for (const served of versions.values()) await served.stop();
      redis?.close();
      await registry.close();
      await behind.close();
      await database.close();
    },
  };
  await server.register(operationsRoutes({ database, metrics, isDraining: drain.isDraining }));
  const published: PublicVersions = {
    clock,
    gate: () => registry.current().gateAt({ assumesPass: false }),
    versions: [...versions.keys()],
    schemaOf: version => marked.schemaFor(version, registry.current().effectiveAt({ now: clock.now(), assumesPass: false }, version)),
    changes: changeNotes(versionChangesOf(rooms)),
    publicUrl: () => url,
  };
  await server.register(versionsRoutes(published));
  await server.register(roadmapRoutes({ database, tokens, clock }));
  await server.register(lifecycleRoutes({ clock, registry, changes: published.changes }));
  const guesses = openGuesses(clock, redis);
  await server.register(reviewRoutes({ clock, tokens, guesses, api: staffApi, publicUrl: () => url }));
  const differences = rooms.flatMap(room => room.parity ?? []);
  await server.register(parityRoute(published, differences));
  await server.register(oauthRoutes({ database, keys, tokens, guesses, clock, issuer: () => url, house }));
  const consentSite = {
    database,
    clock,
    house,
    signIn: config.oidc && openSignIn(config.oidc),
    samplePeopleInLive: config.mode === 'demo',
    categories: consentCategories(head.schema),
  };
  for (const routes of [authorizeRoutes, consentRoutes, mePageRoutes]) await server.register(routes(consentSite));
  await server.register(meRoutes({ ...consentSite, guard, schema: await meSchema() }));
  await server.register(feedRoutes({ database, tokens, clock, house }));
  await server.register(anonymousSandboxRoutes({ database, clock }));
  const road = { clock, tokens, placement: placement(database, gateAt), versions, gateAt, publicUrl: () => url, guard, known, lifecycle, charging: { budgets, book } };
  await server.register(costRoutes(road));
  await server.register(
    graphqlRoutes({
      ...road,
      onAnswered: recordAnswers(metrics, { requestLog, usage, brownouts }, [...versions.keys()]),
    }),
  );
  await server.register(eventRoutes({ ...road, database, poolShare: running.poolShare }));
  await server.register(adminRoutes({ clock, tokens, api: staffApi, guard }));
  await server.register(explorerRoutes({ root: join(projectRoot, 'dist/explorer'), demoTokens: demoTokens ? () => demoTokens(app) : null }));
  for (const room of rooms) room.routes?.(server, services);
  observe = measureRequests(metrics, routes);
  metrics.gauge({ name: 'portico_plan_bytes', help: 'Memory of compiled plans, in bytes.', value: () => plans.bytes });
  metrics.gauge({ name: 'portico_kept_answer_bytes', help: 'Memory of answers that are kept, in bytes.', value: () => kept?.bytes ?? 0 });
  metrics.gauge({ name: 'portico_kept_answers_given', help: 'Reads answered by what was kept, since the start.', value: () => kept?.hits ?? 0 });
  metrics.gauge({ name: 'portico_document_bytes', help: 'Memory of documents known to be valid, in bytes.', value: () => documents.bytes });
  metrics.gauge({ name: 'portico_registered_document_bytes', help: 'Memory of registered documents, in bytes.', value: () => known.bytes });
  metrics.gauge({ name: 'portico_marked_schemas', help: 'Schemas kept beside those that answer, to say what is deprecated at an instant.', value: () => marked.size });
  metrics.gauge({ name: 'portico_usage_dropped', help: 'Requests whose use of the API found no room to be counted, since the start.', value: () => usage.dropped });
  metrics.gauge({ name: 'portico_pool_waiting', help: 'Requests that wait for a database connection.', value: () => database.pool.waitingCount });
  const jobs = startJobs(
    [
      signingKeysJob(keys),
      book.job,
      registry.job,
      usage.job,
      observer.job,
      brownouts.job,
      ...houseJobs(jobServices, house, config.mail),
      ...requestLogJobs(requestLog, jobServices),
      ...rooms.flatMap(room => room.jobs?.(jobServices) ?? []),
    ],
    log,
  );
  const dueWork = dueWorkUrl === undefined ? null : await startDueWork({ database, url: dueWorkUrl, clock, log });
  return app;
}

const countedOf = ({ requestId, receivedAt, caller, served, client }: Versioned, uses: RequestUses, { operationName, documentHash }: CallOutcome): CountedRequest => ({
  requestId,
  receivedAt,
  environmentId: caller.environment.id,
  partnerId: caller.partnerId,
  integrationId: caller.integrationId,
  apiVersion: served.version,
  operationName,
  documentHash: documentHash!,
  client,
  uses,
});

/** The public API as a client has it, by way of the port that this gateway listens on. */
async function ownDoor(server: FastifyInstance, { path, headers, body }: Parameters<Door>[0], signal: AbortSignal | null): ReturnType<Door> {
  const answer = await fetch(`${server.listeningOrigin}${path}`, { method: 'POST', headers, body, signal });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

interface Records {
  readonly requestLog: RequestLog;
  readonly usage: UsageCounter;
  readonly brownouts: BrownoutWatch;
}

/** Counts each answered operation and what it uses, and writes it down for its integration. */
function recordAnswers(metrics: Metrics, { requestLog, usage, brownouts }: Records, versions: readonly string[]): (answered: Answered) => void {
  const count = metrics.counter({
    name: 'portico_operations_total',
    help: 'Operations answered, by API version, kind and whether errors were among the answer.',
    labels: { version: versions, kind: ['QUERY', 'MUTATION'], errors: ['no', 'yes'] },
  });
  return ({ request, outcome, charge, status, durationMs }) => {
    count({ version: request.served.version, kind: outcome.operationKind ?? '', errors: outcome.errorCodes.length > 0 ? 'yes' : 'no' });
    requestLog.add({
      id: request.requestId,
      environmentId: request.caller.environment.id,
      partnerId: request.caller.partnerId,
      integrationId: request.caller.integrationId,
      receivedAt: request.receivedAt,
      apiVersion: request.served.version,
      operationKind: outcome.operationKind,
      operationName: outcome.operationName,
      documentHash: outcome.documentHash,
      status,
      errorCodes: outcome.errorCodes,
      objectCount: outcome.objectCount,
      followedCursor: outcome.followedCursor,
      retryAfterMs: outcome.retryAfterMs > 0 ? outcome.retryAfterMs : null,
      requestedCost: charge.requested,
      refundedCost: charge.requested - (charge.actual ?? 0),
      durationMs,
    });
    if (outcome.gateClosed) return;
    if (outcome.uses) usage.count(countedOf(request, outcome.uses, outcome));
    if (request.caller.environment.kind === 'LIVE') brownouts.count(outcome.brownoutId);
  };
}
