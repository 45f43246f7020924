import {
  DescribePolicyCommand,
  ListPoliciesCommand,
  ListRootsCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { policies } from '../../../../src/connectors/aws/organizations/policies.ts';
import { compilePolicy } from '../../../../src/policy/index.ts';
import { awsError, look } from '../look.ts';

const BASE = 'arn:aws:organizations::999999999999';
const UNIT = { TargetId: 'ou-a', Arn: `${BASE}:ou/o-1/ou-a`, Name: 'unit', Type: 'ORGANIZATIONAL_UNIT' as const };
const ROOT = { TargetId: 'r-1', Arn: `${BASE}:root/o-1/r-1`, Name: 'Root', Type: 'ROOT' as const };
const ACCOUNT = {
  TargetId: '111111111111',
  Arn: `${BASE}:account/o-1/111111111111`,
  Name: 'one',
  Type: 'ACCOUNT' as const,
};
const scp = (Id: string, overrides = {}) => ({
  Id,
  Arn: `${BASE}:policy/o-1/service_control_policy/${Id}`,
  Name: `policy ${Id}`,
  Description: '',
  Type: 'SERVICE_CONTROL_POLICY' as const,
  AwsManaged: false,
  ...overrides,
});
const FULL = scp('p-FullAWSAccess', {
  Arn: 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess',
  AwsManaged: true,
});
const RCP = scp('p-rcp', {
  Arn: `${BASE}:policy/o-1/resource_control_policy/p-rcp`,
  Type: 'RESOURCE_CONTROL_POLICY' as const,
});
const DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["s3:B","s3:A"],"Resource":"*"}}';

