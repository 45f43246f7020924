import { awsClients, CallCounter } from '../../../src/connectors/aws/clients.ts';
import type { AwsCollector, AwsSession } from '../../../src/connectors/aws/session.ts';
import { GLOBAL_REGION } from '../../../src/connectors/collector.ts';
import { runCollector } from '../../../src/connectors/run-collector.ts';
import { type Observed, observe } from '../observed.ts';

export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';
export const HOME = { account: ACCOUNT, partition: 'aws', region: REGION } as const;

/** A session whose clients would call AWS: the SDK's `send` is mocked. */
export function aSession(collector: AwsCollector): AwsSession {
  const { client } = awsClients({
    config: {
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: {},
      retryMode: 'standard',
      maxAttempts: 1,
      forcePathStyle: false,
      followRegionRedirects: true,
    },
    region: REGION,
    calls: new CallCounter(),
    declared: { by: collector.id, actions: collector.actions },
  });
  return { ...HOME, client };
}

/** Lets a collector look at a mocked account. */
export const look = (
  collector: AwsCollector,
  cursor?: string,
  more: Pick<AwsSession, 'identity_center'> = {},
): Promise<Observed> =>
  observe(
    runCollector({
      collector,
      task: { collector: collector.id, region: collector.regional ? REGION : GLOBAL_REGION },
      session: { ...aSession(collector), ...more },
      cursor,
    }),
  );

/** An error as the SDK throws it for an answer of AWS. */
export const awsError = (name: string, message = 'AWS says so', httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } });

/** An error as Node throws it for a socket. */
export const socketError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });
