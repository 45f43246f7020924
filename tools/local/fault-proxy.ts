import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { Certificates } from './aws/certificates.ts';
import { listen } from './ports.ts';

/** A proxy in front of the emulated AWS. */
export interface FaultProxy {
  /** `https://127.0.0.1:<port>` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts the proxy in front of the emulator at `upstreamPort`, which need not be up yet. */
export async function startFaultProxy(certificates: Certificates, upstreamPort: number): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(certificates.caFile) });
  const server = createServer(
    { key: readFileSync(certificates.keyFile), cert: readFileSync(certificates.certFile) },
    (incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const upstream = request(
        { host: '127.0.0.1', port: upstreamPort, agent, method, path: url, headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      upstream.once('error', () => outgoing.destroy());
      incoming.pipe(upstream);
    },
  );
  const port = await listen(server);
  return {
    endpoint: `https://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
