import { CreateAliasCommand, CreateGrantCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
let key: string;
let collected: Collected;

beforeAll(async () => {
  spoke = await startSpoke();
  key = await seed(spoke);
  collected = await spoke.collect('aws_secrets');
});
afterAll(() => spoke?.stop());

/** A key with a grant and an alias, and a secret and parameters that it encrypts. */
async function seed({ root, account, other_account }: Spoke): Promise<string> {
  const kms = root(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags: [{ TagKey: 'team', TagValue: 'data' }] }));
  const KeyId = KeyMetadata?.Arn ?? '';
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/emulated', TargetKeyId: KeyId }));
  const GranteePrincipal = `arn:aws:iam::${account}:root`;
  await kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Decrypt'] }));
  const secrets = root(SecretsManagerClient);
  const { ARN } = await secrets.send(
    new CreateSecretCommand({
      Name: 'emulated/password',
      SecretString: 'a value that nobody may see',
      KmsKeyId: KeyId,
      Tags: [{ Key: 'data-classification', Value: 'secret' }],
    }),
  );
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${other_account}:root` },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  };
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await secrets.send(new PutResourcePolicyCommand({ SecretId: ARN, ResourcePolicy }));
  const ssm = root(SSMClient);
  const Value = 'another value that nobody may see';
  await ssm.send(new PutParameterCommand({ Name: '/emulated/plain', Type: 'String', Value }));
  await ssm.send(new PutParameterCommand({ Name: '/emulated/secret', Type: 'SecureString', KeyId, Value }));
  return KeyId;
}

const named = (name: string) => collected.nodes.find(({ display_name }) => display_name === name);

test('every collector of the category is through', () => {
  expect(collected.gaps).toEqual([]);
  expect(collected.coverage).toEqual({
    'secretsmanager.secrets': 'complete',
    'ssm.parameters': 'complete',
    'kms.keys': 'complete',
  });
});

// The emulator's listing does not name the key of a secret, as AWS's does: that is tested on recorded shapes.
test('a secret shows its tags and whom its policy names, and never its value', () => {
  const documents = collected.observations.filter((seen) => seen.kind === 'policy_document');
  const secret = named('emulated/password');
  expect(secret).toMatchObject({
    entity_type: 'aws_secretsmanager_secret',
    properties: { tags: [{ key: 'data-classification', value: 'secret' }] },
  });
  const policy = documents.find(({ hash }) => hash === secret?.properties.resource_policy_hash);
  expect(JSON.stringify(policy)).toContain(spoke.other_account);
  expect(JSON.stringify(collected)).not.toContain('nobody may see');
});

test('parameters are there by type, and secret ones with their key', () => {
  expect(named('/emulated/plain')?.properties).toMatchObject({ type: 'String', encryption_key: null });
  expect(named('/emulated/secret')?.properties).toMatchObject({ type: 'SecureString', encryption_key: key });
});

test('a key shows its name, its policy and its grants', () => {
  expect(named('alias/emulated')).toMatchObject({
    source_record_id: key,
    properties: {
      manager: 'CUSTOMER',
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      grants: [expect.objectContaining({ operations: ['Decrypt'] })],
      tags: [{ key: 'team', value: 'data' }],
    },
  });
});

test('everything belongs to its account', () => {
  const home = expect.objectContaining({ source_record_id: `arn:aws:iam::${spoke.account}:root` });
  for (const { source_record_id } of collected.nodes) {
    const from = expect.objectContaining({ source_record_id });
    expect(collected.edges).toContainEqual(expect.objectContaining({ edge_type: 'BELONGS_TO', from, to: home }));
  }
});

test('what the account denies the spoke role is a gap that names it, and the rest goes on', async () => {
  const denied = await spoke.without(['kms:GetKeyPolicy', 'ssm:DescribeParameters'], () =>
    spoke.collect('aws_secrets'),
  );
  expect(denied.coverage).toEqual({
    'secretsmanager.secrets': 'complete',
    'ssm.parameters': 'denied',
    'kms.keys': 'denied',
  });
  expect(new Set(denied.gaps.map(({ action }) => action))).toEqual(
    new Set(['kms:GetKeyPolicy', 'ssm:DescribeParameters']),
  );
});
