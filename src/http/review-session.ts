/**
 * How a member of staff is known to the review's pages: by an access token of the staff API in a cookie.
 * A session is therefore as short as a token, signed as it is, and over as soon as the token, its
 * credential or the person is no longer let in; nothing about it is stored here.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { signInPage, type Kept, type Reviewer } from '../deprecations/index.ts';
import type { Guesses } from '../limits/index.ts';
import { authenticateClient, issueToken, revokeToken, type AccessTokens } from '../partners/index.ts';
import type { StaffApi } from './admin-run.ts';
import { placeStaff, type StaffPlaced } from './admin-stages.ts';
import { formTokenOf, isOwnForm, ownCookie, readCookie, readForm } from './own-form.ts';
import { pageAnswer, tooManyPage, type Answer } from './review-answer.ts';
import { JSON_TYPE, Refusal } from './refusal.ts';

export interface ReviewDeps {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly guesses: Guesses;
  readonly api: StaffApi;
  readonly publicUrl: () => string;
}

/** A member of staff with a session. */
export interface Visitor {
  readonly caller: StaffPlaced;
  /** The secret of the browser's cookie: the token. */
  readonly token: string;
}

const SESSION = 'portico-staff';

/** Of whoever is not signed in yet: without a secret of its own, another site could sign the browser in
    as somebody else. */
const BEFORE = 'portico-staff-form';

const BEFORE_SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Longer than a session, so that a form sent after its end is still known to be ours, and its words kept. */
const COOKIE_SECONDS = 12 * 60 * 60;

/** @param secret null where the browser is to forget it */
const cookie = ({ publicUrl }: ReviewDeps, name: string, secret: string | null): string =>
  ownCookie({ name, value: secret ?? '', maxAgeSeconds: secret === null ? 0 : COOKIE_SECONDS, sameSite: 'Strict' }, publicUrl());

/** Who asks; null where nobody is signed in. Throws UnavailableError. */
export async function visitorOf(request: FastifyRequest, deps: ReviewDeps): Promise<Visitor | null> {
  const token = readCookie(request, SESSION, deps.publicUrl());
  return token === null ? null : admitted(request, deps, token);
}

async function admitted(request: FastifyRequest, { clock, tokens, api }: ReviewDeps, token: string): Promise<Visitor | null> {
  const verdict = await tokens.verifyStaffToken(token);
  if (!verdict.ok) return null;
  const identified = { requestId: request.id, receivedAt: clock.now(), idempotencyKey: undefined, mediaType: JSON_TYPE, claims: verdict.claims };
  try {
    return { token, caller: await placeStaff(identified, api.database, clock) };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'UNAUTHENTICATED') return null;
    throw error;
  }
}

export const reviewerOf = ({ caller: { staff, claims }, token }: Visitor, may: Reviewer['may']): Reviewer => ({
  staffId: staff.staffId,
  name: staff.name,
  roles: staff.roles,
  endsAt: claims.exp * 1000,
  formToken: formTokenOf(token),
  may,
});

export interface SigningIn {
  readonly next: string;
  readonly alert?: string | null;
  readonly kept?: Kept;
}

/** The sign-in, for whoever asked for something that needs it. */
export function askToSignIn(request: FastifyRequest, deps: ReviewDeps, { next, alert = null, kept = {} }: SigningIn, status = 401): Answer {
  const known = readCookie(request, BEFORE, deps.publicUrl());
  const secret = known !== null && BEFORE_SECRET.test(known) ? known : randomBytes(32).toString('base64url');
  const page = signInPage({ formToken: formTokenOf(secret), next, alert, kept });
  return pageAnswer(status, page, {
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="portico"' } : {}),
    'set-cookie': cookie(deps, BEFORE, secret),
  });
}

/** What a form said whose session has ended, to be kept: only where the form was ours. */
export function keptOf(request: FastifyRequest, deps: ReviewDeps): Kept {
  const [token, form] = [readCookie(request, SESSION, deps.publicUrl()), readForm(request)];
  return token !== null && form && isOwnForm(request, form, token) ? wordsOf(form) : {};
}

export const wordsOf = (form: URLSearchParams): Kept => ({ reason: form.get('reason') ?? '', text: form.get('text') ?? '' });

/** Where a sign-in may lead: to the review, and nowhere else. */
const NEXT = /^\/lifecycle\/review(\/[a-z0-9_]{1,64})?$/;

export const isNext = (path: string): boolean => NEXT.test(path);

/** A browser that is signed in now, and the cookies that say so. */
export interface SignedIn {
  readonly visitor: Visitor;
  readonly next: string;
  readonly kept: Kept;
  readonly cookies: readonly string[];
}

/** Takes the sign-in's form: a client id and its secret, or an access token. */
export async function takeSignIn(request: FastifyRequest, deps: ReviewDeps): Promise<SignedIn | Answer> {
  const admission = await deps.guesses.admit(request.ip);
  if (!admission.ok) return tooManyPage('This address sends more requests than it may.', admission.retryAfterMs);
  const [secret, form] = [readCookie(request, BEFORE, deps.publicUrl()), readForm(request)];
  const asked = form?.get('next') ?? '';
  const next = isNext(asked) ? asked : '/lifecycle/review';
  if (secret === null || !form || !isOwnForm(request, form, secret))
    return askToSignIn(request, deps, { next, alert: 'This form was not sent from our page, or has lain for too long. Try again.' }, 403);
  const kept = wordsOf(form);
  const clientId = form.get('client_id')?.trim() ?? '';
  const guess = await deps.guesses.guess(request.ip, clientId, async () => {
    const token = form.get('access_token')?.trim() || (await issued(deps, clientId, form.get('client_secret') ?? ''));
    return token === null ? null : admitted(request, deps, token);
  });
  if (!guess.ok) return tooManyPage('Too many failed attempts to sign in as this client from this address.', guess.retryAfterMs);
  // One answer for every reason, so that it teaches nobody.
  if (!guess.value) return askToSignIn(request, deps, { next, kept, alert: 'That did not work. Check the client id and secret of a member of staff, or the access token.' });
  return {
    visitor: guess.value,
    next,
    kept,
    cookies: [cookie(deps, SESSION, guess.value.token), cookie(deps, BEFORE, null)],
  };
}

/** A token for the member of staff whom the secret proves. */
async function issued({ clock, tokens, api }: ReviewDeps, clientId: string, clientSecret: string): Promise<string | null> {
  const client = await authenticateClient(api.database, clientId, clientSecret, clock);
  return client?.kind === 'staff' ? issueToken(tokens, client, []).token : null;
}

/** Ends the session here and wherever else its token was used. Answers the cookie that forgets it. */
export async function signOut({ caller: { claims } }: Visitor, deps: ReviewDeps): Promise<string> {
  await revokeToken(deps.api.database, { kind: 'staff', claims }, deps.clock);
  return cookie(deps, SESSION, null);
}
