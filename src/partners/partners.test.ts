import { done, openIdentity, type Identity } from '../../test/api/identity.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { inTransaction, NO_TENANT } from '../platform/postgres/database.ts';
import {
  authenticateClient,
  createIntegration,
  createPartner,
  createStaff,
  issueCredential,
  issueStaffCredential,
  revokeCredential,
  revokeStaffCredential,
  rotateCredential,
  suspendPartner,
} from './index.ts';

const PARTNER = { name: 'ParcelPilot', integration: { name: 'Parcel tracking', category: 'SHIPPING', scopes: ['read'] } };
const SIMULTANEOUS = 20;

let identity: Identity;

beforeAll(async () => {
  identity = await openIdentity(8);
});

afterAll(() => identity.close());

const newPartner = async (input = {}) => done(await identity.asMarketplace(tx => createPartner(tx, { ...PARTNER, ...input }, wallClock)));
const authenticate = (clientId: string, secret: string, clock = wallClock) => authenticateClient(identity.database, clientId, secret, clock);
const validCredentials = async (integrationId: string): Promise<number> => {
  const [row] = await identity.asOwner<{ valid: number }>(
    'select count(*)::int as valid from portico.credential where integration_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())',
    [integrationId],
  );
  return row!.valid;
};

test('a new partner has an integration, an owner and a secret that opens the door', async () => {
  const { partner, integration, clientId, clientSecret } = await newPartner({ ownerName: 'Ada', ownerEmail: 'ada@pilot.example' });
  expect([partner.tier, partner.status, integration.partnerId, clientId]).toEqual(['HARBOUR', 'ACTIVE', partner.id, integration.id]);
  expect(await identity.asOwner('select name, email, role from portico.member where partner_id = $1', [partner.id])).toEqual([
    { name: 'Ada', email: 'ada@pilot.example', role: 'OWNER' },
  ]);
  expect(await authenticate(clientId, clientSecret)).toMatchObject({ kind: 'integration', environmentId: identity.liveId, partnerId: partner.id, scopes: ['read'] });
});

test("in a sandbox a partner joins at the sandbox's own time", async () => {
  const owner = await newPartner();
  const sandbox = await identity.addSandbox(owner.partner.id);
  await identity.asOwner('update portico.environment set clock_offset_ms = 86400000 where id = $1', [sandbox]);
  const { partner } = done(await identity.asMarketplace(tx => createPartner(tx, PARTNER, { now: () => 1_000 }), sandbox));
  expect([partner.environmentId, partner.joinedAt.getTime()]).toEqual([sandbox, 86_401_000]);
});

test('a transaction without an environment can create nothing', async () => {
  await expect(inTransaction(identity.database, NO_TENANT, tx => createPartner(tx, PARTNER, wallClock))).rejects.toThrow('names no environment that exists');
});

test('another integration is added to a partner that exists, and to no other', async () => {
  const { partner } = await newPartner();
  const added = done(await identity.asMarketplace(tx => createIntegration(tx, { partnerId: partner.id, name: 'Returns', category: 'SHIPPING' }, wallClock)));
  expect(await authenticate(added.clientId, added.clientSecret)).toMatchObject({ partnerId: partner.id });
  const refusal = await identity.asMarketplace(tx => createIntegration(tx, { partnerId: newId('prt'), name: 'Returns', category: 'SHIPPING' }, wallClock));
  expect(refusal).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } });
});

test('the secret itself is nowhere in the database', async () => {
  const { clientId, clientSecret } = await newPartner();
  const [row] = await identity.asOwner<{ text: string }>('select row_to_json(c)::text as text from portico.credential c where integration_id = $1', [clientId]);
  expect(row!.text).not.toContain(clientSecret);
  expect(row!.text).not.toContain(Buffer.from(clientSecret.slice(4), 'base64url').toString('hex'));
});

test("nobody authenticates with another's secret, an unknown id or an odd one", async () => {
  const [one, two] = [await newPartner(), await newPartner()];
  expect(await authenticate(one.clientId, two.clientSecret)).toBeNull();
  for (const id of [newId('int'), newId('stf'), newId('prt'), one.partner.id, '', 'int_%', '\0', '\ud800', 'x'.repeat(10_000)])
    expect(await authenticate(id, one.clientSecret)).toBeNull();
});

test('two secrets work during a rotation; the old one ends with the overlap', async () => {
  const { clientId, clientSecret, credentialId } = await newPartner();
  const rotated = done(await identity.asMarketplace(tx => rotateCredential(tx, { credentialId, overlapSeconds: 1 }, wallClock)));
  expect(await authenticate(clientId, clientSecret)).not.toBeNull();
  expect(await authenticate(clientId, rotated.clientSecret)).not.toBeNull();
  expect(rotated.clientSecret).not.toBe(clientSecret);
  await new Promise(resolve => setTimeout(resolve, rotated.replacedEndsAt.getTime() - Date.now() + 20));
  expect(await authenticate(clientId, clientSecret)).toBeNull();
  expect(await authenticate(clientId, rotated.clientSecret)).not.toBeNull();
});

