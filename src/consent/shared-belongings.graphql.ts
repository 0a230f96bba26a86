/** What belongs to a person, as a partner reads it: made for the row of the person that leads to it, as far
    back and as exactly as the person agreed. Its ids are the partner's own, and it is no Node. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Consent, Personal, Public, refusedColumn } from '../graphql/consent.ts';
import { connectionOf } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Column, From, Many, asc, identifier, literal, raw, sql, type Row, type Sql } from '../reads/index.ts';
import type { DATA_CATEGORIES } from './catalogue.rules.ts';
import { exactColumn, sinceColumn } from './shared-people.store.ts';

type Category = (typeof DATA_CATEGORIES)[number];

/** Most items of one order that are shown, and most preferences of one person. */
const MAX_BELONGINGS = 100;

/** An id that only the partner at hand knows the thing by. */
const pairwiseId = (person: Row, prefix: string, id: string): Sql =>
  sql`${literal(`${prefix}_`)} || left(encode(sha256(${person.col('salt')} || convert_to(${raw(id)}, 'UTF8')), 'hex'), 32)`;

/** An instant as exactly as was agreed: of a day's time, or of the month. */
const instantOf = (person: Row, category: Category, column: string): Sql =>
  sql`case when ${person.col(exactColumn(category))} then ${raw(column)} else date_trunc('month', ${raw(column)}, 'UTC') end`;

/** Columns that the rules of the fields ask for: whoever led here has been let in. */
const letIn = (person: Row, category: Category): Sql =>
  sql`null::text as ${identifier(refusedColumn({ category }))}, ${person.col('purpose')} as purpose, null::text as told_grant_id`;

/** Ties a row of the table `b` to the person, where the category may be read at all. */
const belongsTo = (person: Row, category: Category): Sql =>
  sql`b.environment_id = ${person.col('environment_id')} and b.customer_id = ${person.col('customer_id')} and ${person.col(refusedColumn({ category }))} is null`;

export const SharedOrderStatus = enumOf('SharedOrderStatus', 'How far an order has come.', {
  PLACED: 'It was placed and has not been sent.',
  SHIPPED: 'It is on its way.',
  DELIVERED: 'It has arrived.',
  RETURNED: 'It was sent back.',
  CANCELLED: 'It was called off.',
});
export type SharedOrderStatus = keyof typeof SharedOrderStatus;

@ObjectType({ simpleResolvers: true, description: 'A thing that a person ordered.' })
@Personal()
@From('order_item', {
  scope: ['environment_id'],
  rows: order => sql`select b.environment_id, b.position, b.title, b.department, b.quantity, b.price_minor, ${order.col('currency')} as currency,
    null::text as ${identifier(refusedColumn({ category: 'order.history' }))}, ${order.col('purpose')} as purpose, null::text as told_grant_id
    from portico.order_item b where b.environment_id = ${order.col('environment_id')} and b.order_id = ${order.col('order_id')}`,
})
export class SharedOrderItem {
  @Field(() => String, { nullable: true, description: 'What it is called.' })
  @Consent({ category: 'order.history' })
  @Column()
  title!: string | null;

  @Field(() => String, { nullable: true, description: 'Where in the marketplace it is sold; null where that is unknown.' })
  @Consent({ category: 'order.history' })
  @Column()
  department!: string | null;

  @Field(() => Int, { nullable: true, description: 'How many.' })
  @Consent({ category: 'order.history' })
  @Column()
  quantity!: number | null;

  @Field(() => Money, { nullable: true, description: 'Price of one.' })
  @Consent({ category: 'order.history' })
  @MoneyColumns('price_minor', 'currency')
  price!: Money | null;
}

@ObjectType({ simpleResolvers: true, description: "A person's order." })
@Personal()
@From('customer_order', {
  scope: ['environment_id'],
  cursorsOf: 'integration_id',
  rows: person => sql`select b.environment_id, b.id as order_id, ${pairwiseId(person, 'ord', 'b.id')} as id, ${instantOf(person, 'order.history', 'b.placed_at')} as placed_at,
    b.status, b.currency, b.total_minor, ${letIn(person, 'order.history')}
    from portico.customer_order b where ${belongsTo(person, 'order.history')} and b.placed_at >= ${person.col(sinceColumn('order.history'))}`,
})
export class SharedOrder {
  @Field(() => ID, { description: 'Id of the order that only you know it by.' })
  @Public()
  @Column()
  id!: string;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was placed; the first of its month where coarse values were agreed to.' })
  @Consent({ category: 'order.history' })
  @Column()
  placedAt!: Date | null;

