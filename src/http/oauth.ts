/**
 * The OAuth endpoints, for partners' integrations, staff and the marketplace's own systems: tokens by
 * client credentials, people's consent by authorization code (RFC 6749, RFC 7636), revocation (RFC 7009), introspection (RFC 7662), metadata (RFC 8414) and the JWKS
 * (RFC 7517). Nothing that a caller sends makes them answer 5xx.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { environmentInstant, type Clock } from '../base/clock.ts';
import { authorizationDetail, exchangeCode, type ConsentHouse, type Exchanged } from '../consent/index.ts';
import type { Guesses } from '../limits/index.ts';
import {
  authenticateClient,
  currentEnvironment,
  isTokenActive,
  issueToken,
  readTokenFor,
  revokeToken,
  type AccessTokens,
  type Client,
  type ClientToken,
  type SigningKeys,
} from '../partners/index.ts';
import { UnavailableError, inTransaction, type Database } from '../platform/postgres/database.ts';
import { failureCode, STATEMENT_TIMED_OUT } from '../platform/postgres/failures.ts';
import { invalidClient, invalidRequest, OAuthError, readClientSecret, readForm, readScopes } from './oauth-form.ts';

export interface OAuthDeps {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly tokens: AccessTokens;
  readonly guesses: Guesses;
  readonly clock: Clock;
  /** The gateway's public URL, without a slash at its end. */
  readonly issuer: () => string;
  readonly house: ConsentHouse;
}

const BODY_LIMIT_BYTES = 16_384;

/** A key signs no earlier than five minutes after it was published, and a gateway may read it half
    a minute late: whoever caches the JWKS no longer than this always knows the signing key. */
const JWKS_MAX_AGE_SECONDS = 240;

const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'];

export const oauthRoutes =
  (deps: OAuthDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    // A scope of its own: its body parser and error answers must not reach the other routes.
    await server.register(async scope => addRoutes(scope, deps));
  };

