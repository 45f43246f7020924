import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import { assumeAction, resourcesNamed } from '../policy/index.ts';
import type { GraphEntity } from './documents.ts';
import { type Derivation, derivationOf } from './grant.ts';
import type { Graph } from './graph.ts';
import { judge } from './judge.ts';
import { nameIndex, namesIn } from './name-index.ts';
import type { Identity } from './principal.ts';
import { type TrustingRole, trustingRole } from './trusting-role.ts';

/** An identity can become a role, as far as policies tell. Derived, never stored. */
export interface CanAssume extends Derivation {
  readonly edge_type: 'CAN_ASSUME';
  readonly _id: string;
  readonly to: GraphEntity;
}

const ASSUME = 'sts:AssumeRole';
const ASSUME_FEDERATED = 'sts:AssumeRoleWithWebIdentity';

/** Answers which roles an identity can assume, in its own account and in others, ordered by id. */
export function roleAssumption(graph: Graph): (identity: Identity) => readonly CanAssume[] {
  const roles = graph.entities.flatMap((entity) => trustingRole(graph, entity) ?? []);
  const naming = nameIndex(roles, ({ trust: { reading } }) =>
    reading.state === 'unknown' ? [] : namesIn(reading.policy, [ASSUME, ASSUME_FEDERATED]),
  );
  const unreadable = new Map(
    roles
      .filter(({ trust }) => trust.reading.state === 'unknown')
      .map((trusting) => [trusting.role.source_record_id, trusting]),
  );
  return (identity) =>
    [...naming(identity), ...unreadableNamed(identity, unreadable)]
      .flatMap((trusting) => edgeTo(graph, identity, trusting) ?? [])
      .sort((a, b) => byText(a._id, b._id));
}

function edgeTo(graph: Graph, identity: Identity, target: TrustingRole): CanAssume | undefined {
  const { role, resource } = target;
  if (role._id === identity.entity._id) return undefined;
  const { principal, context } = identity;
  const request = { principal, action: assumeAction(principal), resource, context };
  const verdict = judge((assumption) => ({
    request,
    policies: { ...identity.set(assumption), ...target.set(assumption) },
  }));
  const derivation = derivationOf(verdict, [...identity.attached, ...target.attached]);
  if (!derivation) return undefined;
  const _id = derivedId(graph.tenant_id, 'CAN_ASSUME', identity.entity._id, role._id);
  return { edge_type: 'CAN_ASSUME', _id, to: role, ...derivation };
}

/** Roles that the identity's own policies name one by one, and whose trust policies nobody could read: not knowing is not "no". */
function unreadableNamed(
  { policies }: Identity,
  unreadable: ReadonlyMap<string, TrustingRole>,
): readonly TrustingRole[] {
  const named = policies.flatMap(({ reading }) =>
    reading.state === 'unknown' ? [] : resourcesNamed(reading.policy, ASSUME).flatMap(({ exact = [] }) => exact),
  );
  return [...new Set(named)].flatMap((arn) => unreadable.get(arn) ?? []);
}
