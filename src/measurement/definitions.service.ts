/** What the staff defines: event types, metrics, journeys. Published types and metrics never change, so
    each of these adds a version; the staff's journal has who did it and why. */
import { isId, newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { StaffAct, StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { insertMetric, knownMetrics, lockDefinitions, nextVersion, putJourney, replaceTouchpoints, touchpointsOf } from './definitions.store.ts';
import { schemaFault } from './event-schemas.ts';
import { insertEventType, loadEventTypes } from './event-type.store.ts';
import { eventTypeFault, invalid, journeyFault, jsonObject, metricFault, type NewEventType, type NewJourney, type NewMetric } from './metric.rules.ts';

type Defined<Name extends string> = Promise<Outcome<Readonly<Record<Name, string>>, StaffUserError>>;

/** Publishes a type, or the next version of one. Refusals: INVALID. */
export async function publishEventType(tx: Tx, { liveEnvironmentId, clock }: StaffAct, type: NewEventType): Defined<'eventTypeId'> {
  const fault = eventTypeFault(type, schemaFault);
  if (fault) return refused(fault);
  await lockDefinitions(tx, liveEnvironmentId);
  const eventTypeId = newId('ety');
  const version = await nextVersion(tx, 'event_type', liveEnvironmentId, type.name);
  await insertEventType(tx, {
    environmentId: liveEnvironmentId,
    id: eventTypeId,
    name: type.name,
    version,
    description: type.description.trim(),
    schema: jsonObject(type.dataSchema)!,
    publishedAt: new Date(clock.now()),
  });
  return ok({ eventTypeId });
}

/** Defines a metric, or the next version of one. Refusals: INVALID, NOT_FOUND. */
export async function defineMetric(tx: Tx, { liveEnvironmentId, clock }: StaffAct, metric: NewMetric): Defined<'metricId'> {
  await lockDefinitions(tx, liveEnvironmentId);
  const named = [metric.numerator, metric.denominator].flatMap(measure => measure?.eventType ?? []);
  const types = await loadEventTypes(tx, liveEnvironmentId, named);
  const newest = new Map(types.toSorted((a, b) => a.version - b.version).map(({ name, schema }) => [name, schema]));
  const fault = metricFault(metric, newest);
  if (fault) return refused(fault);
  const metricId = newId('met');
  const version = await nextVersion(tx, 'metric', liveEnvironmentId, metric.name);
  await insertMetric(tx, liveEnvironmentId, { ...metric, id: metricId, version, definedAt: new Date(clock.now()) });
  return ok({ metricId });
}

/** Writes a journey with all its touchpoints. Refusals: INVALID, RULE_BROKEN, NOT_FOUND. */
export async function upsertJourney(tx: Tx, { liveEnvironmentId }: StaffAct, journey: NewJourney): Defined<'journeyId'> {
  const fault = journeyFault(journey);
  if (fault) return refused(fault);
  await lockDefinitions(tx, liveEnvironmentId);
  const known = journey.journeyId == null ? new Set<string>() : isId(journey.journeyId) ? await touchpointsOf(tx, liveEnvironmentId, journey.journeyId) : null;
  if (!known) return refused({ code: 'NOT_FOUND', message: 'There is no such journey. Without `journeyId` a new one is made.', path: ['journeyId'] });
  const metrics = await knownMetrics(
    tx,
    liveEnvironmentId,
    journey.touchpoints.flatMap(({ metricIds }) => metricIds.filter(isId)),
  );
  for (const [i, { touchpointId, metricIds }] of journey.touchpoints.entries()) {
    const at = ['touchpoints', String(i)];
    if (touchpointId != null && !known.has(touchpointId)) return refused(invalid('The journey has no such touchpoint. Without an id a new one is made.', ...at, 'touchpointId'));
    const stranger = metricIds.find(id => !metrics.has(id));
    if (stranger !== undefined)
      return refused({ code: 'NOT_FOUND', message: 'It names a metric that there is not. The query `metrics` lists those that there are.', path: [...at, 'metricIds'] });
  }
  const journeyId = journey.journeyId ?? newId('jny');
  await putJourney(tx, liveEnvironmentId, { id: journeyId, title: journey.title, description: journey.description });
  await replaceTouchpoints(
    tx,
    liveEnvironmentId,
    journeyId,
    journey.touchpoints.map(touchpoint => ({ ...touchpoint, id: touchpoint.touchpointId ?? newId('tpt') })),
  );
  return ok({ journeyId });
}
