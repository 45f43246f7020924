import type { ErrorCode } from '../../kernel/failures.ts';
import { SourceFailure } from '../source-failure.ts';

/** AWS's services do not agree on a word for no. */
const DENIED = names(
  'AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException UnauthorizedOperation',
  'UnauthorizedException NotAuthorized Forbidden AllAccessDisabled KMSAccessDeniedException KmsAccessDeniedException OrganizationAccessDeniedException',
);
const ORGANIZATION_MISSING = names('AWSOrganizationsNotInUseException');
const THROTTLED = names(
  'Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException SlowDown',
  'TooManyRequestsException RequestLimitExceeded BandwidthLimitExceeded LimitExceededException EC2ThrottledException',
  'ProvisionedThroughputExceededException PriorRequestNotComplete TransactionInProgressException KmsThrottlingException',
);
const TIMED_OUT = names('TimeoutError RequestTimeout RequestTimeoutException ETIMEDOUT ESOCKETTIMEDOUT AbortError');
const UNREACHABLE = names(
  'ENOTFOUND EAI_AGAIN EAI_FAIL ECONNREFUSED ECONNRESET ECONNABORTED EPIPE EHOSTUNREACH ENETUNREACH ENETDOWN EPROTO',
  'CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID ERR_STREAM_PREMATURE_CLOSE HPE_INVALID_CONSTANT',
);
const BAD_CREDENTIALS = names(
  'ExpiredToken ExpiredTokenException TokenRefreshRequired InvalidClientTokenId UnrecognizedClientException AuthFailure',
  'InvalidAccessKeyId InvalidToken SignatureDoesNotMatch InvalidSignatureException CredentialsProviderError',
  'IncompleteSignature MissingAuthenticationToken MissingAuthenticationTokenException',
);
const REGION_OFF = names('OptInRequired RegionDisabledException InvalidRegionException SubscriptionRequiredException');
const NOT_OFFERED = names('UnknownOperationException InvalidAction');
const GONE = names(
  'NoSuchEntity NoSuchEntityException NoSuchBucket ResourceNotFound ResourceNotFoundException NotFound NotFoundException',
  'TableNotFoundException StateMachineDoesNotExist RepositoryNotFoundException ClusterNotFoundException ServiceNotFoundException',
  'TrailNotFoundException NoSuchConfigRuleException NoSuchConformancePackException',
  'QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue',
);

/** The answer came, but is not what the API promises. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** The words that an error of the SDK goes by: its name and its code. */
export function namesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? [error.name, code] : [error.name];
}

const is = (error: unknown, words: ReadonlySet<string>): boolean => namesOf(error).some((name) => words.has(name));

/** Whether AWS says that the thing asked about does not exist. */
export const isGone = (error: unknown): boolean => is(error, GONE);

/** Whether AWS refused for a reason that may be the region and not us. */
export const mayBeRegionOff = (error: unknown): boolean => is(error, REGION_OFF) || is(error, BAD_CREDENTIALS);

/** Whether the service answers that it has no such call: some offer less in one region than in another. */
export const isNotOffered = (error: unknown): boolean => is(error, NOT_OFFERED);

/** Whether the host name of the service is unknown: not there in this region, or no network. */
export const isUnknownHost = (error: unknown): boolean => namesOf(error).includes('ENOTFOUND');

/** Which failure of AWS an error is; undefined where it is none (a bug of ours, or a request that AWS calls invalid). */
export function awsFailureCode(error: unknown, action: string): ErrorCode | undefined {
  if (error instanceof MalformedAnswer) return 'source_unreachable';
  const ofOrganization = action.startsWith('organizations:');
  if (is(error, DENIED)) return ofOrganization ? 'organization_access_denied' : 'access_denied';
  if (is(error, ORGANIZATION_MISSING)) return 'organization_access_denied';
  if (is(error, THROTTLED) || statusOf(error) === 429) return 'throttled';
  // The SDK calls a reset socket a TimeoutError too: the code of the socket tells more.
  if (is(error, UNREACHABLE)) return 'source_unreachable';
  if (is(error, TIMED_OUT)) return 'timeout';
  if (is(error, BAD_CREDENTIALS) || is(error, REGION_OFF)) return 'credentials_invalid';
  if (isNotOffered(error) || isUnparsable(error) || isServerFault(error)) return 'source_unreachable';
  return undefined;
}

/** The failure with the call that met it, ready to become a gap; undefined where it is not AWS's. */
export function awsFailure(error: unknown, what: { readonly action: string; readonly item?: string }) {
  const code = awsFailureCode(error, what.action);
  if (code === undefined) return undefined;
  const item = what.item === undefined ? {} : { item: what.item };
  return new SourceFailure({ kind: 'gap', code, action: what.action, ...item, message: wordsOf(error) }, error);
}

/** AWS's own words, on one line and not endless. The SDK's hint about hidden fields is of no use to a reader. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text
    .replace(/Deserialization error: to see the raw response.*/s, 'the answer could not be parsed')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 500);
}

/** The SDK hangs the response on what its parsers throw; an error that AWS itself sent has `$fault` besides. */
const isUnparsable = (error: unknown): boolean =>
  error instanceof Error && '$response' in error && !('$fault' in error);

function isServerFault(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 500;
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error
    ? (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode
    : undefined;

function names(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(' ')));
}
