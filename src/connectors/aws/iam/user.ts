import type { UserDetail } from '@aws-sdk/client-iam';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import { sortedTags } from '../tags.ts';
import type { ManagedPolicyHashes } from './aws-managed-policies.ts';
import { attachedPolicies, boundaryOf, inlinePolicies } from './identity-policies.ts';
import type { Home } from './principal-ref.ts';

const API = 'iam:GetAccountAuthorizationDetails';

/** ARNs of the account's groups by name: a user's record names its groups without their paths. */
export type GroupArns = ReadonlyMap<string, string>;

/** A user, its documents, its groups and policies. Throws TypeError on a record that makes no sense. */
export function* toUser(
  user: UserDetail,
  home: Home,
  hashes: ManagedPolicyHashes,
  groups: GroupArns,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_iam_user', required(user.Arn, 'Arn'));
  const inline = inlinePolicies(user.UserPolicyList);
  yield* inline.documents;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(user.UserName, 'UserName'),
    properties: known({
      arn: ref.source_record_id,
      unique_id: user.UserId,
      name: user.UserName,
      path: user.Path ?? '/',
      created_at: moment(user.CreateDate),
      inline_policies: inline.property,
      ...boundaryOf(user.PermissionsBoundary, hashes),
      tags: sortedTags(user.Tags),
    }),
    api: API,
  };
  yield belongsTo(ref, home, API);
  yield* attachedPolicies(ref, user.AttachedManagedPolicies, hashes, API);
  for (const name of user.GroupList ?? []) {
    const group = groups.get(name);
    if (group === undefined) throw new TypeError(`the user is in the group ${name}, which AWS did not list`);
    yield {
      kind: 'edge',
      edge_type: 'MEMBER_OF',
      from: ref,
      to: arnRef('aws_iam_group', group),
      stated_by: statedBy(ref.source_record_id, `GroupList[${name}]`),
      properties: {},
      api: API,
    };
  }
}
