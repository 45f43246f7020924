import {
  type AttachedPermissionsBoundary,
  type AttachedPolicy,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { parseArn } from '../../../kernel/arn.ts';
import type { Observation } from '../../../observations/observation.ts';
import { policyDocument } from '../policy-document.ts';
import { required } from '../properties.ts';
import { readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';

/** Actions of the two calls that fetch one document. */
export const FETCH_ACTIONS = ['iam:GetPolicy', 'iam:GetPolicyVersion'] as const;

/** Hashes of the documents of AWS managed policies, by ARN: no account owns them, so edges carry the hash. */
export type ManagedPolicyHashes = ReadonlyMap<string, string>;

/** Whether a policy is AWS's own: its ARN has `aws` where the account would be. */
export const isAwsManaged = (arn: string): boolean => parseArn(arn)?.account === 'aws';

/** The fields of a user, group or role that name managed policies. */
interface PolicyHolder {
  readonly AttachedManagedPolicies?: readonly AttachedPolicy[] | undefined;
  readonly PermissionsBoundary?: AttachedPermissionsBoundary | undefined;
}

/**
 * Fetches the documents of the AWS managed policies of an identity that are not known yet, and notes their hashes. The
 * listing brings those in use, but AWS does not promise it: one attached since then, or used as a boundary only, may lack.
 */
export async function* missingDocuments(
  session: AwsSession,
  holder: PolicyHolder,
  hashes: Map<string, string>,
): AsyncGenerator<Observation, void, undefined> {
  const named = [
    ...(holder.AttachedManagedPolicies ?? []).map(({ PolicyArn }) => PolicyArn),
    holder.PermissionsBoundary?.PermissionsBoundaryArn,
  ];
  for (const arn of named) {
    if (arn !== undefined && isAwsManaged(arn) && !hashes.has(arn)) yield* fetchDocument(session, arn, hashes);
  }
}

async function* fetchDocument(
  session: AwsSession,
  PolicyArn: string,
  hashes: Map<string, string>,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(IAMClient);
  const [getPolicy, getVersion] = FETCH_ACTIONS;
  const policy = yield* readItem({ action: getPolicy, item: PolicyArn, absent: ABSENT }, () =>
    client.send(new GetPolicyCommand({ PolicyArn })),
  );
  if (!policy.known) return;
  const VersionId = policy.value?.Policy?.DefaultVersionId;
  const version = yield* readItem({ action: getVersion, item: PolicyArn, absent: ABSENT }, async () =>
    VersionId === undefined ? undefined : client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })),
  );
  if (!version.known) return;
  const text = version.value?.PolicyVersion?.Document;
  if (text === undefined) {
    yield {
      kind: 'gap',
      code: 'unreadable_item',
      action: getVersion,
      item: PolicyArn,
      message: 'the policy is attached, but AWS does not know it',
    };
    return;
  }
  const document = policyDocument(required(text, 'Document'));
  hashes.set(PolicyArn, document.hash);
  yield document;
}

const ABSENT = ['NoSuchEntity', 'NoSuchEntityException'];
