import {
  DescribePolicyCommand,
  ListPoliciesCommand,
  type ListPoliciesResponse,
  ListRootsCommand,
  type ListRootsResponse,
  ListTargetsForPolicyCommand,
  type ListTargetsForPolicyResponse,
  OrganizationsClient,
  type PolicySummary,
  type PolicyTargetSummary,
} from '@aws-sdk/client-organizations';
import * as z from 'zod';
import { accountArn } from '../../../kernel/arn.ts';
import type { EntityRef, Observation } from '../../../observations/observation.ts';
import { Vanished } from '../../source-failure.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { policyDocument } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const ROOTS = 'organizations:ListRoots';
const POLICIES = 'organizations:ListPolicies';
const DESCRIBE = 'organizations:DescribePolicy';
const TARGETS = 'organizations:ListTargetsForPolicy';

/** The types of policy that bear on what principals may do and who may use resources, and what we call them. */
const ENTITY_TYPE_OF = { SERVICE_CONTROL_POLICY: 'aws_scp', RESOURCE_CONTROL_POLICY: 'aws_rcp' } as const;
const PolicyType = z.enum(['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY']);
type PolicyType = z.infer<typeof PolicyType>;

/** What is still to be listed: the first of the types goes on at the token. */
const Pending = z.strictObject({ types: z.array(PolicyType).min(1), token: z.string().optional() });
type Pending = z.infer<typeof Pending>;

/**
 * Service and resource control policies, what they say and what they are attached to. Asked by policy and not by account:
 * an organization has fewer of them, and twenty attachments come with one call. A type that is not enabled is not asked for.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html
 */
export const policies: AwsCollector = {
  id: 'organizations.policies',
  category: 'aws_organizations',
  regional: false,
  entity_types: ['aws_scp', 'aws_rcp'],
  edge_types: ['HAS_POLICY'],
  actions: [ROOTS, POLICIES, DESCRIBE, TARGETS],
  async *collect(session, cursor) {
    let pending = (cursor === undefined ? undefined : pendingFrom(cursor)) ?? { types: await enabledTypes(session) };
    for (let [type, ...rest] = pending.types; type; [type, ...rest] = pending.types) {
      for await (const page of policiesOf(session, type, pending.token)) {
        for (const policy of listed(POLICIES, page.Policies)) {
          const item = policy.Arn ?? 'a policy without an ARN';
          yield* oneItem({ action: POLICIES, item }, () => lookAt(session, policy));
        }
        if (page.NextToken) yield checkpointAt({ types: pending.types, token: page.NextToken });
      }
      if (rest.length > 0) yield checkpointAt({ types: rest });
      pending = { types: rest };
    }
  },
};

const checkpointAt = (pending: Pending): Observation => ({ kind: 'checkpoint', cursor: JSON.stringify(pending) });

function pendingFrom(cursor: string): Pending | undefined {
  try {
    return Pending.parse(JSON.parse(cursor));
  } catch {
    return undefined;
  }
}

/** The types that are enabled in the root: when one is disabled, AWS detaches its policies from everything. */
async function enabledTypes(session: AwsSession): Promise<PolicyType[]> {
  const enabled = new Set<string>();
  const roots = pages<ListRootsResponse>({
    action: ROOTS,
    fetch: (NextToken) => session.client(OrganizationsClient).send(new ListRootsCommand({ NextToken })),
    next: (page) => page.NextToken,
  });
  for await (const page of roots) {
    for (const { PolicyTypes } of listed(ROOTS, page.Roots)) {
      for (const { Type, Status } of listed(ROOTS, PolicyTypes)) {
        if (Type && Status && Status !== 'PENDING_ENABLE') enabled.add(Type);
      }
    }
  }
  return PolicyType.options.filter((type) => enabled.has(type));
}

const policiesOf = (session: AwsSession, Filter: PolicyType, cursor: string | undefined) =>
  pages<ListPoliciesResponse>({
    action: POLICIES,
    cursor,
    fetch: (NextToken) => session.client(OrganizationsClient).send(new ListPoliciesCommand({ Filter, NextToken })),
    next: (page) => page.NextToken,
  });