const organizations = mockClient(OrganizationsClient);
const typesEnabled = (
  ...types: readonly {
    readonly Type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY' | 'TAG_POLICY';
    readonly Status: 'ENABLED' | 'PENDING_ENABLE';
  }[]
) => organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1', PolicyTypes: [...types] }] });
const listOf = (Filter: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY', ...Policies: ReturnType<typeof scp>[]) =>
  organizations.on(ListPoliciesCommand, { Filter }).resolves({ Policies });
const calls = (command: Parameters<typeof organizations.commandCalls>[0]) => organizations.commandCalls(command).length;

beforeEach(() => {
  organizations.reset();
  typesEnabled(
    { Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' },
    { Type: 'RESOURCE_CONTROL_POLICY', Status: 'ENABLED' },
    { Type: 'TAG_POLICY', Status: 'ENABLED' },
  );
  listOf('SERVICE_CONTROL_POLICY', FULL, scp('p-1'));
  listOf('RESOURCE_CONTROL_POLICY', RCP);
  organizations.on(DescribePolicyCommand).resolves({ Policy: { Content: DENY } });
  organizations.on(ListTargetsForPolicyCommand).resolves({ Targets: [] });
  organizations.on(ListTargetsForPolicyCommand, { PolicyId: 'p-1' }).resolves({ Targets: [ROOT, UNIT, ACCOUNT] });
});

describe('the policies of an organization', () => {
  it('are nodes that name their document, which is kept', async () => {
    const { nodes, observations, row } = await look(policies);
    const documents = observations.filter((seen) => seen.kind === 'policy_document');
    expect(
      nodes.map(({ entity_type, properties }) => [entity_type, properties.policy_id, properties.aws_managed]),
    ).toEqual([
      ['aws_scp', 'p-FullAWSAccess', true],
      ['aws_scp', 'p-1', false],
      ['aws_rcp', 'p-rcp', false],
    ]);
    expect(nodes[1]).toMatchObject({
      source_system_id: 'aws:999999999999',
      properties: { name: 'policy p-1', description: null, policy_hash: documents[0]?.hash },
    });
    expect(row.status).toBe('complete');
  });

  it('are documents that the policy engine takes', async () => {
    const { observations } = await look(policies);
    const document = observations.find((seen) => seen.kind === 'policy_document')?.document;
    expect(() => compilePolicy(document, 'scp')).not.toThrow();
    expect(document).toMatchObject({ Statement: { Action: ['s3:A', 's3:B'] } });
  });

  it('are stated to be attached to the organization, to units and to accounts, each by the name that everybody uses', async () => {
    const { edges } = await look(policies);
    expect(
      edges.map(({ edge_type, from, to }) => [edge_type, from.entity_type, from.source_record_id, to.source_record_id]),
    ).toEqual([
      ['HAS_POLICY', 'aws_organization', `${BASE}:organization/o-1`, scp('p-1').Arn],
      ['HAS_POLICY', 'aws_ou', UNIT.Arn, scp('p-1').Arn],
      ['HAS_POLICY', 'aws_account', 'arn:aws:iam::111111111111:root', scp('p-1').Arn],
    ]);
    expect(new Set(edges.map(({ stated_by }) => stated_by.source_field_path)).size).toBe(3);
  });

  it('are asked for by policy: two calls each, and one for each type and for the root', async () => {
    await look(policies);
    expect([
      calls(ListRootsCommand),
      calls(ListPoliciesCommand),
      calls(DescribePolicyCommand),
      calls(ListTargetsForPolicyCommand),
    ]).toEqual([1, 2, 3, 3]);
  });

  it('of a type that is not enabled are known not to be there: nothing is asked', async () => {
    typesEnabled({ Type: 'RESOURCE_CONTROL_POLICY', Status: 'PENDING_ENABLE' });
    const { observations, row } = await look(policies);
    expect(observations).toEqual([]);
    expect(calls(ListPoliciesCommand)).toBe(0);
    expect(row.status).toBe('complete');
  });

  it('are followed over pages, of policies and of targets; each page of policies is a checkpoint', async () => {
    organizations
      .on(ListPoliciesCommand, { Filter: 'SERVICE_CONTROL_POLICY' })
      .resolves({ Policies: [FULL], NextToken: 'n' })
      .on(ListPoliciesCommand, { Filter: 'SERVICE_CONTROL_POLICY', NextToken: 'n' })
      .resolves({ Policies: [scp('p-1')] })
      .on(ListTargetsForPolicyCommand, { PolicyId: 'p-1' })
      .resolves({ Targets: [ROOT], NextToken: 't' })
      .on(ListTargetsForPolicyCommand, { PolicyId: 'p-1', NextToken: 't' })
      .resolves({ Targets: [ACCOUNT] });
    const whole = await look(policies);
    expect(whole.edges).toHaveLength(2);
    expect(whole.cursors).toHaveLength(2);
    for (const cursor of whole.cursors) {
      const at = whole.observations.findIndex((seen) => seen.kind === 'checkpoint' && seen.cursor === cursor);
      expect((await look(policies, cursor)).observations).toEqual(whole.observations.slice(at + 1));
    }
  });

  it('begin again where the cursor is none of ours', async () => {
    expect((await look(policies, '{"types":[]}')).nodes).toHaveLength(3);
  });

  it('that may not be listed are a gap with the action, and not an absence', async () => {
    organizations.on(ListPoliciesCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(policies);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'organization_access_denied', action: 'organizations:ListPolicies' }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('of which one may not be read stay, without a document', async () => {
    organizations.on(DescribePolicyCommand, { PolicyId: 'p-1' }).rejects(awsError('AccessDeniedException'));
    const { nodes, edges, gaps } = await look(policies);
    expect(nodes[1]?.properties).not.toHaveProperty('policy_hash');
    expect([nodes.length, edges.length]).toEqual([3, 3]);
    expect(gaps).toEqual([expect.objectContaining({ action: 'organizations:DescribePolicy', item: scp('p-1').Arn })]);
  });

  it('of which the targets may not be read stay, and nothing is said to be unattached', async () => {
    organizations.on(ListTargetsForPolicyCommand, { PolicyId: 'p-1' }).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(policies);
    expect(nodes.map(({ properties }) => [properties.policy_id, properties.targets_known])).toEqual([
      ['p-FullAWSAccess', true],
      ['p-1', false],
      ['p-rcp', true],
    ]);
    expect(gaps).toEqual([expect.objectContaining({ action: 'organizations:ListTargetsForPolicy' })]);
  });

  it('that are deleted between list and look are absent', async () => {
    organizations.on(DescribePolicyCommand, { PolicyId: 'p-1' }).rejects(awsError('PolicyNotFoundException'));
    const { nodes, gaps, row } = await look(policies);
    expect(nodes.map(({ properties }) => properties.policy_id)).toEqual(['p-FullAWSAccess', 'p-rcp']);
    expect([gaps, row.status]).toEqual([[], 'complete']);
  });

  it.each([
    ['without a name', () => listOf('SERVICE_CONTROL_POLICY', scp('p-1', { Name: undefined }), FULL)],
    ['without an ARN', () => listOf('SERVICE_CONTROL_POLICY', scp('p-1', { Arn: undefined }), FULL)],
    [
      'that is no JSON',
      () => organizations.on(DescribePolicyCommand, { PolicyId: 'p-1' }).resolves({ Policy: { Content: 'oops' } }),
    ],
    [
      'that is attached to something new',
      () =>
        organizations
          .on(ListTargetsForPolicyCommand, { PolicyId: 'p-1' })
          .resolves({ Targets: [{ ...ROOT, Arn: 'arn:aws:organizations::1:planet/x' }] }),
    ],
  ])('one %s is one gap, and its siblings go on', async (_, arrange) => {
    arrange();
    const { nodes, gaps } = await look(policies);
    expect(nodes.map(({ properties }) => properties.policy_id)).toEqual(['p-FullAWSAccess', 'p-rcp']);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item' })]);
  });

  it.each([
    ['policies', () => organizations.on(ListPoliciesCommand).resolves({})],
    ['types of policy', () => organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1' }] })],
    ['targets', () => organizations.on(ListTargetsForPolicyCommand).resolves({})],
    ['roots', () => organizations.on(ListRootsCommand).resolves({})],
  ])('an answer without its list of %s is malformed, and never empty', async (_, arrange) => {
    arrange();
    const { row } = await look(policies);
    expect(row.status).toBe('failed');
  });
});
