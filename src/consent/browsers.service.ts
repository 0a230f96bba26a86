/**
 * A person's browser between the partner's site, the sign-in and the decision. The cookie holds a
 * random secret, of which the database knows the hash; signing in gives the browser another secret, so
 * that whoever planted the first one is left behind (session fixation). All on wall time.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../base/clock.ts';
import { isId } from '../base/ids.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { deleteSession, findSession, insertSession, setSessionLanguage, trimConsentDoor, type SubjectSession } from './subject.store.ts';
import { trimLetters } from './mail/letter.store.ts';
import type { Language } from './catalogue.rules.ts';

/** Long enough to find a password; whoever takes longer begins again. */
const SESSION_LIFETIME_MS = 20 * 60_000;

/** A browser that is known: what its cookie says. */
export interface Browser {
  readonly environmentId: string;
  readonly secret: string;
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const COOKIE = /^([a-z]{3}_[0-9a-z_]{1,60})\.([A-Za-z0-9_-]{43})$/;

/** The browser of a cookie's value; null for what is none. It proves nothing until its session is found. */
export function readBrowser(cookie: string | undefined): Browser | null {
  const [, environmentId, secret] = COOKIE.exec(cookie ?? '') ?? [];
  return environmentId !== undefined && secret !== undefined && isId(environmentId) ? { environmentId, secret } : null;
}

export const cookieOf = ({ environmentId, secret }: Browser): string => `${environmentId}.${secret}`;

export async function openBrowser(tx: Tx, environmentId: string, session: SubjectSession, wallNow: Instant): Promise<Browser> {
  const browser = { environmentId, secret: randomBytes(32).toString('base64url') };
  await insertSession(tx, environmentId, hashOf(browser.secret), session, new Date(wallNow + SESSION_LIFETIME_MS));
  return browser;
}

export const sessionOf = (tx: Tx, { environmentId, secret }: Browser, wallNow: Instant): Promise<SubjectSession | null> =>
  findSession(tx, environmentId, hashOf(secret), new Date(wallNow));

/** The same browser with its person known, under another secret; null where it has ended meanwhile. */
export async function signedIn(tx: Tx, browser: Browser, session: SubjectSession, customerId: string, wallNow: Instant): Promise<Browser | null> {
  if (!(await deleteSession(tx, browser.environmentId, hashOf(browser.secret)))) return null;
  return openBrowser(tx, browser.environmentId, { ...session, customerId, signIn: null }, wallNow);
}

export const speak = (tx: Tx, { environmentId, secret }: Browser, language: Language): Promise<void> => setSessionLanguage(tx, environmentId, hashOf(secret), language);

/** Ends the browser's session; false where another request has done so. */
export const closeBrowser = (tx: Tx, { environmentId, secret }: Browser): Promise<boolean> => deleteSession(tx, environmentId, hashOf(secret));

const TRIM_MS = 10 * 60_000;

/** A used code is remembered for a day, in which a replay of it still ends the grant. */
const KEPT_MS = 24 * 60 * 60_000;

/** Longer than the mailer tries; without a mail server nobody does. */
const LETTERS_KEPT_MS = 2 * KEPT_MS;

export const consentJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'consent_door.trim',
    everyMs: TRIM_MS,
    run: () =>
      inTransaction(database, NO_TENANT, async tx => {
        await trimConsentDoor(tx, new Date(clock.now() - KEPT_MS));
        await trimLetters(tx, new Date(clock.now() - LETTERS_KEPT_MS));
      }),
  }),
];
