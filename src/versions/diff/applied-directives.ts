/**
 * Differences between the directives that are applied to an element. Only SDL knows them. They say how
 * a server treats the element, so they are safe, but for those of the IBM GraphQL cost specification
 * (https://ibm.github.io/graphql-specs/cost-spec.html): what becomes dearer may run into a budget.
 */
import { GraphQLDeprecatedDirective, GraphQLOneOfDirective, GraphQLSpecifiedByDirective, Kind, print, type ConstDirectiveNode, type ConstValueNode } from 'graphql';
import type { Changes } from './change.ts';

interface Annotated {
  readonly astNode?: Applied | null;
  readonly extensionASTNodes?: readonly Applied[] | null;
}

interface Applied {
  readonly directives?: readonly ConstDirectiveNode[];
}

/** Compared by what they mean. */
const TOLD_ELSEWHERE = new Set([GraphQLDeprecatedDirective.name, GraphQLSpecifiedByDirective.name, GraphQLOneOfDirective.name]);

const appliedTo = ({ astNode, extensionASTNodes }: Annotated): ConstDirectiveNode[] =>
  [astNode, ...(extensionASTNodes ?? [])].flatMap(node => node?.directives ?? []).filter(({ name }) => !TOLD_ELSEWHERE.has(name.value));

export function compareApplied(changes: Changes, coordinate: string, before: Annotated, after: Annotated): void {
  // Introspection knows no applied directives: nothing may be concluded from their absence.
  if (!before.astNode || !after.astNode) return;
  const [old, young] = [appliedTo(before), appliedTo(after)];
  if (old.length === 0 && young.length === 0) return;
  for (const name of new Set([...old, ...young].map(directive => directive.name.value))) {
    const [oldTexts, newTexts] = [old, young].map(directives => directives.filter(directive => directive.name.value === name).map(textOf));
    const [was, is] = [oldTexts!.toSorted().join(' '), newTexts!.toSorted().join(' ')];
    if (was === is) continue;
    const dearer = isDearer(
      old.find(directive => directive.name.value === name),
      young.find(directive => directive.name.value === name),
    );
    const message =
      is === '' ? `${was} is no longer applied to ${coordinate}.` : was === '' ? `${is} is applied to ${coordinate}.` : `${was} applied to ${coordinate} became ${is}.`;
    changes.add(dearer ? 'COST_RAISED' : 'COMPATIBLE', coordinate, message);
  }
}

const argumentsOf = (directive: ConstDirectiveNode | undefined): Map<string, ConstValueNode> =>
  new Map(directive?.arguments?.map(({ name, value }): [string, ConstValueNode] => [name.value, value]));

function textOf(directive: ConstDirectiveNode): string {
  const args = [...argumentsOf(directive)].map(([name, value]) => `${name}: ${print(value)}`).toSorted();
  return `@${directive.name.value}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
}

const numberIn = (value: ConstValueNode | undefined): number | null =>
  value?.kind === Kind.STRING || value?.kind === Kind.INT || value?.kind === Kind.FLOAT ? Number(value.value) : null;

/** Whether the same operation may cost more. Where a weight or a bound appears or goes, the server's own
    rule stood or stands in its place, which the schema does not tell: a false alarm is the lesser evil. */
function isDearer(before: ConstDirectiveNode | undefined, after: ConstDirectiveNode | undefined): boolean {
  const name = (before ?? after)!.name.value;
  const [old, young] = [argumentsOf(before), argumentsOf(after)];
  const rose = (argument: string): boolean => {
    const [was, is] = [numberIn(old.get(argument)), numberIn(young.get(argument))];
    return was === null || is === null ? was !== is : is > was;
  };
  const differs = (argument: string): boolean => textIn(old.get(argument)) !== textIn(young.get(argument));
  if (name === 'cost') return rose('weight');
  return name === 'listSize' && (rose('assumedSize') || ['slicingArguments', 'sizedFields', 'requireOneSlicingArgument'].some(differs));
}

const textIn = (value: ConstValueNode | undefined): string => (value ? print(value) : '');
