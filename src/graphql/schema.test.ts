import 'reflect-metadata';
import { Arg, Field, InputType, Mutation, Query, Resolver } from 'type-graphql';
import { buildHeadSchema } from './schema.ts';

@InputType()
class Keyless {
  @Field(() => String)
  name!: string;
}

@Resolver()
class Reading {
  @Query(() => String)
  read(): string {
    return '';
  }
}

@Resolver()
class WithoutKey {
  @Mutation(() => String)
  changeKeyless(@Arg('input', () => Keyless) input: Keyless): string {
    return input.name;
  }
}

@Resolver()
class WithoutInput {
  @Mutation(() => String)
  changeBare(): string {
    return '';
  }
}

test.each([
  ['changeKeyless', WithoutKey],
  ['changeBare', WithoutInput],
])('a schema in which no key can name %s is refused at start', async (mutation, resolver) => {
  await expect(buildHeadSchema([Reading, resolver])).rejects.toThrow(`Mutation.${mutation} must take one argument \`input\`, whose type has a field \`idempotencyKey\`.`);
});
