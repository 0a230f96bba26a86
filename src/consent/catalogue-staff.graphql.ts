/** The catalogue in the staff API: kinds of people's data and purposes, which a PRIVACY_OFFICER keeps; and
    which integrations are approved for a purpose, whom people may trust to be who it says it is. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok, type Outcome } from '../base/outcome.ts';
import { PageArgs, connectionOf } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { AllStaff, StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff, type StaffAct } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { Column, Computed, From, One, Page, ReadsOf, Value, asc, equals, sql, type Row } from '../reads/index.ts';
import { LANGUAGES, type CatalogueRefusal, type Language } from './catalogue.rules.ts';
import { approvePurpose, assessPurpose, draftPurpose, publishPurpose, retirePurpose, setDataCategory, verifyRecipient, withdrawApproval } from './catalogue.service.ts';
import { ConsentScopeLevel, ConsentScopePrecision } from './grant.graphql.ts';

const MARKETPLACE = { held_by: 'partner_id' };

export const DataSensitivity = enumOf('DataSensitivity', 'How much harm its disclosure can do.', {
  ORDINARY: 'Little.',
  SENSITIVE: 'It says much about how somebody lives.',
  SPECIAL: 'A special category (GDPR, article 9).',
});
export type DataSensitivity = keyof typeof DataSensitivity;

@InputType({ description: 'Words that people read, in each language.' })
export class LocalizedTextInput implements Record<Language, string> {
  @Field({ description: 'In English, up to 400 characters.' })
  en!: string;

  @Field({ description: 'In German, up to 400 characters.' })
  de!: string;
}

const inEnglish = (column: string) => (row: Row) => sql`${row.col(column)} ->> ${{ type: 'text', value: () => LANGUAGES[0] }}`;

@ObjectType({ simpleResolvers: true, description: "A kind of people's data." })
@From('data_category', { scope: MARKETPLACE })
export class DataCategory {
  @Field(() => ID, { description: 'Its id.' })
  @Column()
  id!: string;

  @Field({ description: 'As `@consent` names it, e.g. `order.history`.' })
  @Column()
  code!: string;

  @Field({ description: 'What people read, in English.' })
  @Computed(inEnglish('title'))
  title!: string;

  @Field({ description: 'The team that answers for it.' })
  @Column()
  owner!: string;

  @Field(() => DataSensitivity, { description: 'How much harm its disclosure can do.' })
  @Column()
  sensitivity!: DataSensitivity;

  @Field({ description: 'Class of the Data Privacy Vocabulary.' })
  @Column()
  dpvClass!: string;

  @Field({ description: 'Whether its values are of a day, so that a lookback means something.' })
  @Column()
  dated!: boolean;

  @Field(() => Int, { description: 'Longest that a partner keeps what it received, in days after the grant has ended.' })
  @Column()
  retentionDays!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A purpose as it is worded and bounded in one version.' })
@From('purpose_version', { scope: MARKETPLACE })
export class PurposeVersion {
  @Field(() => ID, { description: 'Its id.' })
  @Column()
  id!: string;

  @Field({ description: 'The purpose, e.g. `order_support`.' })
  @Column()
  purpose!: string;

  @Field(() => Int, { description: 'Counts its versions from 1.' })
  @Column()
  version!: number;

  @Field({ description: 'What people read, in English.' })
  @Computed(inEnglish('title'))
  title!: string;

  @Field(() => [String], { description: 'Codes of the categories that it covers.' })
  @Column()
  categories!: string[];

  @Field(() => ConsentScopeLevel, { description: 'As far as it goes.' })
  @Column()
  maxLevel!: ConsentScopeLevel;

  @Field(() => Int, { nullable: true, description: 'How many days back at most; null is without end.' })
  @Column()
  maxLookbackDays!: number | null;

  @Field(() => ConsentScopePrecision, { description: 'As exact as it goes.' })
  @Column()
  maxPrecision!: ConsentScopePrecision;

  @Field(() => Int, { description: 'Longest that one grant lasts, in days.' })
  @Column()
  maxDurationDays!: number;

  @Field(() => String, { nullable: true, description: 'Where the impact assessment is kept; null while there is none, and then it cannot be published.' })
  @Column()
  assessment!: string | null;

  @Field(() => DateTime, { nullable: true, description: "From when on it is asked for, by each environment's clock; null of a draft." })
  @Column()
  effectiveFrom!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "From when on nobody may ask for it, by each environment's clock; null while it is in force." })
  @Column()
  retiredAt!: Date | null;
}

export const DataCategoryConnection = connectionOf(DataCategory);
export const PurposeVersionConnection = connectionOf(PurposeVersion);

@ArgsType()
export class PurposesArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only versions of this purpose.' })
  purpose?: string;
}

@InputType({ description: 'A kind of data, with all its words.' })
export class SetDataCategoryInput extends StaffMutationInput {
  @Field({ description: 'Two words in small letters with a dot between them; fields of the schema name it.' })
  code!: string;

  @Field(() => LocalizedTextInput, { description: 'What it is called.' })
  title!: LocalizedTextInput;

  @Field(() => LocalizedTextInput, { description: 'A made-up value.' })
  example!: LocalizedTextInput;

  @Field({ description: 'The team that answers for it.' })
  owner!: string;

  @Field(() => DataSensitivity, { description: 'How much harm its disclosure can do.' })
  sensitivity!: DataSensitivity;

  @Field({ description: 'Class of the Data Privacy Vocabulary, e.g. `https://w3id.org/dpv/pd#EmailAddress`.' })
  dpvClass!: string;

  @Field({ description: 'Whether its values are of a day.' })
  dated!: boolean;

  @Field(() => Int, { description: 'Longest that a partner keeps it after the grant has ended: 0 to 3,650 days.' })
  retentionDays!: number;
}

@InputType({ description: 'The next version of a purpose, as a draft.' })
export class DraftPurposeInput extends StaffMutationInput {
  @Field({ description: '3 to 40 small letters, digits and underscores, e.g. `order_support`.' })
  purpose!: string;

  @Field(() => LocalizedTextInput, { description: 'A few words.' })
  title!: LocalizedTextInput;

  @Field(() => LocalizedTextInput, { description: 'What for, in one sentence.' })
  sentence!: LocalizedTextInput;

  @Field(() => LocalizedTextInput, { description: 'What the person will notice.' })
  benefit!: LocalizedTextInput;

  @Field(() => LocalizedTextInput, { description: 'What still works for somebody who says no.' })
  without!: LocalizedTextInput;

  @Field({ description: 'Class of the Data Privacy Vocabulary.' })
  dpvClass!: string;

  @Field(() => [String], { description: 'Codes of the categories that it covers.' })
  categories!: string[];

  @Field(() => ConsentScopeLevel, { description: 'As far as it goes.' })
  maxLevel!: ConsentScopeLevel;

  @Field(() => Int, { nullable: true, description: 'How many days back at most; without it, without end.' })
  maxLookbackDays?: number;

  @Field(() => ConsentScopePrecision, { description: 'As exact as it goes.' })
  maxPrecision!: ConsentScopePrecision;

  @Field(() => Int, { description: 'Longest that one grant lasts: 1 to 365 days.' })
  maxDurationDays!: number;

  @Field(() => Int, { description: 'Shortest that serves it at all, in days; 0 where a single look is enough.' })
  usefulDays!: number;
}

@InputType({ description: 'Which version of a purpose.' })
export class PurposeVersionInput extends StaffMutationInput {
  @Field({ description: 'The purpose.' })
  purpose!: string;

  @Field(() => Int, { description: 'Its version.' })
  version!: number;
}

@InputType({ description: 'The impact assessment of a draft.' })
export class AssessPurposeInput extends PurposeVersionInput {
  @Field({ description: 'Where it is kept, in 1 to 500 characters.' })
  assessment!: string;
}

@InputType({ description: 'From when on a version is in force.' })
export class PublishPurposeInput extends PurposeVersionInput {
  @Field(() => DateTime, { description: "Instant by each environment's clock." })
  effectiveFrom!: Date;
}

@InputType({ description: 'From when on nobody may ask for a purpose.' })
export class RetirePurposeInput extends PurposeVersionInput {
  @Field(() => DateTime, { description: "Instant by each environment's clock." })
  retiredAt!: Date;
}

@InputType({ description: 'An integration and a purpose, in live.' })
export class PurposeApprovalInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field({ description: 'The purpose.' })
  purpose!: string;
}

@InputType({ description: 'What was verified of a partner, in live.' })
export class VerifyRecipientInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the partner.' })
  partnerId!: string;

  @Field({ description: 'Its name in law.' })
  legalName!: string;

  @Field({ description: 'Its address.' })
  address!: string;

  @Field(() => [String], { description: 'Countries where it keeps data, two letters each.' })
  storageCountries!: string[];

  @Field({ description: 'Whom people may write to.' })
  contact!: string;

  @Field({ description: 'Its privacy notice, by https.' })
  privacyUrl!: string;
}

@ObjectType({ description: 'What `setDataCategory` did.' })
export class SetDataCategoryPayload extends StaffPayload {
  @Field(() => DataCategory, { nullable: true, description: 'The category as it stands now; null where it was refused.' })
  @One({ on: { id: answered('categoryId') } })
  category!: DataCategory | null;
}

@ObjectType({ description: 'What a mutation on a purpose did.' })
export class PurposePayload extends StaffPayload {
  @Field(() => PurposeVersion, { nullable: true, description: 'The version as it stands now; null where it was refused.' })
  @One({ on: { id: answered('purposeId') } })
  purpose!: PurposeVersion | null;
}

@ObjectType({ description: 'What was done.' })
export class RecipientPayload extends StaffPayload {
  @Field(() => ID, { nullable: true, description: 'Whom it was about; null where it was refused.' })
  @Value('answer.subjectId')
  subjectId!: string | null;
}

@Resolver()
@ReadsOf('Query')
export class CatalogueQueries {
  @Query(() => DataCategoryConnection, { description: "The kinds of people's data, by code." })
  @AllStaff()
  @Page({ on: {}, order: [asc('code')] })
  dataCategories(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => PurposeVersionConnection, { description: 'Every version of every purpose, drafts included, by name and version.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('purpose'), asc('version', 'integer')], narrow: { purpose: equals('purpose') } })
  purposes(@Args(() => PurposesArgs) _args: PurposesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

type Done = Outcome<unknown, CatalogueRefusal>;

/** Refusals of the catalogue in the staff API's words. */
const told = ({ code, message, path }: CatalogueRefusal) =>
  ({ ok: false, refusal: { code: code === 'NOT_FOUND' || code === 'INVALID' ? code : 'RULE_BROKEN', message, path } }) as const;

