/**
 * What the schema says of people's data: each field of a personal type says which category of data it
 * is (`@Consent`) or that it is nobody's (`@Public`), and nothing else decides who may read it. The
 * SDL shows it as `@consent`. `consentFaults` is the check that the build makes: a field that nobody
 * classified, one that could not be refused because it is non-null, and one that could be told by how
 * a list is filtered or sorted, or through another type, without saying so.
 */
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { RefusedWhen, join, literal, rowNamed, sql, type FieldRefusal, type FieldRow, type PageOptions, type ReadMapping, type Row, type Sql } from '../reads/index.ts';

const ConsentLevel = new GraphQLEnumType({
  name: 'ConsentLevel',
  description: 'How much of the data of a category is read.',
  values: {
    COUNT: { description: 'How many people or records there are, and nothing of any one of them.' },
    OVERLAP: { description: 'Whether people you know are among them.' },
    RECORD: { description: 'The records themselves.' },
  },
});

export const consentDirective = new GraphQLDirective({
  name: 'consent',
  description:
    "The value is a person's own: it is null, with the error `CONSENT_REQUIRED`, unless the person has agreed that you read this category of data for the purpose you named. On an argument or an input field: only rows count for which that is so.",
  locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.ARGUMENT_DEFINITION, DirectiveLocation.INPUT_FIELD_DEFINITION],
  args: {
    category: { type: new GraphQLNonNull(GraphQLString), description: 'The category of data, e.g. `contact.email`.' },
    purposes: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)), description: 'The only purposes for which it is read; without it, all that cover the category.' },
    level: { type: ConsentLevel, defaultValue: 'RECORD', description: 'The level that the grant must reach.' },
  },
});

/** The arguments of `@consent`. */
export interface ConsentRule {
  readonly category: string;
  readonly purposes?: readonly string[];
  readonly level?: 'COUNT' | 'OVERLAP' | 'RECORD';
}

/** The type's objects are people, or belong to one: each of its fields must be classified. */
export const Personal = (): ClassDecorator => Extensions({ personal: true });

/** The field's value is a person's own, and the statement that reads it refuses it by this rule. On an
    input field: so is what it filters by. */
export const Consent =
  (rule: ConsentRule): PropertyDecorator & MethodDecorator =>
  (target: object, property: string | symbol, descriptor?: PropertyDescriptor) => {
    Extensions({ consent: rule })(target, property, descriptor!);
    RefusedWhen(consentRefusal(rule))(target, property);
  };

/** The column in which a person's rows say why a category may not be read as far as a level; NULL where it
    may. Rows of what belongs to a person have it too, so that nothing is shown that nobody decided on. */
export const refusedColumn = ({ category, level = 'RECORD' }: ConsentRule): string => `refused_${level.toLowerCase()}_${category.replace('.', '_')}`;

const rulesByRefusal = new WeakMap<FieldRefusal, ConsentRule>();

/** The rule that a refusal enforces; null where it enforces none of people's data. */
export const ruleOfRefusal = (refusal: FieldRefusal): ConsentRule | null => rulesByRefusal.get(refusal) ?? null;

function consentRefusal(rule: ConsentRule): FieldRefusal {
  const refusal = refusalBy(rule);
  rulesByRefusal.set(refusal, rule);
  return refusal;
}

function refusalBy(rule: ConsentRule): FieldRefusal {
  const { category, purposes } = rule;
  const reasonOf = (row: Row): Sql => {
    const reason = row.col(refusedColumn(rule));
    return purposes
      ? sql`case when ${row.col('purpose')} in (${join(
          purposes.map(purpose => literal(purpose)),
          ', ',
        )}) then ${reason} else 'PURPOSE_MISMATCH' end`
      : reason;
  };
  return {
    when: row => sql`${reasonOf(row)} is not null`,
    code: 'CONSENT_REQUIRED',
    message: 'Consent required',
    extensions: row =>
      sql`'{"reason":"' || ${reasonOf(row)} || '","purpose":"' || ${row.col('purpose')} || '","grantId":' || coalesce('"' || ${row.col('told_grant_id')} || '"', 'null') || '}'`,
    tell: ({ reason, purpose, grantId }) => consentExtensions({ reason, category, purpose, grantId }),
  };
}

