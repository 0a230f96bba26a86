/** Erasing a person: what they gave ends at once, partners owe a deletion, whatever can be read of them goes,
    and the keys with it by which the log could be told to be theirs. What is left proves, and names nobody. */
import type { Clocks } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { wipePerson } from '../feed.store.ts';
import type { Actor } from '../grant.store.ts';
import { writeLastLetter } from '../mail/letter.store.ts';
import { withdrawAll, type ConsentHouse } from '../grants.service.ts';

export interface ErasureOf {
  readonly environmentId: string;
  readonly customerId: string;
  /** Who asked for it. */
  readonly actor: Actor;
}

/** Without a house nothing is signed, and nobody is written to. */
export async function erasePerson(tx: Tx, house: ConsentHouse | null, person: ErasureOf, clocks: Clocks): Promise<void> {
  await withdrawAll(tx, house, { ...person, reason: 'The person was erased.' }, clocks);
  if (house?.sendsMail) await writeLastLetter(tx, person, clocks.wall.now());
  await wipePerson(tx, person.environmentId, person.customerId, new Date(clocks.environment.now()));
}
