import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { byText } from '../inventory/claim.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { Ambiguity, Correlated, Correlation } from './correlation.ts';
import { agreements, correlatedEntity, correlationOf, type PreparedRule, prepare } from './match.ts';
import { RULES } from './registry.ts';
import type { CorrelationRule, Present } from './rule.ts';
import { type CorrelationSettings, isEnabled, type PairDecisions, pairDecisions } from './settings.ts';

/** How many of the rights of an ambiguous left are named. */
export const MOST_RIGHTS = 20;

/** What one rule found. */
type Found = Pick<Correlated, 'correlations' | 'ambiguities'>;

/**
 * Everything that the rules of a tenant join in a graph. A rule that throws fails alone. Rules that are off look only at pairs
 * that were allowed.
 */
export function correlate(
  graph: Graph,
  settings: CorrelationSettings,
  rules: readonly CorrelationRule[] = RULES,
): Correlated {
  const enabled = rules.filter((rule) => isEnabled(rule, settings));
  const sides = entitiesOfSides(graph, enabled);
  const found: Found[] = [];
  const failed_rules: { rule_id: string; message: string }[] = [];
  for (const rule of rules) {
    try {
      found.push(foundBy(graph, rule, pairDecisions(rule, settings), sides.get(rule)));
    } catch (error) {
      failed_rules.push({ rule_id: rule.id, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return {
    correlations: found.flatMap(({ correlations }) => correlations).sort((a, b) => byText(a._id, b._id)),
    ambiguities: found
      .flatMap(({ ambiguities }) => ambiguities)
      .sort((a, b) => byText(a.rule_id, b.rule_id) || byText(a.left.id, b.left.id)),
    failed_rules: failed_rules.sort((a, b) => byText(a.rule_id, b.rule_id)),
  };
}

/** The entities of both sides of a rule, ordered by id. */
export interface Sides {
  readonly lefts: readonly GraphEntity[];
  readonly rights: readonly GraphEntity[];
}

/** The entities of each side of each rule, in one walk over the graph. */
function entitiesOfSides(graph: Graph, rules: readonly CorrelationRule[]): ReadonlyMap<CorrelationRule, Sides> {
  const sides = new Map(rules.map((rule) => [rule, { lefts: [] as GraphEntity[], rights: [] as GraphEntity[] }]));
  const places = new Map<EntityType, GraphEntity[][]>();
  const place = (types: readonly EntityType[], list: GraphEntity[]): void => {
    for (const type of types) places.set(type, [...(places.get(type) ?? []), list]);
  };
  for (const [{ left, right }, { lefts, rights }] of sides) {
    place(left.entity_types, lefts);
    place(right.entity_types, rights);
  }
  for (const entity of graph.entities) {
    for (const list of places.get(entity.entity_type) ?? []) list.push(entity);
  }
  return sides;
}

function foundBy(graph: Graph, rule: CorrelationRule, decisions: PairDecisions, sides: Sides | undefined): Found {
  const correlations: Correlation[] = [];
  const ambiguities: Ambiguity[] = [];
  if (!sides && decisions.allowed.length === 0) return { correlations, ambiguities };
  const prepared = prepare(graph, rule);
  const rightsOf = joinable(graph, prepared, decisions, sides);
  for (const left of sides?.lefts ?? decisions.allowed.flatMap((id) => graph.entity(id) ?? [])) {
    const rights = rightsOf(left);
    const [right, another] = rights;
    if (!right) continue;
    if (another) ambiguities.push(ambiguityOf(prepared, left, rights));
    else correlations.push(correlationOf(prepared, left, right));
  }
  return { correlations, ambiguities };
}

/**
 * The rights that a left may be joined with: those that the tenant allowed, if they match; else, where the rule is on and so
 * has sides, all that match and are not forbidden. One of them is joined; several are ambiguous.
 */
export function joinable(
  graph: Graph,
  prepared: PreparedRule,
  decisions: PairDecisions,
  sides: Sides | undefined,
): (left: GraphEntity) => readonly GraphEntity[] {
  const matches = sides ? matching(prepared, sides, decisions) : () => [];
  return (left) => {
    const allowed = decisions
      .allowedWith(left._id)
      .flatMap((id) => graph.entity(id) ?? [])
      .filter((right) => agreements(prepared, left, right).length > 0);
    return allowed.length > 0 ? allowed : matches(left);
  };
}

/** Which rights a left matches and may be joined with, in an order that is always the same; no more than tell that it is ambiguous. */
function matching(
  { left: present, right }: PreparedRule,
  { lefts, rights }: Sides,
  decisions: PairDecisions,
): (left: GraphEntity) => readonly GraphEntity[] {
  const keys = keysOf(present, lefts);
  const wanted = new Set([...keys.values()].flat());
  const index = wanted.size > 0 ? indexed(right, rights, wanted) : undefined;
  return (left) => {
    const found = new Map<string, GraphEntity>();
    for (const key of keys.get(left._id) ?? []) {
      for (const candidate of index?.get(key) ?? []) {
        if (found.size > MOST_RIGHTS) return [...found.values()];
        if (candidate._id === left._id || decisions.forbids(left._id, candidate._id)) continue;
        found.set(candidate._id, candidate);
      }
    }
    return [...found.values()];
  };
}

/** The keys of those entities that present any, by their ids. What an entity presents may be costly: it is asked once. */
function keysOf(present: Present, entities: readonly GraphEntity[]): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const entity of entities) {
    const named = present(entity).map(({ key }) => key);
    if (named.length > 0) keys.set(entity._id, named);
  }
  return keys;
}

/** Entities by each of the wanted keys that they present. */
function indexed(
  present: Present,
  entities: readonly GraphEntity[],
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, readonly GraphEntity[]> {
  const index = new Map<string, GraphEntity[]>();
  for (const entity of entities) {
    for (const { key } of present(entity)) {
      const known = index.get(key);
      if (known) known.push(entity);
      else if (wanted.has(key)) index.set(key, [entity]);
    }
  }
  return index;
}

function ambiguityOf(prepared: PreparedRule, left: GraphEntity, matched: readonly GraphEntity[]): Ambiguity {
  const rights = matched.slice(0, MOST_RIGHTS).sort((a, b) => byText(a._id, b._id));
  const [first] = rights;
  return {
    rule_id: prepared.rule.id,
    left: correlatedEntity(left),
    rights: rights.map(correlatedEntity),
    more_rights: matched.length > MOST_RIGHTS,
    key: (first && agreements(prepared, left, first)[0]?.key) ?? '',
  };
}
