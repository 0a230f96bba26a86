/** People as a partner may read them: only as far as each of them has agreed, for the one purpose that the
    root field names. A person is never a Node, so that no other road leads to one. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Consent, Personal, Public, refusedColumn } from '../graphql/consent.ts';
import { PageArgs, connectionOf } from '../graphql/connection.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { Column, Computed, Disclosed, From, Many, One, Page, ReadsOf, asc, desc, oneOf, sql, type Row } from '../reads/index.ts';
import { ConsentGrant } from './grant.graphql.ts';
import {
  MAX_BELONGINGS,
  SharedLocation,
  SharedOrder,
  SharedOrderConnection,
  SharedOrderItem,
  SharedPreference,
  SharedSupportCase,
  SharedSupportCaseConnection,
} from './shared-belongings.graphql.ts';
import { sharedPeople, sharedPerson, sinceColumn } from './shared-people.store.ts';

/** Items of a list below a person where `first` is absent. */
const DEFAULT_BELONGINGS = 10;

const orderCount = (row: Row) => sql`(select count(*) from portico.customer_order b where b.environment_id = ${row.col('environment_id')}
  and b.customer_id = ${row.col('customer_id')} and b.placed_at >= ${row.col(sinceColumn('order.history'))})`;

@ObjectType({
  simpleResolvers: true,
  description: 'A person, as far as they have agreed that you read about them for the purpose you named. What they have not agreed to is null, with the error `CONSENT_REQUIRED`.',
})
@Personal()
@From('customer', { scope: ['environment_id'], cursorsOf: 'integration_id' })
export class SharedCustomer {
  @Field(() => ID, { description: 'Id of the person that only you know them by.' })
  @Public()
  @Column()
  id!: string;

  @Field(() => ConsentGrant, {
    nullable: true,
    description: 'The newest grant that the person has given you for the purpose, whatever has become of it; null where there is none.',
  })
  @Public()
  @One({ on: { id: 'grant_id' } })
  grant!: ConsentGrant | null;

  @Field(() => String, { nullable: true, description: 'First and last name.' })
  @Consent({ category: 'person.name' })
  @Computed(row => sql`nullif(btrim(concat_ws(' ', ${row.col('given_name')}, ${row.col('family_name')})), '')`)
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'First name.' })
  @Consent({ category: 'person.name' })
  @Column()
  givenName!: string | null;

  @Field(() => String, { nullable: true, description: 'Last name.' })
  @Consent({ category: 'person.name' })
  @Column()
  familyName!: string | null;

  @Field(() => String, { nullable: true, description: 'Email address.' })
  @Consent({ category: 'contact.email' })
  @Column()
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number.' })
  @Consent({ category: 'contact.phone' })
  @Column()
  phone!: string | null;

  @Field(() => Int, { nullable: true, description: 'How many orders there are as far back as was agreed.' })
  @Consent({ category: 'order.history', level: 'COUNT' })
  @Computed(orderCount)
  orderCount!: number | null;

  @Field(() => [SharedPreference], { nullable: true, description: `What they like or need when they shop, at most ${MAX_BELONGINGS} things.` })
  @Consent({ category: 'preference.shopping' })
  @Many({ on: {}, order: [asc('name'), asc('value')], limit: MAX_BELONGINGS })
  preferences!: SharedPreference[] | null;

  @Field(() => SharedLocation, { nullable: true, description: 'Where they were last, as far back as was agreed.' })
  @Consent({ category: 'location.coarse' })
  @One({ on: {} })
  location!: SharedLocation | null;
}

/** The lists below a person, which take arguments. */
@Resolver(() => SharedCustomer)
@ReadsOf('SharedCustomer')
export class SharedCustomerLists {
  @FieldResolver(() => SharedOrderConnection, {
    nullable: true,
    description: `Orders as far back as was agreed, newest first; the first ${DEFAULT_BELONGINGS} unless you say how many.`,
  })
  @Consent({ category: 'order.history' })
  @Page({ on: {}, order: [desc('placed_at', 'timestamptz'), asc('id')], defaultFirst: DEFAULT_BELONGINGS })
  orders(@Root() customer: unknown, @Args(() => PageArgs) _args: PageArgs, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(customer, info);
  }

  @FieldResolver(() => SharedSupportCaseConnection, {
    nullable: true,
    description: `Questions to customer service as far back as was agreed, newest first; the first ${DEFAULT_BELONGINGS} unless you say how many.`,
  })
  @Consent({ category: 'support.case' })
  @Page({ on: {}, order: [desc('opened_at', 'timestamptz'), asc('id')], defaultFirst: DEFAULT_BELONGINGS })
  supportCases(@Root() customer: unknown, @Args(() => PageArgs) _args: PageArgs, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(customer, info);
  }
}

export const SharedCustomerConnection = connectionOf(SharedCustomer);

@InputType({ description: 'Narrows a list of people.' })
export class SharedCustomerFilter {
  @Field(() => [ID], { nullable: true, description: 'Only these people, by the ids that you know them by.' })
  ids?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Only people with this email address who have agreed that you read it, and for longer than one look. It is written down as a disclosure of theirs.',
  })
  @Consent({ category: 'contact.email' })
  email?: string;
}

@ArgsType()
export class SharedCustomersArgs extends PageArgs {
  @Field({ description: 'What you read for, e.g. `order_support`; your integration must be approved for it, and everything below is read for it alone.' })
  purpose!: string;

  @Field(() => SharedCustomerFilter, { nullable: true, description: 'Narrows the list.' })
  filter?: SharedCustomerFilter;
}

@Resolver()
@ReadsOf('Query')
export class SharedCustomerQueries {
  @Query(() => SharedCustomerConnection, {
    description: 'Everybody whose grant for the purpose stands, by their ids. Each person of whom anything is shown finds it in their access log.',
  })
  @Page({
    on: {},
    order: [asc('id')],
    filter: {
      ids: oneOf('id'),
      email: {
        type: 'text',
        predicate: (row, value) =>
          sql`(${row.col(refusedColumn({ category: 'contact.email' }))} is null and not ${row.col('one_time')} and lower(${row.col('email')}) = lower(${value}))`,
      },
    },
    disclosure: sharedPeople,
  })
  sharedCustomers(@Args(() => SharedCustomersArgs) _args: SharedCustomersArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => SharedCustomer, {
    nullable: true,
    description: 'One person. Nobody, a person of another partner and one who has agreed to nothing look alike: all is null, with the error `CONSENT_REQUIRED`.',
  })
  @Disclosed(sharedPerson)
  sharedCustomer(
    @Arg('id', () => ID, { description: 'Id of the person that you know them by.' }) _id: string,
    @Arg('purpose', { description: 'What you read for, e.g. `order_support`.' }) _purpose: string,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const sharedCustomerGraphql = [
  SharedCustomer,
  SharedOrder,
  SharedOrderItem,
  SharedPreference,
  SharedLocation,
  SharedSupportCase,
  SharedCustomerLists,
  SharedCustomerQueries,
];
