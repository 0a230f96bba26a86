/** Whatever a partner does to an integration's credentials, in whatever order, however often each
    request arrives: no more than two are valid, and each request is done once. */
import fc from 'fast-check';
import { GUESS_LIMITS } from '../../src/limits/guess-counts.ts';
import { KEY_LIFETIME_MS } from '../../src/partners/idempotency.rules.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { addIntegration, issue, keyed, listed, opens, revoke, rotate, rowsOf } from './credential-door.ts';

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp();
});
afterAll(() => gateway.close());

/** `which` counts through what there is by then; `times` is how often the request arrives at once. */
type Step =
  | { readonly kind: 'issue'; readonly times: number }
  | { readonly kind: 'rotate'; readonly which: number; readonly overlapSeconds: number; readonly times: number }
  | { readonly kind: 'revoke'; readonly which: number }
  | { readonly kind: 'repeat'; readonly which: number; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number };

const times = fc.integer({ min: 1, max: 3 });
const which = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('issue' as const), times }),
  fc.record({ kind: fc.constant('rotate' as const), which, overlapSeconds: fc.constantFrom(0, 60, 3600), times }),
  fc.record({ kind: fc.constant('revoke' as const), which }),
  fc.record({ kind: fc.constant('repeat' as const), which, times }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(59_999, 60_000, 3_600_000, KEY_LIFETIME_MS) }),
);

interface Payload {
  readonly credential: { readonly id: string } | null;
  readonly clientSecret: string | null;
  readonly secretShown: boolean;
  readonly userErrors: readonly { code: string }[];
}

/** A request with its key, and what it did while the key was remembered. */
interface Request {
  readonly send: () => Promise<GraphQLAnswer>;
  done: { readonly credentialId: string; readonly at: number } | null;
}

/** Of one mutation by one integration. */
const CALLS_AN_HOUR = 20;

class History {
  readonly secrets = new Map<string, string>();
  private readonly caller: SeededPartner;
  private readonly clientId: string;
  private readonly requests: Request[] = [];
  private calls = 0;

  constructor(caller: SeededPartner, clientId: string) {
    this.caller = caller;
    this.clientId = clientId;
  }

  async take(taken: Step): Promise<void> {
    switch (taken.kind) {
      case 'issue':
        return this.request(key => issue(this.caller, this.clientId, key), taken.times);
      case 'rotate': {
        const id = await this.credential(taken.which);
        return this.request(key => rotate(this.caller, id, taken.overlapSeconds, key), taken.times);
      }
      case 'revoke':
        expect((await revoke(this.caller, await this.credential(taken.which))).data.revokeCredential.userErrors).toEqual([]);
        return;
      case 'repeat': {
        const earlier = this.requests[taken.which % Math.max(this.requests.length, 1)];
        return earlier && this.arrive(earlier, taken.times);
      }
      case 'wait':
        gateway.clock.advance(taken.ms);
        await this.caller.token({ fresh: true });
    }
  }

  private async credential(at: number): Promise<string> {
    const all = await listed(this.caller, this.clientId);
    return all[at % all.length]!.id;
  }

  private request(send: (options: ReturnType<typeof keyed>) => Promise<GraphQLAnswer>, arrivals: number): Promise<void> {
    const options = keyed(`request ${this.requests.length}`);
    const request: Request = { send: () => send(options), done: null };
    this.requests.push(request);
    return this.arrive(request, arrivals);
  }

  /** The request arrives so often at once: done by one of them at most, answered alike by all that the limit of
      calls an hour lets in. */
  private async arrive(request: Request, arrivals: number): Promise<void> {
    const answers = await Promise.all(Array.from({ length: arrivals }, request.send));
    const letIn = answers.filter(({ errors }) => errors?.[0]?.extensions.code !== 'THROTTLED');
    this.calls += letIn.length;
    if (letIn.length < arrivals) expect(this.calls).toBeGreaterThanOrEqual(CALLS_AN_HOUR);
    const payloads = letIn.map(({ data }) => (data.issueCredential ?? data.rotateCredential) as Payload);
    const shown = payloads.filter(payload => payload.secretShown);
    const isRemembered = request.done !== null && gateway.clock.now() - request.done.at < KEY_LIFETIME_MS;
    if (!isRemembered) request.done = this.doneBy(shown[0]);
    // What was refused is not remembered: the request may be done when it arrives again.
    const expected = request.done ? { credential: { id: request.done.credentialId }, userErrors: [] } : { credential: null, clientSecret: null, userErrors: [expect.anything()] };
    for (const payload of payloads) expect(payload).toMatchObject(expected);
    expect(shown).toHaveLength(isRemembered || !request.done ? 0 : 1);
  }

  private doneBy(payload: Payload | undefined): Request['done'] {
    if (!payload) return null;
    const { id } = payload.credential!;
    this.secrets.set(id, payload.clientSecret!);
    return { credentialId: id, at: gateway.clock.now() };
  }
}

const ADDRESS_REFILL_MS = GUESS_LIMITS.burst * GUESS_LIMITS.intervalMs;

test('any history of issuing, rotating, revoking and repeating leaves at most two valid, each request done once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async steps => {
      // All histories ask for their tokens from one address, which has room for one history at a time.
      gateway.clock.advance(ADDRESS_REFILL_MS);
      const caller = await gateway.seed.partner();
      const { clientId } = await addIntegration(gateway, caller);
      const history = new History(caller, clientId);
      for (const taken of steps) {
        await history.take(taken);
        const valid = (await listed(caller, clientId)).filter(({ status }) => status === 'ACTIVE');
        expect(valid.length).toBeLessThanOrEqual(2);
        // The caller's own, the integration's first, and one for each secret that was shown.
        expect((await rowsOf(gateway, caller)).credentials).toBe(2 + history.secrets.size);
        const secrets = valid.flatMap(({ id }) => history.secrets.get(id) ?? []);
        expect(await Promise.all(secrets.map(secret => opens(gateway, clientId, secret)))).toEqual(secrets.map(() => true));
      }
      expect(new Set(history.secrets.values()).size).toBe(history.secrets.size);
    }),
    { numRuns: 25 },
  );
  expect(gateway.logged.filter(line => line.includes('fault of ours'))).toEqual([]);
}, 120_000);
