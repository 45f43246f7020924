import { graphBuilder } from '../graph/graph.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import { findPaths } from '../paths/find-paths.ts';
import type { Path } from '../paths/path.ts';
import type { Computed, StitchInput } from './computation.ts';
import type { FoundPath } from './stitched-path.ts';

/** The pure part of a stitch, a document at a time: no I/O, no clock. */
export function stitchComputation(tenant_id: TenantId) {
  const builder = graphBuilder(tenant_id);
  const workspaces = new Map<string, readonly string[]>();
  const counts = { entities: 0, edges: 0, policy_documents: 0 };
  return {
    add(inputs: readonly StitchInput[]): void {
      for (const input of inputs) {
        switch (input.kind) {
          case 'entity':
            counts.entities += 1;
            if (input.entity.workspace_ids.length > 0) workspaces.set(input.entity._id, input.entity.workspace_ids);
            builder.addEntity(input.entity);
            break;
          case 'edge':
            counts.edges += 1;
            builder.addEdge(input.edge);
            break;
          case 'policy_document':
            counts.policy_documents += 1;
            builder.addPolicyDocument(input.policy_document);
            break;
        }
      }
    },

    finish(): Computed {
      const graph = builder.finish();
      const { paths, undetermined, unclassified_resources, workloads_cut_short } = findPaths(graph);
      return {
        paths: paths.map((path) => withMembers(path, workspaces)),
        ...counts,
        unsettled: { ...undetermined, unclassified_resources, workloads_cut_short },
        problems: graph.problems.map(({ code, entity, place, message }) => ({
          message: `${code}: ${entity.source_record_id} ${place}: ${message}`,
          workspace_ids: workspaces.get(entity.id) ?? [],
        })),
      };
    },
  };
}

/** A path with the workspaces of its members. One that nobody claims, a far end, hides the path from nobody. */
function withMembers(path: Path, workspaces: ReadonlyMap<string, readonly string[]>): FoundPath {
  const ids = new Set(path.hops.flatMap((hop) => [hop.from.id, hop.to.id]));
  const sets = new Map<string, readonly string[]>();
  for (const id of ids) {
    const workspace_ids = workspaces.get(id);
    if (workspace_ids) sets.set(canonicalJson(workspace_ids), workspace_ids);
  }
  const members = [...sets.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, workspace_ids]) => ({ workspace_ids }));
  return { ...path, members };
}
