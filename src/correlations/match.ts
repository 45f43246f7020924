import { type GraphEntity, isObserved, nameOf } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import { derivedId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { OpenCondition } from '../policy/index.ts';
import type { CorrelatedEntity, Correlation, CorrelationEvidence } from './correlation.ts';
import type { CorrelationRule, Present, Presented, RuleSide } from './rule.ts';

/** A rule made ready for a graph: what each side presents. */
export interface PreparedRule {
  readonly rule: CorrelationRule;
  readonly left: Present;
  readonly right: Present;
}

/** What is only ever known from afar: of anything else that nobody saw, nothing is known that could agree. */
const FAR_ENDS: ReadonlySet<EntityType> = new Set(['external_oidc_subject', 'external_aws_principal']);

/** Whether enough is known of an entity to match it: somebody saw it, or its name is all that there is. */
export const canMatch = (entity: GraphEntity): boolean => isObserved(entity) || FAR_ENDS.has(entity.entity_type);

export const prepare = (graph: Graph, rule: CorrelationRule): PreparedRule => ({
  rule,
  left: presenting(graph, rule.left),
  right: presenting(graph, rule.right),
});

/** What an entity presents on a side, ordered by key; nothing where it does not belong there. */
function presenting(graph: Graph, { entity_types, present }: RuleSide): Present {
  const presentedBy = present(graph);
  return (entity) => {
    const presented = entity_types.includes(entity.entity_type) ? presentedBy(entity) : [];
    if (presented.length === 0 || !canMatch(entity)) return [];
    return presented.length === 1 ? presented : [...presented].sort((a, b) => byText(a.key, b.key));
  };
}

/** Whether two entities, in this order, could be joined by a rule, as far as their types tell. */
export const fits = ({ left, right }: CorrelationRule, a: GraphEntity, b: GraphEntity): boolean =>
  left.entity_types.includes(a.entity_type) && right.entity_types.includes(b.entity_type);

/** Everything that two entities agree on, ordered; nothing where they do not, or are one. */
export function agreements(
  { left, right }: PreparedRule,
  a: GraphEntity,
  b: GraphEntity,
): readonly CorrelationEvidence[] {
  if (a._id === b._id) return [];
  const rights = byKey(right(b));
  const agreed = left(a).flatMap((one) =>
    (rights.get(one.key) ?? []).map((other) => ({ key: one.key, left: one.fields, right: other.fields })),
  );
  const once = new Map(agreed.map((evidence) => [canonicalJson(evidence), evidence]));
  return [...once].sort(([x], [y]) => byText(x, y)).map(([, evidence]) => evidence);
}

function byKey(presented: readonly Presented[]): ReadonlyMap<string, readonly Presented[]> {
  const known = new Map<string, Presented[]>();
  for (const one of presented) known.set(one.key, [...(known.get(one.key) ?? []), one]);
  return known;
}

/** The correlation of two entities that agree on something. */
export function correlationOf(prepared: PreparedRule, left: GraphEntity, right: GraphEntity): Correlation {
  const { id, effect, confidence } = prepared.rule;
  const conditions = conditionsOf(prepared, left, right);
  return {
    _id: derivedId(left.tenant_id, 'CORRELATION', id, left._id, right._id),
    tenant_id: left.tenant_id,
    rule_id: id,
    effect,
    confidence,
    left: correlatedEntity(left),
    right: correlatedEntity(right),
    evidence: agreements(prepared, left, right),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** What must hold for two entities that agree: nothing, if one of their agreements simply holds; else what the first of them asks for. */
function conditionsOf({ left, right }: PreparedRule, a: GraphEntity, b: GraphEntity): readonly OpenCondition[] {
  const rights = byKey(right(b));
  const asked = left(a).flatMap(({ key, conditions = [] }) => (rights.has(key) ? [conditions] : []));
  const texts = asked.map((conditions) => ({ conditions, text: canonicalJson(conditions) }));
  const [first] = texts.sort(
    (x, y) => Math.min(1, x.conditions.length) - Math.min(1, y.conditions.length) || byText(x.text, y.text),
  );
  return first?.conditions ?? [];
}

/** An entity as an end of a correlation. */
export const correlatedEntity = (entity: GraphEntity): CorrelatedEntity => ({
  ...nameOf(entity),
  display_name: entity.display_name,
});
