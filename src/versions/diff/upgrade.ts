/**
 * What a change of schema means for one operation. Whether its text still stands is asked of the new
 * schema's own validation; the changes say what validation cannot see: answers of another shape, and
 * what the variables may hold. Where a document leaves it open, the report errs towards BROKEN: a
 * false alarm costs a look, silence costs an outage.
 */
import {
  Kind,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  validate,
  visit,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { coordinatesBehindVariables, coordinatesOf, type Place, type Uses } from '../coordinates.ts';
import type { SchemaChange } from './change.ts';
import { deprecationsIn } from './deprecations.ts';

/** UNAFFECTED: nothing that the operation uses has changed for it. WARNED: it runs, and uses what is
    deprecated or what changed in a dangerous way. BROKEN: it fails, or its answer has another shape. */
export type Verdict = 'UNAFFECTED' | 'WARNED' | 'BROKEN';

export interface Finding {
  readonly effect: 'BREAKS' | 'WARNS';
  /** Null for a fault of the whole operation. */
  readonly coordinate: string | null;
  readonly message: string;
  /** Where the operation uses what changed; empty where only its variables' values may. */
  readonly places: readonly Place[];
  /** What is to be done, where somebody has said so. */
  readonly todo?: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** What one operation uses, in the words that the rules below ask in. */
interface Used {
  readonly uses: Uses;
  /** Variables by what their values may hold. */
  readonly variables: ReadonlyMap<string, string>;
  /** Places by the type that an answer there has. */
  readonly answers: ReadonlyMap<string, readonly Place[]>;
  /** Input types of the schema before. */
  readonly sent: ReadonlySet<string>;
  /** Names of arguments whose value is a variable, which may be left out. */
  readonly open: ReadonlySet<string>;
  /** Whether the text is valid on the new schema. */
  readonly stands: boolean;
}

/** Judges operations that are valid on the schema before. Make one for many operations. */
export class UpgradeJudge {
  private readonly before: GraphQLSchema;
  private readonly after: GraphQLSchema;
  private readonly changes: readonly SchemaChange[];
  private readonly deprecated: ReadonlyMap<string, string>;
  private readonly sent: ReadonlySet<string>;

  constructor(before: GraphQLSchema, after: GraphQLSchema, changes: readonly SchemaChange[]) {
    this.before = before;
    this.after = after;
    this.changes = changes.filter(({ criticality }) => criticality !== 'SAFE');
    this.deprecated = deprecationsIn(after);
    const types = Object.values(before.getTypeMap());
    this.sent = new Set(types.filter(isInputObjectType).map(({ name }) => name));
  }

  /** The document holds the operation and the fragments that it uses, and nothing else. */
  judge(document: DocumentNode, operation: OperationDefinitionNode): Judgement {
    const errors = validate(this.after, document);
    const used = this.used(document, operation, errors.length === 0);
    const findings = this.changes.flatMap(change => effectsOf(change, used));
    const root = this.before.getRootType(operation.operation)!.name;
    if (!this.after.getRootType(operation.operation))
      findings.push({ effect: 'BREAKS', coordinate: root, message: `There are no ${operation.operation} operations any more.`, places: [] });
    findings.push(...unexplained(errors, findings));
    for (const [coordinate, places] of used.uses) {
      const reason = this.deprecated.get(coordinate);
      if (reason !== undefined && !findings.some(finding => finding.effect === 'BREAKS' && finding.coordinate === coordinate))
        findings.push({ effect: 'WARNS', coordinate, message: `${coordinate} is deprecated: ${reason}`, places });
    }
    const breaks = findings.filter(({ effect }) => effect === 'BREAKS');
    const warns = findings.filter(({ effect }) => effect === 'WARNS');
    return { verdict: breaks.length > 0 ? 'BROKEN' : warns.length > 0 ? 'WARNED' : 'UNAFFECTED', findings: [...breaks, ...warns] };
  }

  private used(document: DocumentNode, operation: OperationDefinitionNode, stands: boolean): Used {
    const uses = coordinatesOf(this.before, document, operation);
    const answers = new Map<string, Place[]>();
    for (const [coordinate, places] of uses) {
      const [typeName, field] = coordinate.split('.');
      const type = field === undefined ? undefined : this.before.getType(typeName!);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      const definition = type.getFields()[field!];
      if (!definition) continue;
      const { name } = getNamedType(definition.type);
      const known = answers.get(name);
      if (known) known.push(...places);
      else answers.set(name, [...places]);
    }
    const open = new Set<string>();
    visit(document, { Argument: ({ name, value }) => void (value.kind === Kind.VARIABLE && open.add(name.value)) });
    return { uses, variables: coordinatesBehindVariables(this.before, operation.variableDefinitions ?? []), answers, sent: this.sent, open, stands };
  }
}

/** Errors that no finding explains already at the same place. */
function unexplained(errors: readonly GraphQLError[], findings: readonly Finding[]): Finding[] {
  const told = new Set(findings.filter(({ effect }) => effect === 'BREAKS').flatMap(({ places }) => places.map(({ at }) => `${at?.source}:${at?.line}`)));
  const left = errors.filter(({ source, locations }) => !locations?.some(({ line }) => told.has(`${source?.name}:${line}`)));
  return left.map(({ message, source, locations }) => ({
    effect: 'BREAKS',
    coordinate: null,
    message,
    places: locations?.map(({ line, column }) => ({ path: '', at: { source: source?.name ?? '', line, column } })) ?? [],
  }));
}

/** What a change does to an operation: at most one finding. */
function effectsOf(change: SchemaChange, used: Used): Finding[] {
  const { coordinate, subject = '', message } = change;
  const { uses, variables, answers, stands } = used;
  const at = (places: readonly Place[] | undefined, effect: Finding['effect']): Finding[] => (places ? [{ effect, coordinate, message, places }] : []);
  const given = uses.get(coordinate);
  /** The text uses it; where the text still stands, it is another type that takes the same literal. */
  const whereGiven = (): Finding[] => at(given, stands ? 'WARNS' : 'BREAKS');
  const behind = (name: string, verb: string): Finding[] => {
    const variable = variables.get(name);
    return variable === undefined ? [] : [{ effect: 'BREAKS', coordinate, message: `${message} It breaks where ${variable} ${verb}.`, places: [] }];
  };
  const field = coordinate.split('(')[0]!;
  const type = coordinate.split('.')[0]!;

  switch (change.kind) {
    case 'TYPE_REMOVED':
    case 'TYPE_CHANGED_KIND':
      return given ? at(given, 'BREAKS') : behind(coordinate, 'holds a value of it');
    case 'FIELD_REMOVED':
      return given ? at(given, 'BREAKS') : behind(coordinate, 'holds it');
    case 'FIELD_CHANGED_KIND':
      if (!used.sent.has(type)) return at(given, 'BREAKS');
      return variables.has(coordinate) && stands ? behind(coordinate, 'holds it, or lacks what is required now') : whereGiven();
    case 'ARG_REMOVED':
    case 'DIRECTIVE_REMOVED':
    case 'DIRECTIVE_ARG_REMOVED':
      return at(given, 'BREAKS');
    case 'ARG_CHANGED_KIND':
      return given ? whereGiven() : stands ? [] : at(uses.get(field), 'BREAKS');
    case 'REQUIRED_ARG_ADDED':
      return at(uses.get(field), 'BREAKS');
    case 'REQUIRED_INPUT_FIELD_ADDED':
      return stands ? behind(type, 'lacks it') : at(uses.get(type), 'BREAKS');
    case 'ONE_OF_ADDED':
      return stands ? behind(coordinate, 'holds more than one field') : at(given, 'BREAKS');
    case 'VALUE_REMOVED_FROM_ENUM':
      if (given) return at(given, 'BREAKS');
      return variables.has(coordinate) ? behind(coordinate, 'holds it') : at(answers.get(type), 'WARNS');
    case 'TYPE_REMOVED_FROM_UNION':
    case 'IMPLEMENTED_INTERFACE_REMOVED': {
      const [abstract, member] = change.kind === 'TYPE_REMOVED_FROM_UNION' ? [coordinate, subject] : [subject, coordinate];
      if (!stands && uses.has(abstract) && uses.has(member)) return at(uses.get(member), 'BREAKS');
      return at(answers.get(abstract), 'WARNS');
    }
    case 'REQUIRED_DIRECTIVE_ARG_ADDED':
      return at(uses.get(field), 'BREAKS');
    case 'DIRECTIVE_ARG_CHANGED_KIND':
      return whereGiven();
    case 'DIRECTIVE_LOCATION_REMOVED':
    case 'DIRECTIVE_REPEATABLE_REMOVED':
      return stands ? [] : at(given, 'BREAKS');
    // Whether the operation still has a root is asked once for all.
    case 'ROOT_TYPE_CHANGED':
      return [];
    case 'VALUE_ADDED_TO_ENUM':
      return at(answers.get(type), 'WARNS');
    case 'TYPE_ADDED_TO_UNION':
      return at(answers.get(coordinate), 'WARNS');
    case 'IMPLEMENTED_INTERFACE_ADDED':
      return at(uses.get(subject), 'WARNS');
    case 'OPTIONAL_INPUT_FIELD_ADDED':
      return at(uses.get(type) ?? (variables.has(type) ? [] : undefined), 'WARNS');
    case 'OPTIONAL_ARG_ADDED':
      return at(uses.get(field), 'WARNS');
    case 'ARG_DEFAULT_VALUE_CHANGE': {
      const everywhere = given && given.length >= (uses.get(field)?.length ?? 0);
      const name = /\((\w+):/.exec(coordinate)?.[1] ?? '';
      return everywhere && !used.open.has(name) ? [] : at(uses.get(field), 'WARNS');
    }
    case 'COST_RAISED':
      return at(given, 'WARNS');
    case 'COMPATIBLE':
      return [];
  }
}
