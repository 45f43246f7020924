import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetRegistryPolicyCommand,
  GetRegistryScanningConfigurationCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  type Repository,
} from '@aws-sdk/client-ecr';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { registry } from '../../../../src/connectors/aws/ecs-ecr/registry.ts';
import { repositories } from '../../../../src/connectors/aws/ecs-ecr/repositories.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/media/encoder`;
const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}';

/** As in https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html */
const aRepository = (overrides: Partial<Repository> = {}): Repository => ({
  repositoryArn: ARN,
  registryId: ACCOUNT,
  repositoryName: 'media/encoder',
  repositoryUri: `${REGISTRY}/media/encoder`,
  imageTagMutability: 'MUTABLE',
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfiguration: { encryptionType: 'AES256' },
  ...overrides,
});

const ecr = mockClient(ECRClient);
beforeEach(() => {
  ecr.reset();
  ecr.on(DescribeRepositoriesCommand).resolves({ repositories: [aRepository()] });
  ecr.on(GetRepositoryPolicyCommand).rejects(awsError('RepositoryPolicyNotFoundException'));
  ecr.on(ListTagsForResourceCommand).resolves({ tags: [{ Key: 'team', Value: 'media' }] });
  ecr.on(GetRegistryPolicyCommand).rejects(awsError('RegistryPolicyNotFoundException'));
  ecr.on(GetRegistryScanningConfigurationCommand).resolves({ scanningConfiguration: { scanType: 'BASIC', rules: [] } });
});

describe('a repository', () => {
  it('is a node with its settings', async () => {
    const { nodes, edges, row } = await look(repositories);
    expect(nodes.map(({ properties }) => properties)).toEqual([
      {
        arn: ARN,
        name: 'media/encoder',
        region: REGION,
        uri: `${REGISTRY}/media/encoder`,
        tag_mutability: 'MUTABLE',
        scan_on_push: true,
        encryption: 'AES256',
        encryption_key: null,
        resource_policy_hash: null,
        tags: [{ key: 'team', value: 'media' }],
      },
    ]);
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row.status).toBe('complete');
  });

  it('has its policy by hash', async () => {
    ecr.on(GetRepositoryPolicyCommand).resolves({ policyText: POLICY });
    const { observations, nodes } = await look(repositories);
    const document = observations.find(({ kind }) => kind === 'policy_document');
    expect(nodes[0]?.properties.resource_policy_hash).toBe(document?.kind === 'policy_document' && document.hash);
  });

  it('of which the policy is refused leaves it out and names the action', async () => {
    ecr.on(GetRepositoryPolicyCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(repositories);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'ecr:GetRepositoryPolicy', item: ARN }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('that vanished while we looked is absent', async () => {
    ecr.on(GetRepositoryPolicyCommand).rejects(awsError('RepositoryNotFoundException'));
    const { observations, row } = await look(repositories);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('without an ARN is unreadable, and its siblings are not', async () => {
    ecr
      .on(DescribeRepositoriesCommand)
      .resolves({ repositories: [aRepository({ repositoryArn: undefined }), aRepository()] });
    const { nodes, gaps } = await look(repositories);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'media/encoder' })]);
  });

  it('come page by page', async () => {
    ecr.on(DescribeRepositoriesCommand).resolves({ repositories: [], nextToken: '2' });
    ecr.on(DescribeRepositoriesCommand, { nextToken: '2' }).resolves({ repositories: [aRepository()] });
    const { cursors, nodes } = await look(repositories);
    expect(cursors).toEqual(['2']);
    expect(nodes).toHaveLength(1);
  });
});

describe('the registry', () => {
  it('with a policy and scanning is a node by its host', async () => {
    ecr.on(GetRegistryPolicyCommand).resolves({ policyText: POLICY });
    ecr.on(GetRegistryScanningConfigurationCommand).resolves({
      scanningConfiguration: {
        scanType: 'ENHANCED',
        rules: [
          { scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: [{ filter: 'prod*', filterType: 'WILDCARD' }] },
          { scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' }] },
        ],
      },
    });
    const { nodes, observations } = await look(registry);
    expect(observations.filter(({ kind }) => kind === 'policy_document')).toHaveLength(1);
    expect(nodes.find(({ entity_type }) => entity_type === 'aws_ecr_registry')).toMatchObject({
      source_system_id: `aws:${ACCOUNT}`,
      source_record_id: REGISTRY,
      properties: {
        region: REGION,
        resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        scan_type: 'ENHANCED',
        scan_rules: ['CONTINUOUS_SCAN:prod*', 'SCAN_ON_PUSH:*'],
      },
    });
  });

  it('that nobody touched says nothing', async () => {
    const { observations, row } = await look(registry);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('whose policy may not be read is a gap', async () => {
    ecr.on(GetRegistryPolicyCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(registry);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'ecr:GetRegistryPolicy' })]);
    expect(row.status).toBe('denied');
  });

  it('of which the scanning may not be read is there by its policy', async () => {
    ecr.on(GetRegistryPolicyCommand).resolves({ policyText: POLICY });
    ecr.on(GetRegistryScanningConfigurationCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(registry);
    expect(nodes[0]?.properties).not.toHaveProperty('scan_type');
    expect(gaps).toEqual([expect.objectContaining({ action: 'ecr:GetRegistryScanningConfiguration', item: REGISTRY })]);
  });

  it('whose policy is no JSON is unreadable', async () => {
    ecr.on(GetRegistryPolicyCommand).resolves({ policyText: 'oops' });
    expect((await look(registry)).gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: REGISTRY })]);
  });
});
