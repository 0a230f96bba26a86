/** What 2026-10 does otherwise than 2026-07. */
import { sql } from '../../reads/index.ts';
import type { ChangesOf } from '../change.ts';
import { removedField } from '../field-changes.ts';
import { addedEnumValue, renamedType } from '../type-changes.ts';

/** First day of deprecation of everything below: 2026-04 and 2026-07 say so. */
const deprecatedOn = '2026-04-01';

/** `Request` is a word that programs have for something of their own. */
const requestBecameLoggedRequest = renamedType('Request', {
  to: 'LoggedRequest',
  deprecatedOn,
  reason: 'Its name is `LoggedRequest` from 2026-10 on.',
  changelog: {
    title: 'The type `Request` is `LoggedRequest`',
    who: 'Programs that name the type: in fragments (`... on Request`), by `__typename`, or in generated code.',
    todo: 'Write `LoggedRequest` when you move. Fields, ids and `requests` itself stay as they are.',
  },
});

/** Every criterion must be met, so none ever weighed more than another. */
const criteriaLostTheirWeight = removedField('Criterion.weight', {
  before: { type: 'Int!', description: 'How much the criterion counts beside the others: always 1, since every one must be met.', read: () => sql`1` },
  deprecatedOn,
  reason: 'Leave it out: every criterion must be met, so it was always 1. Nothing takes its place.',
  changelog: {
    title: '`Criterion.weight` is gone',
    who: 'Programs that read `weight` of a criterion.',
    todo: 'Leave it out; it was always 1.',
  },
});

/** A result may be in question after it stood the checks. Who does not know that word is told what it
    means for them: all criteria are met, and nothing is given yet. */
const progressCanBeDisputed = addedEnumValue('MilestoneProgressState.DISPUTED', {
  fallback: 'PROVISIONAL',
  changelog: {
    title: '`MilestoneProgressState` has the value `DISPUTED`',
    who: 'Programs that list all states of progress, such as a `switch` without a default. Versions before 2026-10 say `PROVISIONAL` instead.',
    todo: 'Treat `DISPUTED` as reached but in question, and prepare for values that you do not know.',
  },
});

export const changesOf202610: ChangesOf = { version: '2026-10', changes: [requestBecameLoggedRequest, criteriaLostTheirWeight, progressCanBeDisputed] };
