import { expect, it } from 'vitest';
import { awsConnector } from '../../../../src/connectors/aws/connector.ts';
import { observe } from '../../observed.ts';
import { actionOf, fakeAws, SESSION } from '../fake-aws.ts';
import { ACCOUNT } from '../look.ts';

const TRUST = encodeURIComponent(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }),
);
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/edge`;

const role = (name: string, more: string) => `<member>
  <IsTruncated>false</IsTruncated><Path>/</Path><RoleName>${name}</RoleName><RoleId>AROA${name.toUpperCase()}</RoleId>
  <Arn>arn:aws:iam::${ACCOUNT}:role/${name}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate>
  <AssumeRolePolicyDocument>${TRUST}</AssumeRolePolicyDocument><RolePolicyList/><AttachedManagedPolicies/><Tags/>
  ${more}</member>`;

/**
 * On the wire as AWS documents it; the emulator's answer has neither the boundary nor the last use.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
const DETAILS = `<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetAccountAuthorizationDetailsResult>
<IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><Policies/>
<RoleDetailList>
${role(
  'used',
  `<InstanceProfileList><member><InstanceProfileName>web</InstanceProfileName><Path>/</Path>
     <InstanceProfileId>AIPAWEB</InstanceProfileId><Arn>arn:aws:iam::${ACCOUNT}:instance-profile/web</Arn>
     <CreateDate>2026-01-02T03:04:05Z</CreateDate><Roles/></member></InstanceProfileList>
   <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>
     <PermissionsBoundaryArn>${BOUNDARY}</PermissionsBoundaryArn></PermissionsBoundary>
   <RoleLastUsed><LastUsedDate>2026-03-04T05:06:07Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed>`,
)}
${role('idle', '<InstanceProfileList/><RoleLastUsed/>')}
</RoleDetailList>
</GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`;

it('a recorded answer has the boundary, the instance profile and the last use of each role', async () => {
  const { handler } = fakeAws((request) => ({ body: actionOf(request) === 'AssumeRole' ? SESSION : DETAILS }));
  const source = await awsConnector({
    region: 'eu-west-1',
    spoke_role_name: 'SecurityV0ReadOnly',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    request_handler: handler,
    max_attempts: 1,
    env: {},
  }).open({ category: 'aws_iam', account_id: ACCOUNT, regions: [], external_id: 'x', session_name: 'run' });
  const { nodes, observations, row } = await observe(
    source.run({ collector: 'iam.authorization-details', region: 'global' }),
  );
  source.close();
  expect(row.status).toBe('complete');
  expect(nodes.map(({ entity_type, display_name }) => [entity_type, display_name])).toEqual([
    ['aws_iam_role', 'idle'],
    ['aws_iam_role', 'used'],
    ['aws_iam_instance_profile', 'web'],
  ]);
  expect(nodes.slice(0, 2).map(({ properties }) => properties.permissions_boundary)).toEqual([null, BOUNDARY]);
  expect(observations.flatMap((seen) => (seen.kind === 'activity' ? [seen.value] : []))).toEqual([
    { at: null, region: null },
    { at: '2026-03-04T05:06:07.000Z', region: 'eu-west-1' },
  ]);
});
