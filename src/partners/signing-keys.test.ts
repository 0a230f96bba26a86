import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { openSigningKeys, rotateSigningKeys, SigningKeyError } from './signing-keys.ts';

const MINUTE = 60_000;

const warnings: string[] = [];
const log = { warn: (_facts: object, message: string) => void warnings.push(message) };
const clock = { at: 0, now: () => clock.at };
let directory: string;

const open = () => openSigningKeys({ directory }, clock, log);
const kids = (keys: Awaited<ReturnType<typeof open>>) => keys.jwks().keys.map(jwk => jwk.kid);
const privatePem = (options: { curve?: string; bits?: number }) =>
  (options.bits ? generateKeyPairSync('rsa', { modulusLength: options.bits }) : generateKeyPairSync('ec', { namedCurve: options.curve ?? 'P-256' })).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;

beforeEach(() => {
  clock.at = Date.parse('2026-11-23T10:00:00Z');
  warnings.length = 0;
  directory = mkdtempSync(join(tmpdir(), 'portico-keys-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a first start makes one key, readable by its owner only and named by its age and thumbprint', async () => {
  const keys = await open();
  const { kid, algorithm, jwk } = keys.signer();
  expect(readdirSync(directory)).toEqual([`${clock.at / 1000}-${kid}.pem`]);
  expect(statSync(join(directory, readdirSync(directory)[0]!)).mode & 0o777).toBe(0o600);
  expect(algorithm).toBe('ES256');
  expect(kid).toBe(await calculateJwkThumbprint(jwk));
});

test('the JWKS tells the public parts only', async () => {
  const keys = await open();
  expect(keys.jwks().keys).toEqual([{ kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid: keys.signer().kid, alg: 'ES256', use: 'sig' }]);
});

test('a later start signs with the key that is there', async () => {
  const first = (await open()).signer().kid;
  expect((await open()).signer().kid).toBe(first);
});

test("gateways that start at once know each other's keys and soon sign with the same one", async () => {
  const gateways = await Promise.all(Array.from({ length: 5 }, open));
  for (const signing of gateways) {
    for (const verifying of gateways) {
      clock.at += 1_000;
      expect(await verifying.verifier(signing.signer().kid)).not.toBeNull();
    }
  }
  await Promise.all(gateways.map(gateway => gateway.refresh()));
  expect(new Set(gateways.map(gateway => gateway.signer().kid)).size).toBe(1);
});

test('a rotated key is published at once, signs after five minutes, and replaces the old one without a gap', async () => {
  const keys = await open();
  const old = keys.signer().kid;
  clock.at += 100 * MINUTE;
  const { added, signsAt, removed } = await rotateSigningKeys(directory, clock);
  expect([signsAt, removed]).toEqual([clock.at + 5 * MINUTE, []]);
  const revision = keys.revision();
  await keys.refresh();
  expect(keys.revision()).not.toBe(revision);
  expect(kids(keys)).toEqual([old, added]);
  expect(keys.signer().kid).toBe(old);
  clock.at += 5 * MINUTE;
  expect(keys.signer().kid).toBe(added);
  clock.at += 15 * MINUTE + 4_999;
  expect(await keys.verifier(old)).not.toBeNull();
  clock.at += 1;
  expect(await keys.verifier(old)).toBeNull();
  expect(kids(keys)).toEqual([added]);
  expect((await rotateSigningKeys(directory, clock)).removed).toEqual([old]);
  expect(readdirSync(directory)).toHaveLength(2);
});

test('an unknown kid makes a gateway read the directory again, at most once a second', async () => {
  const keys = await open();
  const { added } = await rotateSigningKeys(directory, clock);
  expect(await keys.verifier(added)).toBeNull();
  clock.at += 1_000;
  expect((await Promise.all(Array.from({ length: 50 }, () => keys.verifier(added)))).every(key => key?.kid === added)).toBe(true);
  expect(await keys.verifier('unknown')).toBeNull();
});

test('a key whose file is deleted is trusted no longer', async () => {
  const keys = await open();
  const stolen = keys.signer().kid;
  await rotateSigningKeys(directory, clock);
  unlinkSync(
    join(
      directory,
      readdirSync(directory).find(file => file.includes(stolen))!,
    ),
  );
  await keys.refresh();
  expect(await keys.verifier(stolen)).toBeNull();
  expect(keys.signer().kid).not.toBe(stolen);
});

test('a directory that is lost or spoiled leaves the keys in use, with one warning for each reason', async () => {
  const keys = await open();
  const { kid } = keys.signer();
  rmSync(directory, { recursive: true });
  await keys.refresh();
  await keys.refresh();
  expect(warnings).toHaveLength(1);
  expect((await keys.verifier(kid))?.kid).toBe(kid);
});

test("files that are no keys of Portico's are left alone", async () => {
  writeFileSync(join(directory, 'README'), 'hello');
  writeFileSync(join(directory, '.0123456789abcdef.draft'), 'half a k');
  const keys = await open();
  expect(kids(keys)).toHaveLength(1);
});

test("a key under another key's name, and one that is no key, stop the start with a clear line", async () => {
  await open();
  const [file = ''] = readdirSync(directory);
  writeFileSync(join(directory, file), privatePem({}));
  await expect(open()).rejects.toThrow(SigningKeyError);
  await expect(open()).rejects.toThrow(`${join(directory, file)} holds the key`);
  writeFileSync(join(directory, file), 'nothing');
  await expect(open()).rejects.toThrow(/is no private key .*: give an unencrypted PKCS #8 PEM/);
});

test('a directory that cannot be made or written to stops the start with a clear line', async () => {
  writeFileSync(join(directory, 'file'), '');
  await expect(openSigningKeys({ directory: join(directory, 'file', 'keys') }, clock, log)).rejects.toThrow(
    /^The signing keys' directory .* cannot be made .*: give a writable SIGNING_KEYS_DIR\.$/,
  );
  await expect(openSigningKeys({ directory: '/proc' }, clock, log)).rejects.toThrow(SigningKeyError);
});

describe('keys given as text', () => {
  const openText = (pem: string) => openSigningKeys({ pem }, clock, log);

  test('the first signs, the others verify only; public ones may be among those', async () => {
    const [first, second] = [privatePem({}), privatePem({ bits: 2048 })];
    const retired = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const keys = await openText(first + second + retired);
    expect(keys.jwks().keys.map(jwk => jwk.alg)).toEqual(['ES256', 'RS256', 'ES256']);
    expect(keys.signer().kid).toBe(keys.jwks().keys[0]!.kid);
    expect(JSON.stringify(keys.jwks())).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    for (const kid of kids(keys)) expect((await keys.verifier(kid!))?.kid).toBe(kid);
  });

  test('line ends written as \\n are understood', async () => {
    const pem = privatePem({});
    expect((await openText(pem.replaceAll('\n', '\\n'))).signer().kid).toBe((await openText(pem)).signer().kid);
  });

  test.each([
    ['no key at all', 'secret', 'SIGNING_KEY holds no PEM block'],
    ['a public key first', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }) as string, 'is no private key'],
    ['another curve', privatePem({ curve: 'P-384' }), 'fits neither ES256'],
    ['a short RSA key', privatePem({ bits: 1024 }), 'fits neither ES256'],
  ])('%s is refused with what to do', async (_title, pem, message) => {
    await expect(openText(pem)).rejects.toThrow(message);
  });
});

test('what stands in the files is a PKCS #8 private key', async () => {
  await open();
  expect(readFileSync(join(directory, readdirSync(directory)[0]!), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});
