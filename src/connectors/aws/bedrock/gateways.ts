import {
  BedrockAgentCoreControlClient,
  type GatewaySummary,
  GetGatewayCommand,
  type GetGatewayResponse,
  GetGatewayTargetCommand,
  ListGatewaysCommand,
  ListGatewayTargetsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Observation } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { unqualified } from '../lambda/function-arn.ts';
import { lookAtEach, readAll } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, oneItem, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';
import { TARGET, toGatewayTarget } from './gateway-target.ts';
import { authorizerOf } from './jwt-authorizer.ts';
import { statedEdge } from './stated-edge.ts';

const LIST = 'bedrock-agentcore:ListGateways';
const GET = 'bedrock-agentcore:GetGateway';
const TARGETS = 'bedrock-agentcore:ListGatewayTargets';
const TAGS = 'bedrock-agentcore:ListTagsForResource';

/** The AgentCore gateways of a region: whom they let in, as whom they act, and the tools that they lead to. */
export const gateways: AwsCollector = {
  id: 'bedrock-agentcore.gateways',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_agentcore_gateway', 'aws_agentcore_gateway_target'],
  edge_types: ['RUNS_AS', 'AUTHENTICATES_AS', 'INVOKES', 'BELONGS_TO'],
  actions: [LIST, GET, TARGETS, TARGET, TAGS],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => session.client(BedrockAgentCoreControlClient).send(new ListGatewaysCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ items }) => items,
      name: ({ gatewayId }) => gatewayId && gatewayArn(gatewayId, session),
      look: (summary) => lookAtGateway(session, summary),
    }),
};

async function* lookAtGateway(
  session: AwsSession,
  summary: GatewaySummary,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(BedrockAgentCoreControlClient);
  const gatewayIdentifier = required(summary.gatewayId, 'gatewayId');
  const item = gatewayArn(gatewayIdentifier, session);
  const gateway = yield* readItem({ action: GET, item }, async () => {
    const answer = await client.send(new GetGatewayCommand({ gatewayIdentifier }));
    answered(answer.gatewayArn, 'gatewayArn');
    return answer;
  });
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: item }))).tags, 'tags'),
  );
  yield* toGateway(summary, session, { gateway, tags });
  const targets = yield* readAll(
    { action: TARGETS, item },
    (nextToken) => client.send(new ListGatewayTargetsCommand({ gatewayIdentifier, nextToken })),
    ({ items }) => items,
  );
  for (const { targetId } of (targets.known && targets.value) || []) {
    const what = { action: TARGET, item: `${item}/target/${targetId}` };
    yield* oneItem(what, async function* () {
      const target = yield* readItem(what, () =>
        client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId: required(targetId, 'targetId') })),
      );
      if (target.known && target.value) yield* toGatewayTarget(item, target.value, session);
    });
  }
}

/** What other calls told about a gateway. */
export interface GatewayDetails {
  readonly gateway: Reading<GetGatewayResponse>;
  readonly tags: Reading<Readonly<Record<string, string>>>;
}

/** A gateway without its targets. Throws TypeError on a record that makes no sense. */
export function* toGateway(
  summary: GatewaySummary,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  details: GatewayDetails,
): Generator<Observation, void, undefined> {
  const id = required(summary.gatewayId, 'gatewayId');
  const arn = gatewayArn(id, home);
  const ref = arnRef('aws_agentcore_gateway', arn);
  const { tags } = details;
  const gateway = details.gateway.known ? details.gateway.value : undefined;
  const endpoint = canonicalEndpoint(gateway?.gatewayUrl);
  const interceptors = (gateway?.interceptorConfigurations ?? []).flatMap(
    ({ interceptor }) => interceptor?.lambda?.arn ?? [],
  );
  yield {
    kind: 'node',
    ...ref,
    display_name: required(summary.name, 'name'),
    properties: known({
      arn,
      gateway_id: id,
      name: summary.name,
      region: home.region,
      protocol: summary.protocolType ?? null,
      url: gateway && (endpoint ?? null),
      role_arn: gateway && (gateway.roleArn ?? null),
      authorizer:
        gateway && authorizerOf(required(gateway.authorizerType, 'authorizerType'), gateway.authorizerConfiguration),
      encryption_key: gateway && (gateway.kmsKeyArn ?? null),
      policy_engine_arn: gateway && (gateway.policyEngineConfiguration?.arn ?? null),
      workload_identity_arn: gateway && (gateway.workloadIdentityDetails?.workloadIdentityArn ?? null),
      tags: tags.known ? tagsOfMap(tags.value) : undefined,
    }),
    correlation_keys: endpoint === undefined ? [] : [{ kind: 'endpoint_url', value: endpoint }],
    api: LIST,
    property_apis: {
      url: GET,
      role_arn: GET,
      authorizer: GET,
      encryption_key: GET,
      policy_engine_arn: GET,
      workload_identity_arn: GET,
      tags: TAGS,
    },
  };
  yield belongsTo(ref, home, LIST);
  const role = gateway?.roleArn;
  if (role) yield statedEdge('RUNS_AS', ref, arnRef('aws_iam_role', role), { field: `roleArn[${role}]`, api: GET });
  const identity = gateway?.workloadIdentityDetails?.workloadIdentityArn;
  if (identity) {
    const stated = { field: `workloadIdentityArn[${identity}]`, api: GET };
    yield statedEdge('AUTHENTICATES_AS', ref, arnRef('aws_agentcore_workload_identity', identity), stated);
  }
  for (const lambda of new Set(interceptors)) {
    const stated = { field: `interceptorConfigurations[${lambda}]`, api: GET, properties: { purpose: 'interceptor' } };
    yield statedEdge('INVOKES', ref, arnRef('aws_lambda_function', unqualified(lambda)), stated);
  }
}

const gatewayArn = (id: string, { account, partition, region }: Pick<AwsSession, 'account' | 'partition' | 'region'>) =>
  `arn:${partition}:bedrock-agentcore:${region}:${account}:gateway/${id}`;
