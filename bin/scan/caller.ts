import { DescribeOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { ASSUME_ROLE, assumeRole } from '../../src/connectors/aws/assume-role.ts';
import { awsFailureCode, namesOf, wordsOf } from '../../src/connectors/aws/aws-failure.ts';
import { type AwsClients, type AwsCredentials, awsClients, CallCounter } from '../../src/connectors/aws/clients.ts';
import type { HubTerms } from '../../src/control/connector-instance.ts';
import { parseArn } from '../../src/kernel/arn.ts';
import { remedyFor } from '../../src/kernel/error-facts.ts';
import { AppError } from '../../src/kernel/failures.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { UsageError } from '../usage-error.ts';
import { ScanFailure } from './scan-failure.ts';

/** Whose credentials a scan looks with. */
export interface AwsCaller {
  readonly account_id: AccountId;
  readonly arn: string;
  readonly partition: string;
  /** For STS and for services that are global. */
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** What was said about whom to be. */
export interface Wanted {
  /** Of the shared configuration. @default the SDK's default chain */
  readonly profile?: string | undefined;
  /** Where neither the environment nor the profile names a region. */
  readonly region?: string | undefined;
}

/**
 * Asks STS who the caller is.
 * @throws UsageError where nothing says the region, ScanFailure where the credentials are missing, expired or wrong.
 */
export async function identified({ profile, region }: Wanted): Promise<AwsCaller> {
  const credentials = profile === undefined ? fromNodeProviderChain() : fromIni({ profile });
  const named = profile === undefined ? {} : { profile };
  const home = await regionOf(new STSClient(named), region);
  const sts = new STSClient({ ...named, region: home, credentials });
  try {
    const { Account: account_id, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
    const partition = arn && parseArn(arn)?.partition;
    if (!account_id || !arn || !partition) throw new Error('sts:GetCallerIdentity did not say who is asking');
    return { account_id, arn, partition, region: home, credentials };
  } catch (error) {
    throw refused(error, profile) ?? error;
  } finally {
    sts.destroy();
  }
}

async function regionOf(sts: STSClient, otherwise: string | undefined): Promise<string> {
  try {
    return await sts.config.region();
  } catch (error) {
    if (otherwise !== undefined) return otherwise;
    throw new UsageError('which region? Name it with --regions, set AWS_REGION, or give the profile a region', {
      cause: error,
    });
  } finally {
    sts.destroy();
  }
}

/** A failure of the credentials in words; undefined for anything else. */
function refused(error: unknown, profile: string | undefined): ScanFailure | undefined {
  const whose = profile === undefined ? 'the AWS credentials' : `the AWS credentials of profile ${profile}`;
  const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
  const said = wordsOf(error);
  const names = namesOf(error);
  if (/expired/i.test(names.join(' ')) || /expired/i.test(said)) {
    return new ScanFailure('credentials_invalid', `${whose} have expired: ${said}`, `Renew them: ${login}`, error);
  }
  if (names.includes('CredentialsProviderError')) {
    const remedy =
      profile === undefined
        ? 'Name a profile with --profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
        : `Is ${profile} in the shared configuration (aws configure list-profiles)? If it signs in by SSO: ${login}`;
    return new ScanFailure('credentials_invalid', `${whose} were not found: ${said}`, remedy, error);
  }
  const code = awsFailureCode(error, 'sts:GetCallerIdentity');
  if (code === undefined) return undefined;
  const remedy =
    code === 'credentials_invalid'
      ? `Renew them: ${login}`
      : remedyFor(code, { endpoint: 'sts', action: 'sts:GetCallerIdentity' });
  return new ScanFailure(code, `${whose} were refused: ${said}`, remedy, error);
}

/** Through which role an organization is listed, and with which words. */
export interface OrganizationAccess {
  /** @default the caller's own rights */
  readonly role_arn?: string | undefined;
  readonly external_id: string;
}

/**
 * The organization that is to be scanned, as the hub's configuration would name it.
 * @throws ScanFailure where it cannot be asked for.
 */
export async function organizationOf(
  caller: AwsCaller,
  { role_arn, external_id }: OrganizationAccess,
): Promise<Omit<NonNullable<HubTerms['organization']>, 'tenant_id'>> {
  const entering = clientsOf(caller, ASSUME_ROLE, caller.credentials);
  try {
    const role = role_arn && {
      role_arn,
      external_id,
      session_name: 'throughline-scan',
      refusal: 'organization_access_denied' as const,
    };
    const listing = clientsOf(caller, DESCRIBE, role ? await assumeRole(entering.client, role) : caller.credentials);
    try {
      const described = await listing.client(OrganizationsClient).send(new DescribeOrganizationCommand({}));
      const { Id: id, MasterAccountId: management_account_id } = described.Organization ?? {};
      if (!id || !management_account_id) throw new Error(`${DESCRIBE} did not say which organization it is`);
      return { id, management_account_id };
    } finally {
      listing.destroy();
    }
  } catch (error) {
    throw notListed(error);
  } finally {
    entering.destroy();
  }
}

const DESCRIBE = 'organizations:DescribeOrganization';

const clientsOf = ({ region }: AwsCaller, action: string, credentials: AwsCredentials): AwsClients =>
  awsClients({
    config: {
      credentials,
      requestHandler: {},
      retryMode: 'standard',
      maxAttempts: 3,
      forcePathStyle: false,
      followRegionRedirects: false,
    },
    region,
    calls: new CallCounter(),
    declared: { by: 'scan', actions: [action] },
  });

function notListed(error: unknown): unknown {
  const code = error instanceof AppError ? error.code : awsFailureCode(error, DESCRIBE);
  if (code === undefined) return error;
  const details = error instanceof AppError ? error.details : { action: DESCRIBE, endpoint: 'organizations' };
  return new ScanFailure(code, `the organization cannot be listed: ${wordsOf(error)}`, remedyFor(code, details), error);
}
