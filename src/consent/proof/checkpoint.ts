/**
 * Checkpoints: the size and the root of an environment's log, signed with Ed25519 in a JWS (RFC 7515,
 * RFC 8037). The key is derived from the one that signs access tokens, so that it turns up and rotates
 * with it and needs no keeping of its own; what it signs can pass for no token.
 */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, compactVerify, decodeProtectedHeader, exportJWK, importJWK, type JWK } from 'jose';
import type { SigningKey } from '../../partners/index.ts';

export const CHECKPOINT_TYPE = 'portico-checkpoint+jws';

export interface Checkpoint {
  /** The gateway that sealed it, by its public URL. */
  readonly origin: string;
  readonly environment: string;
  /** Entries that it covers: those with the indexes below. */
  readonly size: number;
  /** Of the tree over them, hexadecimal. */
  readonly root: string;
  /** Wall time. */
  readonly sealedAt: string;
}

export interface CheckpointKey {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const derived = new WeakMap<KeyObject, Promise<CheckpointKey>>();

/** The key that goes with a signing key; the same on every gateway that has it. */
export function checkpointKeyOf({ privateKey: secret }: Pick<SigningKey, 'privateKey'>): Promise<CheckpointKey> {
  const known = derived.get(secret) ?? derive(secret);
  derived.set(secret, known);
  return known;
}

async function derive(secret: KeyObject): Promise<CheckpointKey> {
  const { d } = secret.export({ format: 'jwk' });
  const seed = Buffer.from(hkdfSync('sha256', Buffer.from(d!, 'base64url'), '', 'portico checkpoint key', 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const jwk = await exportJWK(createPublicKey(privateKey));
  return { privateKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' } };
}

export const signCheckpoint = (checkpoint: Checkpoint, { privateKey, jwk }: CheckpointKey): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(checkpoint))).setProtectedHeader({ alg: 'EdDSA', typ: CHECKPOINT_TYPE, kid: jwk.kid! }).sign(privateKey);

/** What a checkpoint says, where one of the keys has signed it; else why it is none. */
export async function readCheckpoint(jws: string, keys: readonly JWK[]): Promise<Checkpoint | string> {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(jws);
  } catch {
    return 'It is no JWS in compact form.';
  }
  if (header.typ !== CHECKPOINT_TYPE) return `Its header's typ is not ${CHECKPOINT_TYPE}.`;
  const key = keys.find(({ kid, kty }) => kid === header.kid && kty === 'OKP');
  if (!key) return `It is signed with the key ${header.kid}, which is not among the keys that were given.`;
  try {
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] });
    const said = JSON.parse(Buffer.from(payload).toString('utf8')) as Checkpoint;
    const isWhole = Number.isSafeInteger(said.size) && said.size > 0 && /^[0-9a-f]{64}$/.test(said.root) && typeof said.environment === 'string';
    return isWhole ? said : 'It does not say a size and a root.';
  } catch {
    return 'Its signature is not that of its key.';
  }
}
