/**
 * The keys that sign access tokens, for the token endpoint, the verifier and the JWKS. They live in
 * a directory that all gateways share, one PKCS #8 file a key, or are given as PEM text. A gateway
 * reads the directory again every 30 seconds and when it meets a kid that it does not know, so that
 * a rotation needs no restart.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { Clock, Instant } from '../base/clock.ts';
import type { Job } from '../platform/jobs.ts';
import { oldestFirst, signerAt, signsFrom, verifiesAt } from './signing-key.rules.ts';

export type SigningAlgorithm = 'ES256' | 'RS256';

export interface VerificationKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** The one algorithm that this key may be used with. */
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
  /** Public parts only. */
  readonly jwk: JWK;
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

export interface SigningKeys {
  /** The key that signs now. */
  signer(): SigningKey;
  /** The key of that kid while its tokens may be valid. */
  verifier(kid: string): Promise<VerificationKey | null>;
  /** RFC 7517. */
  jwks(): { keys: JWK[] };
  /** Changes whenever the set of keys does. */
  revision(): number;
  refresh(): Promise<void>;
}

/** A key or its directory cannot be used; the message says which, why and what to do. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

interface FiledKey extends SigningKey {
  readonly createdAt: Instant;
  readonly file: string;
}

interface Log {
  warn(facts: object, message: string): void;
}

const KEY_FILE = /^(\d{1,12})-([A-Za-z0-9_-]{43})\.pem$/;
const PEM_BLOCK = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/** A flood of unknown kids must not become a flood of directory reads. */
const UNKNOWN_KID_REFRESH_MS = 1_000;

/** Opens the keys of a directory (and makes the first one), or those of PEM text. Throws `SigningKeyError`. */
export const openSigningKeys = (source: { directory: string } | { pem: string }, clock: Clock, log: Log): Promise<SigningKeys> =>
  'pem' in source ? keysOfPem(source.pem) : keysOfDirectory(source.directory, clock, log);

export const signingKeysJob = (keys: SigningKeys): Job => ({ name: 'signing-keys', everyMs: 30_000, run: () => keys.refresh() });

/** Adds a key, which signs five minutes from now, and removes those whose last token has expired. */
export async function rotateSigningKeys(directory: string, clock: Clock): Promise<{ added: string; signsAt: Instant; removed: string[] }> {
  await makeDirectory(directory);
  const added = await addKey(directory, clock.now());
  const keys = await readDirectory(directory, new Map());
  const ended = keys.filter(key => !verifiesAt(keys, key, clock.now()));
  for (const key of ended) await rm(join(directory, key.file), { force: true });
  return { added: added.kid, signsAt: keys.length === 1 ? clock.now() : signsFrom(added), removed: ended.map(key => key.kid) };
}

async function keysOfPem(pem: string): Promise<SigningKeys> {
  // Many secret stores hand a PEM over with its line ends written as \n.
  const blocks = [...pem.replaceAll('\\n', '\n').matchAll(PEM_BLOCK)].map(([block]) => block);
  const [first, ...others] = blocks;
  if (!first) throw new SigningKeyError('SIGNING_KEY holds no PEM block: give a PKCS #8 private key, or use SIGNING_KEYS_DIR.');
  const signer = await signingKeyOf(first, 'The first key of SIGNING_KEY');
  const byKid = new Map<string, VerificationKey>([[signer.kid, signer]]);
  for (const [i, block] of others.entries()) {
    const key = await verificationKeyOf(block, `Key ${i + 2} of SIGNING_KEY`);
    byKid.set(key.kid, key);
  }
  const jwks = [...byKid.values()].map(key => key.jwk);
  return {
    signer: () => signer,
    verifier: async kid => byKid.get(kid) ?? null,
    jwks: () => ({ keys: jwks }),
    revision: () => 0,
    refresh: async () => undefined,
  };
}

