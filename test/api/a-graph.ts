import type { GraphQuestions } from '../../lambdas/api/graph-questions.ts';
import type { Visibility } from '../../src/kernel/ids.ts';
import type { GraphAnswers } from '../../src/stitch/question.ts';
import { aCorrelation } from './results-builders.ts';

/** A graph without an inside: it remembers what it was asked and answers that there is nothing. */
export function aGraph() {
  const asked: { readonly workspace_ids: readonly string[]; readonly ask: string; readonly question: unknown }[] = [];
  const { left, right } = aCorrelation();
  const none = { count: 0, items: [] };
  const kind = { appear: none, change: none, go: none };
  const answers: GraphAnswers = {
    paths: {
      answers: [],
      undetermined: [],
      truncated: { hops: false, answers: false, places: false, undetermined: false },
    },
    preview: {
      correlations: kind,
      identities: kind,
      paths: kind,
      ambiguities: { before: 0, after: 0 },
      failed_rules: [],
    },
    explain: { left, right, rules: [], not_tried: [] },
  };
  const answering =
    <K extends keyof GraphAnswers>(ask: K) =>
    async ({ workspace_ids }: Pick<Visibility, 'workspace_ids'>, question: unknown): Promise<GraphAnswers[K]> => {
      asked.push({ workspace_ids, ask, question });
      return answers[ask];
    };
  const graph: GraphQuestions = {
    paths: answering('paths'),
    preview: answering('preview'),
    explain: answering('explain'),
  };
  return { graph, asked };
}
