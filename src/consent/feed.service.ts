/**
 * The marketplace's feed, as its door takes it: a body of lines of one kind, written in one
 * transaction under the marketplace's context. Sending a body again changes nothing; a line that is
 * older than what is known changes nothing either; a deleted person is erased, and comes back no more.
 */
import type { Clocks } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { readFeed, type FeedKind, type FeedLine, type FeedRejection } from './feed-lines.ts';
import { deleteLines, erasedAmong, peopleByReference, replaceItems, upsertCustomers, upsertLines } from './feed.store.ts';
import type { ConsentHouse } from './grants.service.ts';
import { erasePerson } from './rights/erasure.service.ts';

/** Most lines of one body. */
export const MAX_FEED_LINES = 5_000;

export interface FeedAnswer {
  /** Lines that are now as they say, deletions included. */
  readonly accepted: number;
  /** Lines that changed nothing, because something newer is known. */
  readonly stale: number;
  readonly rejected: readonly FeedRejection[];
}

export async function takeFeed(tx: Tx, house: ConsentHouse, environmentId: string, kind: FeedKind, body: string, clocks: Clocks): Promise<FeedAnswer> {
  const { upserts, deletions, overtaken, rejected } = readFeed(kind, body);
  const written =
    kind === 'customers'
      ? await takePeople(tx, environmentId, upserts as ReadonlyMap<number, FeedLine<'customers'>>)
      : await takeLines(tx, environmentId, kind, upserts as ReadonlyMap<number, PersonsFeedLine>);
  if (kind === 'customers') {
    for (const { id } of deletions.values()) await erase(tx, house, environmentId, id, clocks);
  } else if (deletions.size > 0) {
    await deleteLines(tx, environmentId, kind, [...deletions.values()]);
  }
  return {
    accepted: written.accepted + deletions.size,
    stale: overtaken + upserts.size - written.accepted - written.rejected.length,
    rejected: [...rejected, ...written.rejected].toSorted((a, b) => a.line - b.line),
  };
}

type PersonsFeedLine = FeedLine<Exclude<FeedKind, 'customers'>>;

interface Taken {
  readonly accepted: number;
  readonly rejected: FeedRejection[];
}

async function takePeople(tx: Tx, environmentId: string, lines: ReadonlyMap<number, FeedLine<'customers'>>): Promise<Taken> {
  if (lines.size === 0) return { accepted: 0, rejected: [] };
  const erased = await erasedAmong(
    tx,
    environmentId,
    [...lines.values()].map(({ id }) => id),
  );
  const rejected = [...lines].flatMap(([line, { id }]) =>
    erased.has(id) ? [{ line, id, path: 'id', reason: 'The person has been erased and cannot come back under this id.' }] : [],
  );
  const living = [...lines.values()].filter(({ id }) => !erased.has(id));
  return { accepted: (await upsertCustomers(tx, environmentId, living)).length, rejected };
}

async function takeLines(tx: Tx, environmentId: string, kind: Exclude<FeedKind, 'customers'>, lines: ReadonlyMap<number, PersonsFeedLine>): Promise<Taken> {
  if (lines.size === 0) return { accepted: 0, rejected: [] };
  const people = await peopleByReference(tx, environmentId, [...new Set([...lines.values()].map(({ customer }) => customer))]);
  const rejected = [...lines].flatMap(([line, { id, customer }]) =>
    people.has(customer) ? [] : [{ line, id, path: 'customer', reason: 'Nobody has this id: send the person to /marketplace/customers first.' }],
  );
  const known = [...lines.values()].flatMap(line => {
    const customerId = people.get(line.customer);
    return customerId === undefined ? [] : [{ ...line, customerId }];
  });
  const written = new Set(await upsertLines(tx, environmentId, kind, known));
  if (kind === 'orders') {
    await replaceItems(
      tx,
      environmentId,
      (known as FeedLine<'orders'>[]).filter(({ id }) => written.has(id)),
    );
  }
  return { accepted: written.size, rejected };
}

/** A deletion here is an erasure: what the person gave ends with it, at once. */
async function erase(tx: Tx, house: ConsentHouse, environmentId: string, reference: string, clocks: Clocks): Promise<void> {
  const customerId = (await peopleByReference(tx, environmentId, [reference])).get(reference);
  if (customerId !== undefined) await erasePerson(tx, house, { environmentId, customerId, actor: 'MARKETPLACE' }, clocks);
}