async function keysOfDirectory(directory: string, clock: Clock, log: Log): Promise<SigningKeys> {
  await makeDirectory(directory);
  // Two gateways that start at once may both make a key. Both keys are published, the older one
  // signs, and each gateway finds the other's by its kid: nothing needs a lock.
  if ((await readDirectory(directory, new Map())).length === 0) await addKey(directory, clock.now());
  let keys = await readDirectory(directory, new Map());
  let revision = 0;
  let reading: Promise<void> | null = null;
  let readAt = clock.now();
  let lastProblem = '';

  const read = async () => {
    readAt = clock.now();
    const known = new Map(keys.map(key => [key.file, key]));
    try {
      const found = await readDirectory(directory, known);
      // An empty directory is a lost mount rather than a wish: tokens already given out stay valid.
      if (found.length === 0) throw new SigningKeyError(`${directory} holds no signing key any more: restore it, or rotate to make one.`);
      if (found.length !== keys.length || found.some(key => !known.has(key.file))) revision++;
      keys = found;
      lastProblem = '';
    } catch (error) {
      const problem = (error as Error).message;
      if (problem !== lastProblem) log.warn({ problem }, 'Signing keys could not be read again; those read before stay in use.');
      lastProblem = problem;
    }
  };
  const refresh = (): Promise<void> => (reading ??= read().finally(() => (reading = null)));
  const known = (kid: string) => keys.find(key => key.kid === kid && verifiesAt(keys, key, clock.now())) ?? null;

  return {
    signer: () => signerAt(keys, clock.now())!,
    async verifier(kid) {
      const key = known(kid);
      if (key || keys.some(other => other.kid === kid)) return key;
      if (!reading && clock.now() - readAt < UNKNOWN_KID_REFRESH_MS) return null;
      await refresh();
      return known(kid);
    },
    jwks: () => ({ keys: keys.filter(key => verifiesAt(keys, key, clock.now())).map(key => key.jwk) }),
    revision: () => revision,
    refresh,
  };
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(refuse(`The signing keys' directory ${directory} cannot be made`, 'give a writable SIGNING_KEYS_DIR'));
}

/** Turns a failure of the file system into a line that says what to do about it. */
const refuse =
  (what: string, nextStep: string) =>
  (error: Error): never => {
    throw new SigningKeyError(`${what} (${error.message}): ${nextStep}.`, { cause: error });
  };

/** The keys in the order of their age; those in `known`, by file name, are not read again. */
async function readDirectory(directory: string, known: ReadonlyMap<string, FiledKey>): Promise<FiledKey[]> {
  const keys: FiledKey[] = [];
  for (const file of await readdir(directory).catch(refuse(`The signing keys' directory ${directory} cannot be read`, "let the gateway's user read it"))) {
    const [, seconds, kid] = KEY_FILE.exec(file) ?? [];
    if (seconds === undefined || kid === undefined) continue;
    const key = known.get(file) ?? (await readKey(directory, file, Number(seconds) * 1000));
    if (key && key.kid !== kid) throw new SigningKeyError(`${join(directory, file)} holds the key ${key.kid}: its name must end in that.`);
    if (key) keys.push(key);
  }
  return oldestFirst(keys);
}

async function readKey(directory: string, file: string, createdAt: Instant): Promise<FiledKey | null> {
  const path = join(directory, file);
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // A rotation took it away between the listing and the reading.
    if (error.code === 'ENOENT') return null;
    throw new SigningKeyError(`${path} cannot be read (${error.message}): let the gateway's user read it.`, { cause: error });
  });
  return pem === null ? null : { ...(await signingKeyOf(pem, path)), createdAt, file };
}

async function addKey(directory: string, now: Instant): Promise<{ kid: string; createdAt: Instant }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const { kid } = await signingKeyOf(pem, 'The new key');
  const seconds = Math.floor(now / 1000);
  await writeKey(directory, `${seconds}-${kid}.pem`, pem).catch(refuse(`A signing key cannot be written to ${directory}`, 'give a writable SIGNING_KEYS_DIR'));
  return { kid, createdAt: seconds * 1000 };
}

/** The file appears under its name only when it is whole and on the disk. */
async function writeKey(directory: string, file: string, pem: string): Promise<void> {
  const draft = join(directory, `.${randomBytes(8).toString('hex')}.draft`);
  await writeFile(draft, pem, { flag: 'wx', mode: 0o600, flush: true });
  // Rotated by root, the key must still open for the user that the gateway runs as.
  const { uid, gid } = await stat(directory);
  if (process.getuid?.() === 0) await chown(draft, uid, gid);
  await rename(draft, join(directory, file));
}

async function signingKeyOf(pem: string, what: string): Promise<SigningKey> {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    throw new SigningKeyError(`${what} is no private key (${(error as Error).message}): give an unencrypted PKCS #8 PEM.`, { cause: error });
  }
  return { ...(await describeKey(createPublicKey(privateKey), what)), privateKey };
}

async function verificationKeyOf(pem: string, what: string): Promise<VerificationKey> {
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(pem);
  } catch (error) {
    throw new SigningKeyError(`${what} is no key (${(error as Error).message}): give a PEM.`, { cause: error });
  }
  return describeKey(publicKey, what);
}

async function describeKey(publicKey: KeyObject, what: string): Promise<VerificationKey> {
  const algorithm = algorithmOf(publicKey);
  if (!algorithm) throw new SigningKeyError(`${what} fits neither ES256 (a P-256 key) nor RS256 (RSA of 2048 bits or more): use one of these.`);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, algorithm, publicKey, jwk: { ...jwk, kid, alg: algorithm, use: 'sig' } };
}

function algorithmOf(publicKey: KeyObject): SigningAlgorithm | null {
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  if (publicKey.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  return publicKey.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= 2048 ? 'RS256' : null;
}
