import {
  DescribeParametersCommand,
  GetResourcePoliciesCommand,
  type GetResourcePoliciesResponse,
  type ParameterMetadata,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Gap, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { policyDocument, resourcePolicy, statementsOf } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'ssm:DescribeParameters';
const POLICY = 'ssm:GetResourcePolicies';

/** The most that AWS gives; it would give 10. */
const PAGE_SIZE = 50;

/** The parameters of a region by name and type. No value is ever asked for. */
export const parameters: AwsCollector = {
  id: 'ssm.parameters',
  category: 'aws_secrets',
  regional: true,
  entity_types: ['aws_ssm_parameter'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, POLICY],
  collect(session, cursor) {
    const client = session.client(SSMClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new DescribeParametersCommand({ MaxResults: PAGE_SIZE, NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.Parameters,
      name: (parameter) => parameter.ARN ?? parameter.Name ?? 'a parameter without a name',
      look: (parameter) => lookAtParameter(session, parameter),
    });
  },
};

async function* lookAtParameter(
  session: AwsSession,
  parameter: ParameterMetadata,
): AsyncGenerator<Observation, void, undefined> {
  yield* toParameter(parameter, session, yield* policyOf(session, parameter));
}

const NO_POLICY: Reading<ObservedPolicyDocument> = { known: true, value: undefined };

/** Only advanced parameters can be shared. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html */
async function* policyOf(
  session: AwsSession,
  parameter: ParameterMetadata,
): AsyncGenerator<Gap, Reading<ObservedPolicyDocument>, undefined> {
  if (parameter.Tier === 'Standard') return NO_POLICY;
  const item = parameterArn(parameter, session);
  const listing = pages<GetResourcePoliciesResponse>({
    action: POLICY,
    fetch: (NextToken) =>
      session.client(SSMClient).send(new GetResourcePoliciesCommand({ ResourceArn: item, NextToken })),
    next: (page) => page.NextToken,
  });
  return yield* readItem({ action: POLICY, item }, async () => {
    const texts: string[] = [];
    for await (const page of listing) {
      for (const { Policy } of answered(page.Policies, 'Policies')) texts.push(answered(Policy, 'Policy'));
    }
    return joinedPolicies(texts);
  });
}

/** The policies of a parameter (one for each share of it) as one document: what any of them allows is allowed. */
export function joinedPolicies(texts: readonly string[]): ObservedPolicyDocument | undefined {
  const [text, ...others] = texts;
  if (others.length === 0) return resourcePolicy(text);
  const documents = texts.map(policyDocument).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const Statement = documents.flatMap(({ document }) => statementsOf(document));
  return resourcePolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
}

/** A parameter. Its version and its times change with its value and are not copied. Throws TypeError on a record that makes no sense. */
export function* toParameter(
  parameter: ParameterMetadata,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  policy: Reading<ObservedPolicyDocument>,
): Generator<Observation, void, undefined> {
  const arn = parameterArn(parameter, session);
  const ref = arnRef('aws_ssm_parameter', arn);
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(parameter.Name, 'Name'),
    properties: known({
      arn,
      name: parameter.Name,
      region: session.region,
      type: required(parameter.Type, 'Type'),
      data_type: parameter.DataType,
      tier: parameter.Tier,
      encryption_key: parameter.Type === 'SecureString' ? parameter.KeyId : null,
      parameter_policies: [...new Set((parameter.Policies ?? []).flatMap(({ PolicyType }) => PolicyType ?? []))].sort(),
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
    }),
    api: LIST,
    property_apis: { resource_policy_hash: POLICY },
  };
  yield belongsTo(ref, session, LIST);
}

/** A name that is a path begins with a slash, which the ARN has once. */
const parameterArn = (
  { ARN, Name }: ParameterMetadata,
  { account, partition, region }: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): string => ARN ?? `arn:${partition}:ssm:${region}:${account}:parameter/${required(Name, 'Name').replace(/^\//, '')}`;
