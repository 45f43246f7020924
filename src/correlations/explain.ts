import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { AppError } from '../kernel/failures.ts';
import type { EntityType } from '../observations/entity-types.ts';
import { joinable } from './correlate.ts';
import type { CorrelatedEntity, CorrelationEvidence } from './correlation.ts';
import { agreements, correlatedEntity, fits, type PreparedRule, prepare } from './match.ts';
import { type NearMiss, nearMisses, sameNames } from './near-miss.ts';
import { RULES } from './registry.ts';
import type { CorrelationEffect, CorrelationRule, Presented, RuleSide } from './rule.ts';
import { type CorrelationSettings, decisionOn, isEnabled, pairDecisions } from './settings.ts';

/** What one side of a pair showed to a rule. */
export interface SideTried {
  readonly entity: CorrelatedEntity;
  /** What the rule looks for on this side. */
  readonly presents: string;
  readonly presented: readonly Presented[];
}

/** What came of a rule and a pair. */
export type Outcome = 'joined' | 'ambiguous' | 'forbidden' | 'rule_off' | 'differs' | 'failed';

/** A rule tried on a pair. */
export interface RuleTried {
  readonly rule_id: string;
  readonly title: string;
  readonly effect: CorrelationEffect;
  readonly enabled: boolean;
  /** What the tenant decided about the pair, if anything. */
  readonly decision: 'forbid' | 'allow' | null;
  readonly left: SideTried;
  readonly right: SideTried;
  readonly agrees_on: readonly CorrelationEvidence[];
  readonly near_misses: readonly NearMiss[];
  /** What else the left matches: while there is any, nothing is joined unless the pair is allowed. */
  readonly other_rights: readonly CorrelatedEntity[];
  readonly outcome: Outcome;
  /** The outcome in a sentence. */
  readonly message: string;
}

/** A rule that is not about entities of these types. */
export interface RuleNotTried {
  readonly rule_id: string;
  readonly because: string;
}

/** What every rule makes of a pair. */
export interface PairExplanation {
  readonly left: CorrelatedEntity;
  readonly right: CorrelatedEntity;
  readonly rules: readonly RuleTried[];
  readonly not_tried: readonly RuleNotTried[];
}

/** What every rule makes of two entities, in either order. Throws AppError `not_found` where the graph does not have one of them. */
export function explainPair(
  graph: Graph,
  settings: CorrelationSettings,
  left_id: string,
  right_id: string,
  rules: readonly CorrelationRule[] = RULES,
): PairExplanation {
  const [left, right] = [entityIn(graph, left_id), entityIn(graph, right_id)];
  const tried = rules.map((rule) => {
    const orders = [
      { left, right },
      { left: right, right: left },
    ].filter((pair) => fits(rule, pair.left, pair.right));
    return orders[0] ? tryRule(graph, settings, rule, [orders[0], ...orders.slice(1)]) : whyNot(rule, left, right);
  });
  return {
    left: correlatedEntity(left),
    right: correlatedEntity(right),
    rules: tried.filter((one) => 'outcome' in one),
    not_tried: tried.filter((one) => 'because' in one),
  };
}

function entityIn(graph: Graph, id: string): GraphEntity {
  const entity = graph.entity(id);
  if (!entity) throw new AppError('not_found', `no entity ${id} is known`, { details: { id } });
  return entity;
}

const whyNot = ({ id, left, right }: CorrelationRule, a: GraphEntity, b: GraphEntity): RuleNotTried => ({
  rule_id: id,
  because: `joins ${typesOf(left)} with ${typesOf(right)}; these are ${a.entity_type} and ${b.entity_type}`,
});

const typesOf = ({ entity_types }: RuleSide): string => entity_types.join(' or ');

interface Pair {
  readonly left: GraphEntity;
  readonly right: GraphEntity;
}

