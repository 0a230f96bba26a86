/**
 * Keeps which operations integrations send, for their upgrade reports. It looks at counts of usage once they
 * are written, so that no request pays for it, and at each operation of an integration once an hour. What it
 * has not written when a gateway is killed, it sees again at the operation's next turn.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { operationOf, type WrittenCount } from '../deprecations/index.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { observedForm } from './observed-form.ts';
import { recordObserved, trimObserved, type ObservedOperation } from './observed-operation.store.ts';

/** Of an integration: twice what programs have. Of all: some 200 MB. */
const KEPT = { kept: 300, keptOfAll: 100_000 };

/** A year and the month that it is compared with, as usage is kept. */
const KEPT_MS = 396 * 86_400_000;

const TRIM_MS = 10 * 60_000;
const WRITE_MS = 1000;

/** Operations that wait to be looked at, each with its document, 20 kB; and those that one turn looks at: a millisecond each. */
const MAX_WAITING = 100;
const MAX_A_TURN = 100;

/** Operations whose last hour is remembered, 200 bytes each. */
const MAX_REMEMBERED = 8_000;

export interface Observer {
  note(counts: readonly WrittenCount[]): void;
  /** Writes what waits, as much as fits into one turn. */
  readonly job: Job;
}

export function openObserver(database: Database): Observer {
  const hours = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  const waiting = new Map<string, WrittenCount>();

  async function write(): Promise<void> {
    const batch = [...waiting].slice(0, MAX_A_TURN);
    if (batch.length === 0) return;
    for (const [key] of batch) waiting.delete(key);
    const operations: ObservedOperation[] = [];
    for (const [, count] of batch) {
      const observed = observedOf(count);
      if (observed) operations.push(observed);
      await nextTurn();
    }
    if (operations.length > 0) await inTransaction(database, NO_TENANT, tx => recordObserved(tx, operations));
    for (const [key, { hour }] of batch) hours.set(key, hour);
  }

  return {
    note(counts) {
      for (const count of counts) {
        const { environmentId, integrationId, apiVersion, documentHash, operationName, hour } = count;
        const key = `${environmentId} ${integrationId} ${apiVersion} ${documentHash} ${operationName}`;
        // Introspection uses nothing, and nothing becomes of it.
        if (count.coordinates.length > 0 && hours.get(key) !== hour && waiting.size < MAX_WAITING) waiting.set(key, count);
      }
    },
    job: { name: 'operations.observe', everyMs: WRITE_MS, run: write },
  };
}

/** Of kept documents: a form lives as long as its operation does, since many integrations send the same. */
const forms = new WeakMap<OperationDefinitionNode, { readonly document: string; readonly shapeHash: string }>();

function formOf({ schema, document, operation }: NonNullable<ReturnType<typeof operationOf>>): { readonly document: string; readonly shapeHash: string } {
  let form = forms.get(operation);
  if (!form) {
    const text = observedForm(schema, document, operation);
    form = { document: text, shapeHash: createHash('sha256').update(text).digest('hex') };
    forms.set(operation, form);
  }
  return form;
}

function observedOf({ request, environmentId, partnerId, integrationId, apiVersion, documentHash, operationName, lastUsedAt }: WrittenCount): ObservedOperation | null {
  const using = operationOf(request);
  if (!using) return null;
  return { environmentId, partnerId, integrationId, apiVersion, ...formOf(using), documentHash, operationName, seenAt: new Date(lastUsedAt) };
}

export const observedJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'operations.keep',
    everyMs: TRIM_MS,
    run: () => inTransaction(database, NO_TENANT, tx => trimObserved(tx, { oldest: new Date(clock.now() - KEPT_MS), ...KEPT })),
  }),
];