/** What an error says of consent that is missing; of a whole list, for no category. */
export const consentExtensions = (missing: { reason: unknown; category: string | null; purpose: unknown; grantId: unknown }): Record<string, unknown> => ({
  ...missing,
  consentRequest: missing.category === null ? null : { mutation: 'requestConsent', scopes: [`${String(missing.purpose)}:${missing.category}:READ`] },
  retryable: false,
});

/** The field of a personal type says nothing about the person beyond what the partner knows anyway. */
export const Public = (): PropertyDecorator & MethodDecorator => Extensions({ public: true });

/** The rules of the field's arguments, by their names: extensions have no place on arguments themselves. */
export const ConsentArguments = (rules: Readonly<Record<string, ConsentRule>>): PropertyDecorator & MethodDecorator => Extensions({ consentArguments: rules });

type Extended = { readonly extensions: Readonly<Record<string, unknown>> };

export const consentRuleOf = ({ extensions }: Extended): ConsentRule | null => (extensions['consent'] as ConsentRule | undefined) ?? null;

/** The rules of a field's arguments, by their names. */
export const argumentRulesOf = ({ extensions }: Extended): Readonly<Record<string, ConsentRule>> =>
  (extensions['consentArguments'] as Record<string, ConsentRule> | undefined) ?? {};

/** The category of each field that is a person's own, by schema coordinate. */
export const consentCategories = (schema: GraphQLSchema): ReadonlyMap<string, string> =>
  new Map(
    Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap(type => Object.values(type.getFields()).map(field => ({ coordinate: `${type.name}.${field.name}`, rule: consentRuleOf(field) })))
      .flatMap(({ coordinate, rule }): [string, string][] => (rule ? [[coordinate, rule.category]] : [])),
  );

const isPersonal = (type: unknown): boolean => isObjectType(type) && type.extensions['personal'] === true;

/** Categories by column, by table. */
type Protected = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What breaks the rules of people's data, a line each.
    @param categories those of the catalogue */
export function consentFaults(schema: GraphQLSchema, mapping: ReadMapping, categories: ReadonlySet<string>): string[] {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(type => !type.name.startsWith('__'))
    .flatMap(type => Object.values(type.getFields()).map(field => ({ type, field, coordinate: `${type.name}.${field.name}` })));
  const guarded = protectedColumns(fields, mapping);
  return fields.flatMap(({ type, field, coordinate }) => [
    ...classificationFaults(isPersonal(type), field, coordinate),
    ...[consentRuleOf(field), ...Object.values(argumentRulesOf(field))].flatMap(rule =>
      rule && !categories.has(rule.category) ? [`${coordinate} is of the category ${rule.category}, which the catalogue does not have.`] : [],
    ),
    ...wayRoundFaults(field, coordinate, mapping, guarded),
  ]);
}

function classificationFaults(personal: boolean, field: GraphQLField<unknown, unknown>, coordinate: string): string[] {
  const rule = consentRuleOf(field);
  const isPublic = field.extensions['public'] === true;
  if (rule && isPublic) return [`${coordinate} cannot be both a person's own and public: take one of @Consent and @Public away.`];
  if (rule && isNonNullType(field.type)) return [`${coordinate} is a person's own (@Consent) and must be nullable: without consent it is null.`];
  return personal && !rule && !isPublic ? [`${coordinate} belongs to a person and is not classified: give it @Consent or @Public.`] : [];
}

/** The columns that fields with a rule are read from. */
function protectedColumns(fields: readonly { type: { name: string }; field: GraphQLField<unknown, unknown>; coordinate: string }[], mapping: ReadMapping): Protected {
  const found = new Map<string, Map<string, string>>();
  for (const { type, field, coordinate } of fields) {
    const rule = consentRuleOf(field);
    const table = mapping.sources.get(type.name)?.table;
    if (!rule || !table) continue;
    const columns = found.get(table) ?? new Map<string, string>();
    found.set(table, columns);
    for (const used of columnsOf(mapping, coordinate, table)) if (used.table === table) columns.set(used.column, rule.category);
  }
  return found;
}