/** Tries a rule on a pair, in the orders in which it fits. */
function tryRule(
  graph: Graph,
  settings: CorrelationSettings,
  rule: CorrelationRule,
  orders: readonly [Pair, ...Pair[]],
): RuleTried {
  const enabled = isEnabled(rule, settings);
  const decisions = pairDecisions(rule, settings);
  const [{ left, right }] = orders;
  const { id: rule_id, title, effect } = rule;
  const decision = decisionOn(rule_id, left._id, right._id, settings);
  const tried = { rule_id, title, effect, enabled, decision } as const;
  try {
    const prepared = prepare(graph, rule);
    const pair = bestOrder(prepared, orders);
    const compared = comparePair(prepared, pair);
    const sides = enabled ? { lefts: [pair.left], rights: ofTypes(graph, rule.right.entity_types) } : undefined;
    const rights = compared.agrees_on.length > 0 ? joinable(graph, prepared, decisions, sides)(pair.left) : [];
    const other_rights = rights.filter(({ _id }) => _id !== pair.right._id).map(correlatedEntity);
    return { ...tried, ...compared, other_rights, ...outcomeOf({ ...tried, ...compared, other_rights }) };
  } catch (error) {
    const message = `the rule failed: ${error instanceof Error ? error.message : String(error)}`;
    const side = (entity: GraphEntity, { presents }: RuleSide): SideTried => ({
      entity: correlatedEntity(entity),
      presents,
      presented: [],
    });
    const sides = { left: side(left, rule.left), right: side(right, rule.right) };
    return { ...tried, ...sides, agrees_on: [], near_misses: [], other_rights: [], outcome: 'failed', message };
  }
}

/** Of two people, say, either may be the left: the order in which both present most. */
function bestOrder({ left, right }: PreparedRule, [first, ...others]: readonly [Pair, ...Pair[]]): Pair {
  const shown = (pair: Pair): number => Number(left(pair.left).length > 0) + Number(right(pair.right).length > 0);
  return others.reduce((best, pair) => (shown(pair) > shown(best) ? pair : best), first);
}

const ofTypes = (graph: Graph, types: readonly EntityType[]): readonly GraphEntity[] =>
  graph.entities.filter(({ entity_type }) => types.includes(entity_type));

type Compared = Pick<RuleTried, 'left' | 'right' | 'agrees_on' | 'near_misses'>;

/** What both sides present, where they agree and where they almost do. */
function comparePair(prepared: PreparedRule, { left, right }: Pair): Compared {
  const [lefts, rights] = [prepared.left(left), prepared.right(right)];
  const { rule } = prepared;
  const agrees_on = agreements(prepared, left, right);
  const alike = rule.look_alikes ? sameNames(rule.look_alikes(left), rule.look_alikes(right)) : [];
  return {
    left: { entity: correlatedEntity(left), presents: rule.left.presents, presented: lefts },
    right: { entity: correlatedEntity(right), presents: rule.right.presents, presented: rights },
    agrees_on,
    near_misses: [...nearMisses(lefts, rights), ...(agrees_on.length > 0 ? [] : alike)],
  };
}

function outcomeOf(
  tried: Compared & Pick<RuleTried, 'enabled' | 'decision' | 'other_rights'>,
): Pick<RuleTried, 'outcome' | 'message'> {
  const { agrees_on, other_rights, enabled, decision } = tried;
  const [agreed] = agrees_on;
  if (!agreed) return { outcome: 'differs', message: `not joined: ${whyDifferent(tried)}` };
  const both = `both are known by ${agreed.key}`;
  if (decision === 'forbid') return { outcome: 'forbidden', message: `not joined: ${both}, but the pair is forbidden` };
  if (other_rights.length > 0) {
    const others = other_rights.map(({ display_name }) => display_name).join(', ');
    return { outcome: 'ambiguous', message: `not joined: ${both}, but the left also matches ${others}` };
  }
  if (decision === 'allow') return { outcome: 'joined', message: `joined: ${both}, and the pair is allowed` };
  if (!enabled) return { outcome: 'rule_off', message: `not joined: ${both}, but the rule is off` };
  return { outcome: 'joined', message: `joined: ${both}` };
}

function whyDifferent({ left, right, near_misses }: Compared): string {
  const [near] = near_misses;
  if (near) return `${near.left.key} and ${near.right.key}: ${near.message}`;
  const silent = [left, right].filter(({ presented }) => presented.length === 0);
  if (silent.length > 0)
    return silent
      .map(({ entity, presents }) => `${entity.display_name} (${entity.entity_type}) does not show ${presents}`)
      .join('; ');
  const keys = ({ presented }: SideTried): string => presented.map(({ key }) => key).join(', ');
  return `the left is known by ${keys(left)}, the right by ${keys(right)}`;
}
