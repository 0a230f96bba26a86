/**
 * `POST /events` (CloudEvents 1.0, structured and batched) and `POST /events/bulk` (a line an event,
 * streamed). Both take the road's first two stages, charge by the batch, and ingest by the same core
 * as the mutation. A stream is read no faster than its batches are written and its budget allows, so
 * it holds a few batches in memory however long it is.
 */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { environmentInstant, type Clock } from '../base/clock.ts';
import { ERROR_CODES, type ErrorCodeName } from '../graphql/error-codes.ts';
import type { PoolShare } from '../limits/index.ts';
import { MAX_BATCH, ingest, type IncomingEvent, type IngestionReceipt, type RejectedIncoming } from '../measurement/index.ts';
import type { AccessTokens } from '../partners/index.ts';
import type { Database } from '../platform/postgres/database.ts';
import { receivedFrom } from './arrival.ts';
import { shareFailure, throttled } from './admit.ts';
import { inCallersTransaction } from './callers-transaction.ts';
import { requireLiveAt } from './live-only.ts';
import { Charge, type Charging } from './charge.ts';
import { brokenOff, eventLines } from './event-lines.ts';
import { GateClosed } from './failures.ts';
import { identify } from './identify.ts';
import type { Placement } from './place.ts';
import { JSON_TYPE, Refusal, unauthenticated } from './refusal.ts';
import type { Identified, Received } from './stages.ts';

/** A batch costs what a mutation does, however few events are in it: the transaction is the price. */
export const BATCH_COST = 10;

/** Batches of one stream under way: the next is read and checked while the one before it is written. */
const BATCHES_UNDER_WAY = 2;

/** Rejections that an answer tells; all of them are among `rejectedEvents`. */
const MAX_TOLD = 1_000;

/** Longest that a stream waits for its budget at once. What takes longer is no matter of waiting. */
const MAX_WAIT_MS = 60_000;

/** A client that sends nothing for so long while we listen has left, or holds a connection for nothing. */
const SILENCE_MS = 30_000;

/** Whoever is placed anew and finds the gate closed again may not come in; a clock that is moved meanwhile hardly is so twice. */
const MAX_PLACEMENTS = 3;

const STRUCTURED = 'application/cloudevents+json';
const BATCHED = 'application/cloudevents-batch+json';
const LINES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

export interface EventRoutesDeps {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly charging: Charging;
  readonly database: Database;
  readonly poolShare: PoolShare;
}

declare module 'fastify' {
  interface FastifyRequest {
    reporting: Identified | null;
  }
  interface FastifyContextConfig {
    /** The body may take as long as it takes: it is read as fast as it can be used. */
    streams?: boolean;
  }
}

export const eventRoutes =
  (deps: EventRoutesDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.decorateRequest('reporting', null);
    server.removeAllContentTypeParsers();
    server.addContentTypeParser([STRUCTURED, BATCHED], { parseAs: 'string' }, (_request, body, done) => done(null, body));
    server.addContentTypeParser(LINES, (_request, payload, done) => done(null, payload));
    server.addContentTypeParser('*', (_request, _payload, done) =>
      done(
        new Refusal('BAD_USER_INPUT', `The body must be ${STRUCTURED} or ${BATCHED} at /events, and ${LINES[0]} at /events/bulk; the header Content-Type says which.`, {
          status: 415,
        }),
      ),
    );
    const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      request.reporting = await identify(received(request, reply, deps.clock), request.headers.authorization, deps.tokens);
    };
    server.post('/events', { onRequest }, (request, reply) => answerEvents(request, reply, deps));
    server.post('/events/bulk', { onRequest, config: { streams: true } }, (request, reply) => answerLines(request, reply, deps));
  };

function received(request: FastifyRequest, reply: FastifyReply, clock: Clock): Received {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The client left.'));
  });
  return receivedFrom(request, clock, JSON_TYPE, gone.signal);
}

/** Ingests one batch, in a transaction in which the caller is still let in. Throws Refusals. */
async function ingestBatch(identified: Identified, events: readonly IncomingEvent[], deps: EventRoutesDeps): Promise<IngestionReceipt> {
  const { database, placement, poolShare, clock } = deps;
  for (let placed = 1; ; placed++) {
    const caller = await placement.place(identified);
    const { partnerId, integrationId, environment } = caller.caller;
    try {
      requireLiveAt('/events', caller);
      return await poolShare.run(
        integrationId,
        () =>
          inCallersTransaction(database, caller, clock.now(), tx =>
            ingest(tx, { environmentId: environment.id, partnerId, integrationId }, events, environmentInstant(environment.clock, clock.now())),
          ),
        identified.signal,
      );
    } catch (error) {
      if (!(error instanceof GateClosed)) throw asRefusal(shareFailure(error));
      placement.forget(identified);
      if (placed === MAX_PLACEMENTS) throw unauthenticated();
    }
  }
}

