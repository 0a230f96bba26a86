/** Refusals that a well-made program expects: part of a mutation's payload, not of `errors`. */
import { Field, ObjectType } from 'type-graphql';
import { Cost } from './cost.ts';
import { enumOf } from './enum.ts';
import { USER_ERROR_CODES, type UserErrorCode as Code } from './error-codes.ts';

export const UserErrorCode = enumOf('UserErrorCode', 'Why a mutation was refused.', USER_ERROR_CODES);

@ObjectType({ simpleResolvers: true, description: 'Why a mutation changed nothing, for your program to act upon.' })
@Cost(0)
export class UserError {
  @Field(() => UserErrorCode, { description: 'The cause; stable, unlike the message.' })
  code!: Code;

  @Field({ description: 'The cause in words, with its limit and what to do next.' })
  message!: string;

  @Field(() => [String], { description: 'Where in `input` the cause stands, outermost field first; empty where it is no field of it.' })
  path!: readonly string[];
}
