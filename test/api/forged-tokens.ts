/**
 * Forged and odd access tokens: RFC 8725's list, the forgeries that well-known libraries have
 * accepted, and tokens signed with the right key that say something they must not. Each must be
 * refused; made anew from a live gateway's own key, each differs from a valid token in one point.
 */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { PartnerClaims, SigningKey } from '../../src/partners/index.ts';

export interface Forgery {
  readonly title: string;
  readonly token: string;
  /** Whether it can stand in an HTTP header as it is. */
  readonly sendable: boolean;
}

/** The ES256 key that signs now, and the claims of a token that is valid now. */
export interface ForgeryMaterial {
  readonly signer: SigningKey;
  readonly claims: PartnerClaims;
}

type Case = readonly [title: string, token: string];
type Json = Readonly<Record<string, unknown>>;

/** Everything that a token's maker can do with the given key, and with one of his own. */
class Forge {
  readonly claims: Json;
  readonly header: Json;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly own = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor({ signer, claims }: ForgeryMaterial) {
    this.claims = { ...claims };
    this.header = { alg: 'ES256', typ: 'at+jwt', kid: signer.kid };
    this.key = signer.privateKey;
    this.publicKey = signer.publicKey;
  }

  /** Signs texts or objects, however odd they are. */
  signed(header: Json | string, payload: Json | string, key: KeyObject = this.key): string {
    const input = `${part(header)}.${part(payload)}`;
    return `${input}.${base64url(signatureOf(input, key))}`;
  }

  valid = (): string => this.signed(this.header, this.claims);
  withHeader = (changes: Json, key?: KeyObject): string => this.signed(changed(this.header, changes), this.claims, key);
  withClaims = (changes: Json): string => this.signed(this.header, changed(this.claims, changes));

  /** A valid token's first two parts with another signature. */
  withSignature(signature: Buffer | string): string {
    const [head, body] = this.valid().split('.');
    return `${head}.${body}.${typeof signature === 'string' ? signature : base64url(signature)}`;
  }

