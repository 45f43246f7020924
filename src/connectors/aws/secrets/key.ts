import type { GetKeyRotationStatusResponse, GrantListEntry, KeyMetadata, Tag } from '@aws-sdk/client-kms';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

/** Grants as they are kept; `complete` is false where there are more. */
export interface KeyGrants {
  readonly grants: readonly Json[];
  readonly complete: boolean;
}

/** What only a customer's key is asked for. */
export interface CustomerDetails {
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly grants: Reading<KeyGrants>;
  readonly rotation: Reading<GetKeyRotationStatusResponse>;
  readonly tags: Reading<readonly Tag[]>;
}

/** What other calls told about a key. */
export interface KeyDetails {
  readonly metadata: Reading<KeyMetadata>;
  readonly aliases: Reading<readonly string[]>;
  /** Absent for a key that AWS manages. */
  readonly customer: CustomerDetails | undefined;
}

/** A key. Throws TypeError on a record that makes no sense. */
export function* toKey(
  { arn, key_id }: { readonly arn: string; readonly key_id: string },
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { metadata, aliases, customer }: KeyDetails,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_kms_key', arn);
  const names = aliases.known ? [...(aliases.value ?? [])].sort() : undefined;
  const policy = customer?.policy.known ? customer.policy.value : undefined;
  if (policy) yield policy;
  yield {
    kind: 'node',
    ...ref,
    display_name: names?.[0] ?? key_id,
    properties: known({
      arn,
      key_id,
      region: session.region,
      aliases: names,
      ...factsOf(metadata.known ? metadata.value : undefined),
      ...(customer ? customerFacts(customer) : {}),
    }),
    api: 'kms:ListKeys',
    property_apis: PROPERTY_APIS,
  };
  yield belongsTo(ref, session, 'kms:ListKeys');
}

const DESCRIBED = ['manager', 'state', 'usage', 'spec', 'origin', 'multi_region', 'primary_key', 'replica_keys'];

const PROPERTY_APIS: Readonly<Record<string, string>> = {
  aliases: 'kms:ListAliases',
  ...Object.fromEntries([...DESCRIBED, 'created_at', 'deletion_date'].map((name) => [name, 'kms:DescribeKey'])),
  resource_policy_hash: 'kms:GetKeyPolicy',
  grants: 'kms:ListGrants',
  grants_complete: 'kms:ListGrants',
  rotation_enabled: 'kms:GetKeyRotationStatus',
  rotation_days: 'kms:GetKeyRotationStatus',
  tags: 'kms:ListResourceTags',
};

function factsOf(key: KeyMetadata | undefined): Readonly<Record<string, Json | undefined>> {
  if (!key) return {};
  const regions = key.MultiRegionConfiguration;
  return {
    manager: required(key.KeyManager, 'KeyManager'),
    state: key.KeyState,
    usage: key.KeyUsage,
    spec: key.KeySpec,
    origin: key.Origin,
    multi_region: key.MultiRegion ?? false,
    primary_key: regions?.PrimaryKey?.Arn ?? null,
    replica_keys: (regions?.ReplicaKeys ?? []).map(({ Arn }) => required(Arn, 'ReplicaKeys.Arn')).sort(),
    created_at: moment(key.CreationDate),
    deletion_date: moment(key.DeletionDate) ?? null,
  };
}

function customerFacts({
  policy,
  grants,
  rotation,
  tags,
}: CustomerDetails): Readonly<Record<string, Json | undefined>> {
  return {
    resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
    grants: grants.known ? (grants.value?.grants ?? []) : undefined,
    grants_complete: grants.known ? (grants.value?.complete ?? true) : undefined,
    rotation_enabled: rotation.known ? (rotation.value?.KeyRotationEnabled ?? null) : undefined,
    rotation_days: rotation.known ? (rotation.value?.RotationPeriodInDays ?? null) : undefined,
    tags: tags.known
      ? sortedTags(tags.value?.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })))
      : undefined,
  };
}

/**
 * What a grant allows, and to whom. Services make grants that differ in nothing else, so neither its id nor its time is kept,
 * and of its encryption context only the names. https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
 */
export function grantOf(grant: GrantListEntry): Json {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = grant.Constraints ?? {};
  return {
    grantee: required(grant.GranteePrincipal ?? grant.GranteeServicePrincipal, 'GranteePrincipal'),
    retiring_principal: grant.RetiringPrincipal ?? grant.RetiringServicePrincipal ?? null,
    issuing_account: grant.IssuingAccount ?? null,
    operations: [...new Set(grant.Operations ?? [])].sort(),
    encryption_context_equals: Object.keys(EncryptionContextEquals ?? {}).sort(),
    encryption_context_subset: Object.keys(EncryptionContextSubset ?? {}).sort(),
    source_arn: SourceArn ?? null,
  };
}
