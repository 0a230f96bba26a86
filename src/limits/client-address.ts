/** Whom an address stands for when requests are counted. */
import { isIPv6 } from 'node:net';

/** An IPv4 address as it is, an IPv6 address by its first 64 bits: one customer line has 2^64 of
    them and could take a fresh one for every request. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return address;
  const [front = '', back] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const written = groups(back ?? '');
  // A dotted quad at the end stands for two groups.
  const tail = written.length + (written.at(-1)?.includes('.') ? 1 : 0);
  const head = groups(front);
  const all = back === undefined ? head : [...head, ...Array<string>(8 - head.length - tail).fill('0'), ...written];
  return `${all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
