import { done, openIdentity, type Identity } from '../../test/api/identity.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { inTransaction, NO_TENANT } from '../platform/postgres/database.ts';
import { ReadRequest, render, renderForMany, sql } from '../reads/index.ts';
import type { PartnerClaims, StaffClaims } from './access-token.rules.ts';
import {
  callerGate,
  createPartner,
  createStaff,
  loadCaller,
  loadStaffCaller,
  reinstateIntegration,
  reinstatePartner,
  reinstateStaff,
  revokeCredential,
  revokeStaffCredential,
  revokeToken,
  rotateCredential,
  suspendIntegration,
  suspendPartner,
  suspendStaff,
} from './index.ts';

const PARTNER = { name: 'ParcelPilot', integration: { name: 'Parcel tracking', category: 'SHIPPING', scopes: ['read', 'write'] } };

let identity: Identity;

beforeAll(async () => {
  identity = await openIdentity();
});

afterAll(() => identity.close());

interface Visitor {
  readonly claims: PartnerClaims;
  readonly environmentId: string;
  readonly ownerPartnerId: string | null;
}

async function visitor(kind: 'LIVE' | 'SANDBOX' = 'LIVE'): Promise<Visitor> {
  const owner = kind === 'LIVE' ? null : done(await identity.asMarketplace(tx => createPartner(tx, PARTNER, wallClock))).partner.id;
  const environmentId = owner === null ? identity.liveId : await identity.addSandbox(owner);
  const { partner, integration, credentialId } = done(await identity.asMarketplace(tx => createPartner(tx, PARTNER, wallClock), environmentId));
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://portico.example',
    aud: 'https://portico.example/graphql',
    sub: integration.id,
    client_id: integration.id,
    iat: now,
    exp: now + 900,
    jti: newId('tok'),
    scope: 'read gone',
    cred: credentialId,
    env: environmentId,
    partner: partner.id,
  };
  return { claims, environmentId, ownerPartnerId: owner };
}

/** How many rows the gate's own statement yields, as every statement asks it. */
async function rowsOfGate(
  { claims }: Visitor,
  revision: string,
  { wallNow = Date.now(), pinnedVersion = null, documentsRevision = null }: { wallNow?: number; pinnedVersion?: string | null; documentsRevision?: string | null } = {},
): Promise<number> {
  const { text, params } = render(callerGate);
  const given = {
    environment_id: claims.env,
    partner_id: claims.partner,
    integration_id: claims.sub,
    credential_id: claims.cred,
    token_id: claims.jti,
    wall_now: new Date(wallNow),
    environment_revision: revision,
    pinned_version: pinnedVersion,
    documents_revision: documentsRevision,
  };
  const request = new ReadRequest(given, {});
  const rows = await inTransaction(identity.database, { environmentId: claims.env, partnerId: claims.partner }, tx =>
    tx.query<unknown[]>(
      text,
      params.map(param => param.value(request)),
    ),
  );
  expect(await placesOfGate(claims.env, [given, { ...given, credential_id: 'crd_0' }, { ...given, partner_id: 'prt_0' }, { ...given, integration_id: 'int_0' }, given])).toEqual(
    rows.length === 1 ? [0, 4] : [],
  );
  return rows.length;
}

/** For which of those who ask at once the gate is open, as the statement that asks for them all tells it. */
async function placesOfGate(environmentId: string, askers: readonly Readonly<Record<string, unknown>>[]): Promise<number[]> {
  const { text, params } = renderForMany(sql`select from (${callerGate}) gate`);
  const asked = askers.map((given, place) => {
    const request = new ReadRequest(given, {});
    return { place, ...Object.fromEntries(params.map((param, i) => [`c${i + 1}`, param.value(request)])) };
  });
  const rows = await inTransaction(identity.database, { environmentId, partnerId: '*' }, tx => tx.query<{ place: number }[]>(text, [JSON.stringify(asked)]));
  return rows.map(({ place }) => place).toSorted((a, b) => a - b);
}

async function isOpen(visiting: Visitor, wallNow = Date.now()): Promise<boolean> {
  const caller = await loadCaller(identity.database, visiting.claims, wallNow);
  const [row] = await identity.asOwner<{ revision: string }>('select revision::text from portico.environment where id = $1', [visiting.environmentId]);
  expect(await rowsOfGate(visiting, row!.revision, { wallNow })).toBe(caller ? 1 : 0);
  return caller !== null;
}

