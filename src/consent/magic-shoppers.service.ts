/**
 * People of a sandbox who decide by themselves. A question that names one of them (`subjectId`) is decided without
 * a page, by the same use cases as at a page; from then on the person is one like any other.
 */
import { createHash } from 'node:crypto';
import { wallClock, type Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { promise } from '../environments/index.ts';
import type { Clocks } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueWork } from '../room.ts';
import { durationsFor } from './catalogue.rules.ts';
import { setExpiry } from './grant.store.ts';
import { actOnGrant } from './grants.service.ts';
import { EXPIRES_AFTER_MS, SLOW_DECISION_MS, magicDecision, magicShopper, type MagicShopper } from './magic-shoppers.rules.ts';
import { findRequest } from './request.store.ts';
import { giveConsent, openRequest, refuseConsent, type Asking, type OpenRequest } from './requests.service.ts';
import { customerBehind, pairwiseSubject, subjectBehind } from './subject.store.ts';

/** Makes sure that there is the person whom a question names, where it is one of these. */
export async function meetMagicShopper(tx: Tx, { environmentId, partnerId }: Asking, subjectId: string, { environment }: Clocks): Promise<void> {
  if (!magicShopper(subjectId) || (await customerBehind(tx, environmentId, partnerId, subjectId))) return;
  const [id, now] = [newId('shp'), new Date(environment.now())];
  // Not named by the id alone: in a copy of the sandbox, whose ids are others, there is one of them already.
  const reference = `${subjectId}:${id}`;
  await tx.query(
    `insert into portico.customer (environment_id, id, reference, given_name, family_name, email, phone, language, joined_at, updated_at)
     values ($1, $2, $3, 'Test', 'Shopper', $4, '+49 30 5550000', 'en', $5, $5)`,
    [environmentId, id, reference, `${subjectId.slice('shp_test_'.length).replaceAll('_', '.')}@mail.example`, now],
  );
  await tx.query(
    `with placed as (
       insert into portico.customer_order (environment_id, id, customer_id, reference, placed_at, status, currency, total_minor, updated_at)
       values ($1, $3, $2, $4, $5::timestamptz - interval '3 days', 'DELIVERED', 'EUR', 2400, $5) returning environment_id, id)
     insert into portico.order_item (environment_id, order_id, position, title, department, quantity, price_minor) select environment_id, id, 0, 'Tea pot', 'Kitchen', 1, 2400 from placed`,
    [environmentId, id, newId('ord'), reference, now],
  );
  await tx.query(
    "insert into portico.customer_location (environment_id, customer_id, reference, town, region, country, observed_at, updated_at) values ($1, $2, $3, 'Hamburg', 'Hamburg', 'DE', $4, $4)",
    [environmentId, id, reference, now],
  );
  await pairwiseSubject(tx, { environmentId, partnerId, customerId: id }, subjectId);
}

/** What the person whom a question names does about it; nothing where it is nobody of these. */
export async function askMagicShopper(tx: Tx, { environmentId }: Asking, requestId: string, subjectId: string, clocks: Clocks): Promise<void> {
  const shopper = magicShopper(subjectId);
  if (!shopper) return;
  if (shopper.decides === 'LATER') {
    await promise(tx, { environmentId, kind: 'consent.decide', subjectId: requestId, dueAt: clocks.environment.now() + SLOW_DECISION_MS, payload: {} });
    return;
  }
  await decide(tx, environmentId, requestId, subjectId, shopper, clocks);
}

/** The slow one's decision, which is yes; none where the question has lapsed. */
export async function decideLate(tx: Tx, { environmentId, subjectId: requestId }: DueWork, environment: Clock): Promise<void> {
  const request = await findRequest(tx, environmentId, requestId);
  const subjectId = request?.customerId ? await subjectBehind(tx, environmentId, request.partnerId, request.customerId) : null;
  if (subjectId !== null) await decide(tx, environmentId, requestId, subjectId, { decides: 'YES' }, { environment, wall: wallClock });
}

async function decide(tx: Tx, environmentId: string, requestId: string, subjectId: string, shopper: MagicShopper, clocks: Clocks): Promise<void> {
  const request = await findRequest(tx, environmentId, requestId);
  const opened = request?.customerId ? await openRequest(tx, environmentId, requestId, request.customerId, clocks) : null;
  if (!opened?.ok) return;
  // Nobody was shown a page, and the record says so.
  const document = { decidedBy: subjectId };
  const notice = { hash: createHash('sha256').update(JSON.stringify(document)).digest('hex'), document, language: 'en' as const };
  if (magicDecision(shopper, opened.value.ask.scopes) === 'NO') {
    await refuseConsent(tx, environmentId, opened.value, notice, clocks);
    return;
  }
  const grant = await giveConsent(
    tx,
    null,
    environmentId,
    opened.value,
    { optional: opened.value.ask.scopes.map(({ category }) => category), duration: durationFor(shopper, opened.value) },
    notice,
    clocks,
  );
  if (!grant) return;
  if (shopper.outcome === 'SUSPENDED') await actOnGrant(tx, null, { environmentId, grantId: grant.id, act: { act: 'SUSPEND' }, actor: 'MARKETPLACE' }, clocks);
  if (shopper.outcome === 'EXPIRES_IN_60_S') {
    const dueAt = grant.givenAt + EXPIRES_AFTER_MS;
    await setExpiry(tx, environmentId, grant.id, dueAt);
    await promise(tx, { environmentId, kind: 'grant.expire', subjectId: grant.id, dueAt, payload: {} });
  }
}

/** A single look for who takes it back after one; else as long as may be. */
const durationFor = ({ outcome }: MagicShopper, { purpose }: OpenRequest) => (outcome === 'WITHDRAWN_AFTER_ONE_READ' ? 'ONE_TIME' : durationsFor(purpose).offered.at(-1)!);
