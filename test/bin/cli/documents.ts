import type { ShownPath } from '../../../lambdas/api/answers/paths.ts';
import type { ShownRun, WatchedRun } from '../../../lambdas/api/answers/scan-runs.ts';
import type { ShownStitchRun } from '../../../lambdas/api/answers/stitch-runs.ts';
import type { AwsInstance } from '../../../src/control/connector-instance.ts';
import type { ScanScope } from '../../../src/control/scan-scope.ts';
import type { Cell } from '../../../src/runs/cell.ts';
import type { BatchAnswer } from '../../../src/runs/push-batch.ts';
import type { ConnectorSync } from '../../../src/runs/push-report.ts';
import type { RunError } from '../../../src/runs/run.ts';

const TENANCY = { tenant_id: 'acme', workspace_id: 'main' };
const AT = '2026-11-21T10:00:00.000Z';

/** A connector instance as the API answers it. */
export const anInstance = (overrides: Partial<AwsInstance> = {}): AwsInstance => ({
  ...TENANCY,
  _id: 'i-1',
  connector_kind: 'aws',
  display_name: 'Our organization',
  status: 'active',
  config: { mode: 'organization', regions: ['eu-west-1'] },
  external_id: 'throughline-abc',
  discovered_capabilities: { service_categories_available: ['aws_iam', 'aws_lambda'] },
  created_at: AT,
  created_by: 'ann',
  last_seq: 0,
  source_system_ids: [],
  version: 1,
  ...overrides,
});

/** A scope as the API answers it. */
export const aScope = (overrides: Partial<ScanScope> = {}): ScanScope => ({
  ...TENANCY,
  _id: 's-1',
  instance_id: 'i-1',
  scope_keys: { account_ids: [], regions: [] },
  service_categories: ['aws_iam'],
  enabled: true,
  created_at: AT,
  created_by: 'ann',
  version: 1,
  ...overrides,
});

/** What a run says where a permission of the spoke role is missing. */
export const DENIED: RunError = {
  code: 'access_denied',
  service_category: 'aws_lambda',
  account_id: '222222222222',
  count: 1,
  example: 'not authorized to perform: lambda:ListFunctions',
  remedy: 'Allow lambda:ListFunctions in the policy of the spoke role in account 222222222222.',
  responsible: 'AWS account owner',
};

/** A run as the API lists it. */
export const aRun = (overrides: Partial<ShownRun> = {}): ShownRun => ({
  ...TENANCY,
  _id: 'r-1',
  seq: 7,
  instance_id: 'i-1',
  scope_id: 's-1',
  trigger: 'manual',
  requested_by: 'ann',
  status: 'queued',
  evidence_completeness: {},
  errors: [],
  api_calls: 0,
  created_at: AT,
  ...overrides,
});

/** A run as it is watched: `done` of two cells. */
export const aWatchedRun = (done: number, overrides: Partial<WatchedRun> = {}): WatchedRun => ({
  ...aRun({ status: 'running' }),
  progress: { planned: true, total: 2, done, by_status: {}, api_calls: 0, observed: 0, errors_by_code: {} },
  ...overrides,
});

/** A run that is over. */
export const anEndedRun = (status: 'succeeded' | 'partial' | 'failed', errors: readonly RunError[] = []): WatchedRun =>
  aWatchedRun(2, {
    status,
    errors,
    evidence_completeness: {
      'aws_iam:222222222222': 'complete',
      'aws_lambda:222222222222': status === 'succeeded' ? 'complete' : 'partial',
    },
    totals: { cells: 2, cells_by_status: {}, observed: 12, errors: 0, added: 12, changed: 0, removed: 0, unchanged: 0 },
    api_calls: 9,
    finished_at: '2026-11-21T10:00:09.000Z',
  });

