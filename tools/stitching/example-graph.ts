import { readFileSync } from 'node:fs';
import { BRIDGES, ENTRA, SERVICENOW_HOST, TENANT, WORKSPACE } from '../../labs/mediapro/names.ts';
import { statedEdge } from '../../src/connectors/aws/bedrock/stated-edge.ts';
import { convertTenant, EntraRecords } from '../../src/connectors/entra/convert/tenant.ts';
import { convertInstance, ServiceNowRecords } from '../../src/connectors/servicenow/convert/instance.ts';
import { buildGraph, type Graph } from '../../src/graph/graph.ts';
import type { Claim } from '../../src/inventory/claim.ts';
import { edgeFacts, edgeOf } from '../../src/inventory/edge.ts';
import { entityFacts, entityOf } from '../../src/inventory/entity.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import type { EntityType } from '../../src/observations/entity-types.ts';
import type { EntityRef, NormalizedNode, Observation } from '../../src/observations/observation.ts';

const ACCOUNT = '222222222222';
const SEEN = { run_id: 'run-1', observed_at: '2026-11-21T12:00:00.000Z' };
const RECORDS = new URL('../../labs/mediapro/reports/records/', import.meta.url);

/**
 * The part of the MediaPro estate that leads from an agent of Bedrock to HR data in ServiceNow. What Entra and ServiceNow hold
 * comes from the lab's records through the converters; what AWS holds is written here as the collectors yield it.
 */
export function exampleGraph(): Graph {
  const entra = convertTenant(EntraRecords.parse(recordsOf('entra')), ENTRA.tenant);
  const servicenow = convertInstance(ServiceNowRecords.parse(recordsOf('servicenow')), SERVICENOW_HOST);
  const seen: readonly Observation[] = [...entra, ...servicenow, ...inAws()];
  return buildGraph({
    tenant_id: TENANT,
    entities: seen.flatMap((one) => (one.kind === 'node' ? [entityOf(TENANT, one, [claim(entityFacts(one))])] : [])),
    edges: seen.flatMap((one) => (one.kind === 'edge' ? [edgeOf(TENANT, one.stated_by, [claim(edgeFacts(one))])] : [])),
    policy_documents: seen.flatMap((one) => (one.kind === 'policy_document' ? [one] : [])),
  });
}

const recordsOf = (system: string): unknown => {
  const text = readFileSync(new URL(`${system}.json`, RECORDS), 'utf8');
  return JSON.parse(text.replaceAll(/\{\{[^}]*\}\}/g, 'https://example.lambda-url.eu-west-1.on.aws/'));
};

const claim = <Facts>(facts: Facts): Claim<Facts> => ({
  by: { instance_id: 'an-instance', cell: 'a-cell', collector: 'a-collector', region: 'global' },
  workspace_id: WORKSPACE,
  hash: hashOf(facts),
  seq: 1,
  first_seq: 1,
  ...SEEN,
  facts,
});

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${service === 'iam' ? '' : 'eu-west-1'}:${ACCOUNT}:${resource}`;
const ref = (entity_type: EntityType, record: string): EntityRef => ({
  entity_type,
  source_system_id: `aws:${ACCOUNT}`,
  source_record_id: record,
});

const AGENT = ref('aws_bedrock_agent', arn('bedrock', `agent/${BRIDGES.supportRouter}`));
const BRIDGE = ref('aws_lambda_function', arn('lambda', `function:${BRIDGES.mcpBridge}`));
const ROLE = ref('aws_iam_role', arn('iam', `role/${BRIDGES.mcpBridgeRole}`));
const SECRET = ref('aws_secretsmanager_secret', arn('secretsmanager', `secret:${BRIDGES.mcpBridgeSecret}-AbCdEf`));

const TRUST: Json = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const READ: Json = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'ReadCredential',
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: arn('secretsmanager', `secret:${BRIDGES.mcpBridgeSecret}-??????`),
    },
  ],
};

function* inAws(): Generator<Observation, void, undefined> {
  for (const document of [TRUST, READ]) yield { kind: 'policy_document', hash: hashOf(document), document };
  yield node(AGENT, BRIDGES.supportRouter, 'bedrock:ListAgents', {});
  yield node(BRIDGE, BRIDGES.mcpBridge, 'lambda:ListFunctions', { resource_policy_hash: null, tags: [] });
  yield node(ROLE, BRIDGES.mcpBridgeRole, 'iam:GetAccountAuthorizationDetails', {
    arn: ROLE.source_record_id,
    trust_policy_hash: hashOf(TRUST),
    inline_policies: [{ name: 'read-credential', policy_hash: hashOf(READ) }],
    permissions_boundary: null,
    tags: [],
  });
  yield node(SECRET, BRIDGES.mcpBridgeSecret, 'secretsmanager:ListSecrets', {
    arn: SECRET.source_record_id,
    encryption_key: null,
    resource_policy_hash: null,
    tags: [
      { key: 'entra-app-id', value: ENTRA.apps.mcpBridge },
      { key: 'entra-tenant-id', value: ENTRA.tenant },
    ],
  });
  yield statedEdge('INVOKES', AGENT, BRIDGE, { field: 'actionGroups', api: 'bedrock:ListAgentActionGroups' });
  yield statedEdge('RUNS_AS', BRIDGE, ROLE, { field: 'Role', api: 'lambda:ListFunctions' });
}

const node = (
  of: EntityRef,
  display_name: string,
  api: string,
  properties: NormalizedNode['properties'],
): NormalizedNode => ({ kind: 'node', ...of, display_name, properties, api });
