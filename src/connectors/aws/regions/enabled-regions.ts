import { AccountClient, ListRegionsCommand, type ListRegionsResponse } from '@aws-sdk/client-account';
import { AWS_REGIONS_CATEGORY } from '../categories.ts';
import { accountRef } from '../entity-ref.ts';
import { required } from '../properties.ts';
import { listed, malformed, pages } from '../reading.ts';
import type { AwsCollector } from '../session.ts';

/** Needs less than `ec2:DescribeRegions`: an action that is about regions and nothing else. */
const LIST_REGIONS = 'account:ListRegions';

/**
 * The regions that are enabled in an account, sorted: by default, or because somebody opted in. Only the `aws` partition has
 * regions to opt into; elsewhere nothing is asked.
 * https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
 */
export const enabledRegions: AwsCollector = {
  id: 'account.regions',
  category: AWS_REGIONS_CATEGORY,
  regional: false,
  entity_types: ['aws_account'],
  edge_types: [],
  actions: [LIST_REGIONS],
  skip: ({ partition }) =>
    partition === 'aws' ? undefined : `the partition ${partition} has no regions that could be off`,
  async *collect(session) {
    const regions: string[] = [];
    const listing = pages<ListRegionsResponse>({
      action: LIST_REGIONS,
      fetch: (NextToken) =>
        session.client(AccountClient).send(
          new ListRegionsCommand({
            RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
            MaxResults: 50,
            NextToken,
          }),
        ),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      for (const { RegionName } of listed(LIST_REGIONS, page.Regions)) regions.push(required(RegionName, 'RegionName'));
    }
    // Most regions cannot be turned off: an account without any would be looked at nowhere, and all of it would be taken for gone.
    if (regions.length === 0) throw malformed(LIST_REGIONS, 'the account has no region at all');
    yield {
      kind: 'node',
      ...accountRef(session.account, session),
      display_name: session.account,
      properties: { account_id: session.account, enabled_regions: regions.sort() },
      api: LIST_REGIONS,
    };
  },
};
