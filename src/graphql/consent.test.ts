/** The build's check of people's data, each of its refusals, and how the SDL shows the rules. */
import 'reflect-metadata';
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, Info, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { Column, Computed, From, Page, ReadsOf, asc, equals, readMappingOf, sql } from '../reads/index.ts';
import { Consent, ConsentArguments, Personal, Public, consentFaults } from './consent.ts';
import { PageArgs, connectionOf } from './connection.ts';
import { readThroughCompiler } from './fallback.ts';
import { printSdl } from './print-schema.ts';
import { buildHeadSchema } from './schema.ts';

const CATEGORIES = new Set(['contact.email', 'person.name']);

@ObjectType({ description: 'A person.' })
@Personal()
@From('customer', { scope: ['environment_id'] })
class Shopper {
  @Field({ description: 'Known anyway.' })
  @Public()
  @Column()
  id!: string;

  @Field(() => String, { nullable: true, description: 'A name.' })
  @Consent({ category: 'person.name', purposes: ['order_support'], level: 'RECORD' })
  @Column('given_name')
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'An address.' })
  @Consent({ category: 'contact.email' })
  @Column()
  email!: string | null;
}

const Shoppers = connectionOf(Shopper);

@InputType({ description: 'Narrows.' })
class ShopperFilter {
  @Field(() => String, { nullable: true, description: 'By address.' })
  @Consent({ category: 'contact.email' })
  email?: string;
}

@ArgsType()
class ShoppersArgs extends PageArgs {
  @Field(() => ShopperFilter, { nullable: true, description: 'Narrows.' })
  filter?: ShopperFilter;

  @Field(() => String, { nullable: true, description: 'Order.' })
  sort?: string;
}

const byName = { on: {}, order: [asc('id')], sort: { NAME: [asc('given_name'), asc('id')] }, defaultFirst: 10 };

@Resolver()
@ReadsOf('Query')
class Guarded {
  @Query(() => Shoppers, { description: 'All.' })
  @ConsentArguments({ sort: { category: 'person.name' } })
  @Page({ ...byName, filter: { email: equals('email') } })
  shoppers(@Args(() => ShoppersArgs) _args: ShoppersArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

async function faultsOf(...classes: Function[]): Promise<string[]> {
  return consentFaults(await buildHeadSchema(classes), readMappingOf(classes), CATEGORIES);
}

test('a schema that says everything passes, and its SDL shows the rules on fields, arguments and input fields', async () => {
  const classes = [Shopper, Guarded];
  const schema = await buildHeadSchema(classes);
  expect(consentFaults(schema, readMappingOf(classes), CATEGORIES)).toEqual([]);
  const sdl = printSdl(schema);
  expect(sdl).toContain('name: String @consent(category: "person.name", purposes: ["order_support"], level: RECORD)');
  expect(sdl).toContain('sort: String @consent(category: "person.name")');
  expect(sdl).toMatch(/input ShopperFilter \{[^}]*email: String @consent\(category: "contact\.email"\)/s);
});

test('an unclassified field of a person is refused', async () => {
  @ObjectType('Person', { description: 'A person.' })
  @Personal()
  class Person {
    @Field(() => String, { nullable: true, description: 'A name.' })
    name!: string;
  }
  expect(await faultsOf(Guarded, Shopper, Person)).toEqual(['Person.name belongs to a person and is not classified: give it @Consent or @Public.']);
});

test("a non-null field that is a person's own is refused, and one that is both", async () => {
  @ObjectType('Person', { description: 'A person.' })
  class Person {
    @Field({ description: 'A name.' })
    @Consent({ category: 'person.name' })
    name!: string;

    @Field(() => String, { nullable: true, description: 'A name.' })
    @Consent({ category: 'person.name' })
    @Public()
    both!: string | null;
  }
  expect(await faultsOf(Guarded, Shopper, Person)).toEqual([
    "Person.name is a person's own (@Consent) and must be nullable: without consent it is null.",
    "Person.both cannot be both a person's own and public: take one of @Consent and @Public away.",
  ]);
});

test('a category that the catalogue does not have is refused', async () => {
  @ObjectType('Person', { description: 'A person.' })
  class Person {
    @Field(() => String, { nullable: true, description: 'A size.' })
    @Consent({ category: 'shoe.size' })
    size!: string | null;
  }
  expect(await faultsOf(Guarded, Shopper, Person)).toEqual(['Person.size is of the category shoe.size, which the catalogue does not have.']);
});

test('a filter, a sort, an order and a narrowing argument that tell a protected value without its rule are refused', async () => {
  @InputType({ description: 'Narrows.' })
  class OracleFilter {
    @Field(() => String, { nullable: true, description: 'By address.' })
    email?: string;
  }
  @ArgsType()
  class OracleArgs extends PageArgs {
    @Field(() => OracleFilter, { nullable: true, description: 'Narrows.' })
    filter?: OracleFilter;

    @Field(() => String, { nullable: true, description: 'Order.' })
    sort?: string;

    @Field(() => String, { nullable: true, description: 'By name.' })
    named?: string;
  }
  @Resolver()
  @ReadsOf('Query')
  class Oracles {
    @Query(() => Shoppers, { description: 'All.' })
    @Page({ ...byName, order: [asc('email'), asc('id')], filter: { email: equals('email') }, narrow: { named: equals('given_name') } })
    oracles(@Args(() => OracleArgs) _args: OracleArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
      return readThroughCompiler(context, info);
    }
  }
  expect(await faultsOf(Shopper, Oracles)).toEqual([
    'Query.oracles tells customer.email, which is contact.email, by its filter `email`: give that the rule, or search is an oracle.',
    'Query.oracles tells customer.given_name, which is person.name, by its argument `named`: give that the rule, or search is an oracle.',
    'Query.oracles tells customer.email, which is contact.email, by its order: give that the rule, or search is an oracle.',
    'Query.oracles tells customer.given_name, which is person.name, by its argument `sort`: give that the rule, or search is an oracle.',
  ]);
});

test('another type that shows a protected column, or computes from it, is refused', async () => {
  @ObjectType('Parcel', { description: 'A parcel.' })
  @From('parcel', { scope: ['environment_id'] })
  class Parcel {
    @Field(() => String, { nullable: true, description: 'Who gets it.' })
    @Computed(row => sql`upper(${row.of({ table: 'customer', scope: ['environment_id'], on: { id: 'customer_id' } }).col('given_name')})`)
    to!: string | null;
  }
  @Resolver()
  @ReadsOf('Query')
  class Parcels {
    @Query(() => String, { description: 'One.' })
    parcel(@Arg('id', () => String, { description: 'Id.' }) id: string): string {
      return id;
    }
  }
  expect(await faultsOf(Shopper, Parcels, Parcel)).toEqual(['Parcel.to shows customer.given_name, which is person.name: give it @Consent of that category.']);
});