async function* lookAt(session: AwsSession, policy: PolicySummary): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(OrganizationsClient);
  const PolicyId = required(policy.Id, 'Id');
  const item = required(policy.Arn, 'Arn');
  const text = yield* readItem({ action: DESCRIBE, item, absent: GONE }, async () =>
    answered((await client.send(new DescribePolicyCommand({ PolicyId }))).Policy?.Content, 'Content'),
  );
  const targets = yield* readItem({ action: TARGETS, item, absent: GONE }, () => targetsOf(client, PolicyId));
  if (isGone(text) || isGone(targets)) throw new Vanished(item);
  yield* toOrganizationPolicy(policy, text.known ? text.value : undefined, targets.known);
  for (const target of targets.known ? (targets.value ?? []) : [])
    yield toAttachment(policy, target, session.partition);
}

const GONE = ['PolicyNotFoundException'];

const isGone = (reading: Reading<unknown>): boolean => reading.known && reading.value === undefined;

async function targetsOf(client: OrganizationsClient, PolicyId: string): Promise<readonly PolicyTargetSummary[]> {
  const targets: PolicyTargetSummary[] = [];
  const listing = pages<ListTargetsForPolicyResponse>({
    action: TARGETS,
    fetch: (NextToken) => client.send(new ListTargetsForPolicyCommand({ PolicyId, NextToken })),
    next: (page) => page.NextToken,
  });
  for await (const page of listing) targets.push(...listed(TARGETS, page.Targets));
  return targets;
}

/** A policy and its document; without the document where that could not be read. What it is attached to are edges; where they are not known, it says so. Throws TypeError on a record that makes no sense. */
export function* toOrganizationPolicy(
  policy: PolicySummary,
  text: string | undefined,
  targets_known: boolean,
): Generator<Observation, void, undefined> {
  const ref = refOf(policy);
  const document = text === undefined ? undefined : policyDocument(text);
  if (document) yield document;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(policy.Name, 'Name'),
    properties: known({
      arn: ref.source_record_id,
      policy_id: policy.Id,
      name: policy.Name,
      description: policy.Description || null,
      aws_managed: policy.AwsManaged ?? false,
      policy_hash: document?.hash,
      targets_known,
    }),
    api: POLICIES,
    property_apis: { targets_known: TARGETS, ...(document && { policy_hash: DESCRIBE }) },
  };
}

/** `HAS_POLICY` from what the policy is attached to. A root is no thing of its own: its organization stands for it. */
export const toAttachment = (policy: PolicySummary, target: PolicyTargetSummary, partition: string): Observation => {
  const to = refOf(policy);
  return {
    kind: 'edge',
    edge_type: 'HAS_POLICY',
    from: targetRef(target, partition),
    to,
    stated_by: statedBy(to.source_record_id, `Targets[${required(target.TargetId, 'TargetId')}]`),
    properties: known({ target_type: target.Type }),
    api: TARGETS,
  };
};

const refOf = (policy: PolicySummary): EntityRef =>
  arnRef(ENTITY_TYPE_OF[PolicyType.parse(policy.Type)], required(policy.Arn, 'Arn'));

function targetRef({ Type, TargetId, Arn }: PolicyTargetSummary, partition: string): EntityRef {
  switch (Type) {
    case 'ACCOUNT':
      return arnRef('aws_account', accountArn(required(TargetId, 'TargetId'), partition));
    case 'ORGANIZATIONAL_UNIT':
      return arnRef('aws_ou', required(Arn, 'Arn'));
    case 'ROOT':
      return arnRef('aws_organization', organizationOf(required(Arn, 'Arn')));
    default:
      throw new TypeError(`a policy is attached to a target of type ${Type}`);
  }
}

/** `arn:aws:organizations::<account>:root/o-1/r-1` -> `arn:aws:organizations::<account>:organization/o-1` */
function organizationOf(rootArn: string): string {
  const organization = /^(arn:[^:]+:organizations::\d{12}:)root\/(o-[a-z0-9]+)\/r-[a-z0-9]+$/.exec(rootArn);
  if (!organization) throw new TypeError(`${rootArn} is not the ARN of a root`);
  return `${organization[1]}organization/${organization[2]}`;
}
