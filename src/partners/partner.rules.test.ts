import { checkIntegration, checkPartner, checkStaff, MAX_NAME_LENGTH } from './partner.rules.ts';

const INTEGRATION = { name: 'Parcel tracking', category: 'SHIPPING' };
const PARTNER = { name: 'ParcelPilot', integration: INTEGRATION };
const STAFF = { name: 'Ada', email: 'ada@portico.example', roles: ['SUPPORT'] };

test('names and addresses are kept without outer spaces, addresses in lower case', () => {
  expect(checkPartner({ ...PARTNER, name: '  ParcelPilot ', ownerName: 'Ada', ownerEmail: ' Ada@Pilot.Example ' })).toEqual({
    ok: true,
    value: { name: 'ParcelPilot', owner: { name: 'Ada', email: 'ada@pilot.example' }, integration: { name: 'Parcel tracking', category: 'SHIPPING', scopes: [], live: false } },
  });
});

test.each([
  ['an empty name', { ...PARTNER, name: ' ' }, 'REQUIRED', ['name']],
  ['a name past the limit', { ...PARTNER, name: 'x'.repeat(MAX_NAME_LENGTH + 1) }, 'TOO_LONG', ['name']],
  ['NUL in a name', { ...PARTNER, name: 'a\0b' }, 'INVALID', ['name']],
  ['half of a surrogate pair in a name', { ...PARTNER, name: 'a\ud800' }, 'INVALID', ['name']],
  ['a line break in a name', { ...PARTNER, name: 'a\nb' }, 'INVALID', ['name']],
  ['an owner without an address', { ...PARTNER, ownerName: 'Ada' }, 'INVALID', ['ownerEmail']],
  ['an owner without a name', { ...PARTNER, ownerEmail: 'ada@pilot.example' }, 'REQUIRED', ['ownerName']],
  ['an address without a host', { ...PARTNER, ownerName: 'Ada', ownerEmail: 'ada@' }, 'INVALID', ['ownerEmail']],
  ['an unknown category', { ...PARTNER, integration: { ...INTEGRATION, category: 'shipping' } }, 'INVALID', ['integration', 'category']],
  ['an integration without a name', { ...PARTNER, integration: { ...INTEGRATION, name: '' } }, 'REQUIRED', ['integration', 'name']],
])('a partner with %s is refused', (_title, input, code, path) => {
  expect(checkPartner(input)).toMatchObject({ ok: false, refusal: { code, path } });
});

test('a name of the longest length is accepted', () => {
  expect(checkPartner({ ...PARTNER, name: 'x'.repeat(MAX_NAME_LENGTH) }).ok).toBe(true);
});

test('scopes are kept once each; what no token can carry is refused', () => {
  expect(checkIntegration({ ...INTEGRATION, scopes: ['a', 'b:c', 'a'] })).toMatchObject({ ok: true, value: { scopes: ['a', 'b:c'] } });
  for (const scope of ['', 'a b', 'a"b', 'a\\b', 'é', 'a\n'])
    expect(checkIntegration({ ...INTEGRATION, scopes: [scope] })).toMatchObject({ ok: false, refusal: { code: 'INVALID', path: ['scopes'] } });
  expect(checkIntegration({ ...INTEGRATION, scopes: Array.from({ length: 300 }, (_, i) => `scope${i}`) })).toMatchObject({ ok: false, refusal: { code: 'TOO_LONG' } });
});

test.each([
  ['no role', { ...STAFF, roles: [] }, 'INVALID', ['roles']],
  ['an unknown role beside a known one', { ...STAFF, roles: ['SUPPORT', 'KING'] }, 'INVALID', ['roles']],
  ['an address with a space', { ...STAFF, email: 'a da@portico.example' }, 'INVALID', ['email']],
  ['an address past 254 characters', { ...STAFF, email: `a@${'b'.repeat(250)}.example` }, 'INVALID', ['email']],
])('a member of staff with %s is refused', (_title, input, code, path) => {
  expect(checkStaff(input)).toMatchObject({ ok: false, refusal: { code, path } });
});

test('roles are kept once each', () => {
  expect(checkStaff({ ...STAFF, roles: ['AUDITOR', 'SUPPORT', 'AUDITOR'] })).toMatchObject({ ok: true, value: { roles: ['SUPPORT', 'AUDITOR'] } });
});
