/**
 * What an OAuth request says, read strictly (RFC 6749, sections 2.3 and 3.2): form parameters that
 * occur once each, and one way of proving who the client is.
 */
import { isStorableText } from '../base/text.ts';

/** An answer after RFC 6749, section 5.2. The description may not hold quotes or backslashes. */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, description: string, headers: Readonly<Record<string, string>> = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const invalidRequest = (description: string): OAuthError => new OAuthError(400, 'invalid_request', description);

/** One answer for every reason, so that it teaches nobody which clients exist or what state they are in. */
export const invalidClient = (): OAuthError =>
  new OAuthError(401, 'invalid_client', 'Client authentication failed: check client_id and client_secret.', { 'www-authenticate': 'Basic realm="portico", charset="UTF-8"' });

export interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The body's parameters by name; those without a value count as absent (RFC 6749, section 3.2). */
export function readForm(body: string): ReadonlyMap<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (value === '') continue;
    if (form.has(name)) throw invalidRequest('A parameter occurs more than once: send each at most once.');
    if (!isStorableText(value)) throw invalidRequest('A parameter holds a NUL character or half of a surrogate pair: remove it.');
    form.set(name, value);
  }
  return form;
}

/** Client id and secret from the Authorization header (client_secret_basic) or the form
    (client_secret_post). Throws where they are absent, unreadable, or given in both ways. */
export function readClientSecret(authorization: string | undefined, form: ReadonlyMap<string, string>): ClientSecret {
  const clientId = form.get('client_id');
  const clientSecret = form.get('client_secret');
  if (authorization === undefined) {
    if (clientId === undefined || clientSecret === undefined) throw invalidClient();
    return { clientId, clientSecret };
  }
  if (clientSecret !== undefined) throw invalidRequest('The client authenticates in two ways: use either the Authorization header or the form, not both.');
  const basic = readBasic(authorization);
  if (!basic) throw invalidClient();
  if (clientId !== undefined && clientId !== basic.clientId) throw invalidRequest('client_id differs from the one in the Authorization header: leave it out.');
  return basic;
}

/** RFC 7617, with the form encoding of both halves that RFC 6749, section 2.3.1, adds. */
function readBasic(authorization: string): ClientSecret | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return null;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  const clientId = formDecoded(pair.slice(0, colon));
  const clientSecret = formDecoded(pair.slice(colon + 1));
  return colon > 0 && clientId !== null && clientSecret !== null && isStorableText(clientId) ? { clientId, clientSecret } : null;
}

function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** The scopes that a token shall carry: those asked for, or all that the client has. */
export function readScopes(form: ReadonlyMap<string, string>, allowed: readonly string[]): readonly string[] {
  const requested = form.get('scope');
  if (requested === undefined) return allowed;
  const scopes = [...new Set(requested.split(' ').filter(scope => scope !== ''))];
  if (!scopes.every(scope => allowed.includes(scope)))
    throw new OAuthError(400, 'invalid_scope', 'A scope was asked for that this client does not have: ask for fewer, or leave scope out to get all.');
  return scopes;
}
