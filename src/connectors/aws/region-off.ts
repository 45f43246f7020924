import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { SourceFailure } from '../source-failure.ts';
import { isNotOffered, isUnknownHost, mayBeRegionOff, namesOf } from './aws-failure.ts';
import type { AwsClientFactory } from './clients.ts';

/** Said of a region that is off in an account. */
export const notEnabled = (region: string): string => `region ${region} is not enabled in this account`;

/** What a service says of itself alone: it may be that the account never signed up for it. */
const OF_ONE_SERVICE: ReadonlySet<string> = new Set(['OptInRequired', 'SubscriptionRequiredException']);

/** Whether a failure that `regionOffReason` explains concerns every service of the region. */
export const concernsWholeRegion = (reason: string | undefined, failure: SourceFailure, region: string): boolean =>
  reason === notEnabled(region) && !namesOf(failure.cause).some((name) => OF_ONE_SERVICE.has(name));

/** The call that every session may make, whatever its policies: it tells a dead session from a dead region. */
export const WHO_AM_I = 'sts:GetCallerIdentity';

/**
 * Why nothing could be listed in a region without anything being wrong; undefined where something is.
 * A region that is off refuses good credentials as invalid; a service that is not in a region has no host name there, and
 * one that offers less there than elsewhere does not know the call. The hub's own region is not off, but may lack a service.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
export async function regionOffReason(
  failure: SourceFailure,
  where: { readonly region: string; readonly home: string },
  client: AwsClientFactory,
): Promise<string | undefined> {
  if (isNotOffered(failure.cause)) return `the service does not offer ${failure.gap.action} in region ${where.region}`;
  const away = where.region !== where.home;
  if (away && mayBeRegionOff(failure.cause) && (await sessionWorksIn(where.home, client))) {
    return notEnabled(where.region);
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
