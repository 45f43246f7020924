import type { LineageRecord } from '../inventory/merge.ts';
import { canonicalJson, type Json } from '../kernel/canonical.ts';
import type { AttachedKind } from './attached-policies.ts';
import type { GraphEdge } from './documents.ts';
import type { Derivation, Grant } from './grant.ts';
import type { PolicyLibrary } from './policy-library.ts';

/** A policy statement, the record it stands in, and the call and run that saw it. */
export interface StatementEvidence extends LineageRecord {
  readonly kind: 'statement';
  readonly side: AttachedKind;
  readonly policy_hash: string;
  readonly sid?: string;
  /** As it was written. */
  readonly statement: Json;
}

/** A relation that a source states: a membership, an attachment, a configured role. */
export interface EdgeEvidence extends LineageRecord {
  readonly kind: 'edge';
  readonly edge_type: GraphEdge['edge_type'];
}

/** A property of an entity. */
export interface PropertyEvidence extends LineageRecord {
  readonly kind: 'property';
  readonly value: Json;
}

/** What shows that something is so: where it stands, and which call and run saw it. */
export type Evidence = StatementEvidence | EdgeEvidence | PropertyEvidence;

/** What shows a stated edge. */
export const edgeEvidence = ({ edge_type, lineage_records }: GraphEdge): readonly EdgeEvidence[] =>
  lineage_records.map((record) => ({ kind: 'edge', edge_type, ...record }));

/** What shows a derived edge: the stated edges on which it rests, its statements, and the edges by which their policies come to bear. Each once. */
export function derivationEvidence(
  policies: PolicyLibrary,
  { grants, via = [] }: Pick<Derivation, 'grants' | 'via'>,
): readonly Evidence[] {
  const evidence = [
    ...via.flatMap(edgeEvidence),
    ...grants.flatMap((grant) => [...grant.policy.via.flatMap(edgeEvidence), ...statementEvidence(policies, grant)]),
  ];
  return [...new Map(evidence.map((one) => [canonicalJson(one), one])).values()];
}

function statementEvidence(
  policies: PolicyLibrary,
  { policy: { kind, hash, holder, field_path, seen, written: beside }, statement: ref }: Grant,
): readonly StatementEvidence[] {
  if (hash === undefined || !seen) return [];
  const inDocument = policies.statement(hash, ref.index);
  const written = inDocument
    ? { source_field_path: `${field_path}.${inDocument.place}`, statement: inDocument.statement }
    : beside?.(ref.index);
  if (!written) return [];
  return [
    {
      kind: 'statement',
      side: kind,
      source_system_id: holder.source_system_id,
      source_record_id: holder.source_record_id,
      source_field_path: written.source_field_path,
      api: seen.api,
      run_id: seen.run_id,
      observed_at: seen.observed_at,
      policy_hash: hash,
      ...(ref.sid === undefined ? {} : { sid: ref.sid }),
      statement: written.statement,
    },
  ];
}
