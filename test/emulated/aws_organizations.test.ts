import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AttachPolicyCommand, CreatePolicyCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { upOrganizationRole } from '../../labs/mediapro/estate.ts';
import { EMULATED_MANAGEMENT_ACCOUNT } from '../../labs/mediapro/names.ts';
import { ensureOrganization, type Organization } from '../../labs/mediapro/organization.ts';
import { emulatedWorld } from '../../labs/world.ts';
import { ORGANIZATION_ROLE_NAME } from '../../stacksets/organization-role.ts';
import { COLLECTOR_ROLE, type Collected, type Spoke, startSpoke } from './spoke.ts';

const ROLE = `arn:aws:iam::${EMULATED_MANAGEMENT_ACCOUNT}:role/${ORGANIZATION_ROLE_NAME}`;
const CONTENT = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' }],
};

let spoke: Spoke;
let organization: Organization;
let seen: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  const world = emulatedWorld(spoke.aws);
  organization = await ensureOrganization(world, EMULATED_MANAGEMENT_ACCOUNT);
  const { placement, root_id, unit_id } = organization;
  const hub = placement.accounts.security;
  await upOrganizationRole(world, EMULATED_MANAGEMENT_ACCOUNT, placement, {
    account: hub,
    collector_role_name: COLLECTOR_ROLE,
  });
  await spoke.root(IAMClient, { account: hub }).send(
    new PutRolePolicyCommand({
      RoleName: COLLECTOR_ROLE,
      PolicyName: 'organization-role',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE }],
      }),
    }),
  );
  const organizations = spoke.root(OrganizationsClient, { account: EMULATED_MANAGEMENT_ACCOUNT });
  const { Policy } = await organizations.send(
    new CreatePolicyCommand({
      Name: 'stay',
      Description: 'Nobody leaves',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: JSON.stringify(CONTENT),
    }),
  );
  for (const TargetId of [root_id, unit_id, placement.accounts.data]) {
    await organizations.send(new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId }));
  }
  seen = await spoke.collect('aws_organizations', [spoke.region], { organization_role_arn: ROLE });
});
afterAll(() => spoke?.stop());

const accountOf = (id: string) => `arn:aws:iam::${id}:root`;

test('the organization is listed through the organization role, which may do nothing else', () => {
  expect(seen.coverage).toEqual({ 'organizations.accounts': 'complete', 'organizations.policies': 'complete' });
  expect(seen.gaps).toEqual([]);
});

test('every account belongs to its unit or to the organization', () => {
  const { security, workloads, data } = organization.placement.accounts;
  const units = seen.edges.filter(({ edge_type, to }) => edge_type === 'BELONGS_TO' && to.entity_type === 'aws_ou');
  expect(units.map(({ from }) => from.source_record_id).sort()).toEqual(
    [security, workloads, data].map(accountOf).sort(),
  );
  expect(seen.nodes.filter(({ entity_type }) => entity_type === 'aws_account').length).toBeGreaterThan(3);
});

test('a service control policy is there with its document, and is attached to the root, a unit and an account', () => {
  const policy = seen.nodes.find(
    ({ entity_type, display_name }) => entity_type === 'aws_scp' && display_name === 'stay',
  );
  const document = seen.observations.find(
    (one) => one.kind === 'policy_document' && one.hash === policy?.properties.policy_hash,
  );
  expect(document).toMatchObject({ document: CONTENT });
  const attached = seen.edges.filter(({ to }) => to.source_record_id === policy?.source_record_id);
  expect(attached.map(({ from }) => from.entity_type)).toEqual(['aws_organization', 'aws_ou', 'aws_account']);
  const known = new Set(seen.nodes.map(({ source_record_id }) => source_record_id));
  expect(attached.filter(({ from }) => !known.has(from.source_record_id))).toEqual([]);
});

test('the organization says which types of policy it has enabled, and each policy that its targets are known', () => {
  const told = (type: string, property: string) =>
    seen.nodes.filter(({ entity_type }) => entity_type === type).map(({ properties }) => properties[property]);
  expect(told('aws_organization', 'policy_types')).toEqual([['SERVICE_CONTROL_POLICY']]);
  expect(new Set(told('aws_scp', 'targets_known'))).toEqual(new Set([true]));
});

test('a second look sees the same', async () => {
  const again = await spoke.collect('aws_organizations', [spoke.region], { organization_role_arn: ROLE });
  expect(again.observations).toEqual(seen.observations);
});
