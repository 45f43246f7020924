import type { Correlated, Correlation } from '../correlations/correlation.ts';
import { type CorrelationSettings, pairDecisions } from '../correlations/settings.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';

/**
 * What holds from now on, ordered by id: what the rules found, and of rules that threw what they had found before, where both
 * entities are still there and nobody has forbidden the pair since.
 */
export function keptOf(
  graph: Graph,
  settings: CorrelationSettings,
  { correlations, failed_rules }: Correlated,
  standing: Iterable<Correlation>,
): readonly Correlation[] {
  const forbidsOf = new Map(
    failed_rules.map(({ rule_id }) => [rule_id, pairDecisions({ id: rule_id }, settings).forbids]),
  );
  if (forbidsOf.size === 0) return correlations;
  const kept: Correlation[] = [];
  for (const one of standing) {
    const forbids = forbidsOf.get(one.rule_id);
    if (!forbids || !graph.entity(one.left.id) || !graph.entity(one.right.id)) continue;
    if (!forbids(one.left.id, one.right.id)) kept.push(bare(one));
  }
  return [...correlations, ...kept].sort((a, b) => byText(a._id, b._id));
}

/** A correlation without what a stitch stored beside it. */
const bare = ({ conditions, ...one }: Correlation): Correlation => ({
  _id: one._id,
  tenant_id: one.tenant_id,
  rule_id: one.rule_id,
  effect: one.effect,
  confidence: one.confidence,
  left: one.left,
  right: one.right,
  evidence: one.evidence,
  ...(conditions && { conditions }),
});
