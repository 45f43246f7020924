import {
  ConfigServiceClient,
  type ConfigurationRecorder,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelsCommand,
} from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { recorders, toRecorder } from '../../../../src/connectors/aws/config/recorders.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const ARN = `arn:aws:config:${REGION}:${ACCOUNT}:configuration-recorder/default/abc123`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/k`;

// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorder.html
const aRecorder = (overrides: Partial<ConfigurationRecorder> = {}): ConfigurationRecorder => ({
  arn: ARN,
  name: 'default',
  roleARN: ROLE,
  recordingGroup: {
    allSupported: false,
    includeGlobalResourceTypes: false,
    resourceTypes: [],
    exclusionByResourceTypes: { resourceTypes: ['AWS::IAM::User', 'AWS::EC2::Volume'] },
    recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
  },
  recordingMode: {
    recordingFrequency: 'CONTINUOUS',
    recordingModeOverrides: [{ resourceTypes: ['AWS::IAM::Role'], recordingFrequency: 'DAILY' }],
  },
  recordingScope: 'PAID',
  ...overrides,
});

const aws = mockClient(ConfigServiceClient);
const status = (overrides = {}) => ({ name: 'default', recording: true, lastStatus: 'Success' as const, ...overrides });
beforeEach(() => {
  aws.reset();
  aws.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [aRecorder()] });
  aws.on(DescribeConfigurationRecorderStatusCommand).resolves({ ConfigurationRecordersStatus: [status()] });
  aws.on(DescribeDeliveryChannelsCommand).resolves({
    DeliveryChannels: [{ name: 'default', s3BucketName: 'logs', s3KmsKeyArn: KEY }],
  });
});

const convert = (overrides: Partial<ConfigurationRecorder>) =>
  sorted(toRecorder(aRecorder(overrides), HOME, { status: { known: false }, channel: { known: false } }));

describe('a recorder', () => {
  it('is a node with what it records, and whether it does', async () => {
    const { nodes, row } = await look(recorders);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'default',
      region: REGION,
      role_arn: ROLE,
      service_principal: null,
      recording_scope: 'PAID',
      records_all_supported: false,
      records_global_types: false,
      recording_strategy: 'EXCLUSION_BY_RESOURCE_TYPES',
      resource_types: [],
      excluded_resource_types: ['AWS::EC2::Volume', 'AWS::IAM::User'],
      frequency: 'CONTINUOUS',
      frequency_overrides: [{ resource_types: ['AWS::IAM::Role'], frequency: 'DAILY' }],
      is_recording: true,
      bucket: 'logs',
      key_prefix: null,
      encryption_key: KEY,
      topic_arn: null,
    });
    expect(row.status).toBe('complete');
  });

  it('runs as its role, and is stored in its bucket', async () => {
    const { edges } = await look(recorders);
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['RUNS_AS', ROLE],
      ['STORED_IN', 'arn:aws:s3:::logs'],
      ['STORED_IN', KEY],
    ]);
  });

  it('whose last delivery failed is the same recorder: how it fares is activity', async () => {
    const before = await look(recorders);
    aws.on(DescribeConfigurationRecorderStatusCommand).resolves({
      ConfigurationRecordersStatus: [status({ lastStatus: 'Failure', lastErrorCode: 'AccessDenied' })],
    });
    const after = await look(recorders);
    expect(after.nodes).toEqual(before.nodes);
    expect(after.observations).toContainEqual(
      expect.objectContaining({
        kind: 'activity',
        name: 'recording',
        value: expect.objectContaining({ last_status: 'Failure', last_error_code: 'AccessDenied' }),
      }),
    );
  });

  it('that was stopped is another fact', async () => {
    aws.on(DescribeConfigurationRecorderStatusCommand).resolves({
      ConfigurationRecordersStatus: [status({ recording: false })],
    });
    expect((await look(recorders)).nodes[0]?.properties.is_recording).toBe(false);
  });

  it('without an ARN is named by what is unique in its region', () => {
    expect(convert({ arn: undefined }).nodes[0]?.source_record_id).toBe(
      `arn:aws:config:${REGION}:${ACCOUNT}:configuration-recorder/default`,
    );
  });

  it('without a group says what it does not say', () => {
    const properties = convert({ recordingGroup: undefined, recordingMode: undefined }).nodes[0]?.properties;
    expect(properties).toMatchObject({ records_all_supported: false, resource_types: [] });
    expect(properties).not.toHaveProperty('frequency');
  });

  it('without a delivery channel is stored nowhere', async () => {
    aws.on(DescribeDeliveryChannelsCommand).resolves({ DeliveryChannels: [] });
    const { nodes, edges } = await look(recorders);
    expect(nodes[0]?.properties.bucket).toBeNull();
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO', 'RUNS_AS']);
  });

  it('without a name is unreadable', () => {
    expect(() => convert({ name: undefined })).toThrow('the item has no name');
  });
});

describe('the recorder of a region', () => {
  it('where there is none takes one call', async () => {
    aws.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [] });
    expect((await look(recorders)).observations).toEqual([]);
    expect(aws.calls()).toHaveLength(1);
  });

  it('whose status is refused is not one that is off', async () => {
    aws.on(DescribeConfigurationRecorderStatusCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(recorders);
    expect(nodes[0]?.properties).not.toHaveProperty('is_recording');
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', item: ARN })]);
  });

  it('whose status is not in the answer is one gap', async () => {
    aws.on(DescribeConfigurationRecorderStatusCommand).resolves({ ConfigurationRecordersStatus: [] });
    const { nodes, gaps } = await look(recorders);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({ action: 'config:DescribeConfigurationRecorderStatus', item: ARN }),
    ]);
  });

  it('that may not be listed is a gap; an answer without its list is malformed', async () => {
    aws.on(DescribeConfigurationRecordersCommand).rejects(awsError('AccessDeniedException'));
    expect((await look(recorders)).row.status).toBe('denied');
    aws.on(DescribeConfigurationRecordersCommand).resolves({});
    expect((await look(recorders)).row.status).toBe('failed');
  });
});
