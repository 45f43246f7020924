import { readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './aws/certificates.ts';
import { type Answer, refusal, throttling } from './fault-proxy/answers.ts';
import { type RawRequest, readAwsRequest } from './fault-proxy/aws-request.ts';
import { type CallCount, CallCounter } from './fault-proxy/calls.ts';
import { controlServer } from './fault-proxy/control.ts';
import { Pages } from './fault-proxy/pages.ts';
import type { PrincipalOf } from './fault-proxy/principals.ts';
import {
  type Fault,
  type FaultRule,
  type Injected,
  type KnownRequest,
  RuleBook,
  type When,
} from './fault-proxy/rules.ts';
import { listen } from './ports.ts';

/** A proxy in front of the emulated AWS which makes chosen requests fail, and counts all that are signed. */
export interface FaultProxy {
  /** `https://127.0.0.1:<port>`: AWS, as clients see it. */
  readonly endpoint: string;
  /** Where other processes set rules: `http://127.0.0.1:<port>/_faults` (see fault-proxy/control.ts). */
  readonly controlUrl: string;
  /** Puts a rule in force. @throws ZodError if it is not a rule */
  inject(rule: FaultRule): Injected;
  /** Ends every rule. */
  clear(): void;
  /** How many signed requests there were that are meant, faults included. */
  countCalls(when: Omit<When, 'parameters'>): number;
  /** One row for each account, role and action. */
  calls(): CallCount[];
  resetCalls(): void;
  stop(): Promise<void>;
}

/** What a proxy is started with. The emulator need not be up yet. */
export interface FaultProxyOptions {
  readonly certificates: Certificates;
  readonly upstreamPort: number;
  readonly principalOf: PrincipalOf;
}

interface Upstream {
  readonly port: number;
  readonly agent: Agent;
}

/** Starts the proxy on a free port of 127.0.0.1. Requests are passed on as they came, so their signatures stay valid. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { certificates, principalOf } = options;
  // Idle connections go before the emulator closes them after 75 s, so that none is closed while a request is on its way.
  const agent = new Agent({ keepAlive: true, timeout: 60_000, ca: readFileSync(certificates.caFile) });
  const upstream = { port: options.upstreamPort, agent };
  const rules = new RuleBook();
  const calls = new CallCounter();
  const pages = new Pages();

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const raw = await readRaw(incoming);
    const request = readAwsRequest(raw);
    if (!request) return passOn(upstream, raw, outgoing);
    const known = { request, principal: principalOf(request.accessKey) };
    calls.add(known);
    await apply(rules.take(known), known, { raw, outgoing, upstream, pages });
  };

  const tls = { key: readFileSync(certificates.keyFile), cert: readFileSync(certificates.certFile) };
  const server = createServer(tls, (incoming, outgoing) => {
    // A failure on the way to the emulator looks to the client like what it is: a lost connection.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 75_000;
  const control = controlServer(rules, calls);
  const [port, controlPort] = await Promise.all([listen(server), listen(control)]);
  return {
    endpoint: `https://127.0.0.1:${port}`,
    controlUrl: `http://127.0.0.1:${controlPort}/_faults`,
    inject: (rule) => rules.add(rule),
    clear: () => rules.clear(),
    countCalls: (when) => calls.count(when),
    calls: () => calls.list(),
    resetCalls: () => calls.clear(),
    stop: async () => {
      agent.destroy();
      await Promise.all([close(server), close(control)]);
    },
  };
}

interface Exchange {
  readonly raw: RawRequest;
  readonly outgoing: ServerResponse;
  readonly upstream: Upstream;
  readonly pages: Pages;
}

async function apply(fault: Fault | undefined, known: KnownRequest, exchange: Exchange): Promise<void> {
  const { request, principal } = known;
  const { raw, outgoing, upstream, pages } = exchange;
  if (fault === 'refuse') return send(outgoing, refusal(request, principal?.arn ?? request.accessKey));
  if (fault === 'throttle') return send(outgoing, throttling(request));
  if (fault === 'cut') return sendPart(outgoing, await fetchWhole(upstream, raw), { cut: true });
  if (fault === 'malform') return sendPart(outgoing, await fetchWhole(upstream, raw), { cut: false });
  if (fault && 'replace' in fault) return sendReplaced(outgoing, await fetchWhole(upstream, raw), fault);
  if (fault && 'delay_ms' in fault) await sleep(fault.delay_ms);
  const page = pages.next(request);
  if (page !== undefined) {
    const type = request.protocol === 'query' ? 'text/xml' : 'application/json';
    return send(outgoing, { status: 200, headers: { 'content-type': type }, body: page });
  }
  if (!fault || !('page_size' in fault)) return passOn(upstream, raw, outgoing);
  const whole = await fetchWhole(upstream, raw);
  const isGood = whole.status === 200;
  const body = isGood ? pages.first(request, whole.body.toString(), fault) : whole.body.toString();
  return send(outgoing, { status: whole.status, headers: { 'content-type': whole.type }, body });
}

async function readRaw(incoming: IncomingMessage): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const { expect: _, ...headers } = incoming.headers;
  return { method: incoming.method ?? 'GET', url: incoming.url ?? '/', headers, body: Buffer.concat(chunks) };
}

function ask({ port, agent }: Upstream, { method, url, headers, body }: RawRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest({ host: '127.0.0.1', port, agent, method, path: url, headers: { ...headers } }, resolve);
    asked.once('error', reject);
    asked.end(body);
  });
}

async function passOn(upstream: Upstream, raw: RawRequest, outgoing: ServerResponse): Promise<void> {
  const answer = await ask(upstream, raw);
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.once('error', () => outgoing.destroy());
  answer.pipe(outgoing);
}

interface Whole {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

async function fetchWhole(upstream: Upstream, raw: RawRequest): Promise<Whole> {
  const answer = await ask(upstream, raw);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  const type = answer.headers['content-type'] ?? 'application/octet-stream';
  return { status: answer.statusCode ?? 502, type, body: Buffer.concat(chunks) };
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}

/** The first half of a body: as if it were all of it, or as the part that came before the connection was closed. */
function sendPart(outgoing: ServerResponse, { status, type, body }: Whole, { cut }: { cut: boolean }): void {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const headers: OutgoingHttpHeaders = { 'content-type': type, 'content-length': cut ? body.length : half.length };
  outgoing.writeHead(status, headers);
  if (!cut) outgoing.end(half);
  else if (half.length === 0) outgoing.destroy();
  else outgoing.write(half, () => outgoing.destroy());
}

function sendReplaced(outgoing: ServerResponse, whole: Whole, { replace, by }: { replace: string; by: string }): void {
  const body = whole.body.toString().replaceAll(replace, () => by);
  send(outgoing, { status: whole.status, headers: { 'content-type': whole.type }, body });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