function addRoutes(scope: FastifyInstance, deps: OAuthDeps): void {
  const { keys, tokens, guesses, database, clock } = deps;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => done(null, body));
  scope.setErrorHandler(answerError);
  scope.addHook('onRequest', async request => {
    const admission = await guesses.admit(request.ip);
    if (!admission.ok) throw tooMany('This address sends more requests than it may.', admission.retryAfterMs);
  });

  /** Who asks, and what: the client has proved its secret. */
  async function authenticated(request: FastifyRequest, form: ReadonlyMap<string, string>): Promise<Client> {
    const { clientId, clientSecret } = readClientSecret(request.headers.authorization, form);
    const guess = await guesses.guess(request.ip, clientId, () => authenticateClient(database, clientId, clientSecret, clock));
    if (!guess.ok) throw tooMany('Too many failed attempts to authenticate as this client from this address.', guess.retryAfterMs);
    if (!guess.value) throw invalidClient();
    return guess.value;
  }

  scope.post('/oauth/token', async (request, reply) => {
    const form = readForm(bodyOf(request));
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw invalidRequest('grant_type is missing: send client_credentials.');
    if (grantType !== 'client_credentials' && grantType !== 'authorization_code')
      throw new OAuthError(400, 'unsupported_grant_type', 'The grant_type is client_credentials or authorization_code.');
    const client = await authenticated(request, form);
    const consent = grantType === 'authorization_code' ? await exchange(form, client, deps) : {};
    const scopes = readScopes(form, client.scopes);
    const { token, expiresInSeconds } = issueToken(tokens, client, scopes);
    return await unstored(reply).send({
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      ...consent,
    });
  });

  scope.post('/oauth/revoke', async (request, reply) => {
    const form = readForm(bodyOf(request));
    const client = await authenticated(request, form);
    const token = await readTokenFor(tokens, client, tokenOf(form));
    // RFC 7009, section 2.2: a token that is already worth nothing needs no revocation.
    if (token && token.claims.client_id !== client.clientId) throw new OAuthError(400, 'invalid_grant', 'The token was issued to another client: only that client can revoke it.');
    if (token) await revokeToken(database, token, clock);
    return await unstored(reply).send();
  });

  scope.post('/oauth/introspect', async (request, reply) => {
    const form = readForm(bodyOf(request));
    const client = await authenticated(request, form);
    const token = await readTokenFor(tokens, client, tokenOf(form));
    const own = token?.claims.client_id === client.clientId;
    return await unstored(reply).send(token && own && (await isTokenActive(database, token, clock)) ? describe(token) : { active: false });
  });

  scope.get('/.well-known/jwks.json', async (_request, reply) => await reply.header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`).send(keys.jwks()));

  scope.get('/.well-known/oauth-authorization-server', async (_request, reply) => {
    const issuer = deps.issuer();
    return await reply.header('cache-control', 'public, max-age=3600').send({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: ['client_credentials', 'authorization_code'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      authorization_details_types_supported: ['marketplace_data'],
      ui_locales_supported: ['en', 'de'],
      token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
      revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
      introspection_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    });
  });
}

/** What a person's consent adds to the integration's own token: which grant it is, whose, and what of. The
    token is the one that client credentials give; the grant decides what is read. */
async function exchange(form: ReadonlyMap<string, string>, client: Client, { database, clock, house }: OAuthDeps): Promise<Record<string, unknown>> {
  if (client.kind !== 'integration') throw new OAuthError(400, 'unauthorized_client', 'Only integrations exchange authorization codes.');
  const { environmentId, clientId: integrationId } = client;
  const required = (name: string): string => {
    const value = form.get(name);
    if (value === undefined) throw invalidRequest(`${name} is missing: an authorization code is exchanged with code, redirect_uri and code_verifier.`);
    return value;
  };
  const [code, redirectUri, codeVerifier] = [required('code'), required('redirect_uri'), required('code_verifier')];
  const wallNow = clock.now();
  // Committed whatever the answer: a code that comes twice ends its grant.
  const exchanged = await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    const environment = await currentEnvironment(tx);
    const environmentNow = environmentInstant(environment.clock, wallNow);
    return exchangeCode(tx, house, { environmentId, integrationId, code, redirectUri, codeVerifier }, { wall: { now: () => wallNow }, environment: { now: () => environmentNow } });
  });
  if (!exchanged.ok) throw new OAuthError(400, 'invalid_grant', exchanged.refusal.message);
  return described(exchanged.value);
}

const described = ({ grant, subjectId }: Exchanged): Record<string, unknown> => ({
  consent_grant: grant.id,
  subject: subjectId,
  consent_expires_at: new Date(grant.expiresAt).toISOString(),
  authorization_details: grant.scopes.map(scope => authorizationDetail(grant.purpose, scope)),
});

/** A POST without a body has no content type either, and no parser runs. */
const bodyOf = (request: FastifyRequest): string => (typeof request.body === 'string' ? request.body : '');

function tokenOf(form: ReadonlyMap<string, string>): string {
  const token = form.get('token');
  if (token === undefined) throw invalidRequest('token is missing: send the access token that this is about.');
  return token;
}

function describe({ claims }: ClientToken): Record<string, unknown> {
  const { iss, aud, sub, client_id, exp, iat, jti, scope } = claims;
  return { active: true, token_type: 'Bearer', iss, aud, sub, client_id, exp, iat, jti, ...(scope === '' ? {} : { scope }) };
}

/** RFC 6749, section 5.1. */
const unstored = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store').header('pragma', 'no-cache');

const tooMany = (description: string, retryAfterMs: number): OAuthError => {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new OAuthError(429, 'too_many_requests', `${description} Try again in ${seconds} s.`, { 'retry-after': String(seconds) });
};

function answerError(error: FastifyError | OAuthError | UnavailableError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, headers } = asOAuthError(error);
  if (status >= 500) request.log.error({ err: error }, 'an OAuth request failed');
  return unstored(reply).code(status).headers(headers).send({ error: code, error_description: message });
}

function asOAuthError(error: FastifyError | OAuthError | UnavailableError): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof UnavailableError || failureCode(error) === STATEMENT_TIMED_OUT) {
    return new OAuthError(503, 'temporarily_unavailable', 'The service cannot answer at the moment: send the same request again shortly.', { 'retry-after': '1' });
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 413) return new OAuthError(413, 'invalid_request', `The body is longer than ${BODY_LIMIT_BYTES} bytes: send only the parameters of the request.`);
  if (status === 415) return new OAuthError(415, 'invalid_request', 'The body must be application/x-www-form-urlencoded.');
  if (status >= 400 && status < 500) return new OAuthError(status, 'invalid_request', 'The request cannot be read: send form parameters as application/x-www-form-urlencoded.');
  return new OAuthError(500, 'server_error', 'The request failed for a reason of ours. It was logged.');
}
