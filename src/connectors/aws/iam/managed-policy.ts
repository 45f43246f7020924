import type { ManagedPolicyDetail } from '@aws-sdk/client-iam';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import type { Home } from './principal-ref.ts';

const API = 'iam:GetAccountAuthorizationDetails';

/** A customer managed policy with the document of its default version. Throws TypeError on a record that makes no sense. */
export function* toManagedPolicy(policy: ManagedPolicyDetail, home: Home): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_iam_policy', required(policy.Arn, 'Arn'));
  const document = defaultDocument(policy);
  yield document;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(policy.PolicyName, 'PolicyName'),
    properties: known({
      arn: ref.source_record_id,
      unique_id: policy.PolicyId,
      name: policy.PolicyName,
      path: policy.Path ?? '/',
      default_version: policy.DefaultVersionId,
      policy_hash: document.hash,
    }),
    api: API,
  };
  yield belongsTo(ref, home, API);
}

/** The document that is in force: of up to five versions one is the default. Throws TypeError where it did not come. */
export function defaultDocument(policy: ManagedPolicyDetail): ObservedPolicyDocument {
  const version = policy.PolicyVersionList?.find(
    ({ IsDefaultVersion, VersionId }) => IsDefaultVersion ?? VersionId === policy.DefaultVersionId,
  );
  return policyDocument(required(version?.Document, 'document of its default version'));
}
