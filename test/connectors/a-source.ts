import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { SourceCheckDeps } from '../../src/connectors/source-check.ts';
import type { SourceNetwork } from '../../src/connectors/source-request.ts';
import { listen } from '../../tools/local/ports.ts';

/** What a source was asked. */
export interface Asked {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** What answers a request: an answer, or what is done with the connection. */
export type Answers = (asked: Asked) => Said | ((response: ServerResponse) => void);

const ORIGINAL_HOST = 'x-original-host';

/** Every source on one loopback server, and a network that leads there whatever the host. */
export class ASource {
  readonly asked: Asked[] = [];
  answers: Answers = () => ({ status: 404, body: {} });
  private readonly server: Server;
  private port = 0;

  constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async start(): Promise<void> {
    this.port = await listen(this.server);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The network of a check, with the hosts' names resolved to an address on the internet. */
  network(given: Partial<SourceNetwork> = {}): SourceNetwork {
    return {
      fetch: (input, init) => {
        const { host, pathname, search } = new URL(String(input));
        const headers = { ...Object.fromEntries(new Headers(init?.headers)), [ORIGINAL_HOST]: host };
        return fetch(`http://127.0.0.1:${this.port}${pathname}${search}`, { ...init, headers });
      },
      addressesOf: async () => ['20.190.128.1'],
      request_time: 2_000,
      ...given,
    };
  }

  /** A network on which TLS is spoken to a server that does not. */
  withTls(): SourceNetwork {
    return this.network({ fetch: (_, init) => fetch(`https://127.0.0.1:${this.port}/`, init) });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked: Asked = {
      host: String(request.headers[ORIGINAL_HOST]),
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      form: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
    };
    this.asked.push(asked);
    const said = this.answers(asked);
    if (typeof said === 'function') return said(response);
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}));
  }
}

/** What a check is given, with a secret that a test can look for in whatever comes out. */
export const sourceDeps = (
  network: SourceNetwork,
  secret: unknown,
  given: Partial<SourceCheckDeps> = {},
): SourceCheckDeps => ({
  network,
  secret: async () => (typeof secret === 'string' ? secret : JSON.stringify(secret)),
  credentials_ref: 'throughline/enterprise-nimbus/source',
  now: () => new Date('2026-11-21T12:00:00.000Z'),
  ...given,
});

/** The end of a check that does not come. */
export const NOT_YET = new AbortController().signal;
