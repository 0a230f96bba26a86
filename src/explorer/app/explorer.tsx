/** The page: a bar that says which version and environment answer, above GraphiQL. */
import { GraphiQL } from 'graphiql';
import { useMemo, useState } from 'react';
import type { Environment } from './access.ts';
import { Bar, OWN_CREDENTIAL } from './bar.tsx';
import { CostTag } from './cost.tsx';
import { createFetcher, type Answer } from './fetcher.ts';
import milestones from './milestones.graphql?raw';
import { SignIn } from './sign-in.tsx';
import type { ApiVersion, Start } from './start.ts';

const REFUSED =
  'The gateway refused the access token, and a fresh one too (401): the credential may be revoked, or its integration suspended. Sign in with another credential, or choose another environment.';

export function Explorer({ versions, environments, problem }: Start) {
  const [version, setVersion] = useState(() => firstVersion(versions));
  const [place, setPlace] = useState(environments[0]?.label ?? OWN_CREDENTIAL);
  const [signedIn, setSignedIn] = useState<Environment | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [notice, setNotice] = useState(problem);

  const environment = place === OWN_CREDENTIAL ? signedIn : environments.find(({ label }) => label === place)!;
  const tokens = environment?.tokens ?? null;
  // GraphiQL asks for the schema again whenever the fetcher changes: it must change with the
  // version and the environment, and with nothing else.
  const fetcher = useMemo(
    () =>
      createFetcher({
        version,
        tokens,
        onAnswer(answer) {
          setAnswer(answer);
          setNotice(null);
        },
        onRefused: () => setNotice(REFUSED),
      }),
    [version, tokens],
  );

  const chooseVersion = (chosen: string) => {
    setVersion(chosen);
    const url = new URL(location.href);
    url.searchParams.set('version', chosen);
    history.replaceState(null, '', url);
  };

  return (
    <>
      <Bar
        versions={versions}
        version={version}
        onVersion={chooseVersion}
        places={environments.map(({ label }) => label)}
        place={place}
        onPlace={chosen => {
          setPlace(chosen);
          setNotice(null);
        }}
      >
        {place === OWN_CREDENTIAL && <SignIn signedIn={signedIn} onSignedIn={setSignedIn} onNotice={setNotice} />}
      </Bar>
      {notice && (
        <p className="notice" role="alert">
          {notice}
        </p>
      )}
      {/* Headers are not kept: someone may write a token into them. A null schema keeps GraphiQL from asking for one before there is a token. */}
      <GraphiQL fetcher={fetcher} defaultQuery={milestones} schema={tokens ? undefined : null} shouldPersistHeaders={false} inputValueDeprecation schemaDescription>
        <GraphiQL.Footer>
          <AnswerLine answer={answer} />
          <CostTag version={version} tokens={tokens} />
        </GraphiQL.Footer>
      </GraphiQL>
    </>
  );
}

function AnswerLine({ answer }: { answer: Answer | null }) {
  return (
    <dl className="answer" aria-label="Response headers" aria-live="polite">
      {answer && (
        <>
          <div>
            <dt>Status</dt>
            <dd>
              {answer.status} in {answer.milliseconds} ms
            </dd>
          </div>
          <div>
            <dt>API-Version</dt>
            <dd>{answer.apiVersion ?? 'none'}</dd>
          </div>
          <div>
            <dt>X-Request-Id</dt>
            <dd>{answer.requestId ?? 'none'}</dd>
          </div>
        </>
      )}
    </dl>
  );
}

/** The version that the address names, else the current one. */
function firstVersion(versions: ApiVersion[]): string | null {
  const named = new URL(location.href).searchParams.get('version');
  return (versions.find(({ version }) => version === named) ?? versions.find(({ kind }) => kind === 'CURRENT') ?? versions[0])?.version ?? null;
}
