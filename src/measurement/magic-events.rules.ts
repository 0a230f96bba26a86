/** Event ids that mean something in a sandbox: whatever else is in the event, it meets what it is named
    after, by the same words as in earnest. */
import type { Instant } from '../base/clock.ts';
import type { CloudEvent, Rejection } from './cloud-event.rules.ts';

const DAY_MS = 86_400_000;

/** An event with a meaning of its own; null where the id has none that is known. */
export type Meaning = { readonly kind: 'DUPLICATE' } | { readonly kind: 'INSTEAD'; readonly event: CloudEvent } | { readonly kind: 'REJECTED'; readonly rejection: Rejection };

/** @param receivedAt environment time */
export function meaningOf(event: CloudEvent, receivedAt: Instant): Meaning | null {
  switch (event.id) {
    case 'evt_test_dup':
      return { kind: 'DUPLICATE' };
    case 'evt_test_late_40d':
      return { kind: 'INSTEAD', event: { ...event, time: receivedAt - 40 * DAY_MS } };
    case 'evt_test_future':
      return { kind: 'INSTEAD', event: { ...event, time: receivedAt + DAY_MS } };
    case 'evt_test_badschema':
      return { kind: 'REJECTED', rejection: { code: 'INVALID_DATA', path: '/data', reason: 'By the schema of the type it is not right, as `evt_test_badschema` never is.' } };
    default:
      return null;
  }
}
