/**
 * Sends the letters that wait, on one gateway at a time. A letter is deleted with its
 * sending; one that the server does not take is tried again later, and given up after a day. A gateway
 * that dies in between sends it twice: twice is a nuisance, never would be worse.
 */
import { onOneGateway, type Job } from '../../platform/jobs.ts';
import type { Post } from '../../platform/mail.ts';
import { NO_TENANT, inTransaction, type Tx } from '../../platform/postgres/database.ts';
import type { Services } from '../../room.ts';
import type { ConsentHouse } from '../grants.service.ts';
import { liveEnvironment } from '../request.store.ts';
import { dropLetter, takeLetter } from './letter.store.ts';
import { textOf } from './letters.ts';

const EACH_MS = 10_000;

/** Letters of one turn. */
const MOST = 100;

const MAX_ATTEMPTS = 8;

/** The first wait; each later one is twice as long, so that the last is after half a day. */
const RETRY_MS = 5 * 60_000;

export interface MailerDeps extends Services {
  readonly house: ConsentHouse;
  readonly post: Post;
}

/** Sends what is due. */
export async function sendLetters(deps: MailerDeps): Promise<void> {
  const environmentId = await inTransaction(deps.database, NO_TENANT, liveEnvironment);
  let sent = 0;
  while (environmentId !== null && sent < MOST && (await sendNext(environmentId, deps))) sent += 1;
}

/** The server is waited for between two transactions: one that stays open would hold back the access log's sealer. */
async function sendNext(environmentId: string, { database, clock, house, post, log }: MailerDeps): Promise<boolean> {
  const work = <T>(what: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(database, { environmentId, partnerId: '*' }, what);
  const now = clock.now();
  const letter = await work(tx => takeLetter(tx, environmentId, now, attempts => now + RETRY_MS * 2 ** (attempts - 1)));
  if (!letter) return false;
  const sender = { marketplace: house.controller.name, contact: house.controller.contact, pages: `${house.publicUrl()}/me` };
  try {
    if (letter.address !== null) await post.send({ to: letter.address, ...textOf(letter, sender) });
  } catch (error) {
    // The address stands in what servers answer; it does not belong into the log.
    const code = (error as { code?: unknown }).code;
    log.warn({ letter: letter.id, attempts: letter.attempts, code: typeof code === 'string' ? code : null }, 'a letter was not taken by the SMTP server');
    if (letter.attempts < MAX_ATTEMPTS) return true;
  }
  await work(tx => dropLetter(tx, environmentId, letter.id));
  return true;
}

export const mailerJob = (deps: MailerDeps): Job => onOneGateway(deps.database.pool, { name: 'letters.send', everyMs: EACH_MS, run: () => sendLetters(deps) });
