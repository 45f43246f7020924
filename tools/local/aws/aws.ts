import { writeFileSync } from 'node:fs';
import { principalsFrom } from '../fault-proxy/principals.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { freePort } from '../ports.ts';
import type { Run } from '../run-folder.ts';
import { makeCertificates, trustHere } from './certificates.ts';
import { REGION, resolvable, startEmulator } from './emulator.ts';

/** The emulated AWS behind its fault proxy. */
export interface Aws {
  /** The proxy's address: what every client uses, the deployed Lambdas included. */
  readonly endpoint: string;
  readonly region: string;
  /** PEM file of the authority that signed the endpoint's certificate. This process trusts it already. */
  readonly caFile: string;
  readonly faults: FaultProxy;
  /** The environment in which an AWS SDK or CLI in another process acts as the root of an account. */
  env(account: string): Record<string, string>;
  /** The settings with which an SDK client in this process acts as the root of an account. */
  client(account: string): ClientSettings;
  /** The URL at which a deployed HTTP API answers; its `$default` stage unless another is named. */
  apiUrl(apiId: string, stage?: string): string;
  stop(): Promise<void>;
}

/** What every AWS SDK client takes. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of a role's session; the root of an account has none. */
    readonly sessionToken?: string;
  };
}

/** Any secret does for the root of an account; it is checked nowhere. */
const ROOT_SECRET = 'test';

/** Starts the emulator and the proxy in front of it. */
export async function startAws(run: Run): Promise<Aws> {
  const certificates = await makeCertificates(run);
  trustHere(certificates.caFile);
  const port = await freePort();
  const sessionsFile = run.file('sessions');
  writeFileSync(sessionsFile, '');
  const principalOf = principalsFrom(sessionsFile);
  const faults = await startFaultProxy({ certificates, upstreamPort: port, principalOf });
  const emulator = await startEmulator(run, { certificates, port, sessionsFile, lambdaEndpoint: faults.endpoint });
  const { endpoint } = faults;
  return {
    endpoint,
    region: REGION,
    caFile: certificates.caFile,
    faults,
    env: (account) => ({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3_CONTROL: resolvable(endpoint),
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: ROOT_SECRET,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      NODE_EXTRA_CA_CERTS: certificates.caFile,
      // What the user has configured for real accounts is not for this one.
      AWS_PROFILE: '',
      AWS_SESSION_TOKEN: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_PROXY: '127.0.0.1,localhost',
    }),
    client: (account) => ({
      endpoint,
      region: REGION,
      credentials: { accessKeyId: account, secretAccessKey: ROOT_SECRET },
    }),
    apiUrl: (apiId, stage = '$default') => `${endpoint}/_aws/execute-api/${apiId}/${stage}`,
    stop: async () => {
      await Promise.all([faults.stop(), emulator.stop()]);
    },
  };
}
