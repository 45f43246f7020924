import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { secrets } from '../../../../src/connectors/aws/secrets/secrets.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:prod/db-AbCdEf`;
const ROTATOR = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:rotate`;
const CREATED = new Date('2024-05-01T00:00:00Z');

const manager = mockClient(SecretsManagerClient);
beforeEach(() => {
  manager.reset();
  manager.on(ListSecretsCommand).resolves({ SecretList: [{ ARN, Name: 'prod/db', CreatedDate: CREATED }] });
  manager.on(GetResourcePolicyCommand).resolves({ ARN, Name: 'prod/db' });
});

describe('a secret', () => {
  it('on which nothing is set has known absences, and AWS’s own key', async () => {
    const { nodes, edges, row } = await look(secrets);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_secretsmanager_secret', source_record_id: ARN });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'prod/db',
      region: REGION,
      encryption_key: 'alias/aws/secretsmanager',
      rotation_enabled: false,
      rotation_function: null,
      rotation_role: null,
      rotation_days: null,
      rotation_schedule: null,
      owning_service: null,
      primary_region: null,
      replicas: [],
      created_at: '2024-05-01T00:00:00.000Z',
      resource_policy_hash: null,
      tags: [],
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row).toEqual({ collector: 'secretsmanager.secrets', region: REGION, status: 'complete' });
  });

  it('costs one call beside the listing', async () => {
    await look(secrets);
    expect(manager.calls()).toHaveLength(2);
  });

  it('makes the function run that rotates it, and shows key, tags and policy', async () => {
    manager.on(ListSecretsCommand).resolves({
      SecretList: [
        {
          ARN,
          Name: 'prod/db',
          KmsKeyId: 'key',
          RotationEnabled: true,
          RotationLambdaARN: `${ROTATOR}:live`,
          RotationRules: { AutomaticallyAfterDays: 30 },
          Tags: [{ Key: 'data-classification', Value: 'secret' }],
        },
      ],
    });
    manager.on(GetResourcePolicyCommand).resolves({ ARN, ResourcePolicy: '{"Statement":[{"Effect":"Allow"}]}' });
    const { nodes, edges, observations } = await look(secrets);
    const document = observations.find((seen) => seen.kind === 'policy_document');
    expect(nodes[0]?.properties).toMatchObject({
      encryption_key: 'key',
      rotation_enabled: true,
      rotation_function: `${ROTATOR}:live`,
      rotation_days: 30,
      resource_policy_hash: document?.hash,
      tags: [{ key: 'data-classification', value: 'secret' }],
    });
    expect(nodes[0]?.property_apis).toEqual({ resource_policy_hash: 'secretsmanager:GetResourcePolicy' });
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'INVOKES',
        from: expect.objectContaining({ source_record_id: ARN }),
        to: expect.objectContaining({ entity_type: 'aws_lambda_function', source_record_id: ROTATOR }),
      }),
    );
  });

  it.each([
    ['its primary', REGION, [{ region: 'us-east-1', encryption_key: 'k' }], 1],
    ['a replica', 'us-east-1', [], 0],
  ])('that is replicated is asked for its replicas where it is %s', async (_, PrimaryRegion, replicas, asked) => {
    manager.on(ListSecretsCommand).resolves({ SecretList: [{ ARN, Name: 'prod/db', PrimaryRegion }] });
    manager.on(DescribeSecretCommand).resolves({ ARN, ReplicationStatus: [{ Region: 'us-east-1', KmsKeyId: 'k' }] });
    const { nodes } = await look(secrets);
    expect(nodes[0]?.properties).toMatchObject({ primary_region: PrimaryRegion, replicas });
    expect(manager.commandCalls(DescribeSecretCommand)).toHaveLength(asked);
  });

  it('whose policy may not be read is there without it, and the action is named', async () => {
    manager.on(GetResourcePolicyCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(secrets);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([expect.objectContaining({ action: 'secretsmanager:GetResourcePolicy', item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it('whose answer about its policy is empty is malformed, not without a policy', async () => {
    manager.on(GetResourcePolicyCommand).resolves({});
    const { nodes, gaps } = await look(secrets);
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: ARN })]);
  });

  it('that vanished between list and get is absent', async () => {
    manager.on(GetResourcePolicyCommand).rejects(awsError('ResourceNotFoundException'));
    const { observations, row } = await look(secrets);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('without an ARN is one gap, and its sibling goes on', async () => {
    manager.on(ListSecretsCommand).resolves({ SecretList: [{ Name: 'odd' }, { ARN, Name: 'prod/db' }] });
    const { nodes, gaps, row } = await look(secrets);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'odd' })]);
    expect(row.status).toBe('failed');
  });
});

describe('the listing of secrets', () => {
  it('goes on page by page, and begins again where an earlier part stopped', async () => {
    manager.on(ListSecretsCommand).resolves({ SecretList: [{ ARN, Name: 'prod/db' }], NextToken: 'two' });
    manager.on(ListSecretsCommand, { NextToken: 'two' }).resolves({ SecretList: [] });
    expect((await look(secrets)).cursors).toEqual(['two']);
    expect((await look(secrets, 'two')).nodes).toEqual([]);
  });

  it('without its list is malformed: nothing may be removed for it', async () => {
    manager.on(ListSecretsCommand).resolves({});
    expect((await look(secrets)).row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
  });

  it('that is denied names the action', async () => {
    manager.on(ListSecretsCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(secrets);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'secretsmanager:ListSecrets' })]);
    expect(row.status).toBe('denied');
  });
});