const purposeId = ({ purpose, version }: { purpose: string; version: number }): string => `pur_${purpose}_${version}`;

const write = (context: unknown, info: GraphQLResolveInfo, name: string, subject: string, useCase: (tx: Tx, act: StaffAct) => Promise<Done>): Promise<unknown> =>
  writeAsStaff(context, info, async (tx, act) => {
    const done = await useCase(tx, act);
    return done.ok ? ok({ answer: { [name]: subject } }) : told(done.refusal);
  });

@Resolver()
export class CatalogueMutations {
  @Mutation(() => SetDataCategoryPayload, { nullable: true, description: 'Adds a kind of data or words it anew. Refused with `INVALID`.' })
  @StaffOnly('PRIVACY_OFFICER')
  setDataCategory(
    @Arg('input', () => SetDataCategoryInput, { description: 'All of it.' }) { reason: _reason, ...category }: SetDataCategoryInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'categoryId', `dcy_${category.code.replace('.', '_')}`, (tx, { staffId, clock }) => setDataCategory(tx, category, staffId, clock));
  }

  @Mutation(() => PurposePayload, { nullable: true, description: 'Drafts the next version of a purpose, or the first. Refused with `INVALID`.' })
  @StaffOnly('PRIVACY_OFFICER')
  draftPurpose(
    @Arg('input', () => DraftPurposeInput, { description: 'Its words and bounds.' }) { reason: _reason, ...draft }: DraftPurposeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { staffId, clock }) => {
      const done = await draftPurpose(tx, { ...draft, maxLookbackDays: draft.maxLookbackDays ?? null }, staffId, clock);
      return done.ok ? ok({ answer: { purposeId: purposeId({ purpose: draft.purpose, version: done.value.version }) } }) : told(done.refusal);
    });
  }

  @Mutation(() => PurposePayload, { nullable: true, description: 'Records the impact assessment of a draft. Refused with `NOT_FOUND`, `INVALID` and `RULE_BROKEN`.' })
  @StaffOnly('PRIVACY_OFFICER')
  assessPurpose(
    @Arg('input', () => AssessPurposeInput, { description: 'Which draft, and where.' }) { assessment, ...key }: AssessPurposeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'purposeId', purposeId(key), (tx, { staffId, clock }) => assessPurpose(tx, key, assessment, staffId, clock));
  }

  @Mutation(() => PurposePayload, { nullable: true, description: 'Puts a draft into force. Without an impact assessment it is refused with `RULE_BROKEN`; else with `NOT_FOUND`.' })
  @StaffOnly('PRIVACY_OFFICER')
  publishPurpose(
    @Arg('input', () => PublishPurposeInput, { description: 'Which draft, and from when on.' }) { effectiveFrom, ...key }: PublishPurposeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'purposeId', purposeId(key), (tx, { staffId }) => publishPurpose(tx, key, effectiveFrom.getTime(), staffId));
  }

  @Mutation(() => PurposePayload, { nullable: true, description: 'Ends asking for a purpose; grants go on. Refused with `NOT_FOUND`.' })
  @StaffOnly('PRIVACY_OFFICER')
  retirePurpose(
    @Arg('input', () => RetirePurposeInput, { description: 'Which, and from when on.' }) { retiredAt, ...key }: RetirePurposeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'purposeId', purposeId(key), tx => retirePurpose(tx, key.purpose, retiredAt.getTime()));
  }

  @Mutation(() => RecipientPayload, { nullable: true, description: 'Lets an integration ask for and read by a purpose. Refused with `NOT_FOUND`.' })
  @StaffOnly('PRIVACY_OFFICER')
  approvePurpose(
    @Arg('input', () => PurposeApprovalInput, { description: 'Who, and what for.' }) approval: PurposeApprovalInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'subjectId', approval.integrationId, (tx, { staffId, clock }) => approvePurpose(tx, approval, staffId, clock));
  }

  @Mutation(() => RecipientPayload, { nullable: true, description: 'Takes an approval back: the next request and the next read are refused. Refused with `NOT_FOUND`.' })
  @StaffOnly('PRIVACY_OFFICER')
  withdrawPurposeApproval(
    @Arg('input', () => PurposeApprovalInput, { description: 'Who, and what for.' }) approval: PurposeApprovalInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'subjectId', approval.integrationId, (tx, { clock }) => withdrawApproval(tx, approval, clock));
  }

  @Mutation(() => RecipientPayload, {
    nullable: true,
    description: 'Writes down what was verified of a partner; without it, it may ask nobody. Refused with `NOT_FOUND` and `INVALID`.',
  })
  @StaffOnly('PRIVACY_OFFICER')
  verifyRecipient(
    @Arg('input', () => VerifyRecipientInput, { description: 'Who, and what.' }) profile: VerifyRecipientInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, 'subjectId', profile.partnerId, (tx, { staffId, clock }) => verifyRecipient(tx, profile, staffId, clock));
  }
}

export const catalogueStaffGraphql = [DataCategory, PurposeVersion, CatalogueQueries, CatalogueMutations, SetDataCategoryPayload, PurposePayload, RecipientPayload];
