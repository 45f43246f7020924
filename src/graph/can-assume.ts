import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import { assumableRoles, assumeAction, type EstateRole, resourcesNamed } from '../policy/index.ts';
import type { GraphEntity } from './documents.ts';
import { FactIndex, numberedResources } from './fact-index.ts';
import { subjectsRequired } from './federated-subjects.ts';
import { type Derivation, derivationOf } from './grant.ts';
import type { GraphIndex } from './graph.ts';
import { DIRECT_CALL, judge } from './judge.ts';
import { perGraph } from './per-graph.ts';
import type { Identity } from './principal.ts';
import { principalsOf } from './principals.ts';
import { recently } from './recently.ts';
import { type TrustingRole, trustingRole } from './trusting-role.ts';

/** An identity can become a role, as far as policies tell. Derived, never stored. */
export interface CanAssume extends Derivation {
  readonly edge_type: 'CAN_ASSUME';
  readonly _id: string;
  readonly to: GraphEntity;
}

/** A derived edge seen from its far end. */
export interface Incoming<Edge> {
  readonly from: GraphEntity;
  readonly edge: Edge;
}

/** Who can become which role, from both ends: in its own account and in others, ordered by id. */
export interface RoleAssumption {
  /** `elsewhere`: only in other accounts than this one. */
  readonly from: (identity: Identity, elsewhere?: string) => readonly CanAssume[];
  readonly to: (role: GraphEntity) => readonly Incoming<CanAssume>[];
}

/** Everything that identities of a graph can become. A trust in a whole account, or in everybody, stays one fact. */
export const roleAssumption = perGraph((graph): RoleAssumption => {
  const principals = principalsOf(graph);
  const trusting = recently((role) => trustingRole(graph, role));
  const { readable, unreadable } = rolesByTrust(graph);
  const candidates = trustFacts(graph, readable);
  const unread = unreadableRoles(graph, unreadable);
  const numbers = new Map(readable.map(({ _id }, number) => [_id, number]));
  return {
    from: (identity, elsewhere) =>
      [...candidates.rolesFor(identity), ...unread.namedBy(identity)]
        .flatMap((role) => {
          const target = trusting(role);
          return target && target.account !== elsewhere ? (edgeTo(graph, identity, target) ?? []) : [];
        })
        .sort((a, b) => byText(a._id, b._id)),
    to: (role) => {
      const number = numbers.get(role._id);
      const target = trusting(role);
      if (!target) return [];
      const identities = number === undefined ? unread.naming(role) : candidates.identitiesFor(number);
      return [...identities]
        .flatMap((from) => {
          const identity = principals.identity(from);
          const edge = identity && edgeTo(graph, identity, target);
          return edge ? [{ from, edge }] : [];
        })
        .sort((a, b) => byText(a.edge._id, b.edge._id));
    },
  };
});

/** Roles by whether somebody could read whom they trust. */
function rolesByTrust(graph: GraphIndex) {
  const [readable, unreadable]: [GraphEntity[], GraphEntity[]] = [[], []];
  for (const entity of graph.entities) {
    const trusting = trustingRole(graph, entity);
    if (trusting) (trusting.trust.reading.state === 'unknown' ? unreadable : readable).push(entity);
  }
  return { readable, unreadable };
}

function edgeTo(graph: GraphIndex, identity: Identity, target: TrustingRole): CanAssume | undefined {
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

/** Which identities and roles come into question together: what the policy engine says of all of them at once. */
interface TrustFacts {
  readonly rolesFor: (identity: Identity) => Iterable<GraphEntity>;
  /** The same backwards, by the role's place in the list. */
  readonly identitiesFor: (role: number) => ReadonlySet<GraphEntity>;
}

function trustFacts(graph: GraphIndex, roles: readonly GraphEntity[]): TrustFacts {
  const principals = principalsOf(graph);
  const asked = roles.flatMap((role): EstateRole[] => {
    const trusting = trustingRole(graph, role);
    return trusting ? [{ resource: trusting.resource, policies: trusting.set('best') }] : [];
  });
  const index = new FactIndex(principals.numbered, numberedResources(asked));
  /** Of a fact about an issuer: the subjects of which it wants one. Not listed: any of them will do. */
  const subjects = new Map<number, ReadonlySet<string>>();
  let facts = 0;
  for (const fact of assumableRoles({ principals: principals.all, roles: asked, context: DIRECT_CALL })) {
    index.add(fact);
    const [first] = fact.principals;
    const issuer = first?.principal.account === null ? first.principal.arn : undefined;
    const required = issuer === undefined ? undefined : subjectsRequired(fact.verdict.conditions, issuer);
    if (required) subjects.set(facts, new Set(required));
    facts += 1;
  }
  index.finish();
  const accepts = (fact: number, { source_record_id }: GraphEntity): boolean =>
    subjects.get(fact)?.has(source_record_id) ?? true;
  return {
    rolesFor: (identity) => {
      const number = principals.numberOf(identity);
      const found = new Set<GraphEntity>();
      for (const { number: place, fact } of number === undefined ? [] : index.resourcesFor(number)) {
        const role = roles[place];
        if (role && accepts(fact, identity.entity)) found.add(role);
      }
      return found;
    },
    identitiesFor: (role) => {
      const found = new Set<GraphEntity>();
      for (const { number, fact } of index.principalsFor(role)) {
        for (const entity of principals.entities(number)) if (accepts(fact, entity)) found.add(entity);
      }
      return found;
    },
  };
}

/** Roles whose trust policies nobody could read: not knowing is not "no". Only who names one by one comes into question. */
function unreadableRoles(graph: GraphIndex, roles: readonly GraphEntity[]) {
  const byArn = new Map(roles.map((role) => [role.source_record_id, role]));
  const named = ({ policies }: Identity): readonly GraphEntity[] => {
    const arns = policies.flatMap(({ reading }) =>
      reading.state === 'unknown'
        ? []
        : resourcesNamed(reading.policy, 'sts:AssumeRole').flatMap(({ exact = [] }) => exact),
    );
    return [...new Set(arns)].flatMap((arn) => byArn.get(arn) ?? []);
  };
  return {
    namedBy: (identity: Identity) => (byArn.size === 0 ? [] : named(identity)),
    naming: (role: GraphEntity): ReadonlySet<GraphEntity> => namersOf(graph).get(role.source_record_id) ?? new Set(),
  };
}

/** Who names a role one by one, by the role's ARN. */
const namersOf = perGraph((graph) => {
  const namers = new Map<string, Set<GraphEntity>>();
  const principals = principalsOf(graph);
  principals.all.forEach(({ policies: { identity = [] } }, number) => {
    for (const { exact } of identity.flatMap((policy) => resourcesNamed(policy, 'sts:AssumeRole'))) {
      if (exact === undefined) continue;
      const known = namers.get(exact) ?? new Set();
      namers.set(exact, known);
      for (const entity of principals.entities(number)) known.add(entity);
    }
  });
  return namers;
});