  withMac(alg: 'HS256' | 'HS384' | 'HS512', secret: string | Buffer): string {
    const input = `${part({ ...this.header, alg })}.${part(this.claims)}`;
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret).update(input).digest('base64url')}`;
  }
}

const base64url = (data: Buffer | string): string => Buffer.from(data as string).toString('base64url');
const part = (json: Json | string): string => base64url(typeof json === 'string' ? json : JSON.stringify(json));
const signatureOf = (input: string, key: KeyObject): Buffer => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

/** Undefined takes a member away. */
const changed = (object: Json, changes: Json): Json => Object.fromEntries(Object.entries({ ...object, ...changes }).filter(([, value]) => value !== undefined));

const MISSING = undefined;

export function* forgedTokens(material: ForgeryMaterial): Generator<Forgery> {
  const forge = new Forge(material);
  for (const cases of [unsigned, macs, algorithms, types, keyIds, headers, signatures, shapes, texts, times, issuersAndAudiences, subjects, otherClaims]) {
    for (const [title, token] of cases(forge)) yield { title, token, sendable: /^[\x21-\x7e]+$/.test(token) };
  }
}

function* unsigned(forge: Forge): Generator<Case> {
  for (let bits = 0; bits < 16; bits++) {
    const alg = [...'none'].map((letter, i) => (bits & (1 << i) ? letter.toUpperCase() : letter)).join('');
    yield [`alg ${alg} without a signature`, `${part({ ...forge.header, alg })}.${part(forge.claims)}.`];
  }
  yield ['alg none with a valid signature', forge.withHeader({ alg: 'none' })];
  yield ['alg none with only two parts', `${part({ ...forge.header, alg: 'none' })}.${part(forge.claims)}`];
  yield ['alg none with a typ alone', `${part({ alg: 'none', typ: 'at+jwt' })}.${part(forge.claims)}.`];
}

function* macs(forge: Forge): Generator<Case> {
  const pem = forge.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const jwk = forge.publicKey.export({ format: 'jwk' });
  yield ['HS256 with the public key\'s PEM', forge.withMac('HS256', pem)];
  yield ['HS256 with the public key\'s PEM, trimmed', forge.withMac('HS256', pem.trim())];
  yield ['HS256 with the public key\'s DER', forge.withMac('HS256', forge.publicKey.export({ type: 'spki', format: 'der' }))];
  yield ['HS256 with the public key\'s JWK', forge.withMac('HS256', JSON.stringify(jwk))];
  yield ['HS256 with the public key\'s x', forge.withMac('HS256', Buffer.from(String(jwk.x), 'base64url'))];
  yield ['HS256 with the kid', forge.withMac('HS256', String(forge.header['kid']))];
  yield ['HS256 with an empty secret', forge.withMac('HS256', '')];
  yield ['HS384 with the public key\'s PEM', forge.withMac('HS384', pem)];
  yield ['HS512 with the public key\'s PEM', forge.withMac('HS512', pem)];
}

function* algorithms(forge: Forge): Generator<Case> {
  for (const alg of ['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'es256', 'ES256 ', '', ['ES256'], { alg: 'ES256' }, 256, true, null, MISSING]) {
    yield [`alg ${JSON.stringify(alg) ?? 'missing'}, signed with the right key`, forge.withHeader({ alg })];
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const input = `${part({ ...forge.header, alg: 'RS256' })}.${part(forge.claims)}`;
  yield ['RS256 with a key of the forger\'s under a right kid', `${input}.${base64url(sign('sha256', Buffer.from(input), rsa.privateKey))}`];
}

function* types(forge: Forge): Generator<Case> {
  for (const typ of [MISSING, 'JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', '', 5, null, ['at+jwt']]) {
    yield [`typ ${JSON.stringify(typ) ?? 'missing'}`, forge.withHeader({ typ })];
  }
}

function* keyIds(forge: Forge): Generator<Case> {
  const odd = [MISSING, '', 1, null, true, ['x'], { kid: 1 }, '../../../../dev/null', '/etc/passwd', 'file:///etc/passwd', 'https://forger.example/key', '\' or 1=1 --', '$(id)', '__proto__', 'constructor', '%00', 'k'.repeat(3000)];
  for (const kid of odd) yield [`kid ${JSON.stringify(kid)?.slice(0, 40) ?? 'missing'}`, forge.withHeader({ kid })];
  yield ['kid with a space at its end', forge.withHeader({ kid: `${String(forge.header['kid'])} ` })];
  yield ['kid with NUL at its end', forge.withHeader({ kid: `${String(forge.header['kid'])}\0` })];
  yield ['kid in a list', forge.withHeader({ kid: [forge.header['kid']] })];
  yield ['unknown kid, right key', forge.withHeader({ kid: base64url('0123456789abcdefghijklmnopqrstuv') })];
  yield ['unknown kid, forger\'s key', forge.withHeader({ kid: base64url('0123456789abcdefghijklmnopqrstuv') }, forge.own.privateKey)];
  yield ['right kid, forger\'s key', forge.withHeader({}, forge.own.privateKey)];
}

function* headers(forge: Forge): Generator<Case> {
  const own = forge.own.publicKey.export({ format: 'jwk' });
  const trusting: Json = { jwk: own, jku: 'https://forger.example/jwks.json', x5u: 'https://forger.example/cert.pem', x5c: ['MIIB'], x5t: 'AAAA', 'x5t#S256': 'AAAA' };
  for (const [name, value] of Object.entries(trusting)) {
    yield [`${name} of the forger's, signed with his key`, forge.withHeader({ [name]: value }, forge.own.privateKey)];
    yield [`${name} of the forger's without a kid`, forge.withHeader({ [name]: value, kid: MISSING }, forge.own.privateKey)];
    yield [`${name} beside the right signature`, forge.withHeader({ [name]: value })];
  }
  const odd: Readonly<Record<string, Json>> = {
    'crit with an unknown name': { crit: ['http://example.com/policy'], 'http://example.com/policy': true },
    'crit with a registered name': { crit: ['exp'], exp: 1 },
    'crit that is empty': { crit: [] },
    'crit that is no list': { crit: 'b64' },
    'crit null': { crit: null },
    'b64 false under crit': { crit: ['b64'], b64: false },
    'b64 false without crit': { b64: false },
    'b64 true': { b64: true },
    'zip DEF': { zip: 'DEF' },
    'cty JWT': { cty: 'JWT' },
    'enc, as in a JWE': { enc: 'A256GCM' },
    'p2c, as in a JWE': { p2c: 2_147_483_647, p2s: 'AAAA' },
    'epk, as in a JWE': { epk: own },
    'iss repeated in the header': { iss: forge.claims['iss'] },
    'a nonce in the header': { nonce: 'x' },
    'a header member nobody knows': { forged: true },
  };
  for (const [title, changes] of Object.entries(odd)) yield [title, forge.withHeader(changes)];
  const input = `${part({ ...forge.header, b64: false, crit: ['b64'] })}.${JSON.stringify(forge.claims)}`;
  yield ['unencoded payload (RFC 7797)', `${input}.${base64url(signatureOf(input, forge.key))}`];
}

