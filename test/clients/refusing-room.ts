/** A room of the tests' own: `kept { name description }`, whose name every caller is refused. It gives
    clients an answer with data and errors, whatever rules the real rooms have. */
import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { readThroughCompiler } from '../../src/graphql/fallback.ts';
import { Column, From, One, ReadsOf, RefusedWhen, sql } from '../../src/reads/index.ts';
import type { Room } from '../../src/room.ts';

@ObjectType({ description: 'Something with a name that nobody may read.' })
@From('program', { scope: ['environment_id'] })
class Kept {
  @Field(() => String, { nullable: true, description: 'Always refused.' })
  @Column()
  @RefusedWhen({ when: () => sql`true`, code: 'CONSENT_REQUIRED', message: 'Consent required' })
  name!: string | null;

  @Field({ description: 'Always there.' })
  @Column()
  description!: string;
}

@Resolver()
@ReadsOf('Query')
class KeptQueries {
  @Query(() => Kept, { description: 'The one there is.' })
  @One({ on: {} })
  kept(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const refusingRoom: Room = { name: 'test', graphql: [Kept, KeptQueries] };
