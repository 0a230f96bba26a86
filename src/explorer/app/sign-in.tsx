import { useState, type SubmitEvent } from 'react';
import { signIn, type Environment } from './access.ts';

interface SignInProps {
  signedIn: Environment | null;
  onSignedIn(environment: Environment | null): void;
  onNotice(notice: string | null): void;
}

/** The form for a client id and its secret, or the way out. */
export function SignIn({ signedIn, onSignedIn, onNotice }: SignInProps) {
  const [waiting, setWaiting] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { clientId, clientSecret } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setWaiting(true);
    try {
      onSignedIn(await signIn(clientId!.trim(), clientSecret!.trim()));
      onNotice(null);
    } catch (error) {
      onNotice((error as Error).message);
    } finally {
      setWaiting(false);
    }
  };

  if (signedIn) {
    return (
      <div className="sign-in">
        <span>
          Signed in as <code>{signedIn.label}</code>
        </span>
        <button type="button" onClick={() => onSignedIn(null)}>
          Sign out
        </button>
      </div>
    );
  }
  return (
    <form className="sign-in" onSubmit={submit}>
      <input name="clientId" aria-label="Client id" placeholder="Client id" autoComplete="off" spellCheck={false} required />
      <input name="clientSecret" aria-label="Client secret" placeholder="Client secret" type="password" autoComplete="off" required />
      <button disabled={waiting}>Sign in</button>
    </form>
  );
}
