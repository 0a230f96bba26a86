/** Registered documents as partners see and change them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, FieldResolver, ID, Info, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { RateLimited } from '../graphql/rate-limit.ts';
import { DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import { Integration } from '../partners/integration.graphql.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { asc, Column, Computed, From, Many, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { MAX_DOCUMENTS_AT_ONCE, MAX_REGISTERED_DOCUMENTS, documentIdOf, type DocumentMode } from './document.rules.ts';
import { registerOperations, setDocumentMode, unregisterOperations } from './registered-documents.service.ts';

/** Each document is parsed and validated: a deploy needs some calls at once, and nobody many of them all the time. */
const REGISTRATIONS = { max: 60, windowSeconds: 60 };

export const DocumentModeEnum = enumOf('DocumentMode', 'Which documents of an integration are answered.', {
  OPEN: 'Every valid one.',
  LOGGED: 'Every valid one; an answer to one that is not registered says so in `extensions.warnings`. A rehearsal for `REGISTERED_ONLY`.',
  REGISTERED_ONLY: 'The registered ones alone, by their text or by `documentId`; all others are refused with `FORBIDDEN`.',
});

@ObjectType({ simpleResolvers: true, description: 'A document that an integration registered: it can be sent by its id, and the upgrade report tells what becomes of it.' })
@From('registered_document', { scope: ['environment_id', 'partner_id'] })
export class RegisteredOperation {
  @Field(() => ID, { description: 'What to send as `documentId` in the place of `query`: `sha256:` and the SHA-256 of the text, in hexadecimal.' })
  @Computed(row => sql`'sha256:' || ${row.col('document_hash')}`)
  documentId!: string;

  @Field({ description: 'The text.' })
  @Column()
  document!: string;

  @Field(() => [String], { description: 'Names of the operations in it, where they have one.' })
  @Column()
  operationNames!: string[];

  @Field({ description: 'The API version that it was registered for.' })
  @Column()
  apiVersion!: string;

  @Field(() => DateTime, { description: 'Instant at which it was registered first, by the clock of your environment.' })
  @Column()
  registeredAt!: Date;
}

export const RegisteredOperationConnection = connectionOf(RegisteredOperation);

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationDocuments {
  @FieldResolver(() => DocumentModeEnum, { description: 'Which of its documents are answered.' })
  @Column()
  documentMode(@Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }

  @FieldResolver(() => RegisteredOperationConnection, { description: 'The documents that it registered, oldest first; `first` or `last` is required.' })
  @Page({ on: { integration_id: 'id' }, order: [asc('registered_at', 'timestamptz'), asc('document_hash')] })
  registeredOperations(@Args(() => PageArgs) _args: PageArgs, @Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@InputType({ description: 'A document to register.' })
export class OperationToRegister {
  @Field({ description: 'The text, exactly as your program would send it in `query`: valid in the version that answers this request, within the bounds of any document.' })
  document!: string;
}

const INTEGRATION_DESCRIPTION = "Id of one of your organisation's integrations; without it, the calling one.";

@InputType({ description: 'Documents to register, for the API version that answers this request.' })
export class RegisterOperationsInput {
  @Field(() => [OperationToRegister], { description: `The documents: 1 to ${MAX_DOCUMENTS_AT_ONCE} in one request, all of which are registered, or none.` })
  operations!: OperationToRegister[];

  @Field(() => ID, { nullable: true, description: INTEGRATION_DESCRIPTION })
  integrationId?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: registering twice changes nothing more.` })
  idempotencyKey?: string;
}

@InputType({ description: 'Documents that no program sends any more.' })
export class UnregisterOperationsInput {
  @Field(() => [ID], { description: `Ids of the documents: 1 to ${MAX_DOCUMENTS_AT_ONCE} in one request. Those that are not registered change nothing.` })
  documentIds!: string[];

  @Field(() => ID, { nullable: true, description: INTEGRATION_DESCRIPTION })
  integrationId?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: a document is unregistered once.` })
  idempotencyKey?: string;
}

