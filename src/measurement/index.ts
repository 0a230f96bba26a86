/** The door of the measurement's room: events in, metrics out. */
import type { Room } from '../room.ts';
import { EventTypeQueries, EventType } from './event-type.graphql.ts';
import { Event, EventQueries, RejectedEvent } from './event.graphql.ts';
import { settleMeasurement } from './event.store.ts';
import { EventFault, EventRejection, IngestEventsPayload, IngestionMutations, RepairRejectedEventPayload, ValidateEventPayload } from './ingestion.graphql.ts';
import { Journey, JourneyQueries, Touchpoint } from './journey.graphql.ts';
import { Metric, MetricEvidence, MetricMeasure, MetricPoint, MetricQueries, MetricSeries } from './metric.graphql.ts';
import { measurementJobs } from './rollups.service.ts';
import { staffDefinitions } from './staff-definitions.graphql.ts';

export const measurementRoom: Room = {
  name: 'measurement',
  graphql: [
    EventType,
    EventTypeQueries,
    Event,
    RejectedEvent,
    EventQueries,
    EventFault,
    EventRejection,
    IngestEventsPayload,
    ValidateEventPayload,
    RepairRejectedEventPayload,
    IngestionMutations,
    Metric,
    MetricMeasure,
    MetricPoint,
    MetricEvidence,
    MetricSeries,
    MetricQueries,
    Journey,
    Touchpoint,
    JourneyQueries,
  ],
  adminGraphql: staffDefinitions,
  migrations: [
    '20261123_70_events.sql',
    '20261123_71_metrics.sql',
    '20261123_72_starter_pack.sql',
    '20261123_73_resets_wait_for_events.sql',
    '20261123_76_sums_are_kept_one_way.sql',
  ],
  jobs: measurementJobs,
  settle: async (tx, environmentId) => {
    await settleMeasurement(tx, environmentId);
  },
  world: ['measurement.sql'],
};

export { MAX_EVENT_BYTES, type Rejection } from './cloud-event.rules.ts';
export type { Reporter } from './event.store.ts';
export { MAX_BATCH, ingest, type IncomingEvent, type IngestionReceipt, type RejectedEvent as RejectedIncoming } from './events.service.ts';
export { measureAll, measureWaiting, recompute, type Recomputation } from './rollups.service.ts';
export { Journey } from './journey.graphql.ts';
