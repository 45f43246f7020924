import { type CanAccess, resourceAccess } from './can-access.ts';
import { type CanAssume, roleAssumption } from './can-assume.ts';
import type { GraphEntity } from './documents.ts';
import type { Graph } from './graph.ts';
import { type Identity, identityOf } from './principal.ts';

/** The derived edges of a graph: computed when first asked for, then kept. */
export interface Authority {
  /** `CAN_ASSUME` edges from an entity, ordered by id; none from anything but a role or user. */
  readonly assumableFrom: (entity: GraphEntity) => readonly CanAssume[];
  /** `CAN_ACCESS` edges from an entity to the resources in question, ordered by id. */
  readonly accessibleFrom: (entity: GraphEntity) => readonly CanAccess[];
}

/** Everything that policies let the entities of a graph become, and do with some resources. */
export function authorityOf(graph: Graph, resources: readonly GraphEntity[]): Authority {
  const identity = remembered((entity) => identityOf(graph, entity));
  return {
    assumableFrom: derived(identity, () => roleAssumption(graph)),
    accessibleFrom: derived(identity, () => resourceAccess(graph, resources)),
  };
}

/** Edges of one kind by entity. What they are derived with is made when it is first needed. */
function derived<Edge>(
  identity: (entity: GraphEntity) => Identity | undefined,
  prepare: () => (identity: Identity) => readonly Edge[],
): (entity: GraphEntity) => readonly Edge[] {
  let prepared: ReturnType<typeof prepare> | undefined;
  return remembered((entity) => {
    const asking = identity(entity);
    if (!asking) return [];
    prepared ??= prepare();
    return prepared(asking);
  });
}

/** A function of entities that computes each answer once. */
function remembered<T>(compute: (entity: GraphEntity) => T): (entity: GraphEntity) => T {
  const answers = new Map<string, { readonly answer: T }>();
  return (entity) => {
    const known = answers.get(entity._id);
    if (known) return known.answer;
    const answer = compute(entity);
    answers.set(entity._id, { answer });
    return answer;
  };
}
