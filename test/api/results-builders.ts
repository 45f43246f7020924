import type { Edge } from '../../src/inventory/edge.ts';
import type { Entity } from '../../src/inventory/entity.ts';
import { derivedId } from '../../src/kernel/ids.ts';
import { documentId, entityId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import type { EntityRef } from '../../src/observations/observation.ts';
import type { StitchAuditEntry } from '../../src/stitch/audit-entry.ts';
import type { StitchedCorrelation } from '../../src/stitch/stitched-correlation.ts';
import { type IdentityMember, membershipsOf, type StitchedIdentity } from '../../src/stitch/stitched-identity.ts';
import { at, ONE, TENANT, TWO, WORKSPACE } from '../control/builders.ts';

const SEEN = { observed_at: at(0), run_id: 'run-1', api: 'iam:GetAccountAuthorizationDetails' };

export const roleRef = (name: string, account: string = ONE): EntityRef => ({
  entity_type: 'aws_iam_role',
  source_system_id: `aws:${account}`,
  source_record_id: `arn:aws:iam::${account}:role/${name}`,
});

/** A role as it is stored; a far end with `claims: []` and so on. */
export function anEntity(ref: EntityRef = roleRef('reader'), given: Partial<Entity> = {}): Entity {
  return {
    _id: entityId(TENANT, ref),
    tenant_id: TENANT,
    ...ref,
    display_name: ref.source_record_id.split('/').at(-1) ?? '',
    sourceFingerprint: sourceFingerprint(wholeRecord(ref)),
    properties: { path: '/' },
    property_provenance: {
      path: { ...SEEN, connector_id: 'instance-1', source_record_id: ref.source_record_id, cell: `aws_iam:${ONE}` },
    },
    connector_owners: ['instance-1'],
    workspace_ids: [WORKSPACE],
    claims: [],
    correlationKeys: [{ kind: 'arn', value: ref.source_record_id }],
    lineage_records: [{ ...wholeRecord(ref), ...SEEN }],
    version: 1,
    ...given,
  };
}

/** An entity that edges name and nobody saw. */
export const aFarEnd = (ref: EntityRef): Entity =>
  anEntity(ref, {
    display_name: ref.source_record_id,
    properties: {},
    property_provenance: {},
    connector_owners: [],
    workspace_ids: [],
    correlationKeys: [],
    lineage_records: [],
  });

/** A trust of the second in the first, as it is stored. */
export function aTrust(from: EntityRef, to: EntityRef, given: Partial<Edge> = {}): Edge {
  const { source_system_id, source_record_id } = to;
  const statement = {
    source_system_id,
    source_record_id,
    source_field_path: `Principal.AWS[${from.source_record_id}]`,
  };
  const fingerprint = sourceFingerprint(statement);
  return {
    _id: documentId(TENANT, fingerprint),
    tenant_id: TENANT,
    edge_type: 'TRUSTS',
    from: { id: entityId(TENANT, from), ...from },
    to: { id: entityId(TENANT, to), ...to },
    ...statement,
    sourceFingerprint: fingerprint,
    properties: {},
    property_provenance: {},
    connector_owners: ['instance-1'],
    workspace_ids: [WORKSPACE],
    claims: [],
    lineage_records: [{ ...statement, ...SEEN }],
    version: 1,
    ...given,
  };
}

const named = (ref: EntityRef) => ({
  id: entityId(TENANT, ref),
  ...ref,
  display_name: ref.source_record_id.split('/').at(-1) ?? '',
});

const [READER, WRITER] = [roleRef('reader'), roleRef('writer', TWO)];
const MEMBERS = [{ workspace_ids: [WORKSPACE] }];
const STITCHED = { members: MEMBERS, content_hash: 'h', stitched_at: at(0) };

/** A correlation of two roles, as it is stored. */
export const aCorrelation = (given: Partial<StitchedCorrelation> = {}): StitchedCorrelation => ({
  ...STITCHED,
  _id: derivedId(TENANT, 'correlation'),
  tenant_id: TENANT,
  rule_id: 'aws-unique-id-to-principal',
  effect: 'SAME_ENTITY',
  confidence: 'exact',
  left: named(READER),
  right: named(WRITER),
  evidence: [
    {
      key: 'AROA1',
      left: [{ field: 'properties.unique_id', value: 'AROA1' }],
      right: [{ field: 'properties.unique_id', value: 'AROA1', of: { id: entityId(TENANT, WRITER), ...WRITER } }],
    },
  ],
  status: 'active',
  first_stitch_run_id: 'stitch-1',
  last_stitch_run_id: 'stitch-1',
  ...given,
});

/** Two roles that are one, as it is stored. */
export const anIdentity = (given: Partial<StitchedIdentity> = {}): StitchedIdentity => ({
  ...STITCHED,
  _id: derivedId(TENANT, 'identity', 'reader'),
  tenant_id: TENANT,
  entity_type: 'aws_iam_role',
  display_name: 'reader',
  survivor: { id: entityId(TENANT, READER), ...READER },
  source_records: [READER, WRITER].map((ref) => ({
    ...named(ref),
    identity_id: derivedId(TENANT, 'identity', named(ref).display_name),
    observed: true,
  })),
  rules: ['aws-unique-id-to-principal'],
  correlation_ids: [aCorrelation()._id],
  properties: { path: '/' },
  property_provenance: {
    path: {
      ...SEEN,
      connector_id: 'instance-1',
      source_record_id: READER.source_record_id,
      cell: `aws_iam:${ONE}`,
      entity_id: entityId(TENANT, READER),
    },
  },
  disagreements: [
    { property: 'path', values: [{ value: '/x/', entity: { id: entityId(TENANT, WRITER), ...WRITER } }] },
  ],
  stitch_run_id: 'stitch-1',
  ...given,
});

/** Which entities an identity is of. */
export const membersOfIdentity = (identity: StitchedIdentity = anIdentity()): readonly IdentityMember[] =>
  membershipsOf(identity);

/** An entry about a path that appeared. */
export const anEntry = (given: Partial<StitchAuditEntry> = {}): StitchAuditEntry => ({
  _id: derivedId(TENANT, 'entry', given.id ?? '', String(given.generation ?? 1)),
  tenant_id: TENANT,
  stitch_run_id: 'stitch-1',
  generation: 1,
  at: at(0),
  kind: 'path',
  id: derivedId(TENANT, 'path'),
  change: 'appeared',
  causes: [{ code: 'edge_appeared', message: 'the role trusts the function now', subject: 'edge', run_id: 'run-1' }],
  after: {
    workload: { entity_type: 'aws_lambda_function', source_record_id: 'arn:aws:tagger', display_name: 'tagger' },
    resource: { entity_type: 'aws_s3_bucket', source_record_id: 'arn:aws:customers', display_name: 'customers' },
    access_level: 'Read',
    verdict: 'allowed',
    conditions: [],
    hops: [{ edge_type: 'CAN_ACCESS', from: 'tagger', to: 'customers' }],
  },
  after_hash: 'h',
  members: MEMBERS,
  ...given,
});
