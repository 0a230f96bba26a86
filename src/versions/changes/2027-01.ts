/** What 2027-01 does otherwise than 2026-10. */
import { Kind } from 'graphql';
import { durationText } from '../../base/duration.ts';
import { asc, desc, sql } from '../../reads/index.ts';
import type { ChangesOf } from '../change.ts';
import { becameNullable, listBecameConnection } from '../field-changes.ts';
import { replacedInputField } from '../input-changes.ts';
import { named } from '../rewrites.ts';

/** First day of deprecation of everything below: 2026-07 and 2026-10 say so. */
const deprecatedOn = '2026-07-01';

/** Nothing counts towards a locked milestone, which 0 percent did not say. */
const lockedProgressHasNoPercentage = becameNullable('MilestoneProgress.percentComplete', {
  otherwise: sql`0`,
  description:
    'How near the criterion that is furthest from its target has come, 0 to 100, rounded down: value as a share of target, for `AT_MOST` target as a share of value. 100 exactly where all are met, 0 while the state is `LOCKED`.',
  deprecatedOn,
  reason: 'From 2027-01 on it is null while the state is `LOCKED`, where it is 0 today.',
  changelog: {
    title: '`MilestoneProgress.percentComplete` can be null',
    who: 'Programs that read `percentComplete`: it is null while the state is `LOCKED`, where it was 0.',
    todo: 'Expect null, and show nothing rather than 0 percent.',
  },
});

/** Older versions listed the most recent of them. */
const LISTED_CREDENTIALS = 20;

/** An integration with a long history has more credentials than one list should hold. */
const credentialsBecameConnection = listBecameConnection('Integration.credentials', {
  before: {
    type: '[Credential!]!',
    description: `Its credentials, newest first: the most recent ${LISTED_CREDENTIALS}, those that have ended included.`,
    read: { kind: 'many', on: { integration_id: 'id' }, order: [desc('created_at', 'timestamptz'), asc('id')], limit: LISTED_CREDENTIALS },
  },
  first: LISTED_CREDENTIALS,
  deprecatedOn,
  reason: 'Is a connection from 2027-01 on: select `credentials { nodes { ... } }` there.',
  changelog: {
    title: '`Integration.credentials` is a connection',
    who: 'Programs that read `credentials` of an integration.',
    todo: `Select \`credentials(first: ${LISTED_CREDENTIALS}) { nodes { ... } }\` for the same list, or page through all of them.`,
  },
});

/** A length of time says its unit itself. */
const overlapBecameDuration = replacedInputField('RotateCredentialInput.overlapSeconds', {
  by: 'overlap',
  before: {
    type: 'Int!',
    defaultValue: 86_400,
    description: 'How long the replaced credential goes on working, in seconds: 0 to 2592000 (30 days). `overlap` counts instead where it is given.',
  },
  toNewer: seconds => seconds,
  rewrite: field =>
    field.value.kind === Kind.INT ? { ...field, name: named('overlap'), value: { kind: Kind.STRING, value: durationText(Number(field.value.value)) } } : undefined,
  deprecatedOn,
  reason: 'Use `overlap`, a duration such as `PT1H`.',
  changelog: {
    title: '`RotateCredentialInput.overlapSeconds` is `overlap`',
    who: 'Programs that rotate credentials and say how long the replaced one goes on.',
    todo: 'Give `overlap` as a duration after ISO 8601: `PT3600S` or `PT1H` for 3600. It is in every version, so you can do so before you move. The default stays a day.',
  },
});

export const changesOf202701: ChangesOf = { version: '2027-01', changes: [lockedProgressHasNoPercentage, credentialsBecameConnection, overlapBecameDuration] };
