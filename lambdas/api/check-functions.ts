import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { ConnectionCheck } from '../../src/control/connection-check.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import { AppError } from '../../src/kernel/failures.ts';
import type { CheckRequest } from '../check-request.ts';
import { ConnectionCheckAnswer } from './answers/checks.ts';

/** Instances behind which there is something that can be called. */
export type CheckedInstance = Exclude<ConnectorInstance, { readonly connector_kind: 'push' }>;

/** The functions that try connections, each in a role that the API does not have. */
export interface CheckFunctions {
  readonly aws: string;
  readonly sources: string;
}

/** Lambda's word for a function that did not end. */
const TimedOut = z.object({ errorType: z.literal('Sandbox.Timedout') });

/**
 * Lets the function that may do so try a connection, and waits for it. Throws AppError `timeout` where it does not end, and
 * an Error where it fails: why is in its own log.
 */
export const checkFunctions =
  (client: LambdaClient, functions: CheckFunctions) =>
  async (instance: CheckedInstance, request_id: string): Promise<ConnectionCheck> => {
    const { tenant_id, workspace_id, _id: instance_id } = instance;
    const request: CheckRequest = { tenant_id, workspace_id, instance_id, request_id };
    const FunctionName = instance.connector_kind === 'aws' ? functions.aws : functions.sources;
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
    );
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
    if (FunctionError === undefined) return ConnectionCheckAnswer.parse(answer);
    if (TimedOut.safeParse(answer).success) throw new AppError('timeout', 'the check did not come to an end');
    throw new Error(`${FunctionName} failed on request ${request_id}: ${FunctionError}`);
  };