/** Order of the curve P-256. */
const N = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

function* signatures(forge: Forge): Generator<Case> {
  const [head = '', body = '', tail = ''] = forge.valid().split('.');
  const right = Buffer.from(tail, 'base64url');
  const [r, s] = [right.subarray(0, 32), right.subarray(32)];
  const zero = Buffer.alloc(32);
  yield ['no signature', forge.withSignature('')];
  yield ['a signature of one byte', forge.withSignature(Buffer.from([1]))];
  yield ['a signature cut to 63 bytes', forge.withSignature(right.subarray(0, 63))];
  yield ['a signature of 65 bytes', forge.withSignature(Buffer.concat([right, Buffer.from([0])]))];
  yield ['a signature led by a zero byte', forge.withSignature(Buffer.concat([Buffer.from([0]), right]))];
  yield ['a signature of 96 bytes', forge.withSignature(Buffer.alloc(96, 1))];
  yield ['r and s zero', forge.withSignature(Buffer.concat([zero, zero]))];
  yield ['r zero', forge.withSignature(Buffer.concat([zero, s]))];
  yield ['s zero', forge.withSignature(Buffer.concat([r, zero]))];
  yield ['r and s the curve\'s order', forge.withSignature(Buffer.concat([N, N]))];
  yield ['r and s one', forge.withSignature(Buffer.concat([Buffer.alloc(32, 0).fill(1, 31), Buffer.alloc(32, 0).fill(1, 31)]))];
  yield ['r and s all ones', forge.withSignature(Buffer.alloc(64, 0xff))];
  yield ['r and s exchanged', forge.withSignature(Buffer.concat([s, r]))];
  yield ['a signature in DER', forge.withSignature(sign('sha256', Buffer.from(`${head}.${body}`), { key: forge.key, dsaEncoding: 'der' }))];
  yield ['a flipped bit', forge.withSignature(Buffer.from(right).fill(right[40]! ^ 1, 40, 41))];
  yield ['another token\'s signature', forge.withSignature(forge.withClaims({ scope: 'another' }).split('.')[2]!)];
  yield ['the header\'s signature', forge.withSignature(signatureOf(head, forge.key))];
  yield ['the payload\'s signature', forge.withSignature(signatureOf(body, forge.key))];
  yield ['the signature of decoded parts', forge.withSignature(signatureOf(`${JSON.stringify(forge.header)}.${JSON.stringify(forge.claims)}`, forge.key))];
  // 64 bytes leave four bits unused in the last character.
  yield ['unused bits set in the signature', forge.withSignature(tail.slice(0, -1) + nextCharacter(tail.at(-1)!))];
  yield ['a padded signature', forge.withSignature(`${tail}==`)];
  yield ['a signature in plain base64', forge.withSignature(Buffer.alloc(64, 0xfb).toString('base64'))];
  yield ['a signature in hexadecimal', forge.withSignature(right.toString('hex'))];
  for (const [name, value] of Object.entries({ env: 'env_another', partner: 'prt_another', sub: 'int_another', scope: 'everything', exp: Number(forge.claims['exp']) + 600, jti: 'tok_another' })) {
    yield [`${name} changed under a valid signature`, `${head}.${part(changed(forge.claims, { [name]: value }))}.${tail}`];
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const nextCharacter = (character: string): string => ALPHABET[ALPHABET.indexOf(character) + 1]!;

function* shapes(forge: Forge): Generator<Case> {
  const valid = forge.valid();
  const [head = '', body = '', tail = ''] = valid.split('.');
  yield ['nothing', ''];
  yield ['two dots', '..'];
  yield ['three dots', '...'];
  yield ['one part', head];
  yield ['two parts', `${head}.${body}`];
  yield ['a fourth part', `${valid}.${tail}`];
  yield ['a dot before', `.${valid}`];
  yield ['a dot after', `${valid}.`];
  yield ['five parts, as in a JWE', `${part({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid: forge.header['kid'] })}..AAAA.AAAA.AAAA`];
  yield ['an empty header', `.${body}.${tail}`];
  yield ['an empty payload', `${head}..${tail}`];
  yield ['header and payload exchanged', `${body}.${head}.${tail}`];
  yield ['a space before', ` ${valid}`];
  yield ['a space after', `${valid} `];
  yield ['a line break after', `${valid}\n`];
  yield ['a line break inside', `${head}.${body}\r\n.${tail}`];
  yield ['a tab inside', `${head}\t.${body}.${tail}`];
  yield ['NUL after', `${valid}\0`];
  yield ['a zero-width space inside', `${head}\u200b.${body}.${tail}`];
  yield ['full-width dots', `${head}\uff0e${body}\uff0e${tail}`];
  yield ['in quotes', `"${valid}"`];
  yield ['percent-encoded dots', valid.replaceAll('.', '%2E')];
  yield ['with the word Bearer twice', `Bearer ${valid}`];
  yield ['two tokens', `${valid},${valid}`];
  yield ['a padded header', `${head}==.${body}.${tail}`];
  yield ['a padded payload', `${head}.${body}=.${tail}`];
  yield ['the flattened JSON serialisation', JSON.stringify({ protected: head, payload: body, signature: tail })];
  yield ['a payload that is a token (nested)', forge.signed({ ...forge.header, cty: 'JWT' }, valid)];
  yield ['a payload that is a token in quotes', forge.signed(forge.header, JSON.stringify(valid))];
  yield ['longer than a token may be', forge.withClaims({ scope: 's'.repeat(6000) })];
  yield ['a header longer than a token may be', forge.withHeader({ pad: 'x'.repeat(6000) })];
}

/** JSON text as Portico does not write it, much of it no JSON at all. */
const SPOILED: Readonly<Record<string, (json: string) => string>> = {
  'cut short': json => json.slice(0, -1),
  'with a brace too many': json => `${json}}`,
  'in a list': json => `[${json}]`,
  'in quotes': json => JSON.stringify(json),
  'with single quotes': json => json.replaceAll('"', "'"),
  'after a space': json => ` ${json}`,
  'before a space': json => `${json} `,
  'before NUL': json => `${json}\0`,
  'after a byte order mark': json => `\ufeff${json}`,
  'before a second object': json => `${json}{}`,
  'with a comma too many': json => json.replace(/}$/, ',}'),
  'with a comment': json => json.replace('{', '{/* valid */'),
  'in several lines': json => JSON.stringify(JSON.parse(json), null, 2),
};

function* texts(forge: Forge): Generator<Case> {
  const [header, payload] = [JSON.stringify(forge.header), JSON.stringify(forge.claims)];
  for (const text of ['', 'null', 'true', '7', '"text"', '[]', '{}', '{']) {
    yield [`a header of ${JSON.stringify(text)}`, forge.signed(text, payload)];
    yield [`a payload of ${JSON.stringify(text)}`, forge.signed(header, text)];
  }
  for (const [title, change] of Object.entries(SPOILED)) {
    yield [`a header ${title}`, forge.signed(change(header), payload)];
    yield [`a payload ${title}`, forge.signed(header, change(payload))];
  }
  yield ['alg twice, none first', forge.signed(header.replace('{', '{"alg":"none",'), payload)];
  yield ['alg twice, none last', forge.signed(header.replace(/}$/, ',"alg":"none"}'), payload)];
  yield ['kid twice', forge.signed(header.replace('{', '{"kid":"x",'), payload)];
  for (const [name, value] of Object.entries({ sub: 'int_another', env: 'env_another', partner: 'prt_another', exp: 9_999_999_999, aud: 'https://forger.example' })) {
    yield [`${name} twice`, forge.signed(header, payload.replace('{', `{"${name}":${JSON.stringify(value)},`))];
  }
  yield ['exp with an escaped letter', forge.signed(header, payload.replace('"exp"', '"\\u0065xp"'))];
  yield ['sub with an escaped letter', forge.signed(header, payload.replace('"int_', '"\\u0069nt_'))];
  yield ['__proto__ in the payload', forge.signed(header, payload.replace('{', '{"__proto__":{"admin":true},'))];
  yield ['__proto__ in the header', forge.signed(header.replace('{', '{"__proto__":{"alg":"none"},'), payload)];
  yield ['claims in a prototype', forge.signed(header, `{"__proto__":${payload}}`)];
  const broken = `${base64url(Buffer.concat([Buffer.from('{"alg":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]))}.${base64url(payload)}`;
  yield ['a header that is no UTF-8', `${broken}.${base64url(signatureOf(broken, forge.key))}`];
}

