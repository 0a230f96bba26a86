/** The lines of the marketplace's feed, one JSON object each, checked. What a line does not have is
    unknown and becomes null: a line is the whole of what it names, not a change to it. */
import { z } from 'zod';
import { isStorableText } from '../base/text.ts';

/** The shape of lines by the kind in the path, `POST /marketplace/<kind>`. */
export const FEED_KINDS = ['customers', 'orders', 'preferences', 'locations', 'cases'] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

const text = (most: number) => z.string().min(1).max(most).refine(isStorableText, 'holds a NUL character or half of a surrogate pair');
const reference = text(100);
const instant = z.iso.datetime({ offset: true });
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? null);
const minor = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const common = { id: reference, updatedAt: instant };
const ofPerson = { ...common, customer: reference };

const LINES = {
  customers: z.strictObject({
    ...common,
    givenName: optional(text(200)),
    familyName: optional(text(200)),
    email: optional(text(254)),
    phone: optional(text(40)),
    language: optional(text(35)),
    joinedAt: optional(instant),
  }),
  orders: z.strictObject({
    ...ofPerson,
    placedAt: instant,
    status: z.enum(['PLACED', 'SHIPPED', 'DELIVERED', 'RETURNED', 'CANCELLED']),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, e.g. EUR'),
    totalMinor: minor,
    items: z.array(z.strictObject({ title: text(300), department: optional(text(100)), quantity: z.number().int().min(1).max(1_000_000), priceMinor: minor })).max(500),
  }),
  preferences: z.strictObject({ ...ofPerson, name: text(100), value: text(500) }),
  locations: z.strictObject({
    ...ofPerson,
    town: optional(text(100)),
    region: optional(text(100)),
    country: z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters, e.g. DE'),
    observedAt: instant,
  }),
  cases: z
    .strictObject({ ...ofPerson, order: optional(reference), subject: text(500), status: z.enum(['OPEN', 'WAITING', 'SOLVED']), openedAt: instant, closedAt: optional(instant) })
    .refine(({ openedAt, closedAt }) => closedAt === null || Date.parse(closedAt) >= Date.parse(openedAt), { path: ['closedAt'], message: 'is before openedAt' }),
} as const satisfies Record<FeedKind, z.ZodType>;

const DELETION = z.strictObject({ ...common, deleted: z.literal(true) });

export type FeedLine<Kind extends FeedKind = FeedKind> = z.infer<(typeof LINES)[Kind]>;
export type FeedDeletion = z.infer<typeof DELETION>;

export interface FeedRejection {
  /** Counts from 1. */
  readonly line: number;
  /** The marketplace's id, where the line could be read that far. */
  readonly id: string | null;
  readonly path: string | null;
  readonly reason: string;
}

export interface ReadFeed {
  /** The newest line of each id, by line number. */
  readonly upserts: ReadonlyMap<number, FeedLine>;
  readonly deletions: ReadonlyMap<number, FeedDeletion>;
  /** Lines that another line of the same body has overtaken. */
  readonly overtaken: number;
  readonly rejected: readonly FeedRejection[];
}

/** Reads a body of lines. Of several about one id the newest counts, and of equally new ones the last. */
export function readFeed(kind: FeedKind, body: string): ReadFeed {
  const rejected: FeedRejection[] = [];
  const newest = new Map<string, { line: number; value: FeedLine | FeedDeletion }>();
  let overtaken = 0;
  for (const [index, written] of body.split('\n').entries()) {
    if (written.trim() === '') continue;
    const read = readLine(kind, written, index + 1);
    if ('reason' in read) {
      rejected.push(read);
      continue;
    }
    const known = newest.get(read.value.id);
    if (known) overtaken += 1;
    if (!known || Date.parse(read.value.updatedAt) >= Date.parse(known.value.updatedAt)) newest.set(read.value.id, read);
  }
  // One order for all bodies, so that two at once wait for one another instead of each for the other.
  const all = [...newest.values()].toSorted((a, b) => (a.value.id < b.value.id ? -1 : 1));
  const isDeletion = (value: FeedLine | FeedDeletion): value is FeedDeletion => 'deleted' in value;
  return {
    upserts: new Map(all.flatMap(({ line, value }) => (isDeletion(value) ? [] : [[line, value]]))),
    deletions: new Map(all.flatMap(({ line, value }) => (isDeletion(value) ? [[line, value]] : []))),
    overtaken,
    rejected,
  };
}

function readLine(kind: FeedKind, written: string, line: number): { line: number; value: FeedLine | FeedDeletion } | FeedRejection {
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch {
    return { line, id: null, path: null, reason: 'The line is no JSON object.' };
  }
  const isDeletion = typeof json === 'object' && json !== null && 'deleted' in json;
  const parsed = (isDeletion ? DELETION : LINES[kind]).safeParse(json);
  if (parsed.success) return { line, value: parsed.data };
  const [issue] = parsed.error.issues;
  const id = (json as { id?: unknown } | null)?.id;
  return {
    line,
    id: typeof id === 'string' && isStorableText(id) ? id.slice(0, 100) : null,
    path: issue?.path.join('.') || null,
    reason: issue?.message ?? 'The line does not fit.',
  };
}