/** What the road says as an error of GraphQL's, as a refusal. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  const { code, ...extensions } = error.extensions;
  return new Refusal(code as ErrorCodeName, error.message, { status: ERROR_CODES[code as ErrorCodeName].status, extensions });
}

async function answerEvents(request: FastifyRequest, reply: FastifyReply, deps: EventRoutesDeps): Promise<FastifyReply> {
  const identified = request.reporting!;
  const events = incomingEvents(request);
  const { caller } = await deps.placement.place(identified);
  const charge = new Charge(deps.charging, caller);
  const refused = await charge.draw(BATCH_COST);
  reply.headers(charge.headers);
  if (refused) throw asRefusal(throttled(refused, BATCH_COST));
  const { accepted, duplicates, rejected } = await ingestBatch(identified, events, deps).finally(() => charge.settle(BATCH_COST));
  return reply.header('content-type', JSON_TYPE).send(JSON.stringify({ accepted, duplicates, rejected: rejected.map(told('index')) }));
}

function incomingEvents({ body, headers }: FastifyRequest): IncomingEvent[] {
  if (typeof body !== 'string') throw new Refusal('BAD_USER_INPUT', `A body is missing: send ${STRUCTURED} or ${BATCHED}. Lines go to POST /events/bulk.`, { status: 400 });
  if (!headers['content-type']?.toLowerCase().startsWith(BATCHED)) return [{ position: 0, text: body }];
  let events: unknown;
  try {
    events = JSON.parse(body);
  } catch {
    events = null;
  }
  if (!Array.isArray(events)) throw new Refusal('BAD_USER_INPUT', 'A batch is a JSON array of events.', { status: 400 });
  if (events.length > MAX_BATCH)
    throw new Refusal('BAD_USER_INPUT', `The batch has ${events.length} events of at most ${MAX_BATCH}. Send several, or a file to POST /events/bulk.`, { status: 413 });
  return events.map((event, position) => ({ position, text: JSON.stringify(event) }));
}

/** A rejection as answers tell it. */
const told =
  (place: 'index' | 'line') =>
  ({ position, id, code, path, reason, rejectedEventId }: RejectedIncoming): object => ({ [place]: position, id, code, path, reason, rejectedEventId });

async function answerLines(request: FastifyRequest, reply: FastifyReply, deps: EventRoutesDeps): Promise<FastifyReply> {
  const { body } = request;
  if (typeof body !== 'object' || body === null) throw new Refusal('BAD_USER_INPUT', `A body is missing: send lines as ${LINES[0]}.`, { status: 400 });
  const upload = new Upload(request.reporting!, deps);
  try {
    await upload.take(body as Readable);
  } finally {
    reply.headers(upload.headers);
  }
  return reply.header('content-type', JSON_TYPE).send(JSON.stringify(upload.receipt));
}

/** One stream of lines on its way in. */
class Upload {
  private readonly identified: Identified;
  private readonly deps: EventRoutesDeps;
  private readonly underWay = new Set<Promise<void>>();
  private waiting: IncomingEvent[] = [];
  private failure: { readonly error: unknown } | null = null;
  private accepted = 0;
  private duplicates = 0;
  private rejectedCount = 0;
  private readonly rejected: RejectedIncoming[] = [];
  headers: Readonly<Record<string, string>> = {};

  constructor(identified: Identified, deps: EventRoutesDeps) {
    this.identified = identified;
    this.deps = deps;
  }

  get receipt(): object {
    const rejected = this.rejected.toSorted((a, b) => a.position - b.position).map(told('line'));
    return { accepted: this.accepted, duplicates: this.duplicates, rejectedCount: this.rejectedCount, rejected };
  }

  /** Reads the stream to its end, or to where it is broken. Throws Refusals; what was ingested by then stays. */
  async take(stream: Readable): Promise<void> {
    const progress = { line: 0 };
    const listen = (): NodeJS.Timeout => setTimeout(() => stream.destroy(new Error('The client is silent.')), SILENCE_MS).unref();
    let silence = listen();
    try {
      for await (const lines of eventLines(stream as AsyncIterable<Buffer>, progress)) {
        clearTimeout(silence);
        await this.add(lines);
        silence = listen();
      }
    } catch (error) {
      await this.settled();
      if (this.failure || this.identified.signal.aborted) throw this.failure?.error ?? error;
      this.waiting.push(brokenOff(progress.line));
    } finally {
      clearTimeout(silence);
    }
    if (this.waiting.length > 0) await this.send(this.waiting.splice(0));
    await this.settled();
    if (this.failure) throw this.failure.error;
  }

  private async add(lines: readonly IncomingEvent[]): Promise<void> {
    this.waiting.push(...lines);
    while (this.waiting.length >= MAX_BATCH) await this.send(this.waiting.splice(0, MAX_BATCH));
  }

  /** Begins to ingest a batch, once there is room for it. */
  private async send(events: readonly IncomingEvent[]): Promise<void> {
    while (this.underWay.size >= BATCHES_UNDER_WAY) await Promise.race(this.underWay);
    if (this.failure) throw this.failure.error;
    const charge = await this.drawn();
    const ingesting = ingestBatch(this.identified, events, this.deps)
      .then(receipt => this.count(receipt))
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        charge.settle(BATCH_COST);
        this.headers = charge.headers;
        this.underWay.delete(ingesting);
      });
    this.underWay.add(ingesting);
  }

  /** The budget is not a reason to refuse a stream halfway: it is read more slowly. */
  private async drawn(): Promise<Charge> {
    const { charging, placement } = this.deps;
    const { caller } = await placement.place(this.identified);
    const charge = new Charge(charging, caller);
    for (let refused = await charge.draw(BATCH_COST); refused; refused = await charge.draw(BATCH_COST)) {
      this.headers = charge.headers;
      if (refused.retryAfterMs > MAX_WAIT_MS) throw asRefusal(throttled(refused, BATCH_COST));
      await sleep(refused.retryAfterMs, undefined, { signal: this.identified.signal });
    }
    return charge;
  }

  private count({ accepted, duplicates, rejected }: IngestionReceipt): void {
    this.accepted += accepted;
    this.duplicates += duplicates;
    this.rejectedCount += rejected.length;
    this.rejected.push(...rejected.slice(0, MAX_TOLD - this.rejected.length));
  }

  private async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }
}
