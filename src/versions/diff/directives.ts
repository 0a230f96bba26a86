/** Differences between the directives that two schemas define. */
import { DirectiveLocation, isRequiredArgument, isSpecifiedDirective, type GraphQLDirective } from 'graphql';
import { directiveArgumentCoordinate, directiveCoordinate } from '../coordinates.ts';
import type { Changes } from './change.ts';
import { compareWords, defaultText, paired } from './elements.ts';
import { isSafeToSend } from './type-changes.ts';

/** Where a client writes directives; all other locations are the schema's own affair. */
const EXECUTABLE: ReadonlySet<string> = new Set([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
]);

const isExecutable = ({ locations }: GraphQLDirective): boolean => locations.some(location => EXECUTABLE.has(location));

/** Those that GraphQL itself specifies belong to the server's age, not to its API: an introspection answer
    of an old server lacks @oneOf, and the SDL of the same schema has it. */
export function compareDirectives(changes: Changes, before: readonly GraphQLDirective[], after: readonly GraphQLDirective[]): void {
  const own = (directives: readonly GraphQLDirective[]): GraphQLDirective[] => directives.filter(directive => !isSpecifiedDirective(directive));
  const directives = paired(own(before), own(after));
  for (const { name } of directives.removed) changes.add('DIRECTIVE_REMOVED', directiveCoordinate(name), `${name} was removed.`);
  for (const { name } of directives.added) changes.safe(directiveCoordinate(name), `@${name} was added.`);
  for (const [old, young] of directives.kept) compareDirective(changes, old, young);
}

function compareDirective(changes: Changes, before: GraphQLDirective, after: GraphQLDirective): void {
  const { name } = before;
  const coordinate = directiveCoordinate(name);
  const args = paired(before.args, after.args);
  for (const arg of args.added) {
    const at = directiveArgumentCoordinate(name, arg.name);
    if (isRequiredArgument(arg)) changes.add('REQUIRED_DIRECTIVE_ARG_ADDED', at, `A required arg ${arg.name} on directive ${name} was added.`);
    else changes.safe(at, `An optional arg ${arg.name} on directive ${name} was added.`);
  }
  for (const arg of args.removed) changes.add('DIRECTIVE_ARG_REMOVED', directiveArgumentCoordinate(name, arg.name), `${arg.name} was removed from ${name}.`);
  for (const [old, young] of args.kept) {
    const at = directiveArgumentCoordinate(name, old.name);
    const [oldType, newType] = [String(old.type), String(young.type)];
    const breaks = isExecutable(before) && !isSafeToSend(old.type, young.type);
    if (oldType !== newType) changes.add(breaks ? 'DIRECTIVE_ARG_CHANGED_KIND' : 'COMPATIBLE', at, `${at} changed type from ${oldType} to ${newType}.`);
    const [oldDefault, newDefault] = [defaultText(old), defaultText(young)];
    if (oldDefault !== newDefault) changes.safe(at, `${at} changed its defaultValue from ${oldDefault ?? 'none'} to ${newDefault ?? 'none'}.`);
    compareWords(changes, at, old, young);
  }

  // graphql-js calls it breaking, graphql-inspector dangerous; only where clients write the directive does it matter.
  if (before.isRepeatable && !after.isRepeatable)
    changes.add(isExecutable(before) ? 'DIRECTIVE_REPEATABLE_REMOVED' : 'COMPATIBLE', coordinate, `Repeatable flag was removed from ${name}.`);
  if (!before.isRepeatable && after.isRepeatable) changes.safe(coordinate, `@${name} is repeatable now.`);
  for (const location of before.locations) {
    if (!after.locations.includes(location)) changes.add('DIRECTIVE_LOCATION_REMOVED', coordinate, `${location} was removed from ${name}.`);
  }
  for (const location of after.locations) {
    if (!before.locations.includes(location)) changes.safe(coordinate, `${location} was added to @${name}.`);
  }
  compareWords(changes, coordinate, before, after);
}
