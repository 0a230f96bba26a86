import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { Args, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { Column, From, Many, Page, ReadsOf, asc, readMappingOf } from '../reads/index.ts';
import { connectionOf, PageArgs } from './connection.ts';
import { AtMost, Cost, declareCosts } from './cost.ts';
import { printSdl } from './print-schema.ts';
import { buildHeadSchema } from './schema.ts';

@ObjectType({ description: 'A heavy thing.' })
@From('thing', { scope: ['environment_id'] })
@Cost(3)
class Thing {
  @Field({ description: 'Its name.' })
  @Column()
  name!: string;
}

const ThingConnection = connectionOf(Thing);

@Resolver()
@ReadsOf('Query')
class Bounded {
  @Query(() => ThingConnection, { description: 'A page of things.', deprecationReason: 'Take `few`.' })
  @Page({ on: {}, order: [asc('id')] })
  things(@Args(() => PageArgs) _args: PageArgs): unknown {
    return null;
  }

  @Query(() => [Thing], { description: 'Few things.' })
  @Many({ on: {}, order: [asc('id')], atMost: 4 })
  few(): unknown {
    return null;
  }

  @Query(() => [Thing], { description: 'Things that no mapping knows of.' })
  @AtMost(2)
  given(): unknown {
    return null;
  }

  @Query(() => [String], { description: 'Texts cost nothing, however many they are.' })
  texts(): unknown {
    return null;
  }
}

@Resolver()
@ReadsOf('Query')
class Unbounded {
  @Query(() => [Thing], { description: 'All things.' })
  @Many({ on: {}, order: [asc('id')] })
  all(): unknown {
    return null;
  }
}

async function schemaOf(...classes: Function[]): Promise<GraphQLSchema> {
  const schema = await buildHeadSchema(classes);
  declareCosts(schema, readMappingOf(classes));
  return schema;
}

const fieldsOf = (schema: GraphQLSchema, type: string) => (schema.getType(type) as GraphQLObjectType).getFields();

test('each list says its bound as its mapping reads it, and an edge costs with its node what the node does', async () => {
  const schema = await schemaOf(Bounded, Thing, ThingConnection);
  const { things, few, given } = fieldsOf(schema, 'Query');
  expect(things!.extensions['listSize']).toEqual({ assumedSize: 100, slicingArguments: ['first', 'last'], sizedFields: ['edges', 'nodes'], requireOneSlicingArgument: true });
  expect([few, given].map(field => field!.extensions['listSize'])).toEqual([{ assumedSize: 4 }, { assumedSize: 2 }]);
  expect(fieldsOf(schema, 'ThingEdge')['node']!.extensions['cost']).toEqual({ weight: '2' });
});

test('the SDL carries them, before what graphql-js prints itself', async () => {
  const sdl = printSdl(await schemaOf(Bounded, Thing, ThingConnection));
  expect(sdl).toContain('type Thing @cost(weight: "3") {');
  expect(sdl).toContain(
    '): ThingConnection! @listSize(assumedSize: 100, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: true) @deprecated(reason: "Take `few`.")',
  );
  expect(sdl).toContain('few: [Thing!]! @listSize(assumedSize: 4)\n');
});

test('a list of objects without a bound stops the gateway before it starts', async () => {
  await expect(schemaOf(Bounded, Unbounded, Thing, ThingConnection)).rejects.toThrow('These lists have no bound, so no operation with them has a cost: Query.all.');
});