function* times(forge: Forge): Generator<Case> {
  const [iat, exp] = [Number(forge.claims['iat']), Number(forge.claims['exp'])];
  for (const value of [MISSING, String(exp), null, true, [exp], { value: exp }, -1, 0, exp + 0.5, -exp, iat, iat - 1, iat - 3600, exp + 1, exp + 86_400, exp * 1000, Number.MAX_SAFE_INTEGER, 2 ** 53]) {
    yield [`exp ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ exp: value })];
  }
  const payload = JSON.stringify(forge.claims);
  for (const text of ['NaN', 'Infinity', '1e400', '-1e400', `${exp}.0`, `${exp}e0`, `0${exp}`, `+${exp}`, `0x${exp.toString(16)}`, '1e10', '-0', '99999999999999999999']) {
    yield [`exp written as ${text}`, forge.signed(forge.header, payload.replace(`"exp":${exp}`, `"exp":${text}`))];
  }
  for (const value of [MISSING, String(iat), null, true, [iat], -1, 0, iat + 0.5, iat - 1, exp, exp + 1, iat + 86_400]) yield [`iat ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ iat: value })];
  yield ['issued and expiring tomorrow', forge.withClaims({ iat: iat + 86_400, exp: exp + 86_400 })];
  yield ['issued and expired yesterday', forge.withClaims({ iat: iat - 86_400, exp: exp - 86_400 })];
  for (const value of [iat + 3600, String(iat), null, -1, 1e300]) yield [`nbf ${JSON.stringify(value)}`, forge.withClaims({ nbf: value })];
}

