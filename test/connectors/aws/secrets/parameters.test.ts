import { DescribeParametersCommand, GetResourcePoliciesCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { joinedPolicies, parameters } from '../../../../src/connectors/aws/secrets/parameters.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/prod/db/password`;
const PLAIN = { Name: '/prod/db/password', ARN, Type: 'String', Tier: 'Standard', DataType: 'text' } as const;
const SHARED = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"}}]}';

const ssm = mockClient(SSMClient);
beforeEach(() => {
  ssm.reset();
  ssm.on(DescribeParametersCommand).resolves({ Parameters: [PLAIN] });
  ssm.on(GetResourcePoliciesCommand).resolves({ Policies: [] });
});

const listing = (parameter: object) =>
  ssm.on(DescribeParametersCommand).resolves({ Parameters: [{ ...PLAIN, ...parameter }] });

describe('a parameter', () => {
  it('is a node by name and type, for no call beside the listing', async () => {
    listing({ Version: 9, LastModifiedUser: `arn:aws:iam::${ACCOUNT}:user/bob`, AllowedPattern: '^s3cr3t$' });
    const { nodes, edges, row, observations } = await look(parameters);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_ssm_parameter', source_record_id: ARN });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: '/prod/db/password',
      region: REGION,
      type: 'String',
      data_type: 'text',
      tier: 'Standard',
      encryption_key: null,
      parameter_policies: [],
      resource_policy_hash: null,
    });
    expect(JSON.stringify(observations)).not.toMatch(/bob|s3cr3t/);
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row.status).toBe('complete');
    expect(ssm.calls()).toHaveLength(1);
  });

  it('that is a secret names its key', async () => {
    listing({ Type: 'SecureString', KeyId: 'alias/aws/ssm' });
    expect((await look(parameters)).nodes[0]?.properties).toMatchObject({ encryption_key: 'alias/aws/ssm' });
  });

  it('that is advanced shows its policies by type, and with whom it is shared', async () => {
    const Policies = [{ PolicyType: 'Expiration', PolicyText: '{"Attributes":{"Timestamp":"2030"}}' }];
    listing({ Tier: 'Advanced', Policies });
    ssm.on(GetResourcePoliciesCommand).resolves({ Policies: [{ Policy: SHARED }] });
    const { nodes } = await look(parameters);
    expect(nodes[0]?.properties).toMatchObject({
      parameter_policies: ['Expiration'],
      resource_policy_hash: joinedPolicies([SHARED])?.hash,
    });
    expect(nodes[0]?.property_apis).toEqual({ resource_policy_hash: 'ssm:GetResourcePolicies' });
  });

  it('whose policies may not be read is there without them', async () => {
    listing({ Tier: 'Advanced' });
    ssm.on(GetResourcePoliciesCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(parameters);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([expect.objectContaining({ action: 'ssm:GetResourcePolicies', item: ARN })]);
  });

  it.each([
    ['/prod/db/password', 'prod/db/password'],
    ['plain', 'plain'],
  ])('%s without an ARN in the listing is parameter/%s', async (Name, resource) => {
    listing({ Name, ARN: undefined });
    const [node] = (await look(parameters)).nodes;
    expect(node?.source_record_id).toBe(`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${resource}`);
  });

  it('without a type is one gap, and its sibling goes on', async () => {
    ssm.on(DescribeParametersCommand).resolves({ Parameters: [{ Name: 'odd', Tier: 'Standard' }, PLAIN] });
    const { nodes, gaps } = await look(parameters);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'odd' })]);
  });
});

describe('the policies of a parameter', () => {
  const OTHER = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"333333333333"}}}';

  it('are one document, in whatever order AWS gives them', () => {
    const joined = joinedPolicies([SHARED, OTHER]);
    expect(joined?.hash).toBe(joinedPolicies([OTHER, SHARED])?.hash);
    expect(joined?.document).toMatchObject({ Statement: { length: 2 } });
  });

  it('are absent where there are none', () => {
    expect(joinedPolicies([])).toBeUndefined();
  });
});

describe('the listing of parameters', () => {
  it('goes on page by page', async () => {
    ssm.on(DescribeParametersCommand).resolves({ Parameters: [PLAIN], NextToken: 'two' });
    ssm.on(DescribeParametersCommand, { NextToken: 'two' }).resolves({ Parameters: [] });
    expect((await look(parameters)).cursors).toEqual(['two']);
    expect((await look(parameters, 'two')).nodes).toEqual([]);
  });

  it.each([
    ['without its list is malformed', () => ssm.on(DescribeParametersCommand).resolves({}), 'failed'],
    ['that is denied', () => ssm.on(DescribeParametersCommand).rejects(awsError('AccessDeniedException')), 'denied'],
  ])('%s is not complete', async (_, arrange, status) => {
    arrange();
    const { row, gaps } = await look(parameters);
    expect(row.status).toBe(status);
    expect(gaps).toEqual([expect.objectContaining({ action: 'ssm:DescribeParameters' })]);
  });
});
