import { type CanAccess, resourceAccess } from './can-access.ts';
import { type CanAssume, roleAssumption } from './can-assume.ts';
import type { GraphEntity } from './documents.ts';
import type { Graph } from './graph.ts';
import { type Identity, identityOf } from './principal.ts';

/** The derived edges of a graph: computed when first asked for, then kept. */
export interface Authority {
  /** `CAN_ASSUME` edges from an entity, ordered by id; none from anything but a role or user. */
  readonly assumableFrom: (entity: GraphEntity) => readonly CanAssume[];
  /** `CAN_ACCESS` edges from an entity to a resource, weakest access level first. */
  readonly accessTo: (entity: GraphEntity, resource: GraphEntity) => readonly CanAccess[];
}

/** Everything that policies let the entities of a graph do, as far as it is asked for. */
export function authorityOf(graph: Graph): Authority {
  const identity = remembered((entity: GraphEntity) => identityOf(graph, entity));
  const ask = resourceAccess(graph);
  let assume: ((identity: Identity) => readonly CanAssume[]) | undefined;
  const assumable = remembered((entity: GraphEntity) => {
    const asking = identity(entity);
    assume ??= roleAssumption(graph);
    return asking ? assume(asking) : [];
  });
  const access = remembered((entity: GraphEntity) =>
    remembered((resource: GraphEntity) => {
      const asking = identity(entity);
      return asking ? ask(asking, resource) : [];
    }),
  );
  return { assumableFrom: assumable, accessTo: (entity, resource) => access(entity)(resource) };
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
