import { byText } from '../inventory/claim.ts';
import { derivedId } from '../kernel/ids.ts';
import { type CompiledPolicy, resourcesNamed } from '../policy/index.ts';
import { ACCESS_LEVELS, type AccessLevel, type LevelActions } from './access-levels.ts';
import type { GraphEntity } from './documents.ts';
import { type Derivation, derivationOf } from './grant.ts';
import type { Graph } from './graph.ts';
import { judge } from './judge.ts';
import { EVERYBODY, nameIndex, namesIn } from './name-index.ts';
import type { Identity } from './principal.ts';
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

/**
 * Answers which of some resources an identity can use: one edge for each access level that is not denied. Ordered by id.
 * Only those of its own account can be open to it, and those whose own policy names it: across accounts both sides have to allow.
 */
export function resourceAccess(
  graph: Graph,
  resources: readonly GraphEntity[],
): (identity: Identity) => readonly CanAccess[] {
  const targets = resources.flatMap((resource) => targetOf(graph, resource) ?? []);
  const candidates = nameIndex(targets, (target) => [target.account, ...namesInPolicy(target)]);
  return (identity) =>
    candidates(identity)
      .flatMap((target) => accessTo(graph, identity, target))
      .sort((a, b) => byText(a._id, b._id));
}

function namesInPolicy({ policy, table }: Target): readonly string[] {
  if (!policy) return [];
  if (policy.reading.state === 'unknown') return [EVERYBODY];
  const actions = table.levels.flatMap((row) => row.actions);
  return namesIn(policy.reading.policy, actions);
}

const accessTo = (graph: Graph, identity: Identity, target: Target): readonly CanAccess[] =>
  ACCESS_LEVELS.flatMap((access_level) => {
    const best = strongest(identity, target, access_level);
    if (!best) return [];
    const _id = derivedId(graph.tenant_id, 'CAN_ACCESS', identity.entity._id, target.entity._id, access_level);
    return [{ edge_type: 'CAN_ACCESS', _id, to: target.entity, access_level, ...best }];
  });

type Shown = Derivation & Required<Pick<CanAccess, 'action' | 'action_resource'>>;

const RANK = { allowed: 0, conditional: 1, undetermined: 2 } as const;

/** The strongest verdict among the actions of a level; among equals the first in the table. */
function strongest(identity: Identity, target: Target, level: AccessLevel): Shown | undefined {
  let best: Shown | undefined;
  for (const row of target.table.levels) {
    if (row.level !== level) continue;
    for (const action of row.actions) {
      for (const action_resource of askedFor(identity, target, row, action)) {
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
      context: identity.context,
    },
    policies: { ...identity.set(assumption), ...target.set(assumption) },
  }));
  return derivationOf(verdict, [...identity.attached, ...target.attached]);
}

/** A name that no policy is likely to spell out. */
const ANY_PART = 'throughline-any-part';

/**
 * The ARNs that an action of this row is asked for. Of the endless objects of a bucket: any, and one of each kind that a policy
 * singles out. Of the indexes of a table only the latter: whether it has any is not known, and a Deny on the table must not be
 * passed by way of an index that nobody ever mentioned.
 */
function askedFor(identity: Identity, target: Target, { on }: LevelActions, action: string): readonly string[] {
  const arn = target.entity.source_record_id;
  const separator = target.table.part_separator;
  if (on === 'whole' || separator === undefined) return [arn];
  const policies = [...identity.policies, ...(target.policy ? [target.policy] : [])];
  const singledOut = policies.flatMap(({ reading }) =>
    reading.state === 'unknown' ? [] : partsNamed(reading.policy, action, `${arn}${separator}`, separator),
  );
  const first = on === 'parts_only' ? `${arn}${separator}${ANY_PART}` : arn;
  return [first, ...[...new Set(singledOut)].sort(byText)];
}

function partsNamed(policy: CompiledPolicy, action: string, prefix: string, separator: string): readonly string[] {
  return resourcesNamed(policy, action).flatMap(({ text, covers }) => {
    const at = text.indexOf(separator);
    if (at < 0) return [];
    const example =
      prefix +
      text
        .slice(at + separator.length)
        .replace(/\$\{[^}]*\}|\*+/g, ANY_PART)
        .replaceAll('?', 'x');
    return covers(example) ? [example] : [];
  });
}
