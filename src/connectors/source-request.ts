import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { AppError, type ErrorCode } from '../kernel/failures.ts';
import { SECOND } from '../kernel/time.ts';

/** How a source is talked to. What is not given is the real thing. */
export interface SourceNetwork {
  readonly fetch: typeof fetch;
  /** The addresses of a host. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** Milliseconds that one request may take, its answer included. */
  readonly request_time: number;
}

export const THE_NETWORK: SourceNetwork = {
  fetch: (input, init) => fetch(input, init),
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  request_time: 8 * SECOND,
};

/** Bytes of an answer that are read. What a check asks for has a few hundred. */
const LARGEST_ANSWER = 64 * 1024;

export interface SourceRequest {
  readonly method: 'GET' | 'POST';
  readonly host: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export interface SourceAnswer {
  readonly status: number;
  /** Undefined where the answer is not JSON. */
  readonly body: unknown;
}

/**
 * One request to a source, over https and to nowhere else than its host: redirects are not followed and private addresses
 * not asked. Nothing that the source says gets into a message, since it may repeat what it was sent.
 * Throws AppError `source_unreachable`, `timeout` or `throttled`, each naming the host.
 */
export async function askSource(
  network: SourceNetwork,
  request: SourceRequest,
  over: AbortSignal,
): Promise<SourceAnswer> {
  const { host } = request;
  const ends = AbortSignal.any([over, AbortSignal.timeout(network.request_time)]);
  try {
    await mustBePublic(network, host, ends);
    const response = await network.fetch(`https://${host}${request.path}`, {
      method: request.method,
      headers: { accept: 'application/json', ...request.headers },
      ...(request.form && { body: new URLSearchParams(request.form) }),
      redirect: 'manual',
      signal: ends,
    });
    const { status } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      throw unreachable(host, `answered with a redirect (${status}), which is not followed`);
    }
    const body = await jsonOf(response, host);
    if (status === 429) throw failed('throttled', host, waitOf(response));
    if (status >= 500) throw unreachable(host, `answered with an error of its own (${status})`);
    return { status, body };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (ends.aborted) throw failed('timeout', host, 'did not answer in time');
    const code = networkCode(error);
    if (code !== undefined) throw failed(TIMED_OUT.test(code) ? 'timeout' : 'source_unreachable', host, code);
    // The words of the original may hold what was to be sent: a header that cannot be made is quoted in full.
    throw new Error(`the request to ${host} could not be made`);
  }
}

export const unreachable = (host: string, said: string): AppError => failed('source_unreachable', host, said);

const failed = (code: ErrorCode, host: string, said: string): AppError =>
  new AppError(code, `${host}: ${said}`, { details: { endpoint: host, host } });

/** Networks that no source on the internet has an address in. https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
/** All of IPv6 that is global unicast is in 2000::/3; addresses that wrap one of IPv4 (6to4, Teredo) are not asked either. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const WRAPPING = new BlockList();
WRAPPING.addSubnet('2001::', 32, 'ipv6');
WRAPPING.addSubnet('2002::', 16, 'ipv6');

/** Whether an address is one that anybody on the internet can reach. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !PRIVATE.check(address, 'ipv4');
  return isIP(address) === 6 && GLOBAL.check(address, 'ipv6') && !WRAPPING.check(address, 'ipv6');
}

async function mustBePublic(network: SourceNetwork, host: string, ends: AbortSignal): Promise<void> {
  const addresses = await orEnd(network.addressesOf(host), ends);
  if (addresses.length === 0) throw unreachable(host, 'has no address');
  if (!addresses.every(isPublicAddress)) throw unreachable(host, 'has a private address, which is not asked');
}

/** A look-up cannot be ended; this stops waiting for it. */
async function orEnd<T>(work: Promise<T>, ends: AbortSignal): Promise<T> {
  ends.throwIfAborted();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(ends.reason);
  ends.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, ended]);
  } finally {
    ends.removeEventListener('abort', end);
  }
}

async function jsonOf(response: Response, host: string): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop ends the stream.
    if (size > LARGEST_ANSWER) throw unreachable(host, `answered with more than ${LARGEST_ANSWER / 1024} kB`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

function waitOf(response: Response): string {
  const seconds = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(seconds) ? `asks us to come back in ${seconds} s` : 'asks us to slow down';
}

/** The code under which Node knows a failure of the network: of the error, or of what caused it. */
function networkCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string' && NETWORK_CODE.test(code)) return code;
  }
  return undefined;
}

/** Of DNS, sockets, TLS, the HTTP parser and fetch itself. https://nodejs.org/api/errors.html */
const NETWORK_CODE =
  /^(E(NOTFOUND|AI_\w+|CONN\w+|PIPE|HOST\w+|NET\w+|PROTO|TIMEDOUT|NODATA|SERVFAIL|REFUSED|NONAME)|(CERT|DEPTH|SELF|UNABLE)_\w+|ERR_(TLS|SSL)_\w+|HPE_\w+|UND_ERR_\w+)$/;
const TIMED_OUT = /TIMEDOUT$|TIMEOUT$/;
