/**
 * The differences between two schemas, each with its coordinate and criticality. What is BREAKING here
 * is what graphql-js and graphql-inspector both call so; what is DANGEROUS is what graphql-js calls so.
 * docs/guides/schema-tools.md lists the few cases where they differ and what is said instead.
 */
import {
  OperationTypeNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';
import { argumentCoordinate, fieldCoordinate } from '../coordinates.ts';
import { compareApplied } from './applied-directives.ts';
import { Changes, type Criticality, type SchemaChange } from './change.ts';
import { compareDirectives } from './directives.ts';
import { compareWords, defaultText, paired } from './elements.ts';
import { isSafeToRead, isSafeToSend, kindOf } from './type-changes.ts';

/** Types that a schema names and does not define: nothing is known of them, so they count as absent. */
export interface Undefined {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

const NONE: Undefined = { before: new Set(), after: new Set() };
const RANK: Readonly<Record<Criticality, number>> = { BREAKING: 0, DANGEROUS: 1, SAFE: 2 };

/** All changes from one schema to another: the worst first, then by coordinate. */
export function compareSchemas(before: GraphQLSchema, after: GraphQLSchema, missing: Undefined = NONE): SchemaChange[] {
  const changes = new Changes();
  const types = paired(ownTypes(before, missing.before), ownTypes(after, missing.after));
  for (const type of types.removed) changes.add('TYPE_REMOVED', type.name, `${type.name} was removed.`);
  for (const type of types.added) changes.safe(type.name, `${type.name} was added, ${kindOf(type)}.`);
  for (const [old, young] of types.kept) compareTypes(changes, old, young);
  compareRoots(changes, before, after);
  compareDirectives(changes, before.getDirectives(), after.getDirectives());
  return changes.list.toSorted((a, b) => RANK[a.criticality] - RANK[b.criticality] || compareText(a.coordinate, b.coordinate));
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** The schema's types without those that every schema has: whether it uses Float breaks nobody. */
const ownTypes = (schema: GraphQLSchema, missing: ReadonlySet<string>): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter(type => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !missing.has(type.name));

function compareTypes(changes: Changes, before: GraphQLNamedType, after: GraphQLNamedType): void {
  const { name } = before;
  if ((isObjectType(before) && isObjectType(after)) || (isInterfaceType(before) && isInterfaceType(after))) compareFieldsOf(changes, before, after);
  else if (isInputObjectType(before) && isInputObjectType(after)) compareInputs(changes, before, after);
  else if (isEnumType(before) && isEnumType(after)) compareEnums(changes, before, after);
  else if (isUnionType(before) && isUnionType(after)) compareUnions(changes, before, after);
  else if (isScalarType(before) && isScalarType(after)) {
    const [old, young] = [before.specifiedByURL ?? null, after.specifiedByURL ?? null];
    if (old !== young) changes.safe(name, `${name} is specified by ${young ?? 'no URL any more'}${old === null ? '' : `; it was by ${old}`}.`);
  } else {
    changes.add('TYPE_CHANGED_KIND', name, `${name} changed from ${kindOf(before)} to ${kindOf(after)}.`);
  }
  compareWords(changes, name, before, after);
  compareApplied(changes, name, before, after);
}

function compareFieldsOf(changes: Changes, before: GraphQLObjectType | GraphQLInterfaceType, after: GraphQLObjectType | GraphQLInterfaceType): void {
  const { name } = before;
  const fields = paired(Object.values(before.getFields()), Object.values(after.getFields()));
  for (const field of fields.removed) changes.add('FIELD_REMOVED', fieldCoordinate(name, field.name), `${name}.${field.name} was removed.`);
  for (const field of fields.added) changes.safe(fieldCoordinate(name, field.name), `${name}.${field.name} was added: ${String(field.type)}.`);
  for (const [old, young] of fields.kept) compareField(changes, name, old, young);

  const interfaces = paired(before.getInterfaces(), after.getInterfaces());
  for (const { name: added } of interfaces.added) changes.add('IMPLEMENTED_INTERFACE_ADDED', name, `${added} added to interfaces implemented by ${name}.`, added);
  for (const { name: removed } of interfaces.removed) changes.add('IMPLEMENTED_INTERFACE_REMOVED', name, `${name} no longer implements interface ${removed}.`, removed);
}

type Field = GraphQLField<unknown, unknown>;

function compareField(changes: Changes, type: string, before: Field, after: Field): void {
  const coordinate = fieldCoordinate(type, before.name);
  const args = paired(before.args, after.args);
  for (const { name } of args.removed) changes.add('ARG_REMOVED', argumentCoordinate(type, before.name, name), `${coordinate} arg ${name} was removed.`);
  for (const [old, young] of args.kept) compareArgument(changes, type, before.name, old, young);
  for (const arg of args.added) {
    const required = isRequiredArgument(arg);
    const message = `${required ? 'A required' : 'An optional'} arg ${arg.name} on ${coordinate} was added.`;
    changes.add(required ? 'REQUIRED_ARG_ADDED' : 'OPTIONAL_ARG_ADDED', argumentCoordinate(type, before.name, arg.name), message);
  }
  const [old, young] = [String(before.type), String(after.type)];
  if (old !== young) changes.add(isSafeToRead(before.type, after.type) ? 'COMPATIBLE' : 'FIELD_CHANGED_KIND', coordinate, `${coordinate} changed type from ${old} to ${young}.`);
  compareWords(changes, coordinate, before, after);
  compareApplied(changes, coordinate, before, after);
}

function compareArgument(changes: Changes, type: string, field: string, before: GraphQLArgument, after: GraphQLArgument): void {
  const coordinate = argumentCoordinate(type, field, before.name);
  const [old, young] = [String(before.type), String(after.type)];
  const safe = isSafeToSend(before.type, after.type);
  const subject = `${type}.${field} arg ${before.name}`;
  if (old !== young) changes.add(safe ? 'COMPATIBLE' : 'ARG_CHANGED_KIND', coordinate, `${subject} has changed type from ${old} to ${young}.`);

  const [oldDefault, newDefault] = [defaultText(before), defaultText(after)];
  if (oldDefault !== newDefault) {
    if (oldDefault === null) changes.safe(coordinate, `${subject} has a defaultValue now: ${newDefault}.`);
    // As in graphql-js: where the type already breaks whoever sent the argument, its default says no more.
    else changes.add(safe ? 'ARG_DEFAULT_VALUE_CHANGE' : 'COMPATIBLE', coordinate, `${subject} ${defaultChange(oldDefault, newDefault)}`);
  }
  compareWords(changes, coordinate, before, after);
  compareApplied(changes, coordinate, before, after);
}

const defaultChange = (before: string, after: string | null): string => (after === null ? 'defaultValue was removed.' : `has changed defaultValue from ${before} to ${after}.`);

function compareInputs(changes: Changes, before: GraphQLInputObjectType, after: GraphQLInputObjectType): void {
  const { name } = before;
  const fields = paired(Object.values(before.getFields()), Object.values(after.getFields()));
  for (const field of fields.removed) changes.add('FIELD_REMOVED', fieldCoordinate(name, field.name), `${name}.${field.name} was removed.`);
  for (const field of fields.added) {
    const required = isRequiredInputField(field);
    const message = `${required ? 'A required' : 'An optional'} field ${field.name} on input type ${name} was added.`;
    changes.add(required ? 'REQUIRED_INPUT_FIELD_ADDED' : 'OPTIONAL_INPUT_FIELD_ADDED', fieldCoordinate(name, field.name), message);
  }
  for (const [old, young] of fields.kept) {
    const coordinate = fieldCoordinate(name, old.name);
    const [oldType, newType] = [String(old.type), String(young.type)];
    const kind = isSafeToSend(old.type, young.type) ? 'COMPATIBLE' : 'FIELD_CHANGED_KIND';
    if (oldType !== newType) changes.add(kind, coordinate, `${coordinate} changed type from ${oldType} to ${newType}.`);
    const [oldDefault, newDefault] = [defaultText(old), defaultText(young)];
    if (oldDefault === null && newDefault !== null) changes.safe(coordinate, `${coordinate} has a defaultValue now: ${newDefault}.`);
    else if (oldDefault !== null && oldDefault !== newDefault) changes.safe(coordinate, `${coordinate} ${defaultChange(oldDefault, newDefault)}`);
    compareWords(changes, coordinate, old, young);
    compareApplied(changes, coordinate, old, young);
  }
  if (!before.isOneOf && after.isOneOf) changes.add('ONE_OF_ADDED', name, `${name} takes exactly one of its fields now.`);
  if (before.isOneOf && !after.isOneOf) changes.safe(name, `${name} is no longer limited to exactly one of its fields.`);
}

function compareEnums(changes: Changes, before: GraphQLEnumType, after: GraphQLEnumType): void {
  const { name } = before;
  const values = paired(before.getValues(), after.getValues());
  for (const value of values.added) changes.add('VALUE_ADDED_TO_ENUM', fieldCoordinate(name, value.name), `${value.name} was added to enum type ${name}.`);
  for (const value of values.removed) changes.add('VALUE_REMOVED_FROM_ENUM', fieldCoordinate(name, value.name), `${value.name} was removed from enum type ${name}.`);
  for (const [old, young] of values.kept) {
    compareWords(changes, fieldCoordinate(name, old.name), old, young);
    compareApplied(changes, fieldCoordinate(name, old.name), old, young);
  }
}

function compareUnions(changes: Changes, before: GraphQLUnionType, after: GraphQLUnionType): void {
  const { name } = before;
  const members = paired(before.getTypes(), after.getTypes());
  for (const member of members.added) changes.add('TYPE_ADDED_TO_UNION', name, `${member.name} was added to union type ${name}.`, member.name);
  for (const member of members.removed) changes.add('TYPE_REMOVED_FROM_UNION', name, `${member.name} was removed from union type ${name}.`, member.name);
}

/** Where operations start. A root type that is gone from the schema is told as TYPE_REMOVED already. */
function compareRoots(changes: Changes, before: GraphQLSchema, after: GraphQLSchema): void {
  for (const operation of Object.values(OperationTypeNode)) {
    const [old, young] = [before.getRootType(operation)?.name, after.getRootType(operation)?.name];
    if (old === young) continue;
    if (old === undefined) changes.safe(young!, `The schema has ${operation} operations now, starting at ${young}.`);
    else {
      const message = young === undefined ? `The schema has no ${operation} operations any more.` : `The root type of ${operation} operations changed from ${old} to ${young}.`;
      changes.add(after.getType(old) ? 'ROOT_TYPE_CHANGED' : 'COMPATIBLE', old, message, young);
    }
  }
}
