import type { LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { AppError, ERROR_CODES } from '../../src/kernel/failures.ts';
import type { AskedOfGraph, GraphAnswers, GraphQuestion } from '../../src/stitch/question.ts';
import { ExplanationAnswer } from './answers/correlation-rules.ts';
import { PathAnswersAnswer } from './answers/path-questions.ts';
import { PreviewAnswer } from './answers/previews.ts';
import type { Caller } from './caller.ts';
import { invoke } from './invoke.ts';

type Asking = Pick<Caller, 'tenant_id' | 'workspace_ids' | 'request_id'>;

/** A question of a kind, without the word for its kind. */
type Asked<K extends GraphQuestion['ask']> = Omit<Extract<GraphQuestion, { readonly ask: K }>, 'ask'>;

/** Asks the graph of what a caller sees. Each throws AppError where the question cannot be answered, saying why. */
export type GraphQuestions = {
  readonly [K in GraphQuestion['ask']]: (caller: Asking, question: Asked<K>) => Promise<GraphAnswers[K]>;
};

const Failure = z.object({
  failure: z.object({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

/** Asks the function that has the graph: building it takes memory that the API does not have. */
export function graphQuestions(client: LambdaClient, function_name: string): GraphQuestions {
  const ask = async <A>(caller: Asking, question: GraphQuestion, schema: z.ZodType<A>): Promise<A> => {
    const { tenant_id, workspace_ids, request_id } = caller;
    const payload: AskedOfGraph = { tenant_id, workspace_ids: [...workspace_ids], question };
    const reply = await invoke(client, { function_name, payload, request_id, what: 'the question' });
    const failed = Failure.safeParse(reply);
    if (failed.success) {
      const { code, message, details } = failed.data.failure;
      throw new AppError(code, message, { details });
    }
    return z.object({ answer: schema }).parse(reply).answer;
  };
  return {
    paths: (caller, question) => ask(caller, { ask: 'paths', ...question }, PathAnswersAnswer),
    preview: (caller, question) => ask(caller, { ask: 'preview', ...question }, PreviewAnswer),
    explain: (caller, question) => ask(caller, { ask: 'explain', ...question }, ExplanationAnswer),
  };
}
