/** The part of a mutation's payload that is read from the database. */
import type { FieldNode, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Reader, Specialization } from '../reads/index.ts';

/** The selected fields of the payload that the reader reads, by response key. */
export const payloadFields =
  (reader: Reader, type: GraphQLObjectType, { fieldNodes }: GraphQLResolveInfo) =>
  (specialization: Specialization): Map<string, FieldNode[]> => {
    const fields = specialization.collect(
      type,
      fieldNodes.flatMap(node => node.selectionSet ?? []),
    );
    return new Map([...fields].filter(([, nodes]) => reader.reads(type, nodes[0]!.name.value)));
  };
