import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '../../kernel/arn.ts';
import { AppError, type ErrorCode } from '../../kernel/failures.ts';
import { awsFailureCode, wordsOf } from './aws-failure.ts';
import type { AwsClientFactory, AwsCredentials } from './clients.ts';

/** The one action by which sessions are opened. */
export const ASSUME_ROLE = 'sts:AssumeRole';

/** The longest session that a role assumed from a function's own role may have. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const SESSION_SECONDS = 3_600;

/** A role to be assumed, and what its trust policy asks for. */
export interface RoleToAssume {
  readonly role_arn: string;
  readonly external_id: string;
  readonly session_name: string;
  /** What a refusal is called: the roles of accounts and of the organization have different remedies. */
  readonly refusal: Extract<
    ErrorCode,
    'assume_role_denied' | 'management_account_role_denied' | 'organization_access_denied'
  >;
}

/**
 * Credentials of a role; `over` ends the call. Throws AppError: the `refusal`, or `throttled`, `timeout`,
 * `source_unreachable`, `credentials_invalid`.
 */
export async function assumeRole(
  client: AwsClientFactory,
  role: RoleToAssume,
  over?: AbortSignal,
): Promise<AwsCredentials> {
  try {
    const { Credentials } = await client(STSClient).send(
      new AssumeRoleCommand({
        RoleArn: role.role_arn,
        RoleSessionName: sessionName(role.session_name),
        ExternalId: role.external_id,
        DurationSeconds: SESSION_SECONDS,
      }),
      over && { abortSignal: over },
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw refused(role, 'source_unreachable', 'no credentials came');
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } catch (error) {
    const code = awsFailureCode(error, ASSUME_ROLE);
    if (code === undefined) throw error;
    throw refused(role, code === 'access_denied' ? role.refusal : code, wordsOf(error), error);
  }
}

function refused(role: RoleToAssume, code: ErrorCode, said: string, cause?: unknown): AppError {
  const arn = parseArn(role.role_arn);
  return new AppError(code, `${role.role_arn}: ${said}`, {
    cause,
    details: {
      action: ASSUME_ROLE,
      account_id: arn?.account,
      role_name: arn?.resource.replace(/^role\//, ''),
      role_arn: role.role_arn,
      said,
      endpoint: 'sts',
    },
  });
}

/** STS takes 2 to 64 characters of a small alphabet. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sessionName = (name: string): string =>
  name
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, 64)
    .padEnd(2, '-');
