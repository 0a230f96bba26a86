/** A client for Portico: a token, answers, patience where there is no room, a word about what is on its way out and about
    what people have not agreed to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TypedDocumentString } from './generated/graphql.js';

/** A refusal that stands after so many attempts is for a person to look at. */
const ATTEMPTS = 6;

interface ApiError {
  readonly message: string;
  readonly path?: readonly string[];
  readonly extensions: { readonly code: string; readonly reason?: string; readonly consentRequest?: { readonly scopes: readonly string[] } | null };
}

interface Answer<Data> {
  readonly data?: Data;
  readonly errors?: readonly ApiError[];
  readonly extensions?: { readonly warnings?: readonly { readonly message: string; readonly data: { readonly coordinate: string } }[] };
}

/** The API's own errors. `codes` are stable; messages are for people. */
export class Refused extends Error {
  readonly codes: readonly string[];

  constructor(errors: readonly ApiError[]) {
    super(errors.map(({ message, extensions }) => `${extensions.code}: ${message}`).join('; '));
    this.codes = errors.map(({ extensions }) => extensions.code);
  }
}

export class Portico {
  private readonly url: string;
  private readonly credentials: URLSearchParams;
  private token: string | null = null;
  private readonly warned = new Set<string>();
  private readonly missing = new Set<string>();

  constructor(url: string, clientId: string, clientSecret: string) {
    this.url = url.replace(/\/$/, '');
    this.credentials = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  }

  /** The `data` of an answer. Throws Refused. */
  async ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${this.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await this.accessToken()}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query: document.toString(), variables }),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = (await response.json()) as Answer<Data>;
      if (response.status === 401 && attempt === 1) {
        // The token has expired or was revoked: once more with a new one.
        this.token = null;
      } else if ((response.status === 429 || response.status === 503) && attempt < ATTEMPTS) {
        const seconds = Number(response.headers.get('retry-after') ?? 1);
        console.error(`waiting ${seconds} s: ${answer.errors?.[0]?.extensions.code ?? response.status}`);
        await delay(seconds * 1_000);
      } else {
        this.warn(answer);
        const errors = answer.errors ?? [];
        if (!answer.data || errors.some(({ extensions }) => extensions.code !== 'CONSENT_REQUIRED')) throw new Refused(errors);
        this.noteMissing(errors);
        return answer.data;
      }
    }
  }

  private async accessToken(): Promise<string> {
    if (this.token === null) {
      const response = await fetch(`${this.url}/oauth/token`, { method: 'POST', body: this.credentials });
      const { access_token: token, error_description: why } = (await response.json()) as { access_token?: string; error_description?: string };
      if (token === undefined) throw new Error(`No token: ${why ?? response.status}`);
      this.token = token;
    }
    return this.token;
  }

  /** What people have not agreed to is null, and the rest is served: no failure, and nothing to try again. */
  private noteMissing(errors: readonly ApiError[]): void {
    for (const { path = [], extensions } of errors) {
      const line = `no consent: ${path.join('.')}: ${extensions.reason}`;
      if (this.missing.has(line)) continue;
      this.missing.add(line);
      console.error(extensions.consentRequest ? `${line}; ask for ${extensions.consentRequest.scopes.join(', ')}` : line);
    }
  }

  private warn({ extensions }: Answer<unknown>): void {
    for (const { message, data } of extensions?.warnings ?? []) {
      if (this.warned.has(data.coordinate)) continue;
      this.warned.add(data.coordinate);
      console.error(`deprecated: ${data.coordinate}: ${message}`);
    }
  }
}
