/**
 * Two partners on a pool of two connections, through timeouts, cancels and errors, asking for all
 * they can see: a context that outlived its transaction, or a cancel that hit the next tenant's
 * statement, would show as a foreign row or as a failure that nobody asked for.
 */
import { Info, Query, Resolver, Ctx, Field, ObjectType } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { readThroughCompiler } from '../../src/graphql/fallback.ts';
import { Computed, From, One, ReadsOf, given, sql } from '../../src/reads/index.ts';
import type { Room } from '../../src/room.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp } from './app.ts';
import { ask, type SeededPartner } from './seed.ts';

@ObjectType({ description: 'An integration that takes its time, or fails.' })
@From('integration', { scope: ['environment_id', 'partner_id'] })
class Troublesome {
  @Field({ description: 'The name, after 30 ms.' })
  @Computed(row => sql`(select ${row.col('name')} from pg_sleep(0.03))`)
  slow!: string;

  @Field({ description: 'The name, after longer than a statement may take.' })
  @Computed(row => sql`(select ${row.col('name')} from pg_sleep(10))`)
  stuck!: string;

  @Field({ description: 'A division by zero.' })
  @Computed(row => sql`(1 / (length(${row.col('name')}) - length(${row.col('name')})))::text`)
  broken!: string;
}

@Resolver()
@ReadsOf('Query')
class TroublesomeQueries {
  @Query(() => Troublesome, { description: 'Trouble on purpose.' })
  @One({ on: { id: given('integration_id') } })
  troublesome(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

/** A room that a marketplace could have added. */
export const troublesomeRoom: Room = { name: 'troublesome', graphql: [Troublesome, TroublesomeQueries] };

export interface Toll {
  reads: number;
  answered: number;
  timedOut: number;
  cancelled: number;
  failed: number;
  /** Answers with anything that is not the asker's, or of a kind that nobody asked for. Must be empty. */
  wrong: string[];
}

const MINE = '{ viewer { partner { id } integration { id } } integrations(first: 100) { nodes { id partner { id } progress(first: 3) { nodes { integration { id } } } } } }';

export async function hammer(reads: number, concurrency: number, seed: number): Promise<Toll> {
  const gateway = await startTestApp({ poolSize: 2, statementTimeoutMs: 150, rooms: [...rooms, troublesomeRoom] });
  const toll: Toll = { reads: 0, answered: 0, timedOut: 0, cancelled: 0, failed: 0, wrong: [] };
  try {
    const partnerOf = await gateway.seed.world();
    const partners = [await partnerOf('ParcelPilot'), await partnerOf('GlowRank')];
    const tokens = await Promise.all(partners.map(partner => partner.token()));
    const owned = await Promise.all(
      partners.map(
        async (partner, i) => new Set<string>((await ask(gateway.url, { query: MINE }, { token: tokens[i]! })).data.integrations.nodes.map((node: { id: string }) => node.id)),
      ),
    );
    let state = seed;
    const dice = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;

    const read = async (): Promise<void> => {
      const i = dice() < 0.5 ? 0 : 1;
      const what = dice();
      const token = tokens[i]!;
      if (what < 0.02) {
        const answer = await ask(gateway.url, { query: '{ troublesome { stuck } }' }, { token });
        if (answer.errors?.[0]?.extensions['code'] === 'UNAVAILABLE') toll.timedOut += 1;
        else toll.wrong.push(`stuck: ${answer.text}`);
      } else if (what < 0.12) {
        const leaving = new AbortController();
        setTimeout(() => leaving.abort(), dice() * 30);
        await fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          signal: leaving.signal,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ troublesome { slow } }' }),
        }).then(
          response => response.text(),
          () => (toll.cancelled += 1),
        );
      } else if (what < 0.15) {
        const answer = await ask(gateway.url, { query: '{ troublesome { broken } }' }, { token });
        if (answer.errors?.[0]?.extensions['code'] === 'INTERNAL') toll.failed += 1;
        else toll.wrong.push(`broken: ${answer.text}`);
      } else {
        check(partners[i]!, owned[i]!, await ask(gateway.url, { query: MINE }, { token }));
      }
    };
    const check = (partner: SeededPartner, own: Set<string>, answer: Awaited<ReturnType<typeof ask>>): void => {
      // A pool of two under this load makes some wait longer than they may: that is a refusal, not a row.
      if (answer.errors?.[0]?.extensions['code'] === 'UNAVAILABLE') {
        toll.timedOut += 1;
        return;
      }
      const nodes = (answer.data?.integrations.nodes ?? []) as { id: string; partner: { id: string }; progress: { nodes: { integration: { id: string } }[] } }[];
      const foreign = nodes.filter(node => !own.has(node.id) || node.partner.id !== partner.partnerId || node.progress.nodes.some(({ integration }) => integration.id !== node.id));
      if (answer.status !== 200 || foreign.length > 0 || nodes.length !== own.size || answer.data.viewer.partner.id !== partner.partnerId)
        toll.wrong.push(`${partner.partnerId}: ${answer.text.slice(0, 500)}`);
      else toll.answered += 1;
    };
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (toll.reads < reads && toll.wrong.length < 5) {
          toll.reads += 1;
          await read();
        }
      }),
    );
    // What the gateway said of faults that nobody asked for.
    if (toll.wrong.length > 0) toll.wrong.push(...gateway.logged.filter(line => line.includes('fault of ours') && !line.includes('division by zero')));
    return toll;
  } finally {
    await gateway.close();
  }
}
