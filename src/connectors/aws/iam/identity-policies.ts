import type { AttachedPermissionsBoundary, AttachedPolicy, PolicyDetail } from '@aws-sdk/client-iam';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityRef, NormalizedEdge, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { isAwsManaged, type ManagedPolicyHashes } from './aws-managed-policies.ts';

/** The inline policies of an identity: their documents, and the property that names them. */
export function inlinePolicies(list: readonly PolicyDetail[] | undefined): {
  readonly documents: readonly ObservedPolicyDocument[];
  readonly property: Json;
} {
  const policies = (list ?? [])
    .map(({ PolicyName, PolicyDocument }) => ({
      name: required(PolicyName, 'PolicyName'),
      document: policyDocument(required(PolicyDocument, 'PolicyDocument')),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    documents: policies.map(({ document }) => document),
    property: policies.map(({ name, document }) => ({ name, policy_hash: document.hash })),
  };
}

/** `HAS_POLICY` to every attached policy. The hash of an AWS managed policy stands on the edge, where it is known. */
export function* attachedPolicies(
  identity: EntityRef,
  list: readonly AttachedPolicy[] | undefined,
  hashes: ManagedPolicyHashes,
  api: string,
): Generator<NormalizedEdge, void, undefined> {
  for (const { PolicyArn } of list ?? []) {
    const arn = required(PolicyArn, 'PolicyArn');
    yield {
      kind: 'edge',
      edge_type: 'HAS_POLICY',
      from: identity,
      to: arnRef('aws_iam_policy', arn),
      stated_by: statedBy(identity.source_record_id, `AttachedManagedPolicies[${arn}]`),
      properties: isAwsManaged(arn) ? known({ policy_hash: hashes.get(arn) }) : {},
      api,
    };
  }
}

/** The permissions boundary of an identity; the hash of its document stands here where no account owns the policy. */
export function boundaryOf(
  boundary: AttachedPermissionsBoundary | undefined,
  hashes: ManagedPolicyHashes,
): Readonly<Record<string, Json | undefined>> {
  const arn = boundary?.PermissionsBoundaryArn;
  if (arn === undefined) return { permissions_boundary: null };
  return {
    permissions_boundary: arn,
    permissions_boundary_hash: isAwsManaged(arn) ? hashes.get(arn) : undefined,
  };
}
