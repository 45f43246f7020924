import type { CoverageRow } from '../../src/connectors/connector.ts';
import type { CellContext } from '../../src/inventory/context.ts';
import { hashOf, type Json } from '../../src/kernel/canonical.ts';
import type { EntityRef, NormalizedEdge, NormalizedNode, Observation } from '../../src/observations/observation.ts';

export const TENANT = 'enterprise-nimbus';
export const ACCOUNT = '111111111111';
export const ROLES = { collector: 'iam.authorization-details', region: 'global' };

/** The moment at which run `seq` looks. */
export const momentOf = (seq: number): string => new Date(Date.UTC(2026, 0, 1, 0, seq)).toISOString();

export const aContext = (given: Partial<CellContext> = {}): CellContext => {
  const seq = given.seq ?? 1;
  const cell = given.cell ?? `aws_iam:${ACCOUNT}`;
  const run_id = given.run_id ?? `run-${given.instance_id ?? 'aws-1'}-${seq}`;
  return {
    tenant_id: TENANT,
    workspace_id: 'platform',
    instance_id: 'aws-1',
    run_id,
    seq,
    cell,
    cell_id: `${run_id}/${cell}`,
    part: 0,
    observed_at: momentOf(seq),
    still_mine: () => true,
    ...given,
  };
};

export const aRoleRef = (name: string, account = ACCOUNT): EntityRef => ({
  entity_type: 'aws_iam_role',
  source_system_id: `aws:${account}`,
  source_record_id: `arn:aws:iam::${account}:role/${name}`,
});

export const anAccountRef = (account: string, entity_type: EntityRef['entity_type'] = 'aws_account'): EntityRef => ({
  entity_type,
  source_system_id: `aws:${account}`,
  source_record_id: `arn:aws:iam::${account}:root`,
});

export const aNode = (ref: EntityRef, given: Partial<NormalizedNode> = {}): NormalizedNode => ({
  kind: 'node',
  entity_type: ref.entity_type,
  source_system_id: ref.source_system_id,
  source_record_id: ref.source_record_id,
  display_name: ref.source_record_id.split('/').at(-1) ?? ref.source_record_id,
  properties: { arn: ref.source_record_id },
  api: 'iam:GetAccountAuthorizationDetails',
  ...given,
});

/** An edge stated by its target, at a path by value. */
export const anEdge = (from: EntityRef, to: EntityRef, given: Partial<NormalizedEdge> = {}): NormalizedEdge => ({
  kind: 'edge',
  edge_type: 'TRUSTS',
  from,
  to,
  stated_by: {
    source_system_id: to.source_system_id,
    source_record_id: to.source_record_id,
    source_field_path: `AssumeRolePolicyDocument.Statement[s].Principal.AWS[${from.source_record_id}]`,
  },
  properties: { boundary: 'cross_account' },
  api: 'iam:GetAccountAuthorizationDetails',
  ...given,
});

export const aPolicyDocument = (document: Json): Observation => ({
  kind: 'policy_document',
  hash: hashOf(document),
  document,
});

export const complete = (task = ROLES): CoverageRow => ({ ...task, status: 'complete' });
