/**
 * The rows of people that a partner may be shown, in SQL. What may be read of a person is what the
 * integration is approved for, within what its grant covers, within the policy of the purpose in the
 * wording that the person agreed to; all of it is found by the statement that reads, and for each category of
 * data a column says why it is refused (`refusedColumn`). What goes out is written down by that statement,
 * and a grant for one look is used up by it.
 */
import { isId } from '../base/ids.ts';
import { consentExtensions, refusedColumn } from '../graphql/consent.ts';
import { badInput, given, identifier, join, literal, raw, sql, type AskedRows, type Cte, type Disclosure, type Param, type Released, type Sql } from '../reads/index.ts';
import { DATA_CATEGORIES } from './catalogue.rules.ts';
import { WITHDRAWS_AFTER_ONE_READ } from './magic-shoppers.rules.ts';
import { LEVELS, type Level } from './scope.rules.ts';

const environmentId = given('environment_id');
const partnerId = given('partner_id');
const integrationId = given('integration_id');
const now = given('environment_now', 'timestamptz');

type Category = (typeof DATA_CATEGORIES)[number];

/** A category's name as a part of columns. */
const inColumns = (category: Category): string => category.replace('.', '_');

/** The columns in which a person's rows say how far back and how exactly a category may be read. */
export const sinceColumn = (category: Category): string => `since_${inColumns(category)}`;
export const exactColumn = (category: Category): string => `exact_${inColumns(category)}`;

const REFUSED: ReadonlyMap<string, { category: Category; level: Level }> = new Map(
  DATA_CATEGORIES.flatMap(category => LEVELS.map(level => [refusedColumn({ category, level }), { category, level }] as const)),
);

const CUSTOMER_COLUMNS = ['given_name', 'family_name', 'email', 'phone'];

/** Also keeps whatever was sent from having to be escaped in an error's text. */
const PURPOSE = /^[a-z][a-z0-9_]{2,39}$/;

const checkedParams = new WeakMap<Param, Param>();

/** An argument as it is bound, checked; one object for one argument, so that it is bound once. */
function checked(sent: Param, check: (value: unknown) => string | null): Param {
  const known = checkedParams.get(sent) ?? { type: 'text', value: request => check(sent.value(request)) };
  checkedParams.set(sent, known);
  return known;
}

/** The purpose that was named. Throws BAD_USER_INPUT for what can be none. */
const purposeOf = ({ argument }: AskedRows): Param =>
  checked(argument('purpose', 'text'), value => {
    if (typeof value === 'string' && PURPOSE.test(value)) return value;
    throw badInput('`purpose` is 3 to 40 small letters, digits and underscores, e.g. `order_support`. Name one that your integration is approved for.');
  });

/** The person's id that was asked for; NULL for what can be none. */
const idOf = ({ argument }: AskedRows): Param => checked(argument('id', 'text'), value => (isId(value) ? value : null));

const isApproved = (asked: AskedRows): Sql => sql`exists (select from ${asked.table('integration_purpose')} ip
  where ip.environment_id = ${environmentId} and ip.integration_id = ${integrationId} and ip.purpose = ${purposeOf(asked)} and ip.withdrawn_at is null)`;

/** Whether the grant `g` stands: `isActiveAt` in SQL. */
const stands = sql`g.ended_at is null and g.consumed_at is null and g.suspended_at is null and g.given_at <= ${now} and g.expires_at > ${now}`;

/** Whether a level, NULL where there is none, goes as far as the one that a field needs. */
const reaches = (level: Sql, needed: Level): Sql => sql`coalesce(${level} in (${join(LEVELS.slice(LEVELS.indexOf(needed)).map(literal), ', ')}), false)`;

/** Of a scope `s_<category>` of the grant and the policy `v` of its purpose. */
const scopeColumn = (category: Category, column: string): Sql => sql`${identifier(`s_${inColumns(category)}`)}.${identifier(column)}`;

/** Why the scope does not reach so far, or NULL. */
const beyondScope =
  (asked: AskedRows) =>
  (category: Category, level: Level): Sql =>
    sql`case
  when not ${literal(category)} = any (v.categories) or not ${reaches(raw('v.max_level'), level)} then 'PURPOSE_MISMATCH'
  when not ${reaches(scopeColumn(category, 'level'), level)} then 'NOT_IN_GRANT' ${outOfWindow(asked, category, level)} end`;

/** A place that was seen before the agreed time is none; that there was one is not told either way. */
const outOfWindow = (asked: AskedRows, category: Category, level: Level): Sql =>
  category === 'location.coarse' && level === 'RECORD'
    ? sql`when ${since(category)} > '-infinity' and not exists (select from ${asked.table('customer_location')} l
        where l.environment_id = ${environmentId} and l.customer_id = ps.customer_id and l.observed_at >= ${since(category)}) then 'OUT_OF_WINDOW'`
    : raw('');

const since = (category: Category): Sql => sql`coalesce(${now} - make_interval(days => least(${scopeColumn(category, 'lookback_days')}, v.max_lookback_days)), '-infinity')`;

