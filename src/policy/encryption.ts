import { parseArn } from '../kernel/arn.ts';
import { type EncryptionKey, NOTHING_KNOWN, type PolicyRequest, type Resource } from './request.ts';

/** What the caller has to be allowed on the key before the data comes out or goes in. */
export interface KeyRequirement {
  readonly key: EncryptionKey;
  readonly actions: readonly string[];
}

const DECRYPT = ['kms:Decrypt'];
const ENCRYPT = ['kms:GenerateDataKey'];
const BOTH = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * Actions for which the service uses the key in the caller's name. DynamoDB, Lambda and others use a grant of their own instead.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
const USES_KEY: ReadonlyMap<string, readonly string[]> = new Map([
  ['s3:getobject', DECRYPT],
  ['s3:getobjectversion', DECRYPT],
  ['s3:putobject', ENCRYPT],
  ['secretsmanager:getsecretvalue', DECRYPT],
  ['secretsmanager:batchgetsecretvalue', DECRYPT],
  ['secretsmanager:putsecretvalue', BOTH],
  ['secretsmanager:createsecret', BOTH],
  ['ssm:getparameter', DECRYPT],
  ['ssm:getparameters', DECRYPT],
  ['ssm:getparametersbypath', DECRYPT],
  ['sqs:receivemessage', DECRYPT],
  ['sqs:sendmessage', BOTH],
  ['sns:publish', BOTH],
]);

/** What is asked for with an action where the resource has a key: the action itself, then those on the key. */
export const actionsAskedFor = (action: string): readonly [string, ...string[]] => [
  action,
  ...(USES_KEY.get(action.toLowerCase()) ?? []),
];

/** The key that this request needs as well; undefined where it needs none. */
export function keyRequirement({ action, resource }: PolicyRequest): KeyRequirement | undefined {
  if (!resource.encryption_key) return undefined;
  const actions = USES_KEY.get(action.toLowerCase());
  return actions && { key: resource.encryption_key, actions };
}

/**
 * The request that the service makes to KMS in the caller's name.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function keyRequest(request: PolicyRequest, resource: Resource, action: string): PolicyRequest {
  const key = resource.encryption_key;
  const { region = '' } = (key && parseArn(key.arn)) ?? {};
  const service = request.action.slice(0, request.action.indexOf(':')).toLowerCase();
  const { known, absent } = request.context ?? NOTHING_KNOWN;
  return {
    ...request,
    action,
    resource: {
      arn: key?.arn ?? '*',
      account: key?.account ?? null,
      organization: key?.account === resource.account ? resource.organization : undefined,
      management_account: key?.account === resource.account && resource.management_account,
    },
    context: { absent, known: new Map([...known, ['kms:viaservice', [`${service}.${region}.amazonaws.com`]]]) },
  };
}
