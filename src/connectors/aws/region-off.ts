import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { SourceFailure } from '../source-failure.ts';
import { isUnknownHost, mayBeRegionOff } from './aws-failure.ts';
import type { AwsClientFactory } from './clients.ts';

/** The call that every session may make, whatever its policies: it tells a dead session from a dead region. */
export const WHO_AM_I = 'sts:GetCallerIdentity';

/**
 * Why nothing could be listed in a region without anything being wrong; undefined where something is.
 * A region that is off refuses good credentials as invalid; a service that is not in a region has no host name there.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
export async function regionOffReason(
  failure: SourceFailure,
  where: { readonly region: string; readonly home: string },
  client: AwsClientFactory,
): Promise<string | undefined> {
  if (where.region === where.home) return undefined;
  if (mayBeRegionOff(failure.cause) && (await sessionWorksIn(where.home, client))) {
    return `region ${where.region} is not enabled in this account`;
  }
  if (isUnknownHost(failure.cause) && (await sessionWorksIn(where.region, client))) {
    return `the service is not in region ${where.region}`;
  }
  return undefined;
}

async function sessionWorksIn(region: string, client: AwsClientFactory): Promise<boolean> {
  try {
    await client(STSClient, region).send(new GetCallerIdentityCommand({}));
    return true;
  } catch {
    return false;
  }
}
