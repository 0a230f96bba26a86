/** The forger's workshop: tokens made by hand, with the right key or another, in any way at all. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { PartnerClaims, SigningKey } from '../../src/partners/index.ts';

/** The ES256 key that signs now, and the claims of a token that is valid now. */
export interface ForgeryMaterial {
  readonly signer: SigningKey;
  readonly claims: PartnerClaims;
}

/** A forgery's title and text. */
export type Case = readonly [title: string, token: string];
export type Json = Readonly<Record<string, unknown>>;

/** Everything that a token's maker can do with the given key, and with one of his own. */
export class Forge {
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
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`;
  }
}

export const base64url = (data: Buffer | string): string => Buffer.from(data as string).toString('base64url');
export const part = (json: Json | string): string => base64url(typeof json === 'string' ? json : JSON.stringify(json));
export const signatureOf = (input: string, key: KeyObject): Buffer => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

/** Undefined takes a member away. */
export const changed = (object: Json, changes: Json): Json => Object.fromEntries(Object.entries({ ...object, ...changes }).filter(([, value]) => value !== undefined));

/** As a member's value: take it away. */
export const MISSING = undefined;