@InputType({ description: 'Which documents of an integration are to be answered.' })
export class SetDocumentModeInput {
  @Field(() => DocumentModeEnum, {
    description:
      'From `OPEN` by `LOGGED` to `REGISTERED_ONLY`, and back. The last one needs registered documents; one of them must ask for `setDocumentMode`, unless another integration of yours can open this one again.',
  })
  mode!: DocumentMode;

  @Field(() => ID, { nullable: true, description: INTEGRATION_DESCRIPTION })
  integrationId?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: setting it twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation on documents did.' })
abstract class DocumentsPayload {
  @Field(() => Integration, { nullable: true, description: 'The integration as it stands now; null where it was refused.' })
  @One({ on: { id: answered('integrationId') } })
  integration!: Integration | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `registerOperations` did.' })
export class RegisterOperationsPayload extends DocumentsPayload {
  @Field(() => [RegisteredOperation], { description: 'What is registered now of what was given, each once, in the order in which it was given; empty where it was refused.' })
  @Many({
    on: { integration_id: answered('integrationId') },
    where: row => sql`${row.col('document_hash')} = any (${answered('hashes', 'text[]')})`,
    order: [row => sql`array_position(${answered('hashes', 'text[]')}, ${row.col('document_hash')})`],
    atMost: MAX_DOCUMENTS_AT_ONCE,
  })
  operations!: RegisteredOperation[];
}

@ObjectType({ description: 'What `unregisterOperations` did.' })
export class UnregisterOperationsPayload extends DocumentsPayload {
  @Field(() => [ID], { nullable: true, description: 'Ids of the documents that were registered until now; null where it was refused.' })
  documentIds!: string[] | null;
}

@ObjectType({ description: 'What `setDocumentMode` did.' })
export class SetDocumentModePayload extends DocumentsPayload {}

@Resolver()
export class RegisteredOperationMutations {
  @Mutation(() => RegisterOperationsPayload, {
    nullable: true,
    description: `Registers documents of an integration, up to ${MAX_REGISTERED_DOCUMENTS} in all, so that they can be sent by \`documentId\` and upgrades are foretold for them. Refused with \`INVALID\`, \`NOT_FOUND\` and \`QUOTA_EXCEEDED\`.`,
  })
  @Repeatable()
  @RateLimited(REGISTRATIONS)
  registerOperations(
    @Arg('input', () => RegisterOperationsInput, { description: 'Which documents.' }) { operations, integrationId }: RegisterOperationsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, calling) => {
      const registering = { integrationId: integrationId ?? calling.integrationId, texts: operations.map(({ document }) => document) };
      const registered = await registerOperations(tx, clocks, calling, registering);
      return registered.ok ? ok({ answer: { integrationId: registering.integrationId, hashes: [...new Set(registered.value)] } }) : registered;
    });
  }

  @Mutation(() => UnregisterOperationsPayload, {
    nullable: true,
    description: 'Forgets registered documents of an integration, at once and on every gateway. Refused with `INVALID` and `NOT_FOUND`.',
  })
  @Repeatable()
  unregisterOperations(
    @Arg('input', () => UnregisterOperationsInput, { description: 'Which documents.' }) { documentIds, integrationId: named }: UnregisterOperationsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, _clocks, calling) => {
      const integrationId = named ?? calling.integrationId;
      const removed = await unregisterOperations(tx, calling, { integrationId, documentIds });
      return removed.ok ? ok({ answer: { integrationId, documentIds: removed.value.map(documentIdOf) } }) : removed;
    });
  }

  @Mutation(() => SetDocumentModePayload, {
    nullable: true,
    description: 'Says which documents of an integration are answered, from its next request on. Refused with `INVALID` and `NOT_FOUND`.',
  })
  @Repeatable()
  setDocumentMode(
    @Arg('input', () => SetDocumentModeInput, { description: 'Which mode, of which integration.' }) { mode, integrationId: named }: SetDocumentModeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, _clocks, calling) => {
      const integrationId = named ?? calling.integrationId;
      const set = await setDocumentMode(tx, calling, { integrationId, mode });
      return set.ok ? ok({ answer: { integrationId } }) : set;
    });
  }
}
