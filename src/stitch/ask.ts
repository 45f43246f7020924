import { correlate } from '../correlations/correlate.ts';
import { explainPair } from '../correlations/explain.ts';
import { resolveIdentities } from '../correlations/identities.ts';
import type { CorrelationRule } from '../correlations/rule.ts';
import type { CorrelationSettings } from '../correlations/settings.ts';
import { graphBuilder } from '../graph/graph.ts';
import { AppError } from '../kernel/failures.ts';
import type { TenantId } from '../kernel/ids.ts';
import { type PathAnswers, pathsBetween } from '../paths/between.ts';
import type { PathOptions } from '../paths/find-paths.ts';
import type { StitchInput } from './computation.ts';
import { keptOf } from './kept-correlations.ts';
import { previewOf } from './preview.ts';
import type { GraphAnswers, GraphQuestion } from './question.ts';
import type { StitchedCorrelation } from './stitched-correlation.ts';

/** How questions are answered. */
export interface AskOptions {
  readonly settings: CorrelationSettings;
  readonly limits?: PathOptions;
  /** Entities, edges and policy documents beyond which a graph is too large to be asked while somebody waits. */
  readonly max_documents: number;
  /** @default all rules */
  readonly rules?: readonly CorrelationRule[];
}

/** Answers of a path question at most: with their evidence they must fit into an answer of Lambda. */
const MOST_ANSWERS = 500;

/** Bytes of an answer at most: Lambda answers with 6 MB at most, and the API puts a little around it. */
export const MOST_BYTES = 5_000_000;

/** A graph that is asked once, a document at a time: no I/O, no clock. Throws AppError `estate_too_large`. */
export function askedGraph(tenant_id: TenantId, options: AskOptions) {
  const builder = graphBuilder(tenant_id);
  const standing: StitchedCorrelation[] = [];
  let documents = 0;
  const count = (): void => {
    documents += 1;
    if (documents > options.max_documents) throw tooLarge(options.max_documents);
  };
  return {
    add(input: StitchInput): void {
      switch (input.kind) {
        case 'entity':
          count();
          builder.addEntity(input.entity);
          break;
        case 'edge':
          count();
          builder.addEdge(input.edge);
          break;
        case 'policy_document':
          count();
          builder.addPolicyDocument(input.policy_document);
          break;
        case 'correlation':
          standing.push(input.correlation);
          break;
      }
    },

    /** Throws AppError `not_found` where the question names an entity that is not there. */
    answer(question: GraphQuestion): GraphAnswers[GraphQuestion['ask']] {
      const { settings, limits, rules } = options;
      const graph = builder.finish();
      switch (question.ask) {
        case 'explain':
          return explainPair(graph, settings, question.left, question.right, rules);
        case 'preview':
          return previewOf({ graph, settings, standing, ...(limits && { limits }), ...(rules && { rules }) }, question);
        case 'paths': {
          for (const id of [question.from, question.to, question.through]) {
            if (id !== undefined && !graph.entity(id)) throw new AppError('not_found', `there is no entity ${id}`);
          }
          const { ask: _ask, max_hops, ...ends } = question;
          const correlations = keptOf(graph, settings, correlate(graph, settings, rules), standing);
          const joined = { correlations, identities: resolveIdentities(graph, correlations) };
          const asked = {
            ...ends,
            limits: { ...limits, ...(max_hops !== undefined && { max_hops }), max_answers: MOST_ANSWERS },
          };
          return fitting(pathsBetween(graph, joined, asked), MOST_BYTES);
        }
      }
    },
  };
}

const tooLarge = (max_documents: number): AppError =>
  new AppError('estate_too_large', `there are more than ${max_documents} entities, edges and policy documents`, {
    details: { max_documents },
  });

/** As many of the answers as fit into so many bytes, the first ones, and whether that is all. */
export function fitting(answers: PathAnswers, bytes: number): PathAnswers {
  let left = bytes - sizeOf({ ...answers, answers: [] });
  const fit = answers.answers.findIndex((one) => {
    left -= sizeOf(one) + 1;
    return left < 0;
  });
  if (fit === -1) return answers;
  return { ...answers, answers: answers.answers.slice(0, fit), truncated: { ...answers.truncated, answers: true } };
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
