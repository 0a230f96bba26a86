/** A browser without a screen: it keeps cookies, reads forms and sends them, and nothing else. */
import type { SeededStaff } from '../harness/seed.ts';

export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class Visiting {
  private readonly url: string;
  readonly cookies = new Map<string, string>();

  constructor(url: string) {
    this.url = url;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Shown> {
    return this.shown(await fetch(this.url + path, { headers: { ...this.kept(), ...headers }, redirect: 'manual' }));
  }

  async post(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Shown> {
    return this.shown(await fetch(this.url + path, { method: 'POST', body: new URLSearchParams(fields), headers: { ...this.kept(), ...headers }, redirect: 'manual' }));
  }

  /** Signs in by the form, as a person would. */
  async signIn({ staffId, clientSecret }: SeededStaff, fields: Record<string, string> = {}): Promise<Shown> {
    const form = fieldsOf((await this.get('/lifecycle/review')).text, '/lifecycle/review/sign-in');
    return this.post('/lifecycle/review/sign-in', { ...form, client_id: staffId, client_secret: clientSecret, ...fields });
  }

  /** Sends a form of a page with some of its fields filled in. */
  async fillIn(path: string, action: string, fields: Record<string, string>): Promise<Shown> {
    return this.post(action, { ...fieldsOf((await this.get(path)).text, action), ...fields });
  }

  private kept(): Record<string, string> {
    return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  private async shown(response: Response): Promise<Shown> {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/Max-Age=0/.test(line)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** The hidden fields of the page's form with that action. */
export function fieldsOf(page: string, action: string): Record<string, string> {
  const form = page.split(`action="${action}"`)[1]?.split('</form>')[0];
  if (form === undefined) throw new Error(`The page has no form for ${action}:\n${page}`);
  return Object.fromEntries([...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!]));
}

export const alertOf = (page: string): string | null => /<p class="alert" role="alert">([^<]*)</.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? null;
