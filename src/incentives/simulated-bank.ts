/**
 * The bank of sandboxes, and the staff that would feed it: what is posted leaves a day later and arrives
 * the day after. The last two digits of an award's minor units rehearse what else happens: 01 fails,
 * 02 comes back after three days, 03 needs a second approver, 04 is taken back after thirty days.
 */
import { promise } from '../environments/index.ts';
import type { DueHandler } from '../room.ts';
import { lockAward } from './award.store.ts';
import { APPROVE, approveAward } from './awards.service.ts';
import { announceClawback } from './clawbacks.service.ts';
import { findPayout } from './payout.store.ts';
import { resolvePayout, sendPayouts } from './payouts.service.ts';

const SEND = 'payout.send';
const ARRIVE = 'payout.arrive';
const TAKE_BACK = 'award.take_back';

const DAY_MS = 86_400_000;

const FAILS = 1;
const RETURNS = 2;
const IS_TAKEN_BACK = 4;

/** Of nobody: made for tests, with check digits that fit. */
const SANDBOX_IBAN = 'GB33BUKB20201555555555';

/** Approves an award, and a day later as another person where two are needed. */
const approve: DueHandler = async (tx, { environmentId, subjectId, payload }, clock) => {
  const now = clock.now();
  const personId = typeof payload['as'] === 'string' ? payload['as'] : 'SANDBOX';
  const approved = await approveAward(tx, environmentId, { awardId: subjectId, personId, reason: 'Approved by the sandbox', now });
  if (!approved.ok) return;
  if (!approved.value.isPosted) return promise(tx, { environmentId, kind: APPROVE, subjectId, dueAt: now + DAY_MS, payload: { as: 'SANDBOX_SECOND' } });
  await promise(tx, { environmentId, kind: SEND, subjectId, dueAt: now + DAY_MS, payload: {} });
  const award = (await lockAward(tx, environmentId, subjectId))!;
  if (award.amountMinor! % 100 === IS_TAKEN_BACK) await promise(tx, { environmentId, kind: TAKE_BACK, subjectId, dueAt: now + 30 * DAY_MS, payload: {} });
};

/** Sends the award's money in a payout of its own. */
const send: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const { partnerId, currency, amountMinor } = (await lockAward(tx, environmentId, subjectId))!;
  const order = { currency: currency!, debtor: 'Sandbox', debtorIban: SANDBOX_IBAN, partnerId, mostMinor: amountMinor, otherwise: { iban: SANDBOX_IBAN } };
  const sent = await sendPayouts(tx, environmentId, order, clock.now());
  if (!sent.ok) return;
  for (const payoutId of sent.value.payoutIds) {
    const ends = (await findPayout(tx, environmentId, payoutId))!.amountMinor % 100;
    await promise(tx, {
      environmentId,
      kind: ARRIVE,
      subjectId: payoutId,
      dueAt: clock.now() + (ends === RETURNS ? 3 : 1) * DAY_MS,
      payload: { returns: ends === FAILS || ends === RETURNS },
    });
  }
};

const arrive: DueHandler = async (tx, { environmentId, subjectId, payload }, clock) => {
  const settled = payload['returns'] !== true;
  await resolvePayout(tx, environmentId, subjectId, { settled, memo: settled ? 'Arrived' : 'Sent back by the bank' }, clock.now());
};

const takeBack: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const { amountMinor } = (await lockAward(tx, environmentId, subjectId))!;
  await announceClawback(tx, environmentId, { awardId: subjectId, amountMinor: amountMinor!, reason: 'Rehearsed: the amount ends in 04', personId: 'SANDBOX' }, clock.now());
};

export const bankWork: Readonly<Record<string, DueHandler>> = { [APPROVE]: approve, [SEND]: send, [ARRIVE]: arrive, [TAKE_BACK]: takeBack };
