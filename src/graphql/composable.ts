/** Filters that callers compose: `and`, `or` and `not` over conditions of the same input type. The
    read compiler knows the three by their names (reads/filters.ts). */
import { Field } from 'type-graphql';

/** Adds the three to an input type. */
export const Composable = (): ClassDecorator => filter => {
  const type = () => filter;
  const types = () => [filter];
  Field(types, { nullable: true, description: 'Only what meets every one of these too.' })(filter.prototype as object, 'and');
  Field(types, { nullable: true, description: 'Only what meets at least one of these; an empty list is met by nothing.' })(filter.prototype as object, 'or');
  Field(type, { nullable: true, description: 'Only what does not meet this.' })(filter.prototype as object, 'not');
};
