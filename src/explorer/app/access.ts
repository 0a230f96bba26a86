/**
 * The page's access tokens. Tokens and secrets live in memory and nowhere else: what is in local
 * storage outlives the visit, and every script of this origin can read it.
 */
import { getJson, send } from './gateway.ts';

interface AccessToken {
  value: string;
  /** When to stop using it, in milliseconds of this browser's clock. */
  expiresAt: number;
}

export interface TokenKeeper {
  /** A token that is good for a while yet, renewed where the one at hand is not. */
  current(): Promise<string>;
  /** Forgets a token that the gateway refused, so that the next one is fresh. */
  discard(token: string): void;
}

/** Where queries go with which token: an environment of the demo, or that of a credential. */
export interface Environment {
  label: string;
  tokens: TokenKeeper;
}

/** A request must not outlive its token on the road. */
const RENEW_BEFORE_MS = 60_000;

function keepToken(first: AccessToken, obtain: () => Promise<AccessToken>): TokenKeeper {
  let token: AccessToken | null = first;
  let renewal: Promise<AccessToken> | null = null;
  return {
    async current() {
      if (!token || token.expiresAt - Date.now() < RENEW_BEFORE_MS) {
        renewal ??= obtain().finally(() => (renewal = null));
        token = await renewal;
      }
      return token.value;
    },
    discard(refused) {
      if (token?.value === refused) token = null;
    },
  };
}

interface DemoTokens {
  environments: { label: string; environmentId: string; accessToken: string; expiresAt: string }[];
}

/** The demo's environments, each with its token. */
export async function demoEnvironments(): Promise<Environment[]> {
  const loadTokens = async () => {
    const { environments } = await getJson<DemoTokens>('/explorer/demo-token');
    return environments.map(({ label, environmentId, accessToken, expiresAt }) => ({ label, environmentId, token: { value: accessToken, expiresAt: Date.parse(expiresAt) } }));
  };
  return (await loadTokens()).map(({ label, environmentId, token }) => ({
    label,
    tokens: keepToken(token, async () => {
      const fresh = (await loadTokens()).find(environment => environment.environmentId === environmentId);
      if (!fresh) throw new Error(`The demo has no environment "${label}" any more: reload this page.`);
      return fresh.token;
    }),
  }));
}

/** Signs in with a credential; throws an error that says what to do where the gateway refuses it. */
export async function signIn(clientId: string, clientSecret: string): Promise<Environment> {
  const obtain = () => requestToken(clientId, clientSecret);
  return { label: clientId, tokens: keepToken(await obtain(), obtain) };
}

/** The client credentials grant (RFC 6749, section 4.4). */
async function requestToken(clientId: string, clientSecret: string): Promise<AccessToken> {
  const response = await send('/oauth/token', {
    method: 'POST',
    // A refusal asks for Basic authentication (RFC 6749, section 5.2): without this the browser
    // would ask too, in a window of its own, and the page would wait behind it.
    credentials: 'omit',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
  });
  if (response.ok) {
    const { access_token, expires_in } = (await response.json()) as { access_token: string; expires_in: number };
    return { value: access_token, expiresAt: Date.now() + expires_in * 1_000 };
  }
  if (response.status === 429) throw new Error(`Too many tries (429): wait ${response.headers.get('retry-after') ?? 'some'} seconds, then sign in again.`);
  const refusal = (await response.json().catch(() => ({}))) as { error?: string; error_description?: string };
  if (refusal.error === 'invalid_client') throw new Error('The client id or the secret was refused (invalid_client): check both, or make a new secret if this one was revoked.');
  throw new Error(`POST /oauth/token answered ${response.status} ${refusal.error ?? ''}: ${refusal.error_description ?? "see the gateway's log, then try again."}`);
}
