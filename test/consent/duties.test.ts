/** What a grant leaves behind when it ends: a duty to delete, with a date, an attestation, and consequences. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { Browser, atQuestion, attempt, granted, registerBack, rows } from './door.ts';

const DAY = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let shopper = 0;

const somebody = (): string => `shopper-${String((shopper += 1)).padStart(4, '0')}`;

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  const partnerOf = await gateway.seed.world();
  partner = await partnerOf('ParcelPilot');
  neighbour = await partnerOf('FairShare');
  await registerBack(partner);
  await registerBack(neighbour);
});
afterAll(() => gateway.close());

const ask = async (query: string, variables: Record<string, unknown> = {}, who = partner) => who.query(query, variables, { token: await who.token({ fresh: true }) });

const relinquish = (grantId: unknown) => ask('mutation ($input: RelinquishConsentInput!) { relinquishConsent(input: $input) { userErrors { code } } }', { input: { grantId } });

interface Duty {
  readonly id: string;
  readonly state: string;
  readonly subjectId: string;
  readonly aroseAt: string;
  readonly dueAt: string;
  readonly grant: { readonly id: string };
}

const dutyFor = async (grantId: unknown): Promise<Duty | undefined> =>
  (await ask('{ deletionDuties(first: 50) { nodes { id state subjectId aroseAt dueAt attestedAt grant { id } } } }')).data.deletionDuties.nodes.find(
    ({ grant }: Duty) => grant.id === grantId,
  );

const attest = (dutyId: string, statement: string, who = partner) =>
  ask('mutation ($input: AttestDeletionInput!) { attestDeletion(input: $input) { duty { state attestedAt } userErrors { code path } } }', { input: { dutyId, statement } }, who);

test('a grant that ends leaves a duty of 30 days, which its partner alone attests, once', async () => {
  const { consent_grant: grantId, subject } = await granted(gateway, partner, somebody());
  expect(await dutyFor(grantId)).toBeUndefined();
  await relinquish(grantId);
  const duty = (await dutyFor(grantId))!;
  expect(duty).toMatchObject({ state: 'OPEN', subjectId: subject });
  expect(Date.parse(duty.dueAt) - Date.parse(duty.aroseAt)).toBe(30 * DAY);
  expect((await attest(duty.id, 'Deleted everywhere.', neighbour)).data.attestDeletion).toEqual({ duty: null, userErrors: [{ code: 'NOT_FOUND', path: ['dutyId'] }] });
  expect((await attest(duty.id, ' ')).data.attestDeletion).toEqual({ duty: null, userErrors: [{ code: 'INVALID', path: ['statement'] }] });
  const first = (await attest(duty.id, 'Deleted from the warehouse and its backups.')).data.attestDeletion;
  expect(first).toEqual({ duty: { state: 'ATTESTED', attestedAt: expect.any(String) }, userErrors: [] });
  gateway.clock.advance(DAY);
  expect((await attest(duty.id, 'Again.')).data.attestDeletion).toEqual(first);
});

test('an overdue duty stops new grants of its partner, before and on the page, until it is attested', async () => {
  const { consent_grant: grantId } = await granted(gateway, partner, somebody());
  await relinquish(grantId);
  const asked = async () =>
    (
      await ask('mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { userErrors { code message } } }', {
        input: { purpose: 'order_support', idempotencyKey: `${gateway.clock.now()}`, scopes: [{ category: 'contact.email', required: true }] },
      })
    ).data.requestConsent.userErrors;
  gateway.clock.advance(30 * DAY - 1);
  expect(await asked()).toEqual([]);
  gateway.clock.advance(1);
  const duty = (await dutyFor(grantId))!;
  expect(duty.state).toBe('OVERDUE');
  expect(await asked()).toEqual([{ code: 'DELETION_OVERDUE', message: expect.stringContaining(duty.dueAt) }]);
  const { left } = await new Browser(gateway.url).get(attempt(partner).path);
  expect(left?.searchParams.get('error')).toBe('unauthorized_client');
  expect((await atQuestion(gateway, neighbour, somebody(), attempt(neighbour))).page.left).toBeNull();
  await attest(duty.id, 'Done.');
  gateway.clock.advance(1000);
  expect(await asked()).toEqual([]);
});

test('a grant that only time has ended leaves its duty when the clock passes its end', async () => {
  const sandboxId = await gateway.seed.sandboxOf(partner);
  const rehearsing = await (await gateway.seed.world(sandboxId))('ParcelPilot');
  await registerBack(rehearsing);
  const { consent_grant: grantId } = await granted(gateway, rehearsing, somebody());
  const [promised] = await rows<{ due_at: Date }>(gateway, "select due_at from portico.due_work where kind = 'grant.expire' and subject_id = $1 and done_at is null", [grantId]);
  expect(promised?.due_at.getTime()).toBe(gateway.clock.now() + 30 * DAY);
  const moved = await ask(
    'mutation ($input: AdvanceClockInput!) { advanceClock(input: $input) { userErrors { code message } } }',
    {
      input: { by: 'P31D', idempotencyKey: 'past its end' },
    },
    rehearsing,
  );
  expect(moved.errors).toBeUndefined();
  expect(moved.data.advanceClock.userErrors).toEqual([]);
  expect(await rows(gateway, 'select kind from portico.consent_event where grant_id = $1 order by grant_version', [grantId])).toEqual([{ kind: 'GIVEN' }, { kind: 'EXPIRED' }]);
  expect(await rows<object>(gateway, 'select due_at - arose_at as term from portico.deletion_duty where grant_id = $1', [grantId])).toEqual([
    { term: expect.objectContaining({ days: 30 }) },
  ]);
});
