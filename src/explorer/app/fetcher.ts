/** Sends GraphiQL's requests to one API version with one environment's token. */
import type { GraphiQLProps } from 'graphiql';
import type { TokenKeeper } from './access.ts';
import { send } from './gateway.ts';

type Fetcher = GraphiQLProps['fetcher'];

/** What the response to the last run said beside its body. */
export interface Answer {
  status: number;
  milliseconds: number;
  apiVersion: string | null;
  requestId: string | null;
}

export interface FetcherOptions {
  /** Null leaves the choice to the gateway. */
  version: string | null;
  /** Null until somebody has signed in. */
  tokens: TokenKeeper | null;
  onAnswer(answer: Answer): void;
  /** A fresh token was refused: only a person can help. */
  onRefused(): void;
}

export function createFetcher({ version, tokens, onAnswer, onRefused }: FetcherOptions): Fetcher {
  const path = version ? `/graphql/${version}` : '/graphql';

  async function post(body: string, headers: Record<string, string>, keeper: TokenKeeper): Promise<Response> {
    const postWith = (token: string) =>
      send(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json;q=0.9',
          authorization: `Bearer ${token}`,
          ...headers,
        },
        body,
      });
    const token = await keeper.current();
    const response = await postWith(token);
    if (response.status !== 401) return response;
    // A clock that is off or a gateway with new keys makes good tokens old. What was refused with
    // a 401 has not been executed, so even a mutation may be sent once more.
    keeper.discard(token);
    return postWith(await keeper.current());
  }

  return async (request, options) => {
    try {
      if (!tokens) throw new Error('Sign in first: the client id and its secret go into the form above.');
      const startedAt = performance.now();
      const response = await post(JSON.stringify(request), options?.headers ?? {}, tokens);
      if (request.operationName !== 'IntrospectionQuery') {
        onAnswer({
          status: response.status,
          milliseconds: Math.round(performance.now() - startedAt),
          apiVersion: response.headers.get('api-version'),
          requestId: response.headers.get('x-request-id'),
        });
      }
      if (response.status === 401) onRefused();
      return parse(await response.text(), `POST ${path} answered ${response.status}`);
    } catch (error) {
      // As an answer: GraphiQL would show a thrown error with its stack.
      return { errors: [{ message: (error as Error).message }] };
    }
  };
}

function parse(body: string, answered: string) {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`${answered} without JSON, so it may not have been Portico that answered: ${body.slice(0, 200)}`);
  }
}
