import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import type { ErrorCode } from '../../src/kernel/failures.ts';
import { AppError } from '../../src/kernel/failures.ts';
import type { Visibility } from '../../src/kernel/ids.ts';
import { type AskOptions, askedGraph } from '../../src/stitch/ask.ts';
import type { StitchInput } from '../../src/stitch/computation.ts';
import { AskedOfGraph, type GraphAnswers, type GraphQuestion } from '../../src/stitch/question.ts';

export interface AskGraphDeps extends Omit<AskOptions, 'settings'> {
  readonly settings: { readonly get: (tenant_id: string) => Promise<CorrelationSettings | undefined> };
  /** Everything that somebody sees, and nothing else. */
  readonly input: (whose: Visibility) => AsyncIterable<StitchInput>;
}

/** What a question came to. A failure that we understand is an answer: thrown, it would lose its code on the way. */
export type GraphReply =
  | { readonly answer: GraphAnswers[GraphQuestion['ask']] }
  | {
      readonly failure: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: Readonly<Record<string, unknown>>;
      };
    };

/** Invoked by the API: loads what the caller sees, answers one question, and forgets both. */
export const askGraphHandler =
  ({ settings, input, ...options }: AskGraphDeps) =>
  async (event: unknown): Promise<GraphReply> => {
    const { question, ...whose } = AskedOfGraph.parse(event);
    const { tenant_id } = whose;
    const present = (await settings.get(tenant_id)) ?? noSettings(tenant_id);
    try {
      const graph = askedGraph(tenant_id, { ...options, settings: present });
      for await (const document of input(whose)) graph.add(document);
      return { answer: graph.answer(question) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { failure: { code: error.code, message: error.message, details: error.details } };
    }
  };
