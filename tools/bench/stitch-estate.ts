import type { Json } from '../../src/kernel/canonical.ts';
import type { EntityRef } from '../../src/observations/observation.ts';
import { organizationRcp, SCPS } from './documents.ts';
import { accountBatch } from './stitch-account.ts';
import { type Batch, refOfArn, Scribe } from './stitch-documents.ts';
import { accountAt, ENTRA_ISSUER, ENTRA_TENANT, guid, subjectOf } from './stitch-identities.ts';

const ENTRA = `entra:${ENTRA_TENANT}`;
const SERVICENOW = 'servicenow:bench.service-now.com';
const FOUNDRY = 'foundry:bench-ai';

/** The documents of an estate, an account at a time, always the same for the same number of accounts. */
export function* estateBatches(accounts: number): Generator<Batch> {
  const { batch, units } = organizationBatch();
  yield batch;
  for (let index = 0; index < accounts; index += 1) {
    const unit = units[index % units.length];
    if (unit) yield accountBatch(index, accounts, unit);
    yield elsewhereBatch(index);
  }
}

/** The organization, two units in it, and what both are told by control policies. */
function organizationBatch(): { readonly batch: Batch; readonly units: readonly EntityRef[] } {
  const management = accountAt(0);
  const scribe = new Scribe({
    connector_id: 'aws-1',
    cell: `aws_organizations:${management}`,
    api: 'organizations:DescribeOrganization',
  });
  const arn = (kind: string, id: string): string => `arn:aws:organizations::${management}:${kind}/o-bench/${id}`;
  const organization = scribe.entity(
    refOfArn('aws_organization', `arn:aws:organizations::${management}:organization/o-bench`),
    {
      properties: {
        organization_id: 'o-bench',
        management_account_id: management,
        policy_types: ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'],
      },
    },
  );
  const policy = (type: 'aws_scp' | 'aws_rcp', name: string, json: unknown): EntityRef =>
    scribe.entity(refOfArn(type, arn('policy', name)), {
      properties: { name, policy_hash: scribe.policy(json as Json), targets_known: true },
    });
  const full = policy('aws_scp', 'p-FullAWSAccess', SCPS.full_access);
  const attach = (target: EntityRef, ...policies: readonly EntityRef[]): void => {
    for (const one of policies) scribe.edge('HAS_POLICY', target, one, { field: 'Policies' });
  };
  attach(
    organization,
    full,
    policy('aws_scp', 'p-root', SCPS.root),
    policy('aws_rcp', 'p-ours', organizationRcp('o-bench')),
  );
  const units = (['production', 'protect_access_role'] as const).map((name) => {
    const unit = scribe.entity(refOfArn('aws_ou', arn('ou', `ou-${name}`)), { properties: { name } });
    scribe.edge('BELONGS_TO', unit, organization, { field: 'Parents' });
    attach(unit, full, policy('aws_scp', `p-${name}`, SCPS[name]));
    return unit;
  });
  return { batch: scribe.batch(), units };
}

/** What the other systems hold beside an account: the service principals that its roles trust, an application that ServiceNow logs in with, an agent. */
function elsewhereBatch(index: number): Batch {
  const scribe = new Scribe({ connector_id: 'entra-1', cell: `entra:${index}`, api: 'GET /servicePrincipals' });
  const principals = Array.from({ length: 10 }, (_, i) => {
    const object_id = subjectOf(index, i);
    // The service principal as Entra sees it, and as the role's account does.
    const subject = {
      entity_type: 'external_oidc_subject',
      source_system_id: ENTRA_ISSUER,
      source_record_id: object_id,
    } as const;
    scribe.entity(subject, {
      properties: { providerUrl: ENTRA_ISSUER, subject: object_id, entra_tenant_id: ENTRA_TENANT },
      keys: [{ kind: 'entra_object_id', value: `${ENTRA_TENANT}/${object_id}` }],
    });
    const ref = {
      entity_type: 'entra_service_principal',
      source_system_id: ENTRA,
      source_record_id: object_id,
    } as const;
    return scribe.entity(ref, {
      properties: {
        app_id: guid('a99', index * 10 + i),
        tenant_id: ENTRA_TENANT,
        service_principal_type: 'Application',
        account_enabled: true,
        tags: [],
      },
      display_name: `sp-${index}-${i}`,
    });
  });
  const application = scribe.entity(
    { entity_type: 'entra_application', source_system_id: ENTRA, source_record_id: guid('a991', index) },
    { properties: { app_id: guid('a99', index * 10), tenant_id: ENTRA_TENANT }, display_name: `app-${index}` },
  );
  if (principals[0]) scribe.edge('AUTHENTICATES_AS', principals[0], application, { field: 'appId' });
  writeServiceNow(scribe, index);
  writeFoundry(scribe, index);
  return scribe.batch();
}

