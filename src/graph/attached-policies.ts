import { byText } from '../inventory/claim.ts';
import type { LineageRecord } from '../inventory/merge.ts';
import type { Json } from '../kernel/canonical.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { PolicyKind } from '../policy/index.ts';
import type { GraphEdge, GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { type PolicyReading, UNKNOWN_POLICY } from './policy-library.ts';
import { inlinePoliciesOf, textOf } from './properties.ts';

/** The kinds of policy that the graph knows how to find. `key`: the policy of the key that protects a resource. */
export type AttachedKind = Exclude<PolicyKind, 'session'> | 'key';

/** What a policy is for the policy engine: a key's policy is a resource policy. */
export const compiledKind = (kind: AttachedKind): PolicyKind => (kind === 'key' ? 'resource' : kind);

/** A policy that bears on an entity: what it says, in whose record it stands, and how it comes to bear. */
export interface AttachedPolicy {
  readonly kind: AttachedKind;
  /** Left out where not even this is known. */
  readonly hash?: string;
  readonly reading: PolicyReading;
  /** The entity in whose record the document stands: a managed policy is shared. */
  readonly holder: GraphEntity;
  /** Where in the holder's record. */
  readonly field_path: string;
  /** The call and the run that saw the document; left out where nobody did. */
  readonly seen?: LineageRecord;
  /** The edges by which it comes to bear: the membership in a group, the attachment. */
  readonly via: readonly GraphEdge[];
  /** Where statements stand that are in no document: what a record grants beside its policy. */
  readonly written?: (index: number) => WrittenStatement | undefined;
}

/** A statement, and where in the holder's record it stands. */
export interface WrittenStatement {
  readonly source_field_path: string;
  readonly statement: Json;
}

/** Where IAM's record of an identity lists the documents of its own. */
const INLINE_FIELDS: Partial<Record<EntityType, string>> = {
  aws_iam_role: 'RolePolicyList',
  aws_iam_user: 'UserPolicyList',
  aws_iam_group: 'GroupPolicyList',
};

const DEFAULT_VERSION = 'PolicyVersionList[IsDefaultVersion].Document';

/** Where an organization's record of a control policy has its document. */
const CONTENT = 'Content';

/** Whether AWS attaches identity policies to things of this type. */
export const holdsIdentityPolicies = (entity: GraphEntity): boolean => INLINE_FIELDS[entity.entity_type] !== undefined;

/** Policies that say what an identity may do, its groups' included. A list that could not be read is one unknown policy. */
export function identityPolicies(graph: GraphIndex, identity: GraphEntity): readonly AttachedPolicy[] {
  const ofGroups = graph.edgesFrom(identity._id, 'MEMBER_OF').flatMap((membership) => {
    const group = graph.entity(membership.to.id);
    const policies = group ? ownPolicies(graph, group) : [unknownPolicy('identity', identity, 'GroupList')];
    return policies.map((policy) => ({ ...policy, via: [membership, ...policy.via] }));
  });
  return [...ownPolicies(graph, identity), ...ofGroups];
}

/** The permissions boundary of an identity; null where it has none. */
export function boundaryPolicy(graph: GraphIndex, identity: GraphEntity): AttachedPolicy | null {
  const arn = textOf(identity, 'permissions_boundary');
  if (arn === null) return null;
  if (arn === undefined) return unknownPolicy('boundary', identity, 'PermissionsBoundary');
  const policy = graph.entityByArn(arn);
  const hash = policy && textOf(policy, 'policy_hash');
  if (policy && hash) return attached(graph, 'boundary', policy, 'policy_hash', hash, DEFAULT_VERSION);
  // Nobody scans AWS's own policies: their hash stands beside the name.
  const awsManaged = textOf(identity, 'permissions_boundary_hash');
  if (!awsManaged) return unknownPolicy('boundary', identity, 'PermissionsBoundary');
  return attached(graph, 'boundary', identity, 'permissions_boundary_hash', awsManaged, 'PermissionsBoundary');
}

/** The trust policy of a role. */
export const trustPolicy = (graph: GraphIndex, role: GraphEntity): AttachedPolicy =>
  hashedPolicy(graph, 'trust', role, 'trust_policy_hash', 'AssumeRolePolicyDocument') ??
  unknownPolicy('trust', role, 'AssumeRolePolicyDocument');

/** The policy of a resource; null where it has none. */
export const resourcePolicy = (
  graph: GraphIndex,
  resource: GraphEntity,
  kind: 'resource' | 'key' = 'resource',
): AttachedPolicy | null => hashedPolicy(graph, kind, resource, 'resource_policy_hash', 'Policy');

const ownPolicies = (graph: GraphIndex, identity: GraphEntity): readonly AttachedPolicy[] => [
  ...inlinePolicies(graph, identity),
  ...managedPolicies(graph, identity),
];

function inlinePolicies(graph: GraphIndex, identity: GraphEntity): readonly AttachedPolicy[] {
  const field = INLINE_FIELDS[identity.entity_type] ?? 'PolicyList';
  const inline = inlinePoliciesOf(identity);
  if (!inline) return [unknownPolicy('identity', identity, field)];
  return inline.map(({ name, policy_hash }) =>
    attached(graph, 'identity', identity, 'inline_policies', policy_hash, `${field}[${name}].PolicyDocument`),
  );
}

function managedPolicies(graph: GraphIndex, identity: GraphEntity): readonly AttachedPolicy[] {
  return graph
    .edgesFrom(identity._id, 'HAS_POLICY')
    .toSorted((a, b) => byText(a.to.source_record_id, b.to.source_record_id))
    .map((edge) => managedPolicy(graph, identity, edge));
}

/** The control policies of one kind that are attached to an organization, a unit or an account. Ordered. */
export const controlPolicies = (
  graph: GraphIndex,
  target: GraphEntity,
  kind: 'scp' | 'rcp',
): readonly AttachedPolicy[] =>
  graph
    .edgesFrom(target._id, 'HAS_POLICY')
    .filter(({ to }) => to.entity_type === `aws_${kind}`)
    .toSorted((a, b) => byText(a.to.source_record_id, b.to.source_record_id))
    .map((edge) => ({ ...controlPolicy(graph, graph.entity(edge.to.id) ?? target, kind), via: [edge] }));

/** A control policy by itself. */
export function controlPolicy(graph: GraphIndex, policy: GraphEntity, kind: 'scp' | 'rcp'): AttachedPolicy {
  const hash = textOf(policy, 'policy_hash');
  return hash ? attached(graph, kind, policy, 'policy_hash', hash, CONTENT) : unknownPolicy(kind, policy, CONTENT);
}

function managedPolicy(graph: GraphIndex, identity: GraphEntity, edge: GraphEdge): AttachedPolicy {
  const policy = graph.entity(edge.to.id);
  const own = policy && textOf(policy, 'policy_hash');
  if (policy && own)
    return { ...attached(graph, 'identity', policy, 'policy_hash', own, DEFAULT_VERSION), via: [edge] };
  const holder = policy ?? identity;
  const hash = textOf(edge, 'policy_hash');
  if (!hash) return { ...unknownPolicy('identity', holder, DEFAULT_VERSION), via: [edge] };
  const [seen] = edge.lineage_records;
  const reading = graph.policies.read(hash, 'identity');
  return {
    kind: 'identity',
    hash,
    reading,
    holder,
    field_path: DEFAULT_VERSION,
    ...(seen ? { seen } : {}),
    via: [edge],
  };
}

/** The policy whose hash is a property: null where it is known that there is none. */
function hashedPolicy(
  graph: GraphIndex,
  kind: AttachedKind,
  holder: GraphEntity,
  property: string,
  field_path: string,
): AttachedPolicy | null {
  const hash = textOf(holder, property);
  if (hash === null) return null;
  return hash === undefined
    ? unknownPolicy(kind, holder, field_path)
    : attached(graph, kind, holder, property, hash, field_path);
}

function attached(
  graph: GraphIndex,
  kind: AttachedKind,
  holder: GraphEntity,
  property: string,
  hash: string,
  field_path: string,
): AttachedPolicy {
  const seen = seenBy(holder, property);
  const reading = graph.policies.read(hash, compiledKind(kind));
  return { kind, hash, reading, holder, field_path, ...(seen ? { seen } : {}), via: [] };
}

/** A policy that may be there, and that nobody could read. */
export const unknownPolicy = (kind: AttachedKind, holder: GraphEntity, field_path: string): AttachedPolicy => ({
  kind,
  reading: UNKNOWN_POLICY,
  holder,
  field_path,
  via: [],
});

/** The call and the run that saw a property. */
export function seenBy(entity: GraphEntity, property: string): LineageRecord | undefined {
  const provenance = entity.property_provenance[property];
  if (!provenance) return entity.lineage_records[0];
  const { source_record_id, api, run_id, observed_at } = provenance;
  const { source_system_id } = entity;
  return { source_system_id, source_record_id, source_field_path: property, api, run_id, observed_at };
}
