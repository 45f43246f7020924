import type { GraphEntity } from '../../src/graph/documents.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { judge } from '../../src/graph/judge.ts';
import { identityOf } from '../../src/graph/principal.ts';
import { trustingRole } from '../../src/graph/trusting-role.ts';
import { assumeAction, type Decision } from '../../src/policy/index.ts';

/** An identity that can become a role, or may be able to. */
export interface AssumablePair {
  readonly from: GraphEntity;
  readonly to: GraphEntity;
  readonly decision: Exclude<Decision, 'denied'>;
}

/** Every pair of an identity and a role that is not denied, each asked by itself: what every index has to agree with. */
export function* assumablePairs(graph: Graph): Generator<AssumablePair> {
  const roles = graph.entities.flatMap((entity) => trustingRole(graph, entity) ?? []);
  for (const from of graph.entities) {
    const asking = identityOf(graph, from);
    for (const role of asking ? roles : []) {
      if (!asking || role.role === from) continue;
      const { principal, context } = asking;
      const request = { principal, action: assumeAction(principal), resource: role.resource, context };
      const { decision } = judge((assumption) => ({
        request,
        policies: { ...asking.set(assumption), ...role.set(assumption) },
      }));
      if (decision !== 'denied') yield { from, to: role.role, decision };
    }
  }
}