/** The asked columns of a person whose grant is `g`.
    @param refused why a category may not be read as far as a level, or NULL */
function personColumns({ columns }: AskedRows, refused: (category: Category, level: Level) => Sql): Sql[] {
  return [...columns].flatMap(column => {
    const rule = REFUSED.get(column);
    if (rule) return [sql`${refused(rule.category, rule.level)} as ${identifier(column)}`];
    const category = DATA_CATEGORIES.find(each => column === sinceColumn(each) || column === exactColumn(each));
    if (category)
      return [
        sql`${column === sinceColumn(category) ? since(category) : sql`(${scopeColumn(category, 'precision')} = 'EXACT' and v.max_precision = 'EXACT')`} as ${identifier(column)}`,
      ];
    return CUSTOMER_COLUMNS.includes(column) ? [sql`c.${identifier(column)}`] : [];
  });
}

/** Joins of what the columns are made of: the purpose's policy, the person, and each category's scope. */
function personJoins(asked: AskedRows): Sql {
  const categories = DATA_CATEGORIES.filter(category => [...asked.columns].some(column => column.endsWith(`_${inColumns(category)}`)));
  return join(
    [
      sql`left join ${asked.table('purpose_version')} v on v.purpose = g.purpose and v.version = g.purpose_version`,
      sql`left join ${asked.table('customer')} c on c.environment_id = ${environmentId} and c.id = ps.customer_id`,
      ...categories.map(
        category => sql`left join ${asked.table('consent_grant_scope')} ${identifier(`s_${inColumns(category)}`)}
  on ${scopeColumn(category, 'environment_id')} = ${environmentId} and ${scopeColumn(category, 'grant_id')} = g.id and ${scopeColumn(category, 'category')} = ${literal(category)}`,
      ),
    ],
    '\n',
  );
}

const subjectOf = (asked: AskedRows): Sql => asked.table('pairwise_subject');

/** Everybody whose grant stands. */
const peopleRows = (asked: AskedRows): Sql => sql`select ${join(
  [
    sql`ps.environment_id, g.subject_id as id, ps.customer_id, ps.salt, g.purpose, g.id as grant_id, g.version as grant_version, g.one_time, null::text as told_grant_id`,
    ...personColumns(asked, beyondScope(asked)),
  ],
  ', ',
)}
from ${asked.table('consent_grant')} g
join ${subjectOf(asked)} ps on ps.environment_id = ${environmentId} and ps.partner_id = ${partnerId} and ps.id = g.subject_id
${personJoins(asked)}
where g.environment_id = ${environmentId} and g.partner_id = ${partnerId} and g.integration_id = ${integrationId} and g.purpose = ${purposeOf(asked)} and ${stands} and ${isApproved(asked)}`;

/** Why nothing may be read of a person whose newest grant for the purpose is `g`, which may be none. Who
    never held a grant learns nothing but that, whether or not there is such a person. */
const beyondGrant =
  (asked: AskedRows) =>
  (category: Category, level: Level): Sql =>
    sql`case
  when not ${isApproved(asked)} then 'PURPOSE_MISMATCH'
  when g.id is null then case when exists (select from ${asked.table('consent_grant')} o join ${asked.table('consent_grant_scope')} os
      on os.environment_id = ${environmentId} and os.grant_id = o.id and os.category = ${literal(category)}
    where o.environment_id = ${environmentId} and o.subject_id = ps.id and o.integration_id = ${integrationId} and o.ended_at is null and o.expires_at > ${now})
    then 'PURPOSE_MISMATCH' else 'NO_GRANT' end
  when g.end_kind = 'WITHDRAWN' then 'WITHDRAWN'
  when g.end_kind <> 'EXPIRED' or g.given_at > ${now} then 'NO_GRANT'
  when g.end_kind = 'EXPIRED' or g.consumed_at is not null or g.expires_at <= ${now} then 'EXPIRED'
  when g.suspended_at is not null then 'SUSPENDED'
  else ${beyondScope(asked)(category, level)} end`;

/** One row for whatever id was sent: who is nobody, another partner's person and one without a grant look the same. */
const personRows = (asked: AskedRows): Sql => sql`select ${join(
  [
    sql`${environmentId} as environment_id, asked.id, ps.customer_id, ps.salt, ${purposeOf(asked)} as purpose, g.id as grant_id, g.version as grant_version, coalesce(g.one_time, false) as one_time, g.id as told_grant_id`,
    ...personColumns(asked, beyondGrant(asked)),
  ],
  ', ',
)}
from (select ${idOf(asked)} as id) asked
left join ${subjectOf(asked)} ps on ps.environment_id = ${environmentId} and ps.partner_id = ${partnerId} and ps.id = asked.id
left join lateral (select n.* from ${asked.table('consent_grant')} n
  where n.environment_id = ${environmentId} and n.subject_id = ps.id and n.integration_id = ${integrationId} and n.purpose = ${purposeOf(asked)}
  order by n.given_at desc, n.ended_at is null desc limit 1) g on true
${personJoins(asked)}
where asked.id is not null`;

