import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TrailDetails, toTrail, trails } from '../../../../src/connectors/aws/cloudtrail/trails.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const ARN = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const GROUP = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:trails`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/trails-to-logs`;

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
const aTrail = (overrides: Partial<Trail> = {}): Trail => ({
  Name: 'main',
  TrailARN: ARN,
  HomeRegion: REGION,
  S3BucketName: 'logs',
  IsOrganizationTrail: true,
  IsMultiRegionTrail: true,
  IncludeGlobalServiceEvents: true,
  LogFileValidationEnabled: true,
  KmsKeyId: KEY,
  CloudWatchLogsLogGroupArn: `${GROUP}:*`,
  CloudWatchLogsRoleArn: ROLE,
  HasCustomEventSelectors: true,
  HasInsightSelectors: false,
  ...overrides,
});

const NOTHING: TrailDetails = {
  status: { known: false },
  selectors: { known: false },
  tags: { known: false },
};

const convert = (overrides: Partial<Trail>, details: Partial<TrailDetails> = {}) =>
  sorted(toTrail(aTrail(overrides), HOME, { ...NOTHING, ...details }));

const cloudtrail = mockClient(CloudTrailClient);
beforeEach(() => {
  cloudtrail.reset();
  cloudtrail.on(DescribeTrailsCommand).resolves({ trailList: [aTrail()] });
  cloudtrail
    .on(GetTrailStatusCommand)
    .resolves({ IsLogging: true, LatestDeliveryTime: new Date('2026-01-02T03:04:05Z') });
  cloudtrail.on(GetEventSelectorsCommand).resolves({ EventSelectors: [{ ReadWriteType: 'All', DataResources: [] }] });
  cloudtrail.on(ListTagsCommand).resolves({
    ResourceTagList: [{ ResourceId: ARN, TagsList: [{ Key: 'team', Value: 'security' }] }],
  });
});

