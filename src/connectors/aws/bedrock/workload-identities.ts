import {
  BedrockAgentCoreControlClient,
  ListWorkloadIdentitiesCommand,
  type WorkloadIdentityType,
} from '@aws-sdk/client-bedrock-agentcore-control';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { required } from '../properties.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'bedrock-agentcore:ListWorkloadIdentities';

/** The identities that AgentCore gives to agents: as these they ask its vault for credentials. */
export const workloadIdentities: AwsCollector = {
  id: 'bedrock-agentcore.workload-identities',
  category: 'aws_bedrock',
  regional: true,
  entity_types: ['aws_agentcore_workload_identity'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) =>
        session.client(BedrockAgentCoreControlClient).send(new ListWorkloadIdentitiesCommand({ nextToken })),
      next: ({ nextToken }) => nextToken,
      items: ({ workloadIdentities }) => workloadIdentities,
      name: ({ workloadIdentityArn, name }) => workloadIdentityArn ?? name,
      look: (identity) => toWorkloadIdentity(identity, session),
    }),
};

/** A workload identity. Throws TypeError on a record that makes no sense. */
export function* toWorkloadIdentity(
  identity: WorkloadIdentityType,
  home: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const arn = required(identity.workloadIdentityArn, 'workloadIdentityArn');
  const name = required(identity.name, 'name');
  const ref = arnRef('aws_agentcore_workload_identity', arn);
  yield { kind: 'node', ...ref, display_name: name, properties: { arn, name, region: home.region }, api: LIST };
  yield belongsTo(ref, home, LIST);
}