const endpointOf = (index: number): string =>
  `https://bench-ai.openai.azure.com/openai/deployments/model-${index}/chat/completions`;

function writeServiceNow(scribe: Scribe, index: number): void {
  scribe.cell = { connector_id: 'servicenow-1', cell: 'servicenow', api: 'GET /api/now/table/oauth_entity' };
  const at = (entity_type: EntityRef['entity_type'], source_record_id: string): EntityRef => ({
    entity_type,
    source_system_id: SERVICENOW,
    source_record_id,
  });
  const client = scribe.entity(at('servicenow_oauth_client', `oauth_entity/${index}`), {
    properties: {
      client_id: guid('a99', index * 10),
      token_url: `https://login.microsoftonline.com/${ENTRA_TENANT}/oauth2/v2.0/token`,
      oauth_type: 'client',
      active: true,
    },
  });
  const user = scribe.entity(at('servicenow_user', `sys_user/${index}`), {
    properties: { user_name: `svc-${index}`, active: true },
  });
  const role = scribe.entity(at('servicenow_role', `sys_user_role/${index}`), { properties: { name: `hr-${index}` } });
  const table = scribe.entity(at('servicenow_table', `sys_db_object/hr_case_${index}`), {
    properties: { name: `hr_case_${index}`, data_classification: 'confidential' },
  });
  scribe.edge('AUTHENTICATES_AS', client, user, { field: 'user' });
  scribe.edge('MEMBER_OF', user, role, { field: 'role' });
  scribe.edge('CAN_ACCESS', role, table, {
    field: 'acl',
    properties: { access_level: 'Read', conditional: false, acl: `acl-${index}` },
  });
  const message = scribe.entity(at('servicenow_rest_message', `sys_rest_message/${index}`), {
    properties: { endpoint: endpointOf(index), http_method: 'POST' },
    keys: [{ kind: 'endpoint_url', value: endpointOf(index) }],
  });
  scribe.edge('AUTHENTICATES_AS', message, client, { field: 'oauth2_profile' });
}

function writeFoundry(scribe: Scribe, index: number): void {
  scribe.cell = { connector_id: 'foundry-1', cell: 'foundry', api: 'GET /agents' };
  const at = (entity_type: EntityRef['entity_type'], source_record_id: string): EntityRef => ({
    entity_type,
    source_system_id: FOUNDRY,
    source_record_id,
  });
  const principal_id = subjectOf(index, 1);
  const identity = scribe.entity(at('foundry_identity', `${ENTRA_TENANT}/${principal_id}`), {
    properties: { principal_id, tenant_id: ENTRA_TENANT },
  });
  const agent = scribe.entity(at('foundry_agent', `projects/p/agents/${index}`), {
    properties: { model: `model-${index}` },
  });
  const model = scribe.entity(at('foundry_model_deployment', `deployments/model-${index}`), {
    properties: {
      model: 'gpt-nano',
      tags: [{ key: 'data-classification', value: 'internal' }],
      endpoint_urls: [endpointOf(index)],
    },
    keys: [{ kind: 'endpoint_url', value: endpointOf(index) }],
  });
  scribe.edge('RUNS_AS', agent, identity, { field: 'identity' });
  scribe.edge('INVOKES', agent, model, { field: 'model' });
}
