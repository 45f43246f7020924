import type { RoleDetail } from '@aws-sdk/client-iam';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { known, moment, required } from '../properties.ts';
import { sortedTags } from '../tags.ts';
import {
  attachedPolicies,
  inlinePolicies,
  isAwsManaged,
  type ManagedPolicyHashes,
  managedPolicyHash,
} from './identity-policies.ts';
import type { Home } from './principal-ref.ts';
import { toTrusts } from './trust.ts';

const API = 'iam:GetAccountAuthorizationDetails';

/** A role, its documents and everything that its record states about others. Throws TypeError on a record that makes no sense. */
export function* toRole(
  role: RoleDetail,
  home: Home,
  hashes: ManagedPolicyHashes,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_iam_role', required(role.Arn, 'Arn'));
  const trust = policyDocument(required(role.AssumeRolePolicyDocument, 'AssumeRolePolicyDocument'));
  const inline = inlinePolicies(role.RolePolicyList);
  yield trust;
  yield* inline.documents;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(role.RoleName, 'RoleName'),
    properties: known({
      arn: ref.source_record_id,
      unique_id: role.RoleId,
      name: role.RoleName,
      path: role.Path ?? '/',
      created_at: moment(role.CreateDate),
      trust_policy_hash: trust.hash,
      inline_policies: inline.property,
      ...boundaryOf(role.PermissionsBoundary?.PermissionsBoundaryArn, hashes),
      tags: sortedTags(role.Tags),
    }),
    api: API,
  };
  yield belongsTo(ref, home, API);
  yield* attachedPolicies(ref, role.AttachedManagedPolicies, hashes, API);
  yield* toTrusts(ref, trust, home, API);
}

/** The permissions boundary of an identity; the hash of its document stands here where no account owns the policy. */
export function boundaryOf(
  arn: string | undefined,
  hashes: ManagedPolicyHashes,
): Readonly<Record<string, Json | undefined>> {
  if (arn === undefined) return { permissions_boundary: null };
  return {
    permissions_boundary: arn,
    permissions_boundary_hash: isAwsManaged(arn) ? managedPolicyHash(arn, hashes) : undefined,
  };
}