/** A row as the statement names it. */
const rowOf = (name: Sql) => ({ col: (column: string) => sql`${name}.${identifier(column)}` });

/** Columns that say why a category is refused, among those of the found rows. */
const refusedAmong = ({ shown }: AskedRows): string[] => shown.filter(column => REFUSED.has(column));

/** Of a sandbox's shopper who takes back what was looked at once. */
const takenBack = sql`g.subject_id = ${literal(WITHDRAWS_AFTER_ONE_READ)}`;

/** Uses up grants for one look. Of two reads at once the second waits for the first and finds the grant
    gone; grants are locked in one order, so that two lists never wait for each other. */
function release(rows: Sql, asked: AskedRows): Cte[] {
  const [locked, consumed, noted, released] = [asked.name('o'), asked.name('o'), asked.name('o'), asked.name('o')];
  const grant = asked.table('consent_grant');
  const refused = refusedAmong(asked);
  const isShown = refused.length > 0 ? sql`num_nulls(${join(refused.map(identifier), ', ')}) > 0` : raw('false');
  const columns = asked.shown.map(column =>
    refused.includes(column)
      ? sql`coalesce(d.${identifier(column)}, case when d.one_time and used.id is null then 'EXPIRED' end) as ${identifier(column)}`
      : sql`d.${identifier(column)}`,
  );
  return [
    {
      name: locked,
      body: sql`select g.id from ${grant} g where g.environment_id = ${environmentId} and ${stands} and g.id in (select d.grant_id from ${rows} d where d.one_time and ${isShown})
order by g.id for update of g`,
    },
    {
      name: consumed,
      body: sql`update ${grant} g set consumed_at = ${now}, version = g.version + 1, ended_at = case when ${takenBack} then ${now} end, end_kind = case when ${takenBack} then 'WITHDRAWN' end
from ${identifier(locked)} locked where g.environment_id = ${environmentId} and g.id = locked.id and ${stands} returning g.id, g.version, g.customer_id, g.end_kind`,
    },
    {
      name: noted,
      body: sql`insert into ${asked.table('consent_event')} (environment_id, id, partner_id, customer_id, grant_id, kind, actor, grant_version, at, recorded_at)
select ${environmentId}, 'cev_' || replace(gen_random_uuid()::text, '-', ''), ${partnerId}, used.customer_id, used.id, coalesce(used.end_kind, 'CONSUMED'), case when used.end_kind is null then 'PARTNER' else 'SUBJECT' end, used.version, ${now}, ${given('wall_now', 'timestamptz')}
from ${identifier(consumed)} used`,
    },
    { name: released, body: sql`select ${join(columns, ', ')} from ${rows} d left join ${identifier(consumed)} used on used.id = d.grant_id` },
  ];
}

/** An entry of the access log for each person of whom anything goes out. Where a person's key were missing the
    statement would fail rather than show what it cannot write down. */
function record({ rows, answer }: Released, asked: AskedRows): Cte {
  const row = rowOf(raw('d'));
  const shown = asked.fields.map(({ coordinate, refusal }) => sql`case when not ${refusal.when(row)} then ${literal(coordinate)} end`);
  const told = [...asked.searched].filter(column => REFUSED.has(column)).map(column => literal(`SharedCustomerFilter.${REFUSED.get(column)!.category}`));
  return {
    name: asked.name('w'),
    body: sql`insert into ${asked.table('access_entry')}
  (environment_id, id, partner_id, integration_id, subject_reference, grant_id, grant_version, purpose, fields, record_count, decision, request_id, at, recorded_at)
select ${environmentId}, 'acc_' || replace(gen_random_uuid()::text, '-', ''), ${partnerId}, ${integrationId}, portico.subject_reference(k.key), d.grant_id, d.grant_version, d.purpose,
  seen.fields, answer.counts[d.page_row], 'RELEASED', ${given('request_id')}, ${now}, ${given('wall_now', 'timestamptz')}
from ${rows} d left join ${asked.table('subject_key')} k on k.environment_id = ${environmentId} and k.subject_id = d.id
cross join ${answer} answer cross join lateral (select array_remove(array[${join([...shown, ...told], ', ')}]::text[], null) as fields) seen
where cardinality(seen.fields) > 0`,
  };
}

const NEEDED = ['id', 'environment_id', 'customer_id', 'salt', 'purpose', 'grant_id', 'grant_version', 'one_time'];

const tells = (column: string): boolean => REFUSED.has(column);

export const sharedPeople: Disclosure = {
  needs: NEEDED,
  tells,
  rows: peopleRows,
  release,
  record,
  refused: {
    when: asked => sql`not ${isApproved(asked)}`,
    extensions: asked => sql`'{"reason":"PURPOSE_MISMATCH","purpose":"' || ${purposeOf(asked)} || '"}'`,
    refusal: {
      when: () => raw('true'),
      code: 'CONSENT_REQUIRED',
      message: 'Consent required',
      tell: ({ reason, purpose }) => consentExtensions({ reason, category: null, purpose, grantId: null }),
    },
  },
};

export const sharedPerson: Disclosure = { needs: NEEDED, tells, rows: personRows, release, record };
