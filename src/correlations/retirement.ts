import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import type { Ambiguity, Correlated, Correlation, RetiredBecause } from './correlation.ts';
import { canMatch } from './match.ts';
import { RULES } from './registry.ts';
import type { CorrelationRule } from './rule.ts';
import { type CorrelationSettings, decisionOn, isEnabled } from './settings.ts';

/**
 * Why a correlation that was active is not among those that were found. What the tenant decided comes first: it holds whatever
 * else changed. Not to be asked of correlations of a rule that failed: nothing is known of them, and they stay.
 */
export function retirementOf(
  previous: Pick<Correlation, 'rule_id' | 'left' | 'right'>,
  graph: Graph,
  settings: CorrelationSettings,
  { ambiguities }: Pick<Correlated, 'ambiguities'>,
  rules: readonly CorrelationRule[] = RULES,
): RetiredBecause {
  const { left, right, rule_id } = previous;
  const decision = decisionOn(rule_id, left.id, right.id, settings);
  const rule = rules.find(({ id }) => id === rule_id);
  if (!rule || (!isEnabled(rule, settings) && decision !== 'allow')) return 'rule_off';
  if (decision === 'forbid') return 'pair_forbidden';
  if (![left, right].every(({ id }) => isBelieved(graph, id))) return 'entity_gone';
  return isAmbiguous(ambiguities, rule_id, left.id) ? 'ambiguous' : 'no_longer_agrees';
}

/** Whether an entity is still there for rules to match; one that only edges name still is not. */
function isBelieved(graph: Graph, id: string): boolean {
  const entity = graph.entity(id);
  return entity !== undefined && canMatch(entity);
}

/** Whether a left is among ambiguities, which are ordered by rule and left: a rule may lose thousands at once. */
function isAmbiguous(ambiguities: readonly Ambiguity[], rule_id: string, left_id: string): boolean {
  let [from, to] = [0, ambiguities.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = ambiguities[middle];
    const order = at ? byText(at.rule_id, rule_id) || byText(at.left.id, left_id) : 0;
    if (order === 0) return at !== undefined;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
