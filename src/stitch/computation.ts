import type { GraphEdge, GraphEntity, GraphPolicyDocument } from '../graph/documents.ts';
import type { FoundPath } from './stitched-path.ts';

/** One document of a tenant, on its way into the graph. */
export type StitchInput =
  | { readonly kind: 'entity'; readonly entity: GraphEntity & { readonly workspace_ids: readonly string[] } }
  | { readonly kind: 'edge'; readonly edge: GraphEdge }
  | { readonly kind: 'policy_document'; readonly policy_document: GraphPolicyDocument };

/** What the search met and could not settle: none of it gives a path, and none of it is ruled out. */
export interface Unsettled {
  readonly can_assume: number;
  readonly can_access: number;
  /** Resources of which the tags could not be read. */
  readonly unclassified_resources: number;
  /** Workloads from which chains went on after the most hops. */
  readonly workloads_cut_short: number;
}

/** What could not be used and where, and the workspaces that claim the record that it names: theirs to see, nobody else's. */
export interface StitchProblem {
  readonly message: string;
  readonly workspace_ids: readonly string[];
}

/** What came of them. */
export interface Computed {
  readonly paths: readonly FoundPath[];
  readonly entities: number;
  readonly edges: number;
  readonly policy_documents: number;
  readonly unsettled: Unsettled;
  readonly problems: readonly StitchProblem[];
}

/** The pure part of a stitch: takes documents in any order, then finds. */
export interface Computation {
  readonly add: (inputs: readonly StitchInput[]) => Promise<void>;
  readonly finish: () => Promise<Computed>;
  /** Ends whatever it runs in; harmless when repeated. */
  readonly close: () => Promise<void>;
}
