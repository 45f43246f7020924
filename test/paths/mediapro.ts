import type { Json } from '../../src/kernel/canonical.ts';
import {
  aFunction,
  allow,
  anOrganization,
  aRole,
  aTable,
  DATA,
  type Part,
  policy,
  roleArn,
  tableArn,
  trusting,
  WORKLOADS,
} from '../graph/estate.ts';

export const TAGGER_ROLE = roleArn(WORKLOADS, 'mp-content-tagger-role');
export const READER = roleArn(DATA, 'mp-cross-account-data-reader');
export const CUSTOMERS = tableArn(DATA, 'mp-pii-customers');

/** What a test changes about the story. */
export interface MediaPro {
  /** What the function's role may do. */
  readonly tagger?: Readonly<Record<string, Json>>;
  /** Whom the reader trusts. */
  readonly trust?: Json;
  readonly reader?: Readonly<Record<string, Json>>;
  readonly readerProperties?: Readonly<Record<string, Json | undefined>>;
  readonly table?: Part;
}

export const ASSUME_READER = { 'assume-reader': policy(allow('sts:AssumeRole', READER, { Sid: 'AssumeReader' })) };
export const READ_CUSTOMERS = {
  'read-customers': policy(allow(['dynamodb:GetItem', 'dynamodb:Query'], CUSTOMERS, { Sid: 'ReadCustomers' })),
};

/** `mp-content-tagger` in one account runs as a role that may become `mp-cross-account-data-reader` in another, which reads `mp-pii-customers`. */
export const mediaPro = ({
  tagger = ASSUME_READER,
  trust = trusting({ AWS: TAGGER_ROLE }),
  reader = READ_CUSTOMERS,
  readerProperties = {},
  table = aTable({ name: 'mp-pii-customers' }),
}: MediaPro = {}): readonly Part[] => [
  anOrganization(WORKLOADS, DATA),
  aFunction({ name: 'mp-content-tagger', role: TAGGER_ROLE }),
  aRole({ name: 'mp-content-tagger-role', policies: tagger }),
  aRole({ name: 'mp-cross-account-data-reader', account: DATA, trust, policies: reader, properties: readerProperties }),
  table,
];

/** A part as another run was the first to see it. */
export const seenIn = (part: Part, run: { readonly run_id: string; readonly observed_at: string }): Part => ({
  entities: part.entities.map((entity) => ({
    ...entity,
    lineage_records: entity.lineage_records.map((record) => ({ ...record, ...run })),
    property_provenance: Object.fromEntries(
      Object.entries(entity.property_provenance).map(([name, one]) => [name, { ...one, ...run }]),
    ),
  })),
  edges: part.edges.map((edge) => ({
    ...edge,
    lineage_records: edge.lineage_records.map((record) => ({ ...record, ...run })),
  })),
  policy_documents: part.policy_documents,
});
