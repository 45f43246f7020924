import type { GroupDetail } from '@aws-sdk/client-iam';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { ManagedPolicyHashes } from './aws-managed-policies.ts';
import { attachedPolicies, inlinePolicies } from './identity-policies.ts';
import type { Home } from './principal-ref.ts';

const API = 'iam:GetAccountAuthorizationDetails';

/** A group, its documents and policies. IAM groups have no tags and no boundary. Throws TypeError on a record that makes no sense. */
export function* toGroup(
  group: GroupDetail,
  home: Home,
  hashes: ManagedPolicyHashes,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_iam_group', required(group.Arn, 'Arn'));
  const inline = inlinePolicies(group.GroupPolicyList);
  yield* inline.documents;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(group.GroupName, 'GroupName'),
    properties: known({
      arn: ref.source_record_id,
      unique_id: group.GroupId,
      name: group.GroupName,
      path: group.Path ?? '/',
      created_at: moment(group.CreateDate),
      inline_policies: inline.property,
    }),
    api: API,
  };
  yield belongsTo(ref, home, API);
  yield* attachedPolicies(ref, group.AttachedManagedPolicies, hashes, API);
}
