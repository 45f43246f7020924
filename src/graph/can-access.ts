import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import { type Asked, accessFacts } from './access-facts.ts';
import { ACCESS_LEVELS, type AccessLevel } from './access-levels.ts';
import { askedFor } from './asked-for.ts';
import type { Incoming } from './can-assume.ts';
import type { GraphEntity } from './documents.ts';
import { type Derivation, derivationOf } from './grant.ts';
import type { GraphIndex } from './graph.ts';
import { judge } from './judge.ts';
import { perGraph } from './per-graph.ts';
import type { Identity } from './principal.ts';
import { principalsOf } from './principals.ts';
import { recently } from './recently.ts';
import { inRegion } from './request-context.ts';
import { type Target, targetOf } from './resource.ts';

/** An identity can use a resource, as far as policies tell, or as a source states. Derived, never stored. */
export interface CanAccess extends Derivation {
  readonly edge_type: 'CAN_ACCESS';
  readonly _id: string;
  readonly to: GraphEntity;
  readonly access_level: AccessLevel;
  /** The action that shows it, and the ARN that it was asked for: the resource's, or that of something in it. Left out where a source states the access. */
  readonly action?: string;
  readonly action_resource?: string;
}

/** Who can use which of some resources, from both ends: one edge for each access level that is not denied, ordered by id. */
export interface ResourceAccess {
  /** `elsewhere`: only in other accounts than this one. */
  readonly from: (identity: Identity, elsewhere?: string) => readonly CanAccess[];
  readonly to: (resource: GraphEntity) => readonly Incoming<CanAccess>[];
}

const prepared = perGraph(() => new WeakMap<readonly GraphEntity[], ResourceAccess>());

/** Everything that identities of a graph can do with some resources; prepared once for each list. */
export function resourceAccess(graph: GraphIndex, resources: readonly GraphEntity[]): ResourceAccess {
  const known = prepared(graph).get(resources) ?? prepare(graph, resources);
  prepared(graph).set(resources, known);
  return known;
}

function prepare(graph: GraphIndex, resources: readonly GraphEntity[]): ResourceAccess {
  const principals = principalsOf(graph);
  const facts = accessFacts(
    principals,
    resources.flatMap((resource) => targetOf(graph, resource) ?? []),
  );
  const target = recentTargets(graph);
  return {
    from: (identity, elsewhere) => {
      const number = principals.numberOf(identity);
      if (number === undefined || identity.account === null) return [];
      return [...Map.groupBy(facts.askedBy(number), ({ resource }) => resource)]
        .flatMap(([resource, asked]) => {
          const found = target(resource);
          return found && found.account !== elsewhere ? accessTo(graph, identity, found, asked) : [];
        })
        .sort((a, b) => byText(a._id, b._id));
    },
    to: (resource) => {
      const found = target(resource);
      if (!found) return [];
      return [...facts.askers(resource)]
        .flatMap((number) => principals.entities(number))
        .flatMap((from) => {
          const identity = principals.identity(from);
          return identity ? pairAccess(graph, identity, found).map((edge) => ({ from, edge })) : [];
        })
        .sort((a, b) => byText(a.edge._id, b.edge._id));
    },
  };
}

/** Resources as something that is asked for. Whoever asks about one asks about it many times. */
export const recentTargets = perGraph((graph) => recently((resource) => targetOf(graph, resource)));

/** What one identity can do with one resource, of which nothing is known beforehand. */
export const pairAccess = (graph: GraphIndex, identity: Identity, target: Target): readonly CanAccess[] =>
  accessTo(graph, identity, target, undefined);

/** `asked`: what alone comes into question; else everything does. */
function accessTo(
  graph: GraphIndex,
  identity: Identity,
  target: Target,
  asked: readonly Asked[] | undefined,
): readonly CanAccess[] {
  const inQuestion = asked && new Set(asked.map(({ action, arn }) => `${action} ${arn}`));
  return ACCESS_LEVELS.flatMap((access_level) => {
    const best = strongest(identity, target, access_level, (name) => inQuestion?.has(name) ?? true);
    if (!best) return [];
    const _id = derivedId(graph.tenant_id, 'CAN_ACCESS', identity.entity._id, target.entity._id, access_level);
    return [{ edge_type: 'CAN_ACCESS', _id, to: target.entity, access_level, ...best }];
  });
}

type Shown = Derivation & Required<Pick<CanAccess, 'action' | 'action_resource'>>;

const RANK = { allowed: 0, conditional: 1, undetermined: 2 } as const;

/** The strongest verdict among the actions of a level; among equals the first in the table. */
function strongest(
  identity: Identity,
  target: Target,
  level: AccessLevel,
  inQuestion: (action_and_arn: string) => boolean,
): Shown | undefined {
  let best: Shown | undefined;
  for (const row of target.table.levels) {
    if (row.level !== level) continue;
    for (const action of row.actions) {
      for (const action_resource of askedFor(target, row, action, identity.policies)) {
        if (!inQuestion(`${action} ${action_resource}`)) continue;
        const derivation = ask(identity, target, action, action_resource);
        if (!derivation || (best && RANK[best.verdict] <= RANK[derivation.verdict])) continue;
        best = { ...derivation, action, action_resource };
        if (best.verdict === 'allowed') return best;
      }
    }
  }
  return best;
}

function ask(identity: Identity, target: Target, action: string, arn: string): Derivation | undefined {
  const verdict = judge((assumption) => ({
    request: {
      principal: identity.principal,
      action,
      resource: target.resource(arn, assumption),
      context: inRegion(identity.context, target.region),
    },
    policies: { ...identity.set(assumption), ...target.set(assumption) },
  }));
  return derivationOf(verdict, [...identity.attached, ...target.attached]);
}
