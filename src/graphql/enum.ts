/** Enums for partners: each value beside what it means, its name equal to the text in the database. */
import { registerEnumType } from 'type-graphql';

export function enumOf<Value extends string>(name: string, description: string, meanings: Readonly<Record<Value, string>>): { readonly [V in Value]: V } {
  const values = Object.keys(meanings) as Value[];
  const members = Object.fromEntries(values.map(value => [value, value])) as { [V in Value]: V };
  const valuesConfig = Object.fromEntries(values.map(value => [value, { description: meanings[value] }])) as { [V in Value]: { description: string } };
  registerEnumType(members, { name, description, valuesConfig });
  return members;
}
