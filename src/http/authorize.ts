/**
 * `GET /oauth/authorize`: the authorization endpoint (RFC 6749, section 4.1; PKCE with S256 alone, RFC
 * 7636; the issuer in every answer, RFC 9207; what is asked in `authorization_details`, RFC 9396, or in
 * a consent request made in advance). Nobody is sent anywhere before client and redirect URI are known
 * to belong together, byte by byte; all else is told to the redirect URI.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  clientHome,
  findRequest,
  isCodeChallenge,
  openBrowser,
  readAuthorizationDetails,
  redirectUrisOf,
  requestConsent,
  type AskRefusal,
  type AuthorizationRequest,
  type SignInAttempt,
} from '../consent/index.ts';
import { isId } from '../base/ids.ts';
import { isStorableText } from '../base/text.ts';
import { isLiveAt } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import type { Clocks } from '../graphql/writing.ts';
import { Problem, browserCookie, consentSite, inEnvironment, languageOf, redirectAnswer, send, usesSamples, type Answer, type ConsentSiteDeps } from './consent-site.ts';

const MAX_STATE_LENGTH = 1_000;

/** A refusal that the redirect URI is told (RFC 6749, section 4.1.2.1). */
export interface AuthorizationError {
  readonly error: string;
  readonly description: string;
}

/** Nobody is asked on behalf of an integration that could not read the answer. */
const NOT_LIVE: AuthorizationError = {
  error: 'unauthorized_client',
  description: 'This integration is not live, or its trial is over: rehearse in a sandbox, and let goLive open live.',
};

export const authorizeRoutes = (deps: ConsentSiteDeps): ((server: FastifyInstance) => Promise<void>) =>
  consentSite(deps, scope => scope.get('/oauth/authorize', async (request, reply) => send(reply, await authorize(request, deps))));

/** The redirect URI with the answer's parameters. What stood in its query stays as it was. */
export function answerUri(redirectUri: string, parameters: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams(given).toString()}`;
}

/** What the consent request's refusals are called to an OAuth client. */
export const authorizationErrorOf = ({ code, message }: Pick<AskRefusal, 'code' | 'message'>): AuthorizationError => {
  const told = (error: string) => ({ error, description: message });
  switch (code) {
    case 'INVALID':
    case 'NOT_FOUND':
    case 'PURPOSE_EXCEEDED':
      return told('invalid_authorization_details');
    case 'PURPOSE_NOT_APPROVED':
    case 'RECIPIENT_UNVERIFIED':
    case 'REDIRECT_URI_MISSING':
    case 'DELETION_OVERDUE':
      return told('unauthorized_client');
    case 'CONSENT_RESTING':
    case 'CONSENT_ALREADY_GIVEN':
    case 'SUSPENDED':
      return told('access_denied');
    default:
      return code satisfies never;
  }
};

async function authorize(request: FastifyRequest, deps: ConsentSiteDeps): Promise<Answer> {
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  const only = (name: string): string | null => {
    const [value, ...more] = query.getAll(name);
    return value !== undefined && more.length === 0 && isStorableText(value) ? value : null;
  };
  const clientId = only('client_id');
  const home = isId(clientId) ? await inTransaction(deps.database, NO_TENANT, tx => clientHome(tx, clientId)) : null;
  if (!home || clientId === null) throw new Problem('CLIENT', 400);
  const redirectUri = only('redirect_uri');
  const language = languageOf(request);
  const outcome = await inEnvironment(deps, home.environmentId, async (tx, clocks, environment) => {
    if (redirectUri === null || !(await redirectUrisOf(tx, home.environmentId, clientId)).includes(redirectUri)) throw new Problem('REDIRECT_URI', 400);
    if (!(await isLiveAt(tx, environment, clientId, new Date(clocks.environment.now())))) return NOT_LIVE;
    const asked = await readRequest(tx, { ...home, integrationId: clientId }, { only, query, redirectUri }, clocks);
    if ('error' in asked) return asked;
    const begun = usesSamples(deps, environment) ? null : await beginSignIn(deps, language);
    const signIn: SignInAttempt | null = begun?.attempt ?? null;
    const browser = await openBrowser(tx, home.environmentId, { customerId: null, authorization: asked, signIn, language }, clocks.wall.now());
    return { browser, location: begun?.url ?? '/consent/sign-in' };
  });
  const issuer = deps.house.publicUrl();
  if ('error' in outcome) return redirectAnswer(answerUri(redirectUri!, { error: outcome.error, error_description: outcome.description, state: only('state'), iss: issuer }));
  return redirectAnswer(outcome.location, browserCookie(outcome.browser, issuer));
}

/** Where the browser signs in at the marketplace's OpenID Provider. */
export async function beginSignIn({ signIn, house }: ConsentSiteDeps, language: 'en' | 'de'): Promise<{ url: string; attempt: SignInAttempt }> {
  if (!signIn) throw new Problem('NO_SIGN_IN', 503);
  return signIn.begin(`${house.publicUrl()}/consent/callback`, language).catch(() => {
    throw new Problem('UNAVAILABLE', 503);
  });
}

interface Parameters {
  readonly only: (name: string) => string | null;
  readonly query: URLSearchParams;
  readonly redirectUri: string;
}

async function readRequest(
  tx: Tx,
  asking: { environmentId: string; partnerId: string; integrationId: string },
  { only, query, redirectUri }: Parameters,
  clocks: Clocks,
): Promise<AuthorizationRequest | AuthorizationError> {
  const invalid = (description: string): AuthorizationError => ({ error: 'invalid_request', description });
  const twice = [...new Set(query.keys())].find(name => only(name) === null);
  if (twice !== undefined) return invalid('A parameter occurs more than once or holds characters that no text has.');
  if (only('response_type') !== 'code') return { error: 'unsupported_response_type', description: 'The only response_type is code.' };
  if ((only('response_mode') ?? 'query') !== 'query') return invalid('The only response_mode is query.');
  const codeChallenge = only('code_challenge');
  if (only('code_challenge_method') !== 'S256' || codeChallenge === null || !isCodeChallenge(codeChallenge))
    return invalid('PKCE is required: send code_challenge_method=S256 and a code_challenge of 43 characters (RFC 7636).');
  const state = only('state');
  if (state !== null && state.length > MAX_STATE_LENGTH) return invalid(`state has at most ${MAX_STATE_LENGTH} characters.`);
  const [named, details] = [only('consent_request'), only('authorization_details')];
  if ((named === null) === (details === null)) return invalid('Send either consent_request (from the mutation requestConsent) or authorization_details (RFC 9396).');
  const common = { clientId: asking.integrationId, redirectUri, state, codeChallenge };
  if (named !== null) {
    const known = isId(named) ? await findRequest(tx, asking.environmentId, named) : null;
    if (known?.integrationId !== asking.integrationId || known.decision !== null || clocks.wall.now() >= known.expiresAt)
      return invalid('There is no such open consent request of this client: ask again by requestConsent.');
    return { ...common, consentRequestId: named };
  }
  const asked = readAuthorizationDetails(details!);
  if (!asked)
    return {
      error: 'invalid_authorization_details',
      description: 'authorization_details is a JSON list of objects of the type marketplace_data with actions, datatypes and one purpose for all.',
    };
  const requested = await requestConsent(tx, asking, { ...asked, subjectId: null }, clocks);
  return requested.ok ? { ...common, consentRequestId: requested.value.requestId } : authorizationErrorOf(requested.refusal);
}
