import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { regionsByDefault } from '../../../../src/connectors/aws/default-regions.ts';
import { enabledRegions } from '../../../../src/connectors/aws/regions/enabled-regions.ts';
import { awsError, look } from '../look.ts';

const accounts = mockClient(AccountClient);
beforeEach(() => void accounts.reset());

describe('the regions of an account', () => {
  it('are those that are enabled, in an order of their own, over pages', async () => {
    accounts
      .on(ListRegionsCommand)
      .resolves({ Regions: [{ RegionName: 'us-east-1' }], NextToken: 'n' })
      .on(ListRegionsCommand, { NextToken: 'n' })
      .resolves({ Regions: [{ RegionName: 'eu-west-1' }] });
    const { nodes, row } = await look(enabledRegions);
    expect(nodes).toMatchObject([
      {
        entity_type: 'aws_account',
        source_record_id: 'arn:aws:iam::111111111111:root',
        properties: { account_id: '111111111111', enabled_regions: ['eu-west-1', 'us-east-1'] },
        api: 'account:ListRegions',
      },
    ]);
    expect(accounts.commandCalls(ListRegionsCommand)[0]?.args[0].input).toMatchObject({
      RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
    });
    expect(row.status).toBe('complete');
  });

  it.each([
    [
      'may not be read',
      () => accounts.on(ListRegionsCommand).rejects(awsError('AccessDeniedException')),
      { code: 'access_denied', status: 'denied' },
    ],
    [
      'come without their list',
      () => accounts.on(ListRegionsCommand).resolves({}),
      { code: 'source_unreachable', status: 'failed' },
    ],
    [
      'are none at all, which cannot be',
      () => accounts.on(ListRegionsCommand).resolves({ Regions: [] }),
      { code: 'source_unreachable', status: 'failed' },
    ],
  ])('that %s are a gap, and no list', async (_, arrange, { code, status }) => {
    arrange();
    const { nodes, gaps, row } = await look(enabledRegions);
    expect([nodes, row.status]).toEqual([[], status]);
    expect(gaps).toEqual([expect.objectContaining({ code, action: 'account:ListRegions' })]);
  });
});

describe('the regions that are enabled in every account', () => {
  it.each([
    ['aws', 'eu-west-1', 17],
    ['aws-cn', 'cn-north-1', 2],
    ['aws-us-gov', 'us-gov-west-1', 2],
  ])('of %s are known, %s among them', (partition, region, count) => {
    const regions = regionsByDefault({ partition, region });
    expect(regions).toHaveLength(count);
    expect(regions).toContain(region);
    expect(new Set(regions).size).toBe(count);
  });

  it('are the own region of a hub in a partition that is not known', () => {
    expect(regionsByDefault({ partition: 'aws-iso', region: 'us-iso-east-1' })).toEqual(['us-iso-east-1']);
  });
});
