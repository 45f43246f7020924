/** An IPv4 or IPv6 network: the first `bits` bits of `address` count. */
export interface IpRange {
  readonly address: readonly number[];
  readonly bits: number;
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a single address; undefined where the text is none. */
export function parseIpRange(text: string): IpRange | undefined {
  const [host = '', prefix, ...rest] = text.trim().split('/');
  const address = parseAddress(host);
  if (!address || rest.length > 0) return undefined;
  const width = address.length * 8;
  if (prefix === undefined) return { address, bits: width };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width) return undefined;
  return { address, bits: Number(prefix) };
}

/** Does the network hold the whole of the other? IPv4 and IPv6 never hold each other. */
export function ipRangeContains(range: IpRange, other: IpRange): boolean {
  if (range.address.length !== other.address.length || other.bits < range.bits) return false;
  for (let i = 0; i * 8 < range.bits; i++) {
    const counted = Math.min(8, range.bits - i * 8);
    const shift = 8 - counted;
    if ((range.address[i] ?? 0) >> shift !== (other.address[i] ?? 0) >> shift) return false;
  }
  return true;
}

function parseAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return valid ? parts.map(Number) : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  if (!first || !last) return undefined;
  const missing = 16 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...first, ...new Array<number>(missing).fill(0), ...last];
}

/** The bytes of `2001:db8` or of `ffff:192.0.2.1`. */
function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const ipv4 = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4) bytes.push(...ipv4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255);
    else return undefined;
  }
  return bytes;
}
