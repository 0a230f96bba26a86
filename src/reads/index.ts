/** The read compiler's door: mappings for the rooms, compiling and plans for the road. */
export {
  ANSWERED,
  given,
  arg,
  asc,
  desc,
  equals,
  oneOf,
  From,
  FromAny,
  RefusedWhen,
  ReadsOf,
  Column,
  Computed,
  Disclosed,
  One,
  Many,
  Page,
  Embedded,
  Inline,
  Value,
  NodeById,
  NodesById,
  readMappingOf,
  unionRows,
  rowNamed,
} from './mapping.ts';
export type {
  ReadMapping,
  FieldRead,
  FieldRefusal,
  TableSource,
  AbstractSource,
  Row,
  FieldRow,
  Through,
  Order,
  PageOptions,
  Disclosure,
  AskedRows,
  Released,
  Cte,
  Filters,
  LimitArgument,
} from './mapping.ts';
export { fallbackExtensions, formExtensions, headFormOf, headName, headCoordinate, type HeadForm, type Values } from './head-form.ts';
export { identifier, join, literal, sql, raw, render, renderForMany, type Sql, type Param } from './sql.ts';
export { mappingFaults } from './check.ts';
export { answerRow, type AnswerRow } from './answer.ts';
export { Reader, type Answer, type OperationToRead, type ReaderOptions, type RunStatement, type Statement } from './reader.ts';
export { ReadRequest, type GivenValues } from './request.ts';
export type { RefusedField } from './compile.ts';
export { MAX_REFUSAL_ERRORS } from './refused.ts';
export { Plans, planName } from './plans.ts';
export { KeptAnswers, type ChangeMarks } from './kept.ts';
export { MAX_NODES } from './nodes.ts';
export { MAX_PAGE_SIZE } from './page.ts';
export { Specialization } from './selection.ts';
export { storable } from './parameters.ts';
export { badInput, NotCompilable } from './refusal.ts';
