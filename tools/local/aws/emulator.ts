import { mkdirSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { untilReady } from '../process.ts';
import type { Run } from '../run-folder.ts';
import type { Certificates } from './certificates.ts';

const LAUNCHER = path.join(import.meta.dirname, 'launcher.py');

/** The region that everything runs in: the emulator's own default. */
export const REGION = 'us-east-1';

/** The emulated AWS. */
export interface Emulator {
  /** `https://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** What an emulator is started with. */
export interface EmulatorOptions {
  readonly certificates: Certificates;
  /** Free port of 127.0.0.1. */
  readonly port?: number;
  /** What deployed Lambdas get as AWS_ENDPOINT_URL: the fault proxy, so that their calls can be made to fail. */
  readonly lambdaEndpoint?: string;
  /** Where it notes the access key and the ARN of every session that it hands out. */
  readonly sessionsFile: string;
}

/** Starts ministack with IAM enforced, reachable over https on 127.0.0.1 only. Nothing is kept between runs. */
export async function startEmulator(run: Run, options: EmulatorOptions): Promise<Emulator> {
  const { certificates } = options;
  const port = options.port ?? (await freePort());
  const endpoint = `https://127.0.0.1:${port}`;
  const child = run.start('aws', 'python', [LAUNCHER], {
    cwd: folder(run, 'aws'),
    env: {
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: `${port}`,
      SESSIONS_FILE: options.sessionsFile,
      STATE_DIR: folder(run, 'aws', 'state'),
      S3_DATA_DIR: folder(run, 'aws', 's3'),
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificates.certFile,
      MINISTACK_SSL_KEY: certificates.keyFile,
      MINISTACK_REGION: REGION,
      // Listeners at fixed ports, and containers, that nobody here asked for.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      DOCKER_HOST: `unix://${run.file('no-docker.sock')}`,
      // Lambdas are children of the emulator and inherit its environment: this is for them.
      AWS_ENDPOINT_URL: options.lambdaEndpoint ?? endpoint,
      AWS_ENDPOINT_URL_S3_CONTROL: resolvable(options.lambdaEndpoint ?? endpoint),
      NODE_EXTRA_CA_CERTS: certificates.caFile,
      SSL_CERT_FILE: certificates.caFile,
      PYTHONUNBUFFERED: '1',
    },
  });
  await untilReady(child, () => isHealthy(port), 60_000);
  return { endpoint, port, stop: () => child.stop() };
}

/** S3 Control puts the account's id before the host, which makes of an address something that is none. */
export const resolvable = (endpoint: string): string => endpoint.replace('127.0.0.1', 'localhost');

function folder(run: Run, ...names: string[]): string {
  mkdirSync(run.file(...names), { recursive: true });
  return run.file(...names);
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Whether the certificate is trusted is not what is asked here.
    const options = { host: '127.0.0.1', port, path: '/_ministack/health', rejectUnauthorized: false };
    const probe = request(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.setTimeout(5_000, () => probe.destroy());
    probe.once('error', () => resolve(false));
    probe.end();
  });
}