function* issuersAndAudiences(forge: Forge): Generator<Case> {
  const [iss, aud] = [String(forge.claims['iss']), String(forge.claims['aud'])];
  for (const value of [MISSING, null, '', 7, [iss], { iss }, `${iss}/`, ` ${iss}`, iss.toUpperCase(), `${iss}.forger.example`, iss.replace('http', 'ftp'), 'https://forger.example']) {
    yield [`iss ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ iss: value })];
  }
  for (const value of [MISSING, null, '', 7, [], [aud], [aud, 'https://forger.example'], [[aud]], { aud }, `${aud}/`, `${aud}/admin`, `${aud}?`, aud.slice(0, -1), iss, aud.toUpperCase(), 'https://forger.example/graphql']) {
    yield [`aud ${JSON.stringify(value) ?? 'missing'}`, forge.withClaims({ aud: value })];
  }
}

function* subjects(forge: Forge): Generator<Case> {
  const sub = String(forge.claims['sub']);
  for (const value of [MISSING, null, '', 7, [sub], { sub }, true, `${sub} `, `${sub}\0`, sub.toUpperCase(), 'int_', 'int_%', 'int_another\' or 1=1 --', '\ud800', forge.claims['partner'], `${sub}${'x'.repeat(80)}`]) {
    yield [`sub and client_id ${JSON.stringify(value)?.slice(0, 40) ?? 'missing'}`, forge.withClaims({ sub: value, client_id: value })];
  }
  yield ['sub of another client than client_id', forge.withClaims({ sub: 'int_another' })];
  yield ['client_id of another client than sub', forge.withClaims({ client_id: 'int_another' })];
  yield ['client_id missing', forge.withClaims({ client_id: MISSING })];
  yield ['sub missing', forge.withClaims({ sub: MISSING })];
  yield ['a member of staff as sub', forge.withClaims({ sub: 'stf_somebody', client_id: 'stf_somebody' })];
  yield ['a staff token', forge.withClaims({ aud: `${String(forge.claims['aud'])}/admin`, sub: 'stf_somebody', client_id: 'stf_somebody', env: MISSING, partner: MISSING })];
}

function* otherClaims(forge: Forge): Generator<Case> {
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