describe('a trail', () => {
  it('is a node with what it records and whether it does', async () => {
    const { nodes, row } = await look(trails);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_cloudtrail_trail', source_record_id: ARN });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'main',
      region: REGION,
      is_organization_trail: true,
      is_multi_region: true,
      includes_global_services: true,
      validates_log_files: true,
      has_insight_selectors: false,
      bucket: 'logs',
      key_prefix: null,
      encryption_key: KEY,
      log_group_arn: GROUP,
      log_group_role_arn: ROLE,
      topic_arn: null,
      is_logging: true,
      event_selectors: [
        {
          read_write_type: 'All',
          includes_management_events: true,
          excluded_management_event_sources: [],
          data_resources: [],
        },
      ],
      advanced_event_selectors: [],
      tags: [{ key: 'team', value: 'security' }],
    });
    expect(row.status).toBe('complete');
  });

  it('is stored where it says, and writes there as its role', async () => {
    const { edges } = await look(trails);
    expect(edges.map(({ edge_type, to }) => [edge_type, to.entity_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', 'aws_account', `arn:aws:iam::${ACCOUNT}:root`],
      ['STORED_IN', 'aws_s3_bucket', 'arn:aws:s3:::logs'],
      ['STORED_IN', 'aws_kms_key', KEY],
      ['STORED_IN', 'aws_log_group', GROUP],
      ['RUNS_AS', 'aws_iam_role', ROLE],
    ]);
  });

  it('is asked for without its shadows, so that an organization has its trail once', async () => {
    await look(trails);
    expect(cloudtrail.commandCalls(DescribeTrailsCommand)[0]?.args[0].input).toEqual({ includeShadowTrails: false });
  });

  it.each([
    ['of another region', { HomeRegion: 'us-east-1', TrailARN: ARN.replace(REGION, 'us-east-1') }],
    ['of the account that has the organization', { TrailARN: ARN.replace(ACCOUNT, '999999999999') }],
  ])('%s is told there, and not here', async (_, overrides) => {
    cloudtrail.on(DescribeTrailsCommand).resolves({ trailList: [aTrail(overrides)] });
    const { observations, row } = await look(trails);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('that delivered again is the same trail: the time is activity', async () => {
    const before = await look(trails);
    cloudtrail
      .on(GetTrailStatusCommand)
      .resolves({ IsLogging: true, LatestDeliveryTime: new Date('2026-05-05T00:00:00Z') });
    const after = await look(trails);
    expect(after.nodes).toEqual(before.nodes);
    expect(after.observations).toContainEqual(
      expect.objectContaining({
        kind: 'activity',
        name: 'delivery',
        value: {
          last_delivered_at: '2026-05-05T00:00:00.000Z',
          last_error: null,
          last_delivered_to_log_group_at: null,
        },
      }),
    );
  });

  it('without key and log group is stored in its bucket alone', () => {
    const { nodes, edges } = convert({
      KmsKeyId: undefined,
      CloudWatchLogsLogGroupArn: undefined,
      CloudWatchLogsRoleArn: undefined,
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.entity_type])).toEqual([
      ['BELONGS_TO', 'aws_account'],
      ['STORED_IN', 'aws_s3_bucket'],
    ]);
    expect(nodes[0]?.properties).toMatchObject({ encryption_key: null, log_group_arn: null });
  });

  it('whose key is named by an alias has no edge to it: which key that is today is not said', () => {
    const alias = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/trails`;
    const { nodes, edges } = convert({ KmsKeyId: alias });
    expect(edges.filter(({ to }) => to.entity_type === 'aws_kms_key')).toEqual([]);
    expect(nodes[0]?.properties.encryption_key).toBe(alias);
  });

  it('with advanced selectors has their fields in an order of ours', () => {
    const value = {
      AdvancedEventSelectors: [
        {
          Name: 'objects',
          FieldSelectors: [
            { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'eventName', NotStartsWith: ['Put', 'Delete'] },
          ],
        },
      ],
    };
    expect(convert({}, { selectors: { known: true, value } }).nodes[0]?.properties).toMatchObject({
      event_selectors: [],
      advanced_event_selectors: [
        {
          name: 'objects',
          fields: [
            { field: 'eventCategory', equals: ['Data'] },
            { field: 'eventName', not_starts_with: ['Delete', 'Put'] },
            { field: 'resources.type', equals: ['AWS::S3::Object'] },
          ],
        },
      ],
    });
  });

  it('of a bucket in another partition is stored in that partition', () => {
    const china = { ...HOME, partition: 'aws-cn' };
    const { edges } = sorted(toTrail(aTrail({ TrailARN: ARN.replace('aws', 'aws-cn') }), china, NOTHING));
    expect(edges.map(({ to }) => to.source_record_id)).toContain('arn:aws-cn:s3:::logs');
  });

  it('without an ARN is unreadable', () => {
    expect(() => convert({ TrailARN: undefined })).toThrow('the item has no TrailARN');
  });
});

describe('the trails of a region', () => {
  it('a refused status leaves its property out, and is no trail that is off', async () => {
    cloudtrail.on(GetTrailStatusCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(trails);
    expect(nodes[0]?.properties).not.toHaveProperty('is_logging');
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'cloudtrail:GetTrailStatus', item: ARN }),
    ]);
    expect(row.status).toBe('denied');
  });

  it.each([
    [
      'a status that does not say whether it logs',
      'cloudtrail:GetTrailStatus',
      () => cloudtrail.on(GetTrailStatusCommand),
    ],
    ['an answer without selectors', 'cloudtrail:GetEventSelectors', () => cloudtrail.on(GetEventSelectorsCommand)],
    ['an answer without tags', 'cloudtrail:ListTags', () => cloudtrail.on(ListTagsCommand)],
  ])('%s is one gap', async (_, action, call) => {
    call().resolves({});
    const { nodes, gaps } = await look(trails);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ action, item: ARN })]);
  });

  it('a trail that was deleted meanwhile is absent, one that makes no sense is one gap, and their sibling is there', async () => {
    const gone = `${ARN}-gone`;
    const all = [aTrail({ TrailARN: gone }), aTrail({ TrailARN: `${ARN}-odd`, Name: undefined }), aTrail()];
    cloudtrail.on(DescribeTrailsCommand).resolves({ trailList: all });
    cloudtrail.on(GetTrailStatusCommand, { Name: gone }).rejects(awsError('TrailNotFoundException'));
    const { nodes, gaps } = await look(trails);
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual([ARN]);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: `${ARN}-odd` })]);
  });

  it('that may not be listed are a gap, and no region without trails', async () => {
    cloudtrail.on(DescribeTrailsCommand).rejects(awsError('AccessDeniedException'));
    const { gaps, row } = await look(trails);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'cloudtrail:DescribeTrails' })]);
    expect(row.status).toBe('denied');
  });

  it('an answer without its list is malformed', async () => {
    cloudtrail.on(DescribeTrailsCommand).resolves({});
    expect((await look(trails)).row.status).toBe('failed');
  });
});
