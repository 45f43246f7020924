import { callerOf } from './caller.ts';
import { assumeAction, type Estate, type EstateResource } from './estate.ts';
import type { PermissionFact } from './fact.ts';
import { type JoinCosts, type PermissionJoin, permissionJoin } from './permission-join.ts';

/**
 * Who may become which role: every pair of a principal and a role that is not denied, itself included, in as few facts as the policies allow.
 * Expand a fact with `pairsOf`. `costs` counts what was evaluated.
 */
export function* assumableRoles(estate: Estate, costs?: JoinCosts): Generator<PermissionFact> {
  const byAction = Map.groupBy(estate.principals, ({ principal }) => assumeAction(principal));
  for (const [action, principals] of byAction) yield* permissionJoin(estate, principals, action)(estate.roles, costs);
}

/**
 * Who may do which of some actions on one resource: every pair that is not denied. Federated principals do nothing but assume roles, and so are in
 * no fact. `costs` counts what was evaluated.
 */
export function* accessTo(
  estate: Estate,
  resource: EstateResource,
  actions: readonly string[],
  costs?: JoinCosts,
): Generator<PermissionFact> {
  for (const action of actions) yield* joinOf(estate, action)([resource], costs);
}

const joins = new WeakMap<Estate, Map<string, PermissionJoin>>();

/** The index of an estate for an action is kept with the estate: many resources are asked for with the same actions. */
function joinOf(estate: Estate, action: string): PermissionJoin {
  const known = joins.get(estate) ?? new Map<string, PermissionJoin>();
  joins.set(estate, known);
  const asking = estate.principals.filter(({ principal }) => callerOf(principal).kind !== 'federated');
  const join = known.get(action) ?? permissionJoin(estate, asking, action);
  known.set(action, join);
  return join;
}
