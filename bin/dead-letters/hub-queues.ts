import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { UsageError } from '../usage-error.ts';
import { asking } from './aws-failure.ts';

/** The queues of a hub that have dead letters. */
export const QUEUES = ['plans', 'cells', 'stitches'] as const;
export type QueueName = (typeof QUEUES)[number];

/** A queue of work and where its dead letters are. */
export interface HubQueue {
  readonly name: QueueName;
  readonly url: string;
  readonly dead_letters: string;
}

/** How AWS is reached; empty for the caller's own profile or environment. */
export interface AwsSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Outputs of `lib/hub-stack.ts`. */
const Outputs = z.object({
  PlanQueueUrl: z.string(),
  PlanDeadLetterQueueUrl: z.string(),
  CellQueueUrl: z.string(),
  CellDeadLetterQueueUrl: z.string(),
  StitchQueueUrl: z.string(),
  StitchDeadLetterQueueUrl: z.string(),
});

/** The queues of a hub, from the outputs of its stack. @throws UsageError where it has none, AwsFailure where AWS refuses. */
export async function hubQueues(aws: AwsSettings, stack: string): Promise<readonly HubQueue[]> {
  const cloudFormation = new CloudFormationClient(aws);
  try {
    const { Stacks } = await asking(`reading the outputs of stack ${stack}`, () =>
      cloudFormation.send(new DescribeStacksCommand({ StackName: stack })),
    );
    const outputs = (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    const found = Outputs.safeParse(Object.fromEntries(outputs)).data;
    if (!found) {
      throw new UsageError(
        `stack ${stack} does not say where its dead letters are: is it a hub? One of an older version is to be deployed again`,
      );
    }
    return [
      { name: 'plans', url: found.PlanQueueUrl, dead_letters: found.PlanDeadLetterQueueUrl },
      { name: 'cells', url: found.CellQueueUrl, dead_letters: found.CellDeadLetterQueueUrl },
      { name: 'stitches', url: found.StitchQueueUrl, dead_letters: found.StitchDeadLetterQueueUrl },
    ];
  } finally {
    cloudFormation.destroy();
  }
}
