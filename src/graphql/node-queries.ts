/** `node` and `nodes`: reading again, by id, what was read before (Relay's Global Object
    Identification). An id that is missing, malformed or another partner's answers null. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import { NodeById, NodesById, ReadsOf } from '../reads/index.ts';
import { readThroughCompiler } from './fallback.ts';
import { Node } from './node.ts';

@Resolver()
@ReadsOf('Query')
export class NodeQueries {
  @Query(() => Node, { nullable: true, description: 'The object with this id; null where you can see none, whether it is missing, malformed or not yours.' })
  @NodeById('id')
  node(@Arg('id', () => ID, { description: 'Id of the object, as this API gave it.' }) _id: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [Node], { nullable: 'items', description: 'The objects with these ids, in the order of the ids; null in the place of each that you cannot see.' })
  @NodesById('ids')
  nodes(
    @Arg('ids', () => [ID], { description: 'Ids of the objects, as this API gave them; at most 100.' }) _ids: string[],
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
