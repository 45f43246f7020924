import type { Json } from '../../../kernel/canonical.ts';
import type { EdgeType } from '../../../observations/entity-types.ts';
import type { EntityRef, NormalizedEdge } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';

/** An edge that the record of `from` states. */
export const statedEdge = (
  edge_type: EdgeType,
  from: EntityRef,
  to: EntityRef,
  stated: { readonly field: string; readonly api: string; readonly properties?: Readonly<Record<string, Json>> },
): NormalizedEdge => ({
  kind: 'edge',
  edge_type,
  from,
  to,
  stated_by: statedBy(from.source_record_id, stated.field),
  properties: stated.properties ?? {},
  api: stated.api,
});

/** Edges that say the same of several versions become one, whose lists (`agent_versions`, ...) are the union of theirs. */
export function mergedEdges(edges: Iterable<NormalizedEdge>): readonly NormalizedEdge[] {
  const merged = new Map<string, NormalizedEdge>();
  for (const edge of edges) {
    const key = [edge.edge_type, edge.to.source_record_id, edge.stated_by.source_field_path].join('\n');
    const earlier = merged.get(key);
    merged.set(key, earlier ? { ...edge, properties: union(earlier.properties, edge.properties) } : edge);
  }
  return [...merged.values()];
}

const union = (a: NormalizedEdge['properties'], b: NormalizedEdge['properties']): NormalizedEdge['properties'] =>
  Object.fromEntries([...Object.keys(a), ...Object.keys(b)].map((name) => [name, listUnion(a[name], b[name])]));

const listUnion = (a: Json | undefined, b: Json | undefined): Json =>
  [...new Set([a, b].flatMap((list) => (Array.isArray(list) ? list : [])))].map(String).sort();

/** The bucket of that name: an ARN of S3 has neither account nor region. */
export const bucketRef = (name: string, { partition }: { readonly partition: string }): EntityRef =>
  arnRef('aws_s3_bucket', `arn:${partition}:s3:::${name}`);

/** The bucket of `s3://bucket/key`; undefined where the text is something else. */
export const bucketOfUri = (uri: string | undefined): string | undefined => /^s3:\/\/([^/]+)/.exec(uri ?? '')?.[1];
