/** The upgrade report on real schemas: operations made by chance, against what validation says. */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  parse,
  validate,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { readSchema, upgradeReport } from '../../src/versions/diff/index.ts';
import { Dice } from '../reads/dice.ts';
import { history } from './histories.ts';

const OPERATIONS = 300;

function literal(type: GraphQLInputType): string {
  const given = getNullableType(type);
  if (isListType(given)) return `[${literal(given.ofType)}]`;
  if (isEnumType(given)) return given.getValues()[0]!.name;
  if (!isInputObjectType(given)) return { Int: '1', Float: '1.5', Boolean: 'true' }[given.name] ?? '"1"';
  const required = Object.values(given.getFields()).filter(isRequiredInputField);
  return `{ ${required.map(field => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
}

/** Some fields, with the arguments that they need and some that they do not, at most so deep. */
function selection(schema: GraphQLSchema, type: GraphQLCompositeType, dice: Dice, depth: number): string {
  if (isUnionType(type) || (isInterfaceType(type) && dice.happens(0.5))) {
    const member = dice.oneOf(schema.getPossibleTypes(type));
    return `{ __typename ... on ${member.name} ${selection(schema, member, dice, depth)} }`;
  }
  const fields = Object.values(type.getFields()).filter(field => depth > 0 || !isCompositeType(getNamedType(field.type)));
  const chosen = new Set(fields.length === 0 ? [] : dice.times(3, () => dice.oneOf(fields)));
  const texts = [...chosen].map(field => {
    const named = getNamedType(field.type);
    const args = field.args.filter(arg => isRequiredArgument(arg) || dice.happens(0.2)).map(arg => `${arg.name}: ${literal(arg.type)}`);
    return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${isCompositeType(named) ? ` ${selection(schema, named, dice, depth - 1)}` : ''}`;
  });
  return `{ ${['__typename', ...texts].join('\n')} }`;
}

test.each([
  ['github/2019-03-25.graphql', 'github/2019-04-24.graphql'],
  ['github/2020-05-28.graphql', 'github/2020-06-26.graphql'],
  ['shopify-storefront/2024-04.json', 'shopify-storefront/2024-07.json'],
])(
  'from %s to %s no operation that fails is passed over',
  (from, to) => {
    const [before, after] = [readSchema(history(from)).schema, readSchema(history(to)).schema];
    const dice = new Dice(7);
    const files = dice.times(OPERATIONS, i => ({ name: `${i}.graphql`, text: `query Q${i} ${selection(before, before.getQueryType()!, dice, 4)}` }));
    const { operations, problems, summary } = upgradeReport(history(from), history(to), files);
    expect(problems).toEqual([]);
    expect(operations).toHaveLength(OPERATIONS);
    expect(Math.min(summary.unaffected, summary.broken, summary.warned)).toBeGreaterThan(0);
    const passedOver = operations.flatMap(({ verdict }, i) => (verdict === 'BROKEN' ? [] : validate(after, parse(files[i]!.text))));
    expect(passedOver).toEqual([]);
    // Each breakage is explained by the change that made it.
    expect(operations.flatMap(({ findings }) => findings).filter(({ coordinate }) => coordinate === null)).toEqual([]);
  },
  60_000,
);
