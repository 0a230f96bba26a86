/**
 * What a room says of its fields in the staff API. Nobody may do anything there unless a field says so:
 * each root field carries the roles that may ask for it, and a schema in which one does not is refused
 * at start. Auditors may read everything and write nothing.
 */
import { getNamedType, isInputObjectType, isNonNullType, type GraphQLField, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { Extensions, Field, InputType, ObjectType } from 'type-graphql';
import type { Clock } from '../base/clock.ts';
import type { Outcome } from '../base/outcome.ts';
import { enumOf } from '../graphql/enum.ts';
import type { Done } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { UpgradePath } from '../versions/index.ts';
import { STAFF_ROLES, type StaffRole } from './partner.rules.ts';
import { STAFF_ERROR_CODES, type StaffErrorCode } from './staff-errors.ts';

/** The roles that may ask for a root field of the staff API. */
export const StaffOnly = (...roles: readonly StaffRole[]): MethodDecorator => Extensions({ staffRoles: roles });

/** For what the whole staff may read. */
export const AllStaff = (): MethodDecorator => StaffOnly(...STAFF_ROLES);

export const rolesOf = (field: GraphQLField<unknown, unknown>): readonly StaffRole[] => (field.extensions['staffRoles'] as readonly StaffRole[] | undefined) ?? [];

export interface StaffOperation {
  readonly kind: 'QUERY' | 'MUTATION';
  readonly field: GraphQLField<unknown, unknown>;
  readonly roles: readonly StaffRole[];
}

/** Every operation of the staff API with the roles that may use it. */
export const staffOperations = (schema: GraphQLSchema): StaffOperation[] => [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map(field => ({ kind: 'QUERY' as const, field, roles: rolesOf(field) })),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map(field => ({ kind: 'MUTATION' as const, field, roles: rolesOf(field) })),
];

/** What breaks the rules of roles and of the journal, a line each. */
export function staffSchemaFaults(schema: GraphQLSchema): string[] {
  return staffOperations(schema).flatMap(({ kind, field, roles }) => {
    const faults = roles.length === 0 ? [`${field.name} says no roles (@StaffOnly), so nobody could use it.`] : [];
    if (kind === 'QUERY' && !roles.includes('AUDITOR')) faults.push(`${field.name} is hidden from auditors, who read everything.`);
    if (kind === 'MUTATION' && roles.includes('AUDITOR')) faults.push(`${field.name} is open to auditors, who write nothing.`);
    if (kind === 'MUTATION' && !asksForReason(field)) faults.push(`${field.name} does not ask for a \`reason\`, which the journal keeps.`);
    return faults;
  });
}

function asksForReason({ args }: GraphQLField<unknown, unknown>): boolean {
  const type = getNamedType(args[0]?.type);
  const reason = isInputObjectType(type) ? type.getFields()['reason'] : undefined;
  return reason !== undefined && isNonNullType(reason.type);
}

export const StaffUserErrorCode = enumOf('UserErrorCode', 'Why a mutation was refused.', STAFF_ERROR_CODES);

/** Named in the staff API as in the partner API, with codes of its own. */
@ObjectType('UserError', { simpleResolvers: true, description: 'Why a mutation changed nothing.' })
export class StaffUserError {
  @Field(() => StaffUserErrorCode, { description: 'The cause; stable, unlike the message.' })
  code!: StaffErrorCode;

  @Field({ description: 'The cause in words, with its limit and what to do next.' })
  message!: string;

  @Field(() => [String], { description: 'Where in `input` the cause stands, outermost field first; empty where it is no field of it.' })
  path!: readonly string[];
}

/** What every input of the staff API asks for. */
@InputType({ description: 'What is written down with every change.' })
export abstract class StaffMutationInput {
  @Field({ description: "Why you do this, in a sentence; it stands in the staff's journal for good." })
  reason!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Names this request, so that sending it again does its work once: 1 to 255 printable ASCII characters, remembered for 24 hours. The header `Idempotency-Key` serves as well.',
  })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation did.' })
export abstract class StaffPayload {
  @Field(() => [StaffUserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: StaffUserError[];
}

/** Who writes, and what the use case may know of the house. */
export interface StaffAct {
  readonly staffId: string;
  /** Stands at the instant at which the request arrived. */
  readonly clock: Clock;
  /** In whose context the transaction is, as the marketplace. */
  readonly liveEnvironmentId: string;
  /** Whether head or a version that lives has an element of the partner API with this coordinate. */
  readonly elementExists: (coordinate: string) => boolean;
}

/** What a read that is more than a mapping can say may ask. */
export interface StaffReading extends StaffAct {
  readonly upgradePath: UpgradePath;
}

export type StaffRead = (tx: Tx, act: StaffReading) => Promise<unknown>;

/** A use case of the staff API. The first id of its answer is what the journal says it was about. */
export type StaffUseCase = (tx: Tx, act: StaffAct) => Promise<Outcome<Done, StaffUserError>>;

interface StaffWritingContext {
  write(info: GraphQLResolveInfo, useCase: StaffUseCase): Promise<unknown>;
  readField(info: GraphQLResolveInfo, given: { name: string; read: StaffRead }): Promise<unknown>;
}

/** The body of a root field whose value is found by SQL of its own and then read, in the same
    transaction, as the given value of that name (`@Value`). */
export const readWith = (context: unknown, info: GraphQLResolveInfo, name: string, read: StaffRead): Promise<unknown> =>
  (context as StaffWritingContext).readField(info, { name, read });

/** The body of a staff mutation's resolver: its payload. */
export const writeAsStaff = (context: unknown, info: GraphQLResolveInfo, useCase: StaffUseCase): Promise<unknown> => (context as StaffWritingContext).write(info, useCase);
