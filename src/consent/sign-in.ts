/**
 * How people prove who they are: at the marketplace's OpenID Provider, whose `sub` is the reference
 * that the feed knows a person by. The code flow with PKCE, state and nonce (OpenID Connect Core,
 * section 3.1; RFC 9700), by openid-client.
 */
import {
  ClientSecretBasic,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import type { Language } from './catalogue.rules.ts';
import type { SignInAttempt } from './subject.store.ts';

export interface SignInOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SignIn {
  /** Where the browser goes, and what it must come back with. Throws where the provider does not answer. */
  begin(callback: string, language: Language): Promise<{ url: string; attempt: SignInAttempt }>;
  /** The person's reference. Throws where the provider says no, or what came back is not what it should be.
      @param returned the callback's URL with all that the provider added */
  finish(returned: URL, attempt: SignInAttempt): Promise<string>;
}

/** An address of the machine itself needs no TLS: for development and tests. */
const isLoopback = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

/** The provider is asked for its metadata at the first sign-in, not at start: Portico must start without it. */
export function openSignIn({ issuer, clientId, clientSecret }: SignInOptions): SignIn {
  let known: Promise<Configuration> | null = null;
  const configuration = (): Promise<Configuration> => {
    const url = new URL(issuer);
    // The library marks what opens the way for tests as deprecated, so that nobody overlooks it.
    // oxlint-disable-next-line typescript/no-deprecated
    const execute = isLoopback(url) ? [allowInsecureRequests] : [];
    known ??= discovery(url, clientId, {}, ClientSecretBasic(clientSecret), { execute, timeout: 5 }).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return {
    async begin(callback, language) {
      const config = await configuration();
      const attempt = { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid',
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
        ui_locales: language,
      });
      return { url: url.href, attempt };
    },
    async finish(returned, { state, nonce, codeVerifier }) {
      const tokens = await authorizationCodeGrant(await configuration(), returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      return tokens.claims()!.sub;
    },
  };
}
