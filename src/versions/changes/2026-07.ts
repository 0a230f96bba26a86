/** What 2026-07 does otherwise than 2026-04. */
import type { ChangesOf } from '../change.ts';
import { movedField, renamedField, retypedField } from '../field-changes.ts';
import { renamedArgument } from '../input-changes.ts';
import { selectedAt } from '../rewrites.ts';
import { removedEnumValue } from '../type-changes.ts';

/** First day of deprecation of everything below: 2026-01 and 2026-04 say so. */
const deprecatedOn = '2026-01-01';

/** What a milestone is for is what people notice, and its name says so. */
const benefitBecameUserOutcome = renamedField('Milestone.benefit', {
  to: 'userOutcome',
  deprecatedOn,
  reason: 'Use `userOutcome`: the same text under a name that says whose benefit it is.',
  changelog: {
    title: '`Milestone.benefit` is `userOutcome`',
    who: 'Programs that read `benefit` of a milestone.',
    todo: 'Read `userOutcome`, which holds the same text. It is in every version, so you can do so before you move.',
  },
});

/** Reward amounts carry their currency. */
const rewardAmountBecameMoney = retypedField('Reward.amount', {
  before: {
    type: 'SafeInt',
    description: "The amount of a financial reward in its currency's smallest unit, e.g. 125000 cents; null for the other kinds.",
    read: row => row.col('amount_minor'),
  },
  deprecatedOn,
  reason: 'Is `Money` from 2026-07 on, whose `minorUnits` is this number.',
  changelog: {
    title: '`Reward.amount` is `Money`',
    who: 'Programs that read `amount` of a reward, as a number of minor units.',
    todo: 'Select `amount { minorUnits }` for the same number, or `amount { amount currency }` for what people read.',
  },
  rewrite: field => selectedAt(field, ['amount', 'minorUnits']),
});

/** A currency without its amount was never of use. */
const rewardCurrencyMovedIntoMoney = movedField('Reward.currency', {
  at: 'amount.currency',
  to: 'Money.currency',
  before: { type: 'CurrencyCode', description: 'Currency of `amount`, after ISO 4217; null where that is.', read: row => row.col('currency') },
  deprecatedOn,
  reason: 'From 2026-07 on it is in `amount { currency }`.',
  changelog: {
    title: '`Reward.currency` is in `amount`',
    who: 'Programs that read `currency` of a reward.',
    todo: 'Select `amount { currency }`.',
  },
});

/** `status` is whether somebody may use the API; how far a milestone has come is its state. */
const progressByState = (type: string, whose: string) =>
  renamedArgument(`${type}.progress(status:)`, {
    to: 'state',
    deprecatedOn,
    reason: 'Use `state`, named like the field that it looks at.',
    changelog: {
      title: `\`${type}.progress(status:)\` is \`state\``,
      who: `Programs that narrow the progress of ${whose} by \`status\`.`,
      todo: 'Give `state`, with the same values. It is in every version, so you can do so before you move.',
    },
  });

/** Orders are named by what they order by, as in every other list. */
const newestBecameCreatedAtDesc = removedEnumValue('IntegrationSort.NEWEST', {
  meaning: 'CREATED_AT_DESC',
  description: 'Newest first.',
  deprecatedOn,
  reason: 'Use `CREATED_AT_DESC`, which is the same order.',
  changelog: {
    title: '`IntegrationSort.NEWEST` is `CREATED_AT_DESC`',
    who: 'Programs that sort `integrations` by `NEWEST`.',
    todo: 'Sort by `CREATED_AT_DESC`, which is in every version. A cursor that you keep goes on working.',
  },
});

export const changesOf202607: ChangesOf = {
  version: '2026-07',
  changes: [
    benefitBecameUserOutcome,
    rewardAmountBecameMoney,
    rewardCurrencyMovedIntoMoney,
    progressByState('Integration', 'an integration'),
    progressByState('Milestone', 'a milestone'),
    newestBecameCreatedAtDesc,
  ],
};
