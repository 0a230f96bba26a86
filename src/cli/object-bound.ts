/** How many objects an operation can return at most, by its page sizes: what bounds its cost. */
import { getNamedType, isAbstractType, isLeafType, isObjectType, type FieldNode, type GraphQLField, type GraphQLObjectType, type SelectionSetNode } from 'graphql';
import type { LimitArgument, ReadMapping, ReadRequest, Specialization } from '../reads/index.ts';
import { subselections } from '../reads/selection.ts';

export interface ObjectBound {
  readonly atMost: number;
  /** Lists without a page size, whose rows are not among the number: few by nature, says their mapping. */
  readonly besides: readonly string[];
}

/** The bound of a selection for the request of the specialization. */
export function objectBound(mapping: ReadMapping, specialization: Specialization, type: GraphQLObjectType, fields: ReadonlyMap<string, readonly FieldNode[]>): ObjectBound {
  const bound = new Bound(mapping, specialization);
  return { atMost: bound.fields(type, fields), besides: [...bound.besides] };
}

class Bound {
  readonly besides = new Set<string>();
  private readonly mapping: ReadMapping;
  private readonly specialization: Specialization;
  private readonly request: ReadRequest;

  constructor(mapping: ReadMapping, specialization: Specialization) {
    this.mapping = mapping;
    this.specialization = specialization;
    this.request = specialization.request;
  }

  fields(type: GraphQLObjectType, fields: ReadonlyMap<string, readonly FieldNode[]>): number {
    return [...fields.values()].reduce((sum, nodes) => sum + this.field(type, nodes), 0);
  }

  private below(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): number {
    return this.fields(type, this.specialization.collect(type, selectionSets));
  }

  private field(parent: GraphQLObjectType, nodes: readonly FieldNode[]): number {
    const node = nodes[0]!;
    const field = parent.getFields()[node.name.value];
    const coordinate = `${parent.name}.${node.name.value}`;
    const read = this.mapping.fields.get(coordinate);
    if (!field || !read) return 0;
    const type = getNamedType(field.type);
    if (isLeafType(type)) return 0;
    switch (read.kind) {
      case 'page': {
        const { first, last } = this.request.arguments(field, node) as { first?: number | null; last?: number | null };
        return 1 + (first ?? last ?? read.defaultFirst ?? 0) * this.row(type as GraphQLObjectType, nodes);
      }
      case 'many':
        if (read.limit === undefined) {
          this.besides.add(coordinate);
          return 0;
        }
        return this.listed(read.limit, field, node) * (1 + this.below(type as GraphQLObjectType, subselections(nodes)));
      case 'value':
        this.besides.add(coordinate);
        return 0;
      case 'nodes':
        return (this.request.arguments(field, node)[read.ids] as readonly string[]).length * (1 + this.widest(type, nodes));
      default:
        return 1 + this.widest(type, nodes);
    }
  }

  private listed(limit: number | LimitArgument, field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    return typeof limit === 'number' ? limit : (this.request.arguments(field, node)[limit.argument] as number);
  }

  /** A row of a connection, selected by `nodes`, by `edges` or by both: it is one object either way. */
  private row(connection: GraphQLObjectType, nodes: readonly FieldNode[]): number {
    const fields = [...this.specialization.collect(connection, subselections(nodes)).values()];
    const items = fields.flatMap(([node, ...more]) => {
      if (node!.name.value === 'nodes') return [[node!, ...more]];
      if (node!.name.value !== 'edges') return [];
      const edge = getNamedType(connection.getFields()['edges']!.type) as GraphQLObjectType;
      return [...this.specialization.collect(edge, subselections([node!, ...more])).values()].filter(([inner]) => inner!.name.value === 'node');
    });
    const type = getNamedType(connection.getFields()['nodes']!.type) as GraphQLObjectType;
    return 1 + items.reduce((sum, item) => sum + this.below(type, subselections(item)), 0);
  }

  /** Below one object, whichever of the possible types it has. */
  private widest(type: ReturnType<typeof getNamedType>, nodes: readonly FieldNode[]): number {
    const types = isObjectType(type) ? [type] : isAbstractType(type) ? this.specialization.schema.getPossibleTypes(type) : [];
    return Math.max(0, ...types.map(one => this.below(one, subselections(nodes))));
  }
}
