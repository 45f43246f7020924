import type { GraphIndex } from './graph.ts';

/** A function of graphs that computes each answer once and lets it go with its graph. */
export function perGraph<T>(compute: (graph: GraphIndex) => T): (graph: GraphIndex) => T {
  const answers = new WeakMap<GraphIndex, { readonly answer: T }>();
  return (graph) => {
    const known = answers.get(graph);
    if (known) return known.answer;
    const answer = compute(graph);
    answers.set(graph, { answer });
    return answer;
  };
}