/** A cell of that run. */
export const aCell = (overrides: Partial<Cell> = {}): Cell => ({
  ...TENANCY,
  _id: 'r-1/aws_iam:222222222222',
  run_id: 'r-1',
  run_seq: 7,
  instance_id: 'i-1',
  key: 'aws_iam:222222222222',
  category: 'aws_iam',
  account_id: '222222222222',
  regions: ['eu-west-1'],
  lane: 0,
  status: 'succeeded',
  attempt: 1,
  part: 0,
  send_no: 0,
  coverage: [],
  counts: { added: 12, changed: 0, removed: 0, unchanged: 0 },
  wrote: true,
  observed: 12,
  errors: [],
  api_calls: 4,
  ...overrides,
});

/** A path of one hop from a function to a bucket. */
export function aPath(overrides: Partial<ShownPath> = {}): ShownPath {
  const end = (name: string, entity_type: 'aws_lambda_function' | 'aws_s3_bucket', account_id: string) => ({
    id: name,
    entity_type,
    source_system_id: `aws:${account_id}`,
    source_record_id: `arn:aws:${name}`,
    display_name: name,
    observed: true,
    account_id,
  });
  const workload = end('tagger', 'aws_lambda_function', '222222222222');
  const resource = end('customers', 'aws_s3_bucket', '333333333333');
  const seen = { source_system_id: 'aws:222222222222', run_id: 'r-1', observed_at: AT };
  return {
    _id: 'a'.repeat(64),
    tenant_id: 'acme',
    workload,
    resource,
    access_level: 'Read',
    sensitivity: { reason: 'data_classification', value: 'pii', evidence: [] },
    hops: [
      {
        edge_type: 'CAN_ACCESS',
        from: workload,
        to: resource,
        verdict: 'allowed',
        conditions: [],
        evidence: [
          {
            ...seen,
            kind: 'statement',
            side: 'identity',
            source_record_id: 'arn:aws:iam::222222222222:role/tagger',
            source_field_path: 'RolePolicyList[read].PolicyDocument.Statement[0]',
            api: 'iam:GetAccountAuthorizationDetails',
            policy_hash: 'h',
            statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
          },
        ],
      },
    ],
    crosses_account_boundary: true,
    crosses_connector_boundary: false,
    crosses_organization_boundary: false,
    correlation_rules: [],
    identities: [],
    accounts: ['222222222222', '333333333333'],
    verdict: 'allowed',
    conditions: [],
    alternatives: 0,
    alternatives_capped: false,
    path_hash: 'h',
    stitch_run_id: 'st-1',
    stitched_at: AT,
    ...overrides,
  };
}

/** A stitch that found that path. */
export const aStitch = (overrides: Partial<ShownStitchRun> = {}): ShownStitchRun => ({
  _id: 'st-1',
  tenant_id: 'acme',
  generation: 1,
  outcome: 'stitched',
  started_at: AT,
  finished_at: '2026-11-21T10:00:00.250Z',
  durations_ms: {},
  counts: {
    entities: 10,
    edges: 20,
    policy_documents: 5,
    correlations: { added: 2, changed: 0, removed: 0, unchanged: 0 },
    identities: { added: 1, changed: 0, removed: 0, unchanged: 0 },
    paths: { added: 1, changed: 0, removed: 0, unchanged: 0 },
    unsettled: { can_assume: 0, can_control: 0, can_access: 0, unclassified_resources: 0, workloads_cut_short: 0 },
    ambiguities: 0,
  },
  triggered_by: [{ kind: 'run_finished', by: 'r-1', workspace_id: 'main', generation: 1 }],
  requests: 1,
  settings_version: 0,
  ambiguities: [],
  failed_rules: [],
  problems: [],
  ...overrides,
});

/** What a batch of `items` nodes came to, all of them taken. */
export const aBatchAnswer = (run_id: string, sequence: number, items: number): BatchAnswer => ({
  run_id,
  sequence,
  accepted: { nodes: items, edges: 0 },
  rejected: [],
  rejected_count: 0,
  repeated: false,
});

/** A report that was received. */
export const aSync = (): ConnectorSync => ({
  ...TENANCY,
  _id: 'r-1',
  connector_instance_id: 'i-1',
  scan_run_id: 'r-1',
  source_system_id: 'servicenow:x',
  status: 'running',
  counts: { added: 2, changed: 0, removed: 0, unchanged: 0 },
  errors: [],
  received_at: AT,
});
