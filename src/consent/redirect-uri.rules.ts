/** Which redirect URIs an integration may register. They are compared byte by byte (RFC 9700, section
    2.1), so what could be written in two ways is refused here. */
import { ok, refused, type Outcome } from '../base/outcome.ts';

export const MAX_REDIRECT_URIS = 10;
const MAX_URI_LENGTH = 2_000;

/** RFC 8252, section 7.3: a program on the person's own machine listens there. */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

export interface RedirectUriRefusal {
  readonly code: 'INVALID';
  readonly message: string;
  readonly path: readonly string[];
}

export function checkRedirectUris(uris: readonly string[]): Outcome<readonly string[], RedirectUriRefusal> {
  if (uris.length > MAX_REDIRECT_URIS) return refuse(`An integration has at most ${MAX_REDIRECT_URIS} redirect URIs, and these are ${uris.length}.`);
  for (const [index, uri] of uris.entries()) {
    const problem = problemOf(uri);
    if (problem) return refuse(problem, String(index));
  }
  return ok([...new Set(uris)]);
}

const refuse = (message: string, ...path: string[]) => refused<RedirectUriRefusal>({ code: 'INVALID', message, path: ['redirectUris', ...path] });

function problemOf(uri: string): string | null {
  if (uri.length > MAX_URI_LENGTH) return `A redirect URI has at most ${MAX_URI_LENGTH} characters.`;
  if (!URL.canParse(uri)) return 'A redirect URI is an absolute web address, e.g. https://partner.example/consent/back.';
  const url = new URL(uri);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    return 'A redirect URI begins with https:// (or with http:// on the loopback interface).';
  if (url.username !== '' || url.password !== '') return 'A redirect URI names no user.';
  if (url.hash !== '' || uri.includes('#')) return 'A redirect URI has no fragment (RFC 6749, section 3.1.2).';
  if (uri.includes('*')) return 'A redirect URI is exact: no wildcards.';
  return url.href === uri ? null : `Write the redirect URI as it is sent, without dots, capitals or defaults to resolve: ${url.href}`;
}