interface UsedColumn {
  readonly table: string;
  readonly column: string;
}

/** The columns whose values a field shows. */
function columnsOf(mapping: ReadMapping, coordinate: string, table: string): UsedColumn[] {
  const read = mapping.fields.get(coordinate);
  const used: UsedColumn[] = [];
  const row = recording(table, used);
  if (read?.kind === 'column') row.col(read.column);
  if (read?.kind === 'computed') read.expression(row);
  if (read?.kind === 'embedded') {
    for (const expression of Object.values(read.fields)) expression(row);
    read.present?.(row);
  }
  return used;
}

/** A row that writes down what is asked of it. */
function recording(table: string, used: UsedColumn[]): FieldRow {
  const note = (of: string) => rowNamed('r', column => used.push({ table: of, column }));
  return { ...note(table), of: other => note(other.table) };
}

/** Roads to a protected column beside the field that guards it. */
function wayRoundFaults(field: GraphQLField<unknown, unknown>, coordinate: string, mapping: ReadMapping, guarded: Protected): string[] {
  const owner = mapping.sources.get(coordinate.split('.')[0]!)?.table ?? '';
  const rule = consentRuleOf(field);
  const shown = columnsOf(mapping, coordinate, owner).flatMap(({ table, column }) => {
    const category = guarded.get(table)?.get(column);
    return category !== undefined && rule?.category !== category ? [`${coordinate} shows ${table}.${column}, which is ${category}: give it @Consent of that category.`] : [];
  });
  const read = mapping.fields.get(coordinate);
  return read?.kind === 'page' ? [...shown, ...listFaults(field, coordinate, read, mapping, guarded)] : shown;
}

function listFaults(field: GraphQLField<unknown, unknown>, coordinate: string, page: PageOptions, mapping: ReadMapping, guarded: Protected): string[] {
  const connection = getNamedType(field.type);
  const nodes = isObjectType(connection) ? connection.getFields()['nodes'] : undefined;
  const table = (nodes && mapping.sources.get(getNamedType(nodes.type).name)?.table) ?? '';
  const columns = guarded.get(table);
  if (!columns) return [];
  const filter = field.args.find(({ name }) => name === 'filter');
  const filterType = getNamedType(filter?.type);
  const inputs: Readonly<Record<string, GraphQLInputField>> = isInputObjectType(filterType) ? filterType.getFields() : {};
  const rules = argumentRulesOf(field);
  const used = (predicate: (row: FieldRow) => unknown): string[] => {
    const noted: UsedColumn[] = [];
    predicate(recording(table, noted));
    return noted.filter(each => each.table === table).map(({ column }) => column);
  };
  const missing = (where: string, rule: ConsentRule | null | undefined, names: readonly string[]): string[] =>
    names.flatMap(column => {
      const category = columns.get(column);
      return category !== undefined && rule?.category !== category
        ? [`${coordinate} tells ${table}.${column}, which is ${category}, by its ${where}: give that the rule, or search is an oracle.`]
        : [];
    });
  const value = { type: 'text', value: () => null };
  return [
    ...Object.entries(page.filter ?? {}).flatMap(([name, each]) =>
      missing(
        `filter \`${name}\``,
        inputs[name] && consentRuleOf(inputs[name]),
        used(row => each.predicate(row, value)),
      ),
    ),
    ...Object.entries(page.narrow ?? {}).flatMap(([name, each]) =>
      missing(
        `argument \`${name}\``,
        rules[name],
        used(row => each.predicate(row, value)),
      ),
    ),
    // Of a list that is itself of the category, the order tells no more than the list.
    ...missing(
      'order',
      consentRuleOf(field),
      page.order.map(({ column }) => column),
    ),
    ...Object.values(page.sort ?? {}).flatMap(order =>
      missing(
        'argument `sort`',
        rules['sort'],
        order.map(({ column }) => column),
      ),
    ),
  ];
}