test('an open gate tells who calls, and with which scopes that the integration still has', async () => {
  const { claims } = await visitor('SANDBOX');
  await identity.asOwner('update portico.environment set clock_offset_ms = 5000 where id = $1', [claims.env]);
  expect(await loadCaller(identity.database, claims, Date.now())).toEqual({
    integrationId: claims.sub,
    integrationName: 'Parcel tracking',
    pinnedVersion: null,
    documents: { mode: 'OPEN', revision: '0' },
    partnerId: claims.partner,
    tier: 'HARBOUR',
    credentialId: claims.cred,
    tokenId: claims.jti,
    liveUntil: Infinity,
    loadedAt: expect.any(Number) as number,
    scopes: ['read'],
    environment: { id: claims.env, kind: 'SANDBOX', clock: { offsetMs: 5000, frozenAt: null }, revision: '2', faults: [] },
  });
});

test('a gate that is asked about the documents is open while they are as they were', async () => {
  const visiting = await visitor();
  expect(await rowsOfGate(visiting, '1', { documentsRevision: '0' })).toBe(1);
  await identity.asOwner('update portico.integration set documents_revision = documents_revision + 1 where id = $1', [visiting.claims.sub]);
  expect(await rowsOfGate(visiting, '1', { documentsRevision: '0' })).toBe(0);
  expect(await rowsOfGate(visiting, '1', { documentsRevision: '1' })).toBe(1);
  expect(await rowsOfGate(visiting, '1')).toBe(1);
});

test('a frozen clock is told to the millisecond', async () => {
  const { claims } = await visitor('SANDBOX');
  await identity.asOwner('update portico.environment set clock_frozen_at = $2 where id = $1', [claims.env, '2027-01-02T03:04:05.678Z']);
  expect((await loadCaller(identity.database, claims, Date.now()))?.environment.clock.frozenAt).toBe(Date.parse('2027-01-02T03:04:05.678Z'));
});

test('a gate that is asked about the pin is open while it is as it was, and otherwise to all', async () => {
  const visiting = await visitor();
  const pinned = (version: string | null) => rowsOfGate(visiting, '1', { pinnedVersion: version });
  expect([await pinned(null), await pinned(''), await pinned('2026-10')]).toEqual([1, 1, 0]);
  await identity.asOwner("update portico.integration set pinned_version = '2026-10', pinned_at = now() where id = $1", [visiting.claims.sub]);
  expect([await pinned(null), await pinned(''), await pinned('2026-10'), await pinned('2026-07')]).toEqual([1, 0, 1, 0]);
});

type Change = readonly [title: string, close: (visiting: Visitor) => Promise<unknown>, open: ((visiting: Visitor) => Promise<unknown>) | null];

const inEnvironment = ({ environmentId }: Visitor, work: Parameters<Identity['asMarketplace']>[0]) => identity.asMarketplace(work, environmentId);

const CHANGES: Change[] = [
  [
    'a suspended integration',
    each => inEnvironment(each, tx => suspendIntegration(tx, each.claims.sub)),
    each => inEnvironment(each, tx => reinstateIntegration(tx, each.claims.sub)),
  ],
  ['a suspended partner', each => inEnvironment(each, tx => suspendPartner(tx, each.claims.partner)), each => inEnvironment(each, tx => reinstatePartner(tx, each.claims.partner))],
  ['a revoked credential', each => inEnvironment(each, tx => revokeCredential(tx, each.claims.cred, wallClock)), null],
  ['a credential rotated without overlap', each => inEnvironment(each, tx => rotateCredential(tx, { credentialId: each.claims.cred, overlapSeconds: 0 }, wallClock)), null],
  ['a revoked token', each => revokeToken(identity.database, { kind: 'integration', claims: each.claims }, wallClock), null],
];

describe.each(['LIVE', 'SANDBOX'] as const)('in %s', kind => {
  test.each(CHANGES)('%s closes the gate at once', async (_title, close, open) => {
    const [visiting, bystander] = [await visitor(kind), await visitor(kind)];
    expect(await isOpen(visiting)).toBe(true);
    await close(visiting);
    expect(await isOpen(visiting)).toBe(false);
    expect(await isOpen(bystander)).toBe(true);
    await open?.(visiting);
    expect(await isOpen(visiting)).toBe(open !== null);
  });
});

test("a credential that expires closes the gate at its instant, by the wall's clock", async () => {
  const visiting = await visitor('SANDBOX');
  await identity.asOwner('update portico.environment set clock_offset_ms = 86400000 where id = $1', [visiting.environmentId]);
  const rotated = await inEnvironment(visiting, tx => rotateCredential(tx, { credentialId: visiting.claims.cred, overlapSeconds: 60 }, wallClock));
  const { replacedEndsAt } = done(rotated as Awaited<ReturnType<typeof rotateCredential>>);
  expect(await isOpen(visiting, replacedEndsAt.getTime() - 1)).toBe(true);
  expect(await isOpen(visiting, replacedEndsAt.getTime())).toBe(false);
});

