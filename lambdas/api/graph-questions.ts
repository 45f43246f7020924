import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { AppError, ERROR_CODES } from '../../src/kernel/failures.ts';
import type { Visibility } from '../../src/kernel/ids.ts';
import type { StitchMessage } from '../../src/runs/messages.ts';
import type { AskedOfGraph, GraphAnswers, GraphQuestion } from '../../src/stitch/question.ts';

/** Lambda's word for a function that did not end. */
const TimedOut = z.object({ errorType: z.literal('Sandbox.Timedout') });

const Reply = z.union([
  z.strictObject({ answer: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    failure: z.strictObject({
      code: z.enum(ERROR_CODES),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  }),
]);

/** Asks a question that needs the whole graph, for somebody who sees some workspaces. */
export type AskGraph = <Q extends GraphQuestion>(
  whose: Visibility,
  question: Q,
  request_id: string,
) => Promise<GraphAnswers[Q['ask']]>;

/**
 * Lets the function that holds graphs answer, and waits for it. Throws the AppError that the answer was (`not_found`,
 * `estate_too_large`), AppError `timeout` where it does not end, and an Error where it fails: why is in its own log.
 */
export const graphQuestions =
  (client: LambdaClient, function_name: string): AskGraph =>
  async <Q extends GraphQuestion>(
    { tenant_id, workspace_ids }: Visibility,
    question: Q,
    request_id: string,
  ): Promise<GraphAnswers[Q['ask']]> => {
    const asked: AskedOfGraph = { tenant_id, workspace_ids: [...workspace_ids], question };
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: function_name, Payload: JSON.stringify(asked) }),
    );
    const said: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
    if (FunctionError !== undefined) {
      if (TimedOut.safeParse(said).success) throw new AppError('timeout', 'the question took too long to answer');
      throw new Error(`${function_name} failed on request ${request_id}: ${FunctionError}`);
    }
    const reply = Reply.parse(said);
    if ('failure' in reply) {
      const { code, message, details } = reply.failure;
      throw new AppError(code, message, { details });
    }
    // Our own function answers each question with what it is for; the route's schema is held against it.
    return reply.answer as unknown as GraphAnswers[Q['ask']];
  };

/** Has a tenant stitched at once, without waiting for it. Lost on the way, it is due all the same: the tick sends it. */
export const stitchAtOnce =
  (client: LambdaClient, function_name: string) =>
  async (message: StitchMessage): Promise<void> => {
    await client.send(
      new InvokeCommand({
        FunctionName: function_name,
        InvocationType: 'Event',
        Payload: JSON.stringify(message),
      }),
    );
  };
