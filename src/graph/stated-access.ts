import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import type { OpenCondition } from '../policy/index.ts';
import { ACCESS_LEVELS, type AccessLevel } from './access-levels.ts';
import type { CanAccess } from './can-access.ts';
import type { GraphEdge, GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { textOf } from './properties.ts';

/** Something that an entity may do because a source says so, and the edges by which it comes to it. */
interface Stated {
  readonly access: GraphEdge;
  readonly level: AccessLevel;
  /** The memberships, then the access itself. */
  readonly via: readonly GraphEdge[];
}

/**
 * What sources other than AWS say that an entity may do with some resources: what is stated of itself, and of the groups and
 * roles that it is a member of. One edge for each resource and level: what is unconditional goes first, then fewest memberships.
 * Ordered by id.
 */
export function statedAccess(
  graph: GraphIndex,
  resources: Pick<ReadonlySet<string>, 'has'>,
): (entity: GraphEntity) => readonly CanAccess[] {
  return (entity) => {
    const best = new Map<string, Stated>();
    for (const stated of statedFor(graph, entity)) {
      if (!resources.has(stated.access.to.id)) continue;
      const key = `${stated.access.to.id} ${stated.level}`;
      const known = best.get(key);
      if (!known || byProof(stated, known) < 0) best.set(key, stated);
    }
    return [...best.values()]
      .flatMap((stated) => edgeOf(graph, entity, stated) ?? [])
      .sort((a, b) => byText(a._id, b._id));
  };
}

/** Whoever comes by something that is stated of a resource: those of whom it is stated, and their members, near or far. */
export function holdersOf(graph: GraphIndex, resource: GraphEntity): readonly GraphEntity[] {
  const found = new Set(graph.edgesTo(resource._id, 'CAN_ACCESS').map(({ from }) => from.id));
  for (const id of found) for (const { from } of graph.edgesTo(id, 'MEMBER_OF')) found.add(from.id);
  return [...found].flatMap((id) => graph.entity(id) ?? []);
}

/** Everything that is stated of an entity and of whatever it is a member of, near or far. */
function* statedFor(graph: GraphIndex, entity: GraphEntity): Generator<Stated> {
  const seen = new Set([entity._id]);
  let holders: readonly { readonly id: string; readonly via: readonly GraphEdge[] }[] = [{ id: entity._id, via: [] }];
  while (holders.length > 0) {
    const next: { readonly id: string; readonly via: readonly GraphEdge[] }[] = [];
    for (const { id, via } of holders) {
      for (const access of graph.edgesFrom(id, 'CAN_ACCESS')) {
        const level = levelOf(access);
        if (level) yield { access, level, via: [...via, access] };
      }
      for (const membership of graph.edgesFrom(id, 'MEMBER_OF')) {
        if (seen.has(membership.to.id)) continue;
        seen.add(membership.to.id);
        next.push({ id: membership.to.id, via: [...via, membership] });
      }
    }
    holders = next;
  }
}

const levelOf = (access: GraphEdge): AccessLevel | undefined =>
  ACCESS_LEVELS.find((level) => level === access.properties.access_level);

const isConditional = ({ access }: Stated): boolean => access.properties.conditional === true;

const byProof = (a: Stated, b: Stated): number =>
  Number(isConditional(a)) - Number(isConditional(b)) ||
  a.via.length - b.via.length ||
  byText(a.via.map(({ _id }) => _id).join(' '), b.via.map(({ _id }) => _id).join(' '));

function edgeOf(graph: GraphIndex, from: GraphEntity, stated: Stated): CanAccess | undefined {
  const to = graph.entity(stated.access.to.id);
  if (!to) return undefined;
  return {
    edge_type: 'CAN_ACCESS',
    _id: derivedId(graph.tenant_id, 'CAN_ACCESS', from._id, to._id, stated.level),
    to,
    access_level: stated.level,
    verdict: isConditional(stated) ? 'conditional' : 'allowed',
    conditions: isConditional(stated) ? [conditionOf(stated)] : [],
    grants: [],
    via: stated.via,
  };
}

/** What the source asks for besides: the access control, whose script or condition nobody evaluates. */
const conditionOf = ({ access }: Stated): OpenCondition => ({
  operator: 'Bool',
  key: textOf(access, 'acl') ?? access.lineage_records[0]?.source_field_path ?? access._id,
  values: ['true'],
});
