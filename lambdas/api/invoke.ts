import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { AppError } from '../../src/kernel/failures.ts';

/** Lambda's word for a function that did not end. */
const TimedOut = z.object({ errorType: z.literal('Sandbox.Timedout') });

/** What another function is asked, and for whom. */
export interface Invocation {
  readonly function_name: string;
  readonly payload: unknown;
  readonly request_id: string;
  /** What is under way, for whoever waited in vain: `the check`. */
  readonly what: string;
}

/**
 * Calls another function and waits for its answer. Throws AppError `timeout` where it does not end, and an Error where it fails:
 * why is in its own log.
 */
export async function invoke(
  client: LambdaClient,
  { function_name, payload, request_id, what }: Invocation,
): Promise<unknown> {
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: function_name, Payload: JSON.stringify(payload) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
  if (FunctionError === undefined) return answer;
  if (TimedOut.safeParse(answer).success) throw new AppError('timeout', `${what} did not come to an end`);
  throw new Error(`${function_name} failed on request ${request_id}: ${FunctionError}`);
}
