import type { AttachedPolicy, PolicyDetail } from '@aws-sdk/client-iam';
import { parseArn } from '../../../kernel/arn.ts';
import type { Json } from '../../../kernel/canonical.ts';
import type { EntityRef, NormalizedEdge, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { required } from '../properties.ts';

/** Hashes of the documents of AWS managed policies, by ARN: they belong to no account, so their edges carry the hash. */
export type ManagedPolicyHashes = ReadonlyMap<string, string>;

/** Whether a policy is AWS's own: its ARN has `aws` where the account would be. */
export const isAwsManaged = (arn: string): boolean => parseArn(arn)?.account === 'aws';

/** The inline policies of an identity: their documents, and the property that names them. */
export function inlinePolicies(list: readonly PolicyDetail[] | undefined): {
  readonly documents: readonly ObservedPolicyDocument[];
  readonly property: Json;
} {
  const policies = (list ?? [])
    .map(({ PolicyName, PolicyDocument }) => ({
      name: required(PolicyName, 'PolicyName'),
      document: policyDocument(required(PolicyDocument, 'PolicyDocument')),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    documents: policies.map(({ document }) => document),
    property: policies.map(({ name, document }) => ({ name, policy_hash: document.hash })),
  };
}

/**
 * `HAS_POLICY` to every attached policy. Throws TypeError where the document of an AWS managed policy did not come:
 * without it nobody could say what the identity may do.
 */
export function* attachedPolicies(
  identity: EntityRef,
  list: readonly AttachedPolicy[] | undefined,
  hashes: ManagedPolicyHashes,
  api: string,
): Generator<NormalizedEdge, void, undefined> {
  for (const { PolicyArn } of list ?? []) {
    const arn = required(PolicyArn, 'PolicyArn');
    yield {
      kind: 'edge',
      edge_type: 'HAS_POLICY',
      from: identity,
      to: arnRef('aws_iam_policy', arn),
      stated_by: statedBy(identity.source_record_id, `AttachedManagedPolicies[${arn}]`),
      properties: isAwsManaged(arn) ? { policy_hash: managedPolicyHash(arn, hashes) } : {},
      api,
    };
  }
}

/** The hash of the document of an AWS managed policy. Throws TypeError where it is not known. */
export function managedPolicyHash(arn: string, hashes: ManagedPolicyHashes): string {
  const hash = hashes.get(arn);
  if (hash === undefined) throw new TypeError(`AWS did not send the document of ${arn}, which is in use here`);
  return hash;
}
