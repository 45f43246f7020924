import { byText } from '../inventory/claim.ts';
import type { AccountId } from '../kernel/ids.ts';
import { type CanAccess, pairAccess, type ResourceAccess, recentTargets, resourceAccess } from './can-access.ts';
import { type CanAssume, type Incoming, roleAssumption } from './can-assume.ts';
import { type Control, controlOf } from './control.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { principalsOf } from './principals.ts';
import { resourcesFor } from './resources-for.ts';
import { holdersOf, statedAccess } from './stated-access.ts';

/** The derived edges of a graph: judged when asked for, and not kept. What they are found by is kept with the graph. */
export interface Authority extends Control {
  /**
   * `CAN_ASSUME` edges from an entity, ordered by id; none from anything but a role, user or federated subject. `elsewhere`: only
   * to other accounts than this one.
   */
  readonly assumableFrom: (entity: GraphEntity, elsewhere?: AccountId) => readonly CanAssume[];
  /** The same backwards: who can become a role. */
  readonly assumableTo: (role: GraphEntity) => readonly Incoming<CanAssume>[];
  /** `CAN_ACCESS` edges from an entity to the resources in question, derived from policies or stated, ordered by id. */
  readonly accessibleFrom: (entity: GraphEntity, elsewhere?: AccountId) => readonly CanAccess[];
  /** The same backwards, for one of the resources in question: who can use it. */
  readonly accessTo: (resource: GraphEntity) => readonly Incoming<CanAccess>[];
  /** Finds the candidates of all edges, which is else done when the first is asked for. */
  readonly prepare: () => void;
  /** What an entity can do with any one resource, in question or not; looks at these two alone. */
  readonly accessBetween: (entity: GraphEntity, resource: GraphEntity) => readonly CanAccess[];
  /** What an entity can do with all resources that there are; looks at this entity alone. */
  readonly accessOf: (entity: GraphEntity) => readonly CanAccess[];
}

/** Everything that policies let the entities of a graph become, and that they and other sources let them do with some resources. */
export function authorityOf(graph: GraphIndex, resources: readonly GraphEntity[]): Authority {
  const identity = (entity: GraphEntity) => principalsOf(graph).identity(entity);
  const stated = statedAccess(graph, new Set(resources.map(({ _id }) => _id)));
  const byPolicy = (): ResourceAccess => resourceAccess(graph, resources);
  /** A subject of another issuer has to become a role first. */
  const judged = (entity: GraphEntity, some: readonly GraphEntity[]): readonly CanAccess[] => {
    const asking = identity(entity);
    if (!asking || asking.account === null) return [];
    return some.flatMap((resource) => {
      const target = recentTargets(graph)(resource);
      return target ? pairAccess(graph, asking, target) : [];
    });
  };
  return {
    ...controlOf(graph),
    prepare: () => {
      roleAssumption(graph);
      byPolicy();
    },
    assumableFrom: (entity, elsewhere) => {
      const asking = identity(entity);
      return asking ? roleAssumption(graph).from(asking, elsewhere) : [];
    },
    assumableTo: (role) => roleAssumption(graph).to(role),
    accessibleFrom: (entity, elsewhere) => {
      const asking = identity(entity);
      return ordered(asking ? byPolicy().from(asking, elsewhere) : [], stated(entity), ({ _id }) => _id);
    },
    accessTo: (resource) => {
      const holders = holdersOf(graph, resource).flatMap((from) =>
        stated(from).flatMap((edge) => (edge.to._id === resource._id ? [{ from, edge }] : [])),
      );
      return ordered(byPolicy().to(resource), holders, ({ edge }) => edge._id);
    },
    accessBetween: (entity, resource) => {
      return ordered(
        judged(entity, [resource]),
        statedAccess(graph, new Set([resource._id]))(entity),
        ({ _id }) => _id,
      );
    },
    accessOf: (entity) => {
      const asking = identity(entity);
      const found = judged(entity, asking ? resourcesFor(graph)(asking) : []);
      return [...found, ...statedAccess(graph, EVERY_RESOURCE)(entity)].sort((a, b) => byText(a._id, b._id));
    },
  };
}

const EVERY_RESOURCE = { has: (): boolean => true };

const ordered = <T>(judged: readonly T[], stated: readonly T[], id: (one: T) => string): readonly T[] =>
  stated.length === 0 ? judged : [...judged, ...stated].sort((a, b) => byText(id(a), id(b)));
