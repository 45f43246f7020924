import {
  ConfigServiceClient,
  PutConfigRuleCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
beforeAll(async () => {
  spoke = await startSpoke();
  const client = spoke.root(ConfigServiceClient);
  await client.send(
    new PutConfigurationRecorderCommand({
      ConfigurationRecorder: {
        name: 'default',
        roleARN: `arn:aws:iam::${spoke.account}:role/config-recorder`,
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      },
    }),
  );
  await client.send(
    new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName: 'emulated-config' } }),
  );
  await client.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
  for (const rule of [
    { ConfigRuleName: 'managed', Source: { Owner: 'AWS', SourceIdentifier: 'ACCESS_KEYS_ROTATED' } },
    { ConfigRuleName: 'own', Source: { Owner: 'CUSTOM_LAMBDA', SourceIdentifier: functionArn() } },
  ] as const) {
    await client.send(
      new PutConfigRuleCommand({ ConfigRule: { ...rule, InputParameters: '{"maxAccessKeyAge":"90"}' } }),
    );
  }
});
afterAll(() => spoke?.stop());

const functionArn = () => `arn:aws:lambda:${spoke.region}:${spoke.account}:function:judge`;

test('a recorder is seen with its role, its bucket and whether it records', async () => {
  const { by } = await spoke.collect('aws_config');
  const seen = by['config.recorders'];
  expect(seen?.row.status).toBe('complete');
  expect(seen?.nodes).toEqual([
    expect.objectContaining({
      entity_type: 'aws_config_recorder',
      properties: expect.objectContaining({ is_recording: true, records_all_supported: true }),
    }),
  ]);
  expect(seen?.edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
    ['BELONGS_TO', `arn:aws:iam::${spoke.account}:root`],
    ['RUNS_AS', `arn:aws:iam::${spoke.account}:role/config-recorder`],
    ['STORED_IN', 'arn:aws:s3:::emulated-config'],
  ]);
});

test('rules are seen with their sources, the function that one asks and how the account fares', async () => {
  const { by } = await spoke.collect('aws_config');
  const seen = by['config.rules'];
  expect(seen?.row.status).toBe('complete');
  expect(seen?.nodes.map(({ properties }) => [properties.name, properties.source_identifier])).toEqual([
    ['managed', 'ACCESS_KEYS_ROTATED'],
    ['own', functionArn()],
  ]);
  expect(seen?.edges.filter(({ edge_type }) => edge_type === 'INVOKES')).toEqual([
    expect.objectContaining({ to: expect.objectContaining({ source_record_id: functionArn() }) }),
  ]);
  const compliance = { status: 'INSUFFICIENT_DATA', noncompliant_resources: null, or_more: false };
  expect(seen?.observations.filter(({ kind }) => kind === 'activity')).toEqual([
    expect.objectContaining({ name: 'compliance', value: compliance }),
    expect.objectContaining({ name: 'compliance', value: compliance }),
  ]);
});

test('compliance that the account keeps from the spoke role is a gap, and the rules are there', async () => {
  const { by } = await spoke.without(['config:DescribeComplianceByConfigRule'], () => spoke.collect('aws_config'));
  const seen = by['config.rules'];
  expect(seen?.nodes).toHaveLength(2);
  expect(seen?.gaps).toEqual([
    expect.objectContaining({ code: 'access_denied', action: 'config:DescribeComplianceByConfigRule' }),
  ]);
});
