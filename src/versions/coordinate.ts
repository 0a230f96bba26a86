/** Schema coordinates, in the grammar of the GraphQL specification. */

/** The parts of a coordinate: `Type`, `Type.member`, `Type.field(argument:)`. */
export interface Coordinate {
  readonly type: string;
  readonly member: string;
  readonly argument: string;
}

const COORDINATE = /^(\w+)(?:\.(\w+)(?:\((\w+):\))?)?$/;

/** Throws where the text is no coordinate that a change may name. */
export function coordinateOf(text: string): Coordinate {
  const [, type, member = '', argument = ''] = COORDINATE.exec(text) ?? [];
  if (type === undefined) throw new Error(`${text} is no schema coordinate: write Type, Type.member or Type.field(argument:).`);
  return { type, member, argument };
}
