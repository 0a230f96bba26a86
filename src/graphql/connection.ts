/** Relay connections (the Cursor Connections specification): the only shape of a list that can
    be long. The read compiler recognises them by their structure, so their fields have no mapping. */
import { Int, ArgsType, type ClassType, Field, ObjectType } from 'type-graphql';
import { Cost } from './cost.ts';

@ObjectType({ description: 'Where a page stands in its list.' })
@Cost(0)
export class PageInfo {
  @Field({ description: 'Whether more follow after `endCursor`.' })
  hasNextPage!: boolean;

  @Field({ description: 'Whether any come before `startCursor`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; give it as `after` to go on. Null on an empty page.' })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'How many items to return, from the front; 1 to 100.' })
  first?: number;

  @Field(() => String, { nullable: true, description: 'Cursor after which to begin; a cursor belongs to the list, filter and sort that gave it out.' })
  after?: string;

  @Field(() => Int, { nullable: true, description: "How many items to return, from the end, in the list's order; 1 to 100. Not together with `first`." })
  last?: number;

  @Field(() => String, { nullable: true, description: 'Cursor before which to end; a cursor belongs to the list, filter and sort that gave it out.' })
  before?: string;
}

export interface Edge<T> {
  node: T;
  cursor: string;
}

export interface Connection<T> {
  edges: Edge<T>[];
  nodes: T[];
  pageInfo: PageInfo;
}

/** The connection type `<Name>Connection` and its edge type, for a node type.
    @param options.counted adds `totalCount`: only for lists that are short enough to be counted */
export function connectionOf<T extends object>(
  nodeType: ClassType<T>,
  { name = nodeType.name, counted = false }: { name?: string; counted?: boolean } = {},
): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list, with its cursor.` })
  class NodeEdge implements Edge<T> {
    @Field(() => nodeType, { description: 'The item.' })
    node!: T;

    @Field({ description: 'Opaque place of the item in this list.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class NodeConnection implements Connection<T> {
    @Field(() => [NodeEdge], { description: 'The items of this page with their cursors.' })
    edges!: NodeEdge[];

    @Field(() => [nodeType], { description: 'The items of this page, for those who need no cursor each.' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where this page stands in the list.' })
    pageInfo!: PageInfo;
  }
  if (counted) Field(() => Int, { description: 'How many items the whole list has, under the filter.' })(NodeConnection.prototype, 'totalCount');
  return NodeConnection;
}
