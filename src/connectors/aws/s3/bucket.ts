import type { Grant, PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration, Tag } from '@aws-sdk/client-s3';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { publicAccessBlock } from './public-access-block.ts';

/** IAM actions of the calls that show a bucket. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
export const BUCKET_ACTIONS = {
  LIST: 's3:ListAllMyBuckets',
  LOCATION: 's3:GetBucketLocation',
  POLICY: 's3:GetBucketPolicy',
  POLICY_STATUS: 's3:GetBucketPolicyStatus',
  PUBLIC_ACCESS: 's3:GetBucketPublicAccessBlock',
  ENCRYPTION: 's3:GetEncryptionConfiguration',
  OWNERSHIP: 's3:GetBucketOwnershipControls',
  ACL: 's3:GetBucketAcl',
  TAGS: 's3:GetBucketTagging',
} as const;

/** What other calls told about a bucket. */
export interface BucketDetails {
  readonly region: Reading<string>;
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly publicAccess: Reading<PublicAccessBlockConfiguration>;
  readonly encryption: Reading<ServerSideEncryptionConfiguration>;
  /** Whether AWS takes the policy for public; absent where there is none. */
  readonly isPublic: Reading<boolean>;
  /** `BucketOwnerEnforced`, ...; absent where none was ever chosen. */
  readonly ownership: Reading<string>;
  /** Absent where ACLs are switched off. */
  readonly acl: Reading<readonly Grant[]>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A bucket. Its ARN names no account: whose it is, is an edge and a property. */
export function* toBucket(
  name: string,
  session: Pick<AwsSession, 'account' | 'partition'>,
  details: BucketDetails,
): Generator<Observation, void, undefined> {
  const { region, policy, isPublic, publicAccess, encryption, ownership, acl, tags } = details;
  const arn = bucketArn(name, session);
  const ref = arnRef('aws_s3_bucket', arn);
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      account_id: session.account,
      region: region.known ? region.value : undefined,
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      policy_is_public: isPublic.known ? (isPublic.value ?? null) : undefined,
      public_access_block: publicAccess.known ? publicAccessBlock(publicAccess.value) : undefined,
      encryption: encryption.known ? defaultEncryption(encryption.value) : undefined,
      object_ownership: ownership.known ? (ownership.value ?? null) : undefined,
      acl_grants: acl.known ? (acl.value ? aclGrants(acl.value) : null) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: BUCKET_ACTIONS.LIST,
    property_apis: {
      resource_policy_hash: BUCKET_ACTIONS.POLICY,
      policy_is_public: BUCKET_ACTIONS.POLICY_STATUS,
      public_access_block: BUCKET_ACTIONS.PUBLIC_ACCESS,
      encryption: BUCKET_ACTIONS.ENCRYPTION,
      object_ownership: BUCKET_ACTIONS.OWNERSHIP,
      acl_grants: BUCKET_ACTIONS.ACL,
      tags: BUCKET_ACTIONS.TAGS,
    },
  };
  yield belongsTo(ref, session, BUCKET_ACTIONS.LIST);
}

/** A bucket's ARN names no account. */
export const bucketArn = (name: string, { partition }: Pick<AwsSession, 'partition'>): string =>
  `arn:${partition}:s3:::${name}`;

function defaultEncryption(configuration: ServerSideEncryptionConfiguration | undefined): Json {
  const rule = configuration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
  return rule ? { algorithm: rule.SSEAlgorithm ?? null, kms_key: rule.KMSMasterKeyID ?? null } : null;
}

/** Who has what by the ACL, in a fixed order: by id, or by the URI of a group such as everybody. Names of people are not kept. */
const aclGrants = (grants: readonly Grant[]): Json =>
  grants
    .map(({ Grantee, Permission }) => ({
      grantee: required(Grantee?.ID ?? Grantee?.URI, 'Grantee'),
      grantee_type: required(Grantee?.Type, 'Grantee.Type'),
      permission: required(Permission, 'Permission'),
    }))
    .sort((a, b) => (`${a.grantee} ${a.permission}` < `${b.grantee} ${b.permission}` ? -1 : 1));
