/** The sealed log as partners and auditors read it: entries in their order, checkpoints, and proofs. The same
    types stand in both APIs; a partner's are confined to its own entries. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { AtMost } from '../../graphql/cost.ts';
import { PageArgs, connectionOf } from '../../graphql/connection.ts';
import { readThroughCompiler } from '../../graphql/fallback.ts';
import { DateTime, SafeInt } from '../../graphql/scalars.ts';
import { AllStaff } from '../../partners/index.ts';
import { Column, Computed, From, One, Page, ReadsOf, arg, asc, desc, sql, type Row } from '../../reads/index.ts';

/** A proof of a log of 2^60 entries is no longer. */
const MAX_PATH = 64;

const hex = (column: string) => (row: Row) => sql`encode(${row.col(column)}, 'hex')`;

/** @param scope what confines entries to the caller
    @param Open says of root fields who may ask, where the API wants to be told */
function logTypes(scope: readonly string[], Open: () => MethodDecorator): Function[] {
  const ofEnvironment = { scope: ['environment_id'] };

  @ObjectType({ simpleResolvers: true, description: "The log's size and root at an instant, signed. Whoever keeps one can tell any later change to the entries that it covers." })
  @From('log_checkpoint', ofEnvironment)
  class Checkpoint {
    @Field(() => SafeInt, { description: 'How many entries it covers: those with the indexes below.' })
    @Column()
    size!: number;

    @Field({ description: 'Root of the Merkle tree over them (RFC 6962), hexadecimal.' })
    @Computed(hex('root'))
    rootHash!: string;

    @Field(() => DateTime, { description: 'Instant, in real time, at which it was signed.' })
    @Column()
    sealedAt!: Date;

    @Field({ description: 'The same, signed: a JWS in compact form (RFC 7515) by a key of `/.well-known/log-keys.json`, with Ed25519.' })
    @Column('jws')
    signature!: string;
  }

  @ObjectType({
    simpleResolvers: true,
    description: 'A disclosure: what was read of one person in one answer. It is written down by the statement that answers, and numbered within seconds.',
  })
  @From('logged_entry', { scope })
  class AccessEntry {
    @Field(() => ID, { description: 'Id of the entry.' })
    @Column()
    id!: string;

    @Field(() => SafeInt, { description: 'Its place in the log, from 0. The log is of the whole environment, so your entries have gaps between them.' })
    @Column()
    leafIndex!: number;

    @Field(() => ID, { description: 'The integration that read.' })
    @Column()
    integrationId!: string;

    @Field({ description: 'The person, by a name that stands in the log alone. Once the person is erased, nobody can tell whose it was.' })
    @Column()
    subjectReference!: string;

    @Field(() => ID, { description: 'The grant that it was read under.' })
    @Column()
    grantId!: string;

    @Field(() => Int, { description: "The grant's version, as it stood then." })
    @Column()
    grantVersion!: number;

    @Field({ description: 'The purpose, e.g. `order_support`.' })
    @Column()
    purpose!: string;

    @Field(() => [String], { description: 'Schema coordinates of the fields whose values went out, e.g. `SharedCustomer.email`.' })
    @AtMost(100)
    @Column()
    fields!: string[];

    @Field(() => Int, { description: 'Objects of the person that went out, themselves among them.' })
    @Column()
    recordCount!: number;

    @Field({ description: 'The request, as in the header `X-Request-Id`.' })
    @Column()
    requestId!: string;

    @Field(() => DateTime, { description: 'Instant at which it was read, by the clock of the environment.' })
    @Column()
    at!: Date;

    @Field({ description: 'The text that is hashed: a leaf of the tree is the SHA-256 of a zero byte and this text in UTF-8.' })
    @Column()
    canonical!: string;
  }

  @ObjectType({ simpleResolvers: true, description: 'Shows that an entry is in the log that a checkpoint covers (RFC 6962, section 2.1.1).' })
  @From('entry_proof', { scope })
  class AuditProof {
    @Field(() => AccessEntry, { description: 'The entry.' })
    @One({ on: { id: 'entry_id' } })
    entry!: AccessEntry;

    @Field(() => SafeInt, { description: 'Its place in the log, from 0.' })
    @Column()
    leafIndex!: number;

    @Field({ description: 'Hash of its leaf, hexadecimal.' })
    @Column()
    leafHash!: string;

    @Field(() => [String], { description: 'The audit path from the leaf to the root, hashes in hexadecimal.' })
    @AtMost(MAX_PATH)
    @Computed(row => sql`portico.inclusion_path(${row.col('leaf_index')}, ${row.col('size')})`)
    path!: string[];

    @Field(() => Checkpoint, { description: 'The newest checkpoint: the path leads to its root.' })
    @One({ on: { size: 'size' } })
    checkpoint!: Checkpoint;
  }

  @ObjectType({ simpleResolvers: true, description: 'Shows that the log of a later checkpoint begins with all of that of an earlier one (RFC 6962, section 2.1.2).' })
  @From('checkpoint_pair', ofEnvironment)
  class ConsistencyProof {
    @Field(() => Checkpoint, { description: 'The earlier checkpoint.' })
    @One({ on: { size: 'from_size' } })
    from!: Checkpoint;

    @Field(() => Checkpoint, { description: 'The later checkpoint.' })
    @One({ on: { size: 'to_size' } })
    to!: Checkpoint;

    @Field(() => [String], { description: 'The proof, hashes in hexadecimal.' })
    @AtMost(MAX_PATH)
    @Computed(row => sql`portico.consistency_path(${row.col('from_size')}, ${row.col('to_size')})`)
    path!: string[];
  }

  const AccessEntryConnection = connectionOf(AccessEntry);
  const CheckpointConnection = connectionOf(Checkpoint);

  @Resolver()
  @ReadsOf('Query')
  class LogQueries {
    @Query(() => AccessEntryConnection, { description: 'Every disclosure in the order of the log, oldest first; `first` or `last` is required.' })
    @Open()
    @Page({ on: {}, order: [asc('leaf_index', 'bigint')] })
    auditLog(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
      return readThroughCompiler(context, info);
    }

    @Query(() => Checkpoint, { nullable: true, description: 'The newest checkpoint; null while the log is empty.' })
    @Open()
    @One({ on: {}, where: row => sql`${row.col('size')} = (select l.size from portico.sealed_log l where l.environment_id = ${row.col('environment_id')})` })
    checkpoint(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
      return readThroughCompiler(context, info);
    }

    @Query(() => CheckpointConnection, { description: 'Checkpoints, newest first; `first` or `last` is required.' })
    @Open()
    @Page({ on: {}, order: [desc('size', 'bigint')] })
    checkpoints(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
      return readThroughCompiler(context, info);
    }

    @Query(() => AuditProof, { nullable: true, description: 'The proof that an entry is in the log; null where there is no such entry, or its number has not been given yet.' })
    @Open()
    @One({ on: { entry_id: arg('entry') } })
    auditProof(@Arg('entry', () => ID, { description: 'Id of the entry.' }) _entry: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
      return readThroughCompiler(context, info);
    }

    @Query(() => ConsistencyProof, {
      nullable: true,
      description: 'The proof that the log of one checkpoint continues that of another; null where there are no checkpoints of these sizes.',
    })
    @Open()
    @One({ on: { from_size: arg('a'), to_size: arg('b') } })
    consistencyProof(
      @Arg('a', () => SafeInt, { description: 'Size of the earlier checkpoint.' }) _a: number,
      @Arg('b', () => SafeInt, { description: 'Size of the later checkpoint.' }) _b: number,
      @Ctx() context: unknown,
      @Info() info: GraphQLResolveInfo,
    ): Promise<unknown> {
      return readThroughCompiler(context, info);
    }
  }

  return [Checkpoint, AccessEntry, AuditProof, ConsistencyProof, LogQueries];
}

export const logGraphql = logTypes(['environment_id', 'partner_id'], () => () => undefined);
export const staffLogGraphql = logTypes(['environment_id'], AllStaff);