test("the suspension of a sandbox's owner closes the sandbox, and its reinstatement opens it again", async () => {
  const visiting = await visitor('SANDBOX');
  await identity.asMarketplace(tx => suspendPartner(tx, visiting.ownerPartnerId!));
  expect(await isOpen(visiting)).toBe(false);
  await identity.asMarketplace(tx => reinstatePartner(tx, visiting.ownerPartnerId!));
  expect(await isOpen(visiting)).toBe(true);
});

test('a closed sandbox is closed', async () => {
  const visiting = await visitor('SANDBOX');
  await identity.asOwner('update portico.environment set closed_at = now() where id = $1', [visiting.environmentId]);
  expect(await isOpen(visiting)).toBe(false);
});

test('a request placed by an older revision of its environment finds the gate closed', async () => {
  const visiting = await visitor('SANDBOX');
  const { revision } = (await loadCaller(identity.database, visiting.claims, Date.now()))!.environment;
  expect(await rowsOfGate(visiting, revision)).toBe(1);
  await identity.asOwner('update portico.environment set clock_offset_ms = 1 where id = $1', [visiting.environmentId]);
  expect(await rowsOfGate(visiting, revision)).toBe(0);
});

test('claims of different visitors do not open the gate together', async () => {
  const [one, two, sandboxed] = [await visitor(), await visitor(), await visitor('SANDBOX')];
  const mixtures: Partial<PartnerClaims>[] = [
    { env: sandboxed.claims.env },
    { env: newId('env') },
    { partner: two.claims.partner },
    { partner: '*' },
    { sub: two.claims.sub },
    { cred: two.claims.cred },
    { cred: newId('crd') },
  ];
  for (const mixture of mixtures) expect(await loadCaller(identity.database, { ...one.claims, ...mixture }, Date.now())).toBeNull();
});

test('revoked tokens are forgotten once they have expired by themselves', async () => {
  const { claims } = await visitor();
  const count = async () => (await identity.asOwner('select from portico.revoked_token where partner_id = $1', [claims.partner])).length;
  const revoke = (jti: string, exp: number) => revokeToken(identity.database, { kind: 'integration', claims: { ...claims, jti, exp } }, wallClock);
  await revoke(newId('tok'), claims.exp - 7200);
  await revoke(claims.jti, claims.exp);
  await revoke(claims.jti, claims.exp);
  expect(await count()).toBe(1);
});

describe('staff', () => {
  async function member(email: string): Promise<StaffClaims> {
    const { staff, credentialId } = done(
      await inTransaction(identity.database, NO_TENANT, tx => createStaff(tx, { name: 'Ada', email, roles: ['SUPPORT', 'AUDITOR'] }, wallClock)),
    );
    return { iss: '', aud: '', sub: staff.id, client_id: staff.id, iat: 0, exp: Math.floor(Date.now() / 1000) + 900, jti: newId('tok'), scope: '', cred: credentialId };
  }
  const load = (claims: StaffClaims) => loadStaffCaller(identity.database, claims, wallClock);
  const inNone = <T>(work: Parameters<typeof inTransaction<T>>[2]) => inTransaction(identity.database, NO_TENANT, work);

  test("an open gate tells the member's roles as they are now", async () => {
    const claims = await member('ada@portico.example');
    expect(await load(claims)).toEqual({ staffId: claims.sub, name: 'Ada', roles: ['AUDITOR', 'SUPPORT'] });
    await identity.asOwner('delete from portico.staff_role where staff_id = $1 and role = $2', [claims.sub, 'AUDITOR']);
    expect((await load(claims))?.roles).toEqual(['SUPPORT']);
  });

  test('a suspended member, a revoked credential and a revoked token close it at once', async () => {
    const claims = await member('bob@portico.example');
    await inNone(tx => suspendStaff(tx, claims.sub));
    expect(await load(claims)).toBeNull();
    await inNone(tx => reinstateStaff(tx, claims.sub));
    expect(await load(claims)).not.toBeNull();
    await revokeToken(identity.database, { kind: 'staff', claims }, wallClock);
    expect(await load(claims)).toBeNull();
    expect(await load({ ...claims, jti: newId('tok') })).not.toBeNull();
    await inNone(tx => revokeStaffCredential(tx, claims.cred, wallClock));
    expect(await load({ ...claims, jti: newId('tok') })).toBeNull();
  });
});
