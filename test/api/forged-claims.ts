/** Tokens signed with the right key that say something they must not. */
import { MISSING, type Case, type Forge, type Json } from './forge.ts';

export function* times(forge: Forge): Generator<Case> {
  const [iat, exp] = [Number(forge.claims['iat']), Number(forge.claims['exp'])];
  for (const value of [
    MISSING,
    String(exp),
    null,
    true,
    [exp],
    { value: exp },
    -1,
    0,
    exp + 0.5,
    -exp,
    iat,
    iat - 1,
    iat - 3600,
    exp + 1,
    exp + 86_400,
    exp * 1000,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
  ]) {
    yield [`exp ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ exp: value })];
  }
  const payload = JSON.stringify(forge.claims);
  for (const text of ['NaN', 'Infinity', '1e400', '-1e400', `${exp}.0`, `${exp}e0`, `0${exp}`, `+${exp}`, `0x${exp.toString(16)}`, '1e10', '-0', '99999999999999999999']) {
    yield [`exp written as ${text}`, forge.signed(forge.header, payload.replace(`"exp":${exp}`, `"exp":${text}`))];
  }
  for (const value of [MISSING, String(iat), null, true, [iat], -1, 0, iat + 0.5, iat - 1, exp, exp + 1, iat + 86_400])
    yield [`iat ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ iat: value })];
  yield ['issued and expiring tomorrow', forge.withClaims({ iat: iat + 86_400, exp: exp + 86_400 })];
  yield ['issued and expired yesterday', forge.withClaims({ iat: iat - 86_400, exp: exp - 86_400 })];
  for (const value of [iat + 3600, String(iat), null, -1, 1e300]) yield [`nbf ${JSON.stringify(value)}`, forge.withClaims({ nbf: value })];
}

export function* issuersAndAudiences(forge: Forge): Generator<Case> {
  const [iss, aud] = [String(forge.claims['iss']), String(forge.claims['aud'])];
  for (const value of [
    MISSING,
    null,
    '',
    7,
    [iss],
    { iss },
    `${iss}/`,
    ` ${iss}`,
    iss.toUpperCase(),
    `${iss}.forger.example`,
    iss.replace('http', 'ftp'),
    'https://forger.example',
  ]) {
    yield [`iss ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ iss: value })];
  }
  for (const value of [
    MISSING,
    null,
    '',
    7,
    [],
    [aud],
    [aud, 'https://forger.example'],
    [[aud]],
    { aud },
    `${aud}/`,
    `${aud}/admin`,
    `${aud}?`,
    aud.slice(0, -1),
    iss,
    aud.toUpperCase(),
    'https://forger.example/graphql',
  ]) {
    yield [`aud ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ aud: value })];
  }
}

export function* subjects(forge: Forge): Generator<Case> {
  const sub = String(forge.claims['sub']);
  for (const value of [
    MISSING,
    null,
    '',
    7,
    [sub],
    { sub },
    true,
    `${sub} `,
    `${sub}\0`,
    sub.toUpperCase(),
    'int_',
    'int_%',
    "int_another' or 1=1 --",
    '\ud800',
    forge.claims['partner'],
    `${sub}${'x'.repeat(80)}`,
  ]) {
    yield [`sub and client_id ${JSON.stringify(value)?.slice(0, 40) ?? 'missing'}`, forge.withClaims({ sub: value, client_id: value })];
  }
  yield ['sub of another client than client_id', forge.withClaims({ sub: 'int_another' })];
  yield ['client_id of another client than sub', forge.withClaims({ client_id: 'int_another' })];
  yield ['client_id missing', forge.withClaims({ client_id: MISSING })];
  yield ['sub missing', forge.withClaims({ sub: MISSING })];
  yield ['a member of staff as sub', forge.withClaims({ sub: 'stf_somebody', client_id: 'stf_somebody' })];
  yield ['a staff token', forge.withClaims({ aud: `${String(forge.claims['aud'])}/admin`, sub: 'stf_somebody', client_id: 'stf_somebody', env: MISSING, partner: MISSING })];
}

export function* otherClaims(forge: Forge): Generator<Case> {
  for (const name of ['env', 'partner', 'cred', 'jti']) {
    const right = String(forge.claims[name]);
    for (const value of [MISSING, null, '', '*', 7, [right], { [name]: right }, true, right.toUpperCase(), `${right}'; --`, `${right}\0`, `${right}\n`, 'x'.repeat(200)]) {
      yield [`${name} ${JSON.stringify(value)?.slice(0, 40) ?? 'missing'}`, forge.withClaims({ [name]: value })];
    }
  }
  for (const value of [MISSING, null, 7, ['read'], { read: true }, 'read  write', ' read', 'read ', 'read\nwrite', 'read"write', 'r\u00e9ad', 'read\0']) {
    yield [`scope ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ scope: value })];
  }
  const restricting: Json = { cnf: { jkt: 'AAAA' }, act: { sub: 'stf_somebody' }, authorization_details: [], roles: ['API_STEWARD'], admin: true, permissions: '*' };
  for (const [name, value] of Object.entries(restricting)) yield [`the claim ${name}, which Portico never writes`, forge.withClaims({ [name]: value })];
}
