import type { CompiledPolicy } from './compile.ts';
import type { ConditionTest } from './condition.ts';
import type { Statement } from './statement.ts';

/**
 * Keys that tie a grant to somebody or somewhere, if their values are fixed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
const TYING_KEYS: ReadonlySet<string> = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceowner',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
]);

/** Does S3 take the bucket policy for public: does it grant something to everybody, not tied to anybody by a fixed value? */
export const isPublic = (policy: CompiledPolicy): boolean =>
  policy.allows.some((statement) => namesEverybody(statement) && !statement.condition.some(ties));

function namesEverybody({ principals }: Statement): boolean {
  return principals !== undefined && (principals.except || principals.of.everybody);
}

function ties({ key, open: { operator, values } }: ConditionTest): boolean {
  if (!TYING_KEYS.has(key.id) || /Not|IfExists|ForAllValues|^Null$/i.test(operator)) return false;
  return values.every((value) => (key.id === 'aws:sourceip' ? !/\/0$/.test(value) : isFixed(key.id, value)));
}

/** An access point's ARN may leave its name open, since it fixes the account. */
function isFixed(keyId: string, value: string): boolean {
  if (keyId === 's3:dataaccesspointarn') return /^arn:[^:*?]+:s3:[^:]*:\d{12}:/.test(value);
  return !/[*?]|\$\{/.test(value);
}
