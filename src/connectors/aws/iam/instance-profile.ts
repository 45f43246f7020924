import type { InstanceProfile } from '@aws-sdk/client-iam';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { Home } from './principal-ref.ts';

/**
 * An instance profile as the record of its role shows it: what hands the role's credentials to an EC2 instance. It holds one
 * role at most, and one that holds none gives nobody anything: it is not listed. Throws TypeError where it has no ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
 */
export function* toInstanceProfile(
  profile: InstanceProfile,
  role: EntityRef,
  home: Home,
  api: string,
): Generator<Observation, void, undefined> {
  const arn = required(profile.Arn, 'InstanceProfileList.Arn');
  const ref = arnRef('aws_iam_instance_profile', arn);
  yield {
    kind: 'node',
    ...ref,
    display_name: required(profile.InstanceProfileName, 'InstanceProfileList.InstanceProfileName'),
    properties: known({
      arn,
      unique_id: profile.InstanceProfileId,
      name: profile.InstanceProfileName,
      path: profile.Path ?? '/',
      created_at: moment(profile.CreateDate),
    }),
    api,
  };
  yield belongsTo(ref, home, api);
  yield {
    kind: 'edge',
    edge_type: 'AUTHENTICATES_AS',
    from: ref,
    to: role,
    stated_by: statedBy(role.source_record_id, `InstanceProfileList[${arn}]`),
    properties: {},
    api,
  };
}
