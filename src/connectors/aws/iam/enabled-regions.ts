import { AccountClient, ListRegionsCommand, type ListRegionsResponse } from '@aws-sdk/client-account';
import type { Gap } from '../../../observations/observation.ts';
import { required } from '../properties.ts';
import { listed, pages, type Reading, readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';

/** Needs less than `ec2:DescribeRegions`: an action that is about regions and nothing else. */
export const LIST_REGIONS = 'account:ListRegions';

/**
 * The regions that are enabled in an account, sorted: by default, or because somebody opted in. Only the `aws` partition has
 * regions to opt into; elsewhere nothing is asked, and nothing said.
 * https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
 */
export async function* enabledRegions(
  session: AwsSession,
  item: string,
): AsyncGenerator<Gap, Reading<readonly string[]>, undefined> {
  if (session.partition !== 'aws') return { known: false };
  return yield* readItem({ action: LIST_REGIONS, item }, async () => {
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
    return regions.sort();
  });
}
