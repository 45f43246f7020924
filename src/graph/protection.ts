import { accountArn, parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { CompiledPolicy, EncryptionKey, Resource } from '../policy/index.ts';
import type { AttachedPolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { type Assumption, STAND_INS } from './judge.ts';
import { keyNamed, keyPolicy } from './key-policy.ts';
import { memberOf, textOf } from './properties.ts';

/** Where a resource lives. */
export interface Home {
  readonly account: AccountId;
  readonly partition: string;
  readonly region: string;
}

/** The key without which nobody gets at the content of a resource. */
export interface KeyInUse {
  readonly key?: EncryptionKey;
  /** False where it is not known whether there is one. */
  readonly certain: boolean;
  readonly attached: readonly AttachedPolicy[];
  readonly compiled: (assumption: Assumption) => CompiledPolicy;
}

const NO_KEY: KeyInUse = { certain: true, attached: [], compiled: (assumption) => STAND_INS[assumption].key };

/** The key that a resource is encrypted with, as its service uses it in the caller's name. DynamoDB uses its key by itself. */
export function keyInUse(graph: GraphIndex, entity: GraphEntity, home: Home): KeyInUse {
  const name = nameOfKey(entity);
  if (name === null) return NO_KEY;
  const { account, partition, region } = home;
  const seen = name === undefined ? undefined : keyNamed(graph, name, home);
  const arn =
    seen?.source_record_id ??
    (name?.startsWith('arn:') ? name : `arn:${partition}:kms:${region}:${account}:key/${name ?? 'unknown'}`);
  const aws_managed = name?.includes('alias/aws/') || seen?.properties.manager === 'AWS';
  const key: EncryptionKey = {
    arn,
    account: parseArn(arn)?.account ?? account,
    ...(aws_managed ? { aws_managed } : {}),
  };
  // A key of another account, or of a region that nobody looked at, is an unknown.
  const unseen = { ...NO_KEY, key, certain: name !== undefined };
  return seen && !aws_managed ? { ...unseen, ...keyPolicy(graph, seen, 'key') } : unseen;
}

/** What the record says of the key: an ARN, an id or an alias; null: there is none; undefined: there may be one. */
function nameOfKey(entity: GraphEntity): string | null | undefined {
  switch (entity.entity_type) {
    case 'aws_s3_bucket':
      return keyOfBucket(entity);
    case 'aws_ssm_parameter':
      return entity.properties.type === 'SecureString' ? textOf(entity, 'encryption_key') : null;
    case 'aws_secretsmanager_secret':
    case 'aws_sns_topic':
    case 'aws_sqs_queue':
      return textOf(entity, 'encryption_key');
    default:
      return null;
  }
}

function keyOfBucket(entity: GraphEntity): string | null | undefined {
  if (entity.properties.encryption === null) return null;
  const algorithm = memberOf(entity, 'encryption', 'algorithm');
  if (typeof algorithm !== 'string') return algorithm === null ? null : undefined;
  if (!algorithm.startsWith('aws:kms')) return null;
  const key = memberOf(entity, 'encryption', 'kms_key');
  if (key === null) return 'alias/aws/s3';
  return typeof key === 'string' ? key : undefined;
}

/**
 * Whether S3 keeps out who comes only by a public policy: the bucket may say so, or its account for all of its buckets.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export function restrictsPublicAccess(
  graph: GraphIndex,
  entity: GraphEntity,
  { account, partition }: Home,
  assumption: Assumption,
): Pick<Resource, 'restrict_public_buckets'> {
  if (entity.entity_type !== 'aws_s3_bucket') return {};
  const own = restriction(entity, 'public_access_block');
  const ofAccount = graph.entityByArn(accountArn(account, partition));
  const overall = ofAccount && restriction(ofAccount, 's3_public_access_block');
  if (own === true || overall === true) return { restrict_public_buckets: true };
  const open = own === false && overall === false;
  return { restrict_public_buckets: open ? false : assumption === 'worst' };
}

/** Null where nothing was ever set: then nothing is restricted. Undefined where it could not be read. */
function restriction(entity: GraphEntity, property: string): boolean | undefined {
  if (entity.properties[property] === null) return false;
  const restricted = memberOf(entity, property, 'restrict_public_buckets');
  return typeof restricted === 'boolean' ? restricted : undefined;
}
