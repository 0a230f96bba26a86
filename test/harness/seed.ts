/** Seeds follow ownership: an environment, a partner in it, its integration, its credential, and
    then questions over HTTP with its token. */
import type { App } from '../../src/app.ts';
import type { Clock } from '../../src/base/clock.ts';
import { ensureLiveEnvironment, openEmptySandbox, seedWorld } from '../../src/environments/index.ts';
import { createPartner, createStaff, issueCredential, type StaffRole } from '../../src/partners/index.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import type { TestDatabase } from './database.ts';

export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: any;
  readonly errors: readonly { message: string; path?: readonly (string | number)[]; extensions: Record<string, any> }[] | undefined;
  readonly extensions: Record<string, any> | undefined;
}

export interface AskOptions {
  readonly token?: string;
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class SeededPartner {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  private readonly url: string;
  private remembered: Promise<string> | null = null;

  constructor(url: string, facts: { environmentId: string; partnerId: string; clientId: string; clientSecret: string }) {
    this.url = url;
    this.environmentId = facts.environmentId;
    this.partnerId = facts.partnerId;
    this.clientId = facts.clientId;
    this.clientSecret = facts.clientSecret;
  }

  /** An access token, fetched once, however many ask for it at once; `fresh` fetches another. */
  token({ fresh = false } = {}): Promise<string> {
    if (this.remembered && !fresh) return this.remembered;
    const fetched = this.fetchToken();
    this.remembered = fetched;
    // Whoever asks after a failure tries again.
    fetched.catch(() => {
      if (this.remembered === fetched) this.remembered = null;
    });
    return fetched;
  }

  private async fetchToken(): Promise<string> {
    const response = await fetch(`${this.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: this.clientId, client_secret: this.clientSecret }),
    });
    const body = (await response.json()) as { access_token?: string };
    if (!body.access_token) throw new Error(`No token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  async query(query: string, variables?: Record<string, unknown>, options: AskOptions = {}): Promise<GraphQLAnswer> {
    return ask(this.url, { query, variables }, { ...options, token: options.token ?? (await this.token()) });
  }
}

/** A member of staff, who asks the staff API. */
export class SeededStaff {
  readonly staffId: string;
  readonly clientSecret: string;
  private readonly url: string;
  private readonly credential: SeededPartner;

  constructor(url: string, { staffId, clientSecret }: { staffId: string; clientSecret: string }) {
    this.url = url;
    this.staffId = staffId;
    this.clientSecret = clientSecret;
    this.credential = new SeededPartner(url, { environmentId: '', partnerId: '', clientId: staffId, clientSecret });
  }

  token(options: { fresh?: boolean } = {}): Promise<string> {
    return this.credential.token(options);
  }

  async query(query: string, variables?: Record<string, unknown>, options: AskOptions = {}): Promise<GraphQLAnswer> {
    return ask(this.url, { query, variables }, { version: 'admin', ...options, token: options.token ?? (await this.token()) });
  }
}

/** Sends a body to the partner API, as it is. */
export async function ask(url: string, body: unknown, { token, version, headers = {} }: AskOptions = {}): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql${version ? `/${version}` : ''}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const parsed = parseJson(text) as Partial<GraphQLAnswer> | null;
  return { status: response.status, headers: response.headers, text, data: parsed?.data, errors: parsed?.errors, extensions: parsed?.extensions };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export class Seed {
  private readonly app: App;
  private readonly database: TestDatabase;
  private readonly url: string;
  private readonly clock: Clock;
  private partners = 0;
  private people = 0;

  constructor(app: App, database: TestDatabase, url: string, clock: Clock) {
    this.app = app;
    this.database = database;
    this.url = url;
    this.clock = clock;
  }

  live(): Promise<string> {
    return inTransaction(this.app.database, NO_TENANT, tx => ensureLiveEnvironment(tx, this.clock));
  }

  /** A sandbox of the partner's, without rows. */
  sandboxOf(owner: SeededPartner): Promise<string> {
    return inTransaction(this.app.database, NO_TENANT, tx =>
      openEmptySandbox(tx, { name: 'Rehearsal', owner: { environmentId: owner.environmentId, partnerId: owner.partnerId } }, this.clock),
    );
  }

  /** A new member of staff with the given roles. */
  async staff(...roles: StaffRole[]): Promise<SeededStaff> {
    this.people += 1;
    const name = `Person ${this.people}`;
    const email = `person-${this.people}@marketplace.example`;
    const created = await inTransaction(this.app.database, NO_TENANT, tx => createStaff(tx, { name, email, roles }, this.clock));
    if (!created.ok) throw new Error(created.refusal.message);
    return new SeededStaff(this.url, { staffId: created.value.staff.id, clientSecret: created.value.clientSecret });
  }

  /** A new partner with one integration that has gone live, in live unless said otherwise. */
  async partner(environmentId?: string, { live = true } = {}): Promise<SeededPartner> {
    const environment = environmentId ?? (await this.live());
    this.partners += 1;
    const name = `Partner ${this.partners}`;
    return inTransaction(this.app.database, { environmentId: environment, partnerId: '*' }, async tx => {
      const created = await createPartner(tx, { name, integration: { name: `${name} Shipping`, category: 'SHIPPING', live } }, this.clock);
      if (!created.ok) throw new Error(created.refusal.message);
      return new SeededPartner(this.url, {
        environmentId: environment,
        partnerId: created.value.partner.id,
        clientId: created.value.clientId,
        clientSecret: created.value.clientSecret,
      });
    });
  }

  /** Harbour Market in an environment (live unless said otherwise): its partners by name.
      @param reports of its integrations; some thousands unless said otherwise */
  async world(environmentId?: string, reports?: number): Promise<(partnerName: string) => Promise<SeededPartner>> {
    const environment = environmentId ?? (await this.live());
    await seedWorld(this.database.ownerUrl, { environmentId: environment, seed: 1, size: 'SMALL', reports });
    return partnerName =>
      inTransaction(this.app.database, { environmentId: environment, partnerId: '*' }, async tx => {
        const [row] = await tx.query<{ partner_id: string; id: string }[]>(
          'select i.partner_id, i.id from portico.integration i join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id where p.name = $1 order by i.created_at, i.id limit 1',
          [partnerName],
        );
        const issued = await issueCredential(tx, row!.id, this.clock);
        if (!issued.ok) throw new Error(issued.refusal.message);
        return new SeededPartner(this.url, { environmentId: environment, partnerId: row!.partner_id, clientId: issued.value.clientId, clientSecret: issued.value.clientSecret });
      });
  }
}