test('a third secret is refused, and what is not there cannot be rotated or revoked', async () => {
  const { integration, credentialId } = await newPartner();
  done(await identity.asMarketplace(tx => issueCredential(tx, integration.id, wallClock)));
  expect(await identity.asMarketplace(tx => issueCredential(tx, integration.id, wallClock))).toMatchObject({ ok: false, refusal: { code: 'TOO_MANY_CREDENTIALS' } });
  expect(await identity.asMarketplace(tx => rotateCredential(tx, { credentialId, overlapSeconds: 60 }, wallClock))).toMatchObject({
    ok: false,
    refusal: { code: 'TOO_MANY_CREDENTIALS' },
  });
  expect(await identity.asMarketplace(tx => rotateCredential(tx, { credentialId: newId('crd'), overlapSeconds: 60 }, wallClock))).toMatchObject({
    ok: false,
    refusal: { code: 'NOT_FOUND' },
  });
  expect(await identity.asMarketplace(tx => revokeCredential(tx, newId('crd'), wallClock))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } });
});

test("a partner can neither rotate nor revoke another partner's credential", async () => {
  const [own, foreign] = [await newPartner(), await newPartner()];
  const asOwn = { environmentId: identity.liveId, partnerId: own.partner.id };
  const { credentialId } = foreign;
  expect(await inTransaction(identity.database, asOwn, tx => rotateCredential(tx, { credentialId, overlapSeconds: 0 }, wallClock))).toMatchObject({
    ok: false,
    refusal: { code: 'NOT_FOUND' },
  });
  expect(await inTransaction(identity.database, asOwn, tx => revokeCredential(tx, credentialId, wallClock))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } });
  expect(await inTransaction(identity.database, asOwn, tx => issueCredential(tx, foreign.integration.id, wallClock))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } });
  expect(await authenticate(foreign.clientId, foreign.clientSecret)).not.toBeNull();
});

test('a revoked secret opens nothing; revoking it again keeps the first instant', async () => {
  const { clientId, clientSecret, credentialId } = await newPartner();
  const first = done(await identity.asMarketplace(tx => revokeCredential(tx, credentialId, wallClock)));
  expect(await authenticate(clientId, clientSecret)).toBeNull();
  expect(done(await identity.asMarketplace(tx => revokeCredential(tx, credentialId, wallClock)))).toEqual(first);
});

test.each([0, 3600])(`${SIMULTANEOUS} simultaneous rotations with an overlap of %i s leave at most two valid`, async overlapSeconds => {
  const { integration, credentialId } = await newPartner();
  const outcomes = await Promise.all(Array.from({ length: SIMULTANEOUS }, () => identity.asMarketplace(tx => rotateCredential(tx, { credentialId, overlapSeconds }, wallClock))));
  expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1);
  expect(await validCredentials(integration.id)).toBe(overlapSeconds === 0 ? 1 : 2);
});

test(`${SIMULTANEOUS} credentials asked for at once add one to the first`, async () => {
  const { integration } = await newPartner();
  const outcomes = await Promise.all(Array.from({ length: SIMULTANEOUS }, () => identity.asMarketplace(tx => issueCredential(tx, integration.id, wallClock))));
  expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1);
  expect(await validCredentials(integration.id)).toBe(2);
});

test('a suspended live partner closes its sandboxes to their own clients', async () => {
  const owner = await newPartner();
  const sandbox = await identity.addSandbox(owner.partner.id);
  const inside = done(await identity.asMarketplace(tx => createPartner(tx, PARTNER, wallClock), sandbox));
  expect(await authenticate(inside.clientId, inside.clientSecret)).toMatchObject({ environmentId: sandbox });
  done(await identity.asMarketplace(tx => suspendPartner(tx, owner.partner.id)));
  expect(await authenticate(inside.clientId, inside.clientSecret)).toBeNull();
});

describe('staff', () => {
  const inNone = <T>(work: Parameters<typeof inTransaction<T>>[2]) => inTransaction(identity.database, NO_TENANT, work);
  const person = (email: string) => ({ name: 'Ada', email, roles: ['SUPPORT', 'AUDITOR'] });

  test('a new member has roles and a secret that opens the door', async () => {
    const { staff, roles, clientId, clientSecret, credentialId } = done(await inNone(tx => createStaff(tx, person('ada@portico.example'), wallClock)));
    expect([clientId, roles]).toEqual([staff.id, ['SUPPORT', 'AUDITOR']]);
    expect(await authenticate(clientId, clientSecret)).toEqual({ kind: 'staff', clientId, credentialId, scopes: [] });
    done(await inNone(tx => revokeStaffCredential(tx, credentialId, wallClock)));
    expect(await authenticate(clientId, clientSecret)).toBeNull();
  });

  test('an address belongs to one member, in whichever letter case, also when asked for at once', async () => {
    const outcomes = await Promise.all(['Eve@portico.example', 'eve@portico.example', 'EVE@PORTICO.EXAMPLE'].map(email => inNone(tx => createStaff(tx, person(email), wallClock))));
    expect(outcomes.map(outcome => (outcome.ok ? 'ok' : outcome.refusal.code)).toSorted()).toEqual(['EMAIL_TAKEN', 'EMAIL_TAKEN', 'ok']);
  });

  test('a member has at most two valid credentials', async () => {
    const { staff } = done(await inNone(tx => createStaff(tx, person('bob@portico.example'), wallClock)));
    const outcomes = await Promise.all(Array.from({ length: SIMULTANEOUS }, () => inNone(tx => issueStaffCredential(tx, staff.id, wallClock))));
    expect(outcomes.filter(outcome => outcome.ok)).toHaveLength(1);
    expect(await inNone(tx => issueStaffCredential(tx, newId('stf'), wallClock))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } });
  });
});