  @Field(() => SharedOrderStatus, { nullable: true, description: 'How far it has come.' })
  @Consent({ category: 'order.history' })
  @Column()
  status!: SharedOrderStatus | null;

  @Field(() => Money, { nullable: true, description: 'What all of it cost.' })
  @Consent({ category: 'order.history' })
  @MoneyColumns('total_minor', 'currency')
  total!: Money | null;

  @Field(() => [SharedOrderItem], { nullable: true, description: `What was ordered, at most ${MAX_BELONGINGS} things.` })
  @Consent({ category: 'order.history' })
  @Many({ on: {}, order: [asc('position', 'integer')], limit: MAX_BELONGINGS })
  items!: SharedOrderItem[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'Something that a person likes or needs when they shop.' })
@Personal()
@From('customer_preference', {
  scope: ['environment_id'],
  rows: person => sql`select b.environment_id, b.name, b.value, ${letIn(person, 'preference.shopping')}
    from portico.customer_preference b where ${belongsTo(person, 'preference.shopping')}`,
})
export class SharedPreference {
  @Field(() => String, { nullable: true, description: 'What it is about, e.g. `Shoe size`.' })
  @Consent({ category: 'preference.shopping' })
  @Column()
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'What they prefer.' })
  @Consent({ category: 'preference.shopping' })
  @Column()
  value!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Where a person is, no closer than a town.' })
@Personal()
@From('customer_location', {
  scope: ['environment_id'],
  rows: person => sql`select b.environment_id, case when ${person.col(exactColumn('location.coarse'))} then b.town end as town, b.region, b.country,
    ${instantOf(person, 'location.coarse', 'b.observed_at')} as observed_at, ${letIn(person, 'location.coarse')}
    from portico.customer_location b where ${belongsTo(person, 'location.coarse')} and b.observed_at >= ${person.col(sinceColumn('location.coarse'))}
    order by b.observed_at desc, b.reference limit 1`,
})
export class SharedLocation {
  @Field(() => String, { nullable: true, description: 'The town; null where it is unknown, or coarse values were agreed to.' })
  @Consent({ category: 'location.coarse' })
  @Column()
  town!: string | null;

  @Field(() => String, { nullable: true, description: 'The region; null where it is unknown.' })
  @Consent({ category: 'location.coarse' })
  @Column()
  region!: string | null;

  @Field(() => String, { nullable: true, description: 'The country, by two letters after ISO 3166-1.' })
  @Consent({ category: 'location.coarse' })
  @Column()
  country!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the person was there; the first of its month where coarse values were agreed to.' })
  @Consent({ category: 'location.coarse' })
  @Column()
  observedAt!: Date | null;
}

export const SharedCaseStatus = enumOf('SharedCaseStatus', 'How far a question has come.', {
  OPEN: 'Nobody has answered it yet.',
  WAITING: 'The person has been asked for more.',
  SOLVED: 'It is answered.',
});
export type SharedCaseStatus = keyof typeof SharedCaseStatus;

@ObjectType({ simpleResolvers: true, description: "A person's question to the marketplace's customer service." })
@Personal()
@From('support_case', {
  scope: ['environment_id'],
  cursorsOf: 'integration_id',
  rows: person => sql`select b.environment_id, ${pairwiseId(person, 'cas', 'b.id')} as id, b.subject, b.status, ${instantOf(person, 'support.case', 'b.opened_at')} as opened_at,
    ${instantOf(person, 'support.case', 'b.closed_at')} as closed_at, ${letIn(person, 'support.case')}
    from portico.support_case b where ${belongsTo(person, 'support.case')} and b.opened_at >= ${person.col(sinceColumn('support.case'))}`,
})
export class SharedSupportCase {
  @Field(() => ID, { description: 'Id of the question that only you know it by.' })
  @Public()
  @Column()
  id!: string;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  @Consent({ category: 'support.case' })
  @Column()
  subject!: string | null;

  @Field(() => SharedCaseStatus, { nullable: true, description: 'How far it has come.' })
  @Consent({ category: 'support.case' })
  @Column()
  status!: SharedCaseStatus | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was asked; the first of its month where coarse values were agreed to.' })
  @Consent({ category: 'support.case' })
  @Column()
  openedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was closed, as exact as `openedAt`; null while it is open.' })
  @Consent({ category: 'support.case' })
  @Column()
  closedAt!: Date | null;
}

export const SharedOrderConnection = connectionOf(SharedOrder);
export const SharedSupportCaseConnection = connectionOf(SharedSupportCase);
export { MAX_BELONGINGS };
