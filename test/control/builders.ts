import type { AwsInstance, HubTerms, PushInstance, ServiceNowInstance } from '../../src/control/connector-instance.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';

export const TENANT = 'enterprise-nimbus';
export const WORKSPACE = 'platform';
export const TENANCY = { tenant_id: TENANT, workspace_id: WORKSPACE };
export const HUB = '999999999999';
export const MANAGEMENT = '100000000000';
/** The moment so many seconds after the start of a test. */
export const at = (seconds: number): string => new Date(START.getTime() + seconds * 1_000).toISOString();
export const [ONE, TWO, THREE] = ['111111111111', '222222222222', '333333333333'] as const;
export const START = new Date('2026-11-21T12:00:00.000Z');

/** A hub with an organization that is bound to the tenant of these tests. */
export const TERMS: HubTerms = {
  hub_account_id: HUB,
  organization: { id: 'o-mediapro01', management_account_id: MANAGEMENT, tenant_id: TENANT },
  categories: ['aws_iam', 'aws_lambda', 'aws_s3'],
  source_hosts: { servicenow: ['*.service-now.com'], foundry: ['*.services.ai.azure.com'] },
};

export const anInstance = (given: Partial<AwsInstance> = {}): AwsInstance => ({
  _id: 'instance-1',
  ...TENANCY,
  connector_kind: 'aws',
  display_name: 'MediaPro',
  status: 'active',
  config: { mode: 'accounts', account_ids: [ONE, TWO], regions: ['eu-west-1', 'us-east-1'] },
  external_id: 'throughline-0123',
  discovered_capabilities: { service_categories_available: TERMS.categories },
  created_at: START.toISOString(),
  created_by: 'ada',
  last_seq: 0,
  source_system_ids: [],
  version: 1,
  ...given,
});

export const aPushInstance = (given: Partial<PushInstance> = {}): PushInstance => ({
  _id: 'push-1',
  ...TENANCY,
  connector_kind: 'push',
  display_name: 'CMDB',
  status: 'active',
  config: {},
  source_system_ids: ['servicenow:example'],
  discovered_capabilities: { service_categories_available: ['push'] },
  created_at: START.toISOString(),
  created_by: 'ada',
  last_seq: 0,
  version: 1,
  ...given,
});

export const aServiceNowInstance = (given: Partial<ServiceNowInstance> = {}): ServiceNowInstance => ({
  _id: 'servicenow-1',
  ...TENANCY,
  connector_kind: 'servicenow',
  display_name: 'ITSM',
  status: 'active',
  config: { instance_url: 'https://example.service-now.com' },
  credentials_ref: `throughline/${TENANT}/servicenow`,
  source_system_ids: [],
  discovered_capabilities: { service_categories_available: [] },
  created_at: START.toISOString(),
  created_by: 'ada',
  last_seq: 0,
  version: 1,
  ...given,
});

export const aScope = (given: Partial<ScanScope> = {}): ScanScope => ({
  _id: 'scope-1',
  ...TENANCY,
  instance_id: 'instance-1',
  scope_keys: { account_ids: [], regions: [] },
  service_categories: ['aws_iam'],
  enabled: true,
  created_at: START.toISOString(),
  created_by: 'ada',
  version: 1,
  ...given,
});
