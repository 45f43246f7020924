import type { RoleDetail, RoleLastUsed } from '@aws-sdk/client-iam';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { known, moment, required } from '../properties.ts';
import { sortedTags } from '../tags.ts';
import type { ManagedPolicyHashes } from './aws-managed-policies.ts';
import { attachedPolicies, boundaryOf, inlinePolicies } from './identity-policies.ts';
import { toInstanceProfile } from './instance-profile.ts';
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
      ...boundaryOf(role.PermissionsBoundary, hashes),
      tags: sortedTags(role.Tags),
    }),
    api: API,
  };
  yield belongsTo(ref, home, API);
  yield* attachedPolicies(ref, role.AttachedManagedPolicies, hashes, API);
  yield* toTrusts(ref, trust, home, API);
  for (const profile of role.InstanceProfileList ?? []) yield* toInstanceProfile(profile, ref, home, API);
  yield* toLastUse(ref, role.RoleLastUsed);
}

/**
 * When a role was last used, by anybody and wherever: AWS looks back 400 days. An answer without the field tells nothing; an
 * empty one tells that it was not used in that time.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
 */
function* toLastUse(entity: EntityRef, lastUsed: RoleLastUsed | undefined): Generator<Observation, void, undefined> {
  if (!lastUsed) return;
  const value = { at: moment(lastUsed.LastUsedDate) ?? null, region: lastUsed.Region ?? null };
  yield { kind: 'activity', entity, name: 'last_used', value };
}
