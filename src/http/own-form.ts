/**
 * What a browser keeps for our pages and sends back with their forms. A cookie's value is a secret of
 * that browser's; a form carries a hash of it, which nobody else can make, so that a form which another
 * site sends in the person's name is told from ours.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isStorableText } from '../base/text.ts';

export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Null for one that goes when the browser is closed; 0 for one that is to go now. */
  readonly maxAgeSeconds: number | null;
  /** Strict goes along with nothing that another site asks for; Lax with the links from there. */
  readonly sameSite: 'Strict' | 'Lax';
}

const isTls = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/** Over TLS the cookie is bound to this very host (RFC 6265bis, section 4.1.3.2). */
const fullName = (name: string, publicUrl: string): string => (isTls(publicUrl) ? `__Host-${name}` : name);

/** A cookie that scripts cannot read. */
export const ownCookie = ({ name, value, maxAgeSeconds, sameSite }: Cookie, publicUrl: string): string =>
  `${fullName(name, publicUrl)}=${value}; ${maxAgeSeconds === null ? '' : `Max-Age=${maxAgeSeconds}; `}Path=/; HttpOnly; SameSite=${sameSite}${isTls(publicUrl) ? '; Secure' : ''}`;

/** Null where there is none, or two: then somebody has planted one. */
export function readCookie(request: FastifyRequest, name: string, publicUrl: string): string | null {
  const prefix = `${fullName(name, publicUrl)}=`;
  const values = (request.headers.cookie ?? '').split(/; */).filter(each => each.startsWith(prefix));
  return values.length === 1 ? values[0]!.slice(prefix.length) : null;
}

/** The token in the forms of the browser with the secret. */
export const formTokenOf = (secret: string): string => createHash('sha256').update(`csrf:${secret}`).digest('base64url');

/** Whether the request is a form of ours, sent by the browser with the secret. */
export function isOwnForm(request: FastifyRequest, form: URLSearchParams, secret: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const [expected, given] = [Buffer.from(formTokenOf(secret)), Buffer.from(form.get('csrf') ?? '')];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** The form's fields, lines ended as everywhere else; null where one holds what no text may. */
export function readForm(request: FastifyRequest): URLSearchParams | null {
  const sent = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  const form = new URLSearchParams([...sent].map(([name, value]): [string, string] => [name, value.replaceAll('\r\n', '\n')]));
  return [...form].every(pair => pair.every(isStorableText)) ? form : null;
}
