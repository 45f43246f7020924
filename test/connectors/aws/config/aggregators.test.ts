import {
  ConfigServiceClient,
  type ConfigurationAggregator,
  DescribeConfigurationAggregatorsCommand,
} from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { aggregators, toAggregator } from '../../../../src/connectors/aws/config/aggregators.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const ARN = `arn:aws:config:${REGION}:${ACCOUNT}:config-aggregator/config-aggregator-x`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/org-reader`;

// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationAggregator.html
const anAggregator = (overrides: Partial<ConfigurationAggregator> = {}): ConfigurationAggregator => ({
  ConfigurationAggregatorName: 'everything',
  ConfigurationAggregatorArn: ARN,
  OrganizationAggregationSource: { RoleArn: ROLE, AllAwsRegions: true },
  CreationTime: new Date('2026-01-01T00:00:00Z'),
  LastUpdatedTime: new Date('2026-01-02T00:00:00Z'),
  ...overrides,
});

const aws = mockClient(ConfigServiceClient);
beforeEach(() => {
  aws.reset();
  aws.on(DescribeConfigurationAggregatorsCommand).resolves({ ConfigurationAggregators: [anAggregator()] });
});

describe('an aggregator', () => {
  it('of an organization asks it as a role', async () => {
    const { nodes, edges, row } = await look(aggregators);
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      name: 'everything',
      region: REGION,
      is_of_organization: true,
      organization_role_arn: ROLE,
      organization_regions: 'all',
      account_sources: [],
      created_at: '2026-01-01T00:00:00.000Z',
      created_by: null,
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['RUNS_AS', ROLE],
    ]);
    expect(row.status).toBe('complete');
  });

  it('of accounts names them, and runs as nobody', () => {
    const { nodes, edges } = sorted(
      toAggregator(
        anAggregator({
          OrganizationAggregationSource: undefined,
          AccountAggregationSources: [{ AccountIds: ['222222222222', '111111111111'], AwsRegions: [REGION] }],
        }),
        HOME,
      ),
    );
    expect(nodes[0]?.properties).toMatchObject({
      is_of_organization: false,
      organization_role_arn: null,
      account_sources: [{ account_ids: ['111111111111', '222222222222'], regions: [REGION] }],
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('that makes no sense is one gap, and its sibling is there', async () => {
    const odd = anAggregator({ ConfigurationAggregatorArn: undefined, ConfigurationAggregatorName: 'odd' });
    aws.on(DescribeConfigurationAggregatorsCommand).resolves({ ConfigurationAggregators: [odd, anAggregator()] });
    const { nodes, gaps } = await look(aggregators);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'odd' })]);
  });
});

describe('the aggregators of a region', () => {
  it('come page by page, and go on at a cursor', async () => {
    aws.on(DescribeConfigurationAggregatorsCommand).resolves({ ConfigurationAggregators: [], NextToken: '2' });
    aws
      .on(DescribeConfigurationAggregatorsCommand, { NextToken: '2' })
      .resolves({ ConfigurationAggregators: [anAggregator()] });
    expect((await look(aggregators)).cursors).toEqual(['2']);
    expect((await look(aggregators, '2')).nodes).toHaveLength(1);
  });

  it('that may not be listed are a gap; an answer without its list is malformed', async () => {
    aws.on(DescribeConfigurationAggregatorsCommand).rejects(awsError('AccessDeniedException'));
    expect((await look(aggregators)).row.status).toBe('denied');
    aws.on(DescribeConfigurationAggregatorsCommand).resolves({});
    expect((await look(aggregators)).row.status).toBe('failed');
  });
});
