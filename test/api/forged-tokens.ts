/**
 * Forged and odd access tokens: RFC 8725's list, the forgeries that well-known libraries have
 * accepted, and tokens signed with the right key that say something they must not. Each must be
 * refused; made anew from a live gateway's own key, each differs from a valid token in one point.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { base64url, changed, Forge, MISSING, part, signatureOf, type Case, type ForgeryMaterial, type Json } from './forge.ts';
import { issuersAndAudiences, otherClaims, subjects, times } from './forged-claims.ts';

export interface Forgery {
  readonly title: string;
  readonly token: string;
  /** Whether it can stand in an HTTP header as it is. */
  readonly sendable: boolean;
}

export function* forgedTokens(material: ForgeryMaterial): Generator<Forgery> {
  const forge = new Forge(material);
  for (const cases of [unsigned, macs, algorithms, types, keyIds, headers, signatures, shapes, texts, times, issuersAndAudiences, subjects, otherClaims]) {
    for (const [title, token] of cases(forge)) yield { title, token, sendable: /^[\x21-\x7e]+$/.test(token) };
  }
}

function* unsigned(forge: Forge): Generator<Case> {
  for (let bits = 0; bits < 16; bits++) {
    const alg = 'none'
      .split('')
      .map((letter, i) => (bits & (1 << i) ? letter.toUpperCase() : letter))
      .join('');
    yield [`alg ${alg} without a signature`, `${part({ ...forge.header, alg })}.${part(forge.claims)}.`];
  }
  yield ['alg none with a valid signature', forge.withHeader({ alg: 'none' })];
  yield ['alg none with only two parts', `${part({ ...forge.header, alg: 'none' })}.${part(forge.claims)}`];
  yield ['alg none with a typ alone', `${part({ alg: 'none', typ: 'at+jwt' })}.${part(forge.claims)}.`];
}

function* macs(forge: Forge): Generator<Case> {
  const pem = forge.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const jwk = forge.publicKey.export({ format: 'jwk' });
  yield ["HS256 with the public key's PEM", forge.withMac('HS256', pem)];
  yield ["HS256 with the public key's PEM, trimmed", forge.withMac('HS256', pem.trim())];
  yield ["HS256 with the public key's DER", forge.withMac('HS256', forge.publicKey.export({ type: 'spki', format: 'der' }))];
  yield ["HS256 with the public key's JWK", forge.withMac('HS256', JSON.stringify(jwk))];
  yield ["HS256 with the public key's x", forge.withMac('HS256', Buffer.from(String(jwk.x), 'base64url'))];
  yield ['HS256 with the kid', forge.withMac('HS256', String(forge.header['kid']))];
  yield ['HS256 with an empty secret', forge.withMac('HS256', '')];
  yield ["HS384 with the public key's PEM", forge.withMac('HS384', pem)];
  yield ["HS512 with the public key's PEM", forge.withMac('HS512', pem)];
}

function* algorithms(forge: Forge): Generator<Case> {
  for (const alg of ['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'es256', 'ES256 ', '', ['ES256'], { alg: 'ES256' }, 256, true, null, MISSING]) {
    yield [`alg ${JSON.stringify(alg) ?? 'missing'}, signed with the right key`, forge.withHeader({ alg })];
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const input = `${part({ ...forge.header, alg: 'RS256' })}.${part(forge.claims)}`;
  yield ["RS256 with a key of the forger's under a right kid", `${input}.${base64url(sign('sha256', Buffer.from(input), rsa.privateKey))}`];
}

function* types(forge: Forge): Generator<Case> {
  for (const typ of [MISSING, 'JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', '', 5, null, ['at+jwt']]) {
    yield [`typ ${JSON.stringify(typ) ?? 'missing'}`, forge.withHeader({ typ })];
  }
}

function* keyIds(forge: Forge): Generator<Case> {
  const odd = [
    MISSING,
    '',
    1,
    null,
    true,
    ['x'],
    { kid: 1 },
    '../../../../dev/null',
    '/etc/passwd',
    'file:///etc/passwd',
    'https://forger.example/key',
    "' or 1=1 --",
    '$(id)',
    '__proto__',
    'constructor',
    '%00',
    'k'.repeat(3000),
  ];
  for (const kid of odd) yield [`kid ${JSON.stringify(kid)?.slice(0, 40) ?? 'missing'}`, forge.withHeader({ kid })];
  yield ['kid with a space at its end', forge.withHeader({ kid: `${String(forge.header['kid'])} ` })];
  yield ['kid with NUL at its end', forge.withHeader({ kid: `${String(forge.header['kid'])}\0` })];
  yield ['kid in a list', forge.withHeader({ kid: [forge.header['kid']] })];
  yield ['unknown kid, right key', forge.withHeader({ kid: base64url('0123456789abcdefghijklmnopqrstuv') })];
  yield ["unknown kid, forger's key", forge.withHeader({ kid: base64url('0123456789abcdefghijklmnopqrstuv') }, forge.own.privateKey)];
  yield ["right kid, forger's key", forge.withHeader({}, forge.own.privateKey)];
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
  yield ["r and s the curve's order", forge.withSignature(Buffer.concat([N, N]))];
  yield ['r and s one', forge.withSignature(Buffer.concat([Buffer.alloc(32, 0).fill(1, 31), Buffer.alloc(32, 0).fill(1, 31)]))];
  yield ['r and s all ones', forge.withSignature(Buffer.alloc(64, 0xff))];
  yield ['r and s exchanged', forge.withSignature(Buffer.concat([s, r]))];
  yield ['a signature in DER', forge.withSignature(sign('sha256', Buffer.from(`${head}.${body}`), { key: forge.key, dsaEncoding: 'der' }))];
  yield ['a flipped bit', forge.withSignature(Buffer.from(right).fill(right[40]! ^ 1, 40, 41))];
  yield ["another token's signature", forge.withSignature(forge.withClaims({ scope: 'another' }).split('.')[2]!)];
  yield ["the header's signature", forge.withSignature(signatureOf(head, forge.key))];
  yield ["the payload's signature", forge.withSignature(signatureOf(body, forge.key))];
  yield ['the signature of decoded parts', forge.withSignature(signatureOf(`${JSON.stringify(forge.header)}.${JSON.stringify(forge.claims)}`, forge.key))];
  // 64 bytes leave four bits unused in the last character.
  yield ['unused bits set in the signature', forge.withSignature(tail.slice(0, -1) + nextCharacter(tail.at(-1)!))];
  yield ['a padded signature', forge.withSignature(`${tail}==`)];
  yield ['a signature in plain base64', forge.withSignature(Buffer.alloc(64, 0xfb).toString('base64'))];
  yield ['a signature in hexadecimal', forge.withSignature(right.toString('hex'))];
  for (const [name, value] of Object.entries({
    env: 'env_another',
    partner: 'prt_another',
    sub: 'int_another',
    scope: 'everything',
    exp: Number(forge.claims['exp']) + 600,
    jti: 'tok_another',
  })) {
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
