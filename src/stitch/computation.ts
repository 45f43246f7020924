import type { FailedRule, RetiredBecause } from '../correlations/correlation.ts';
import type { CorrelationSettings } from '../correlations/settings.ts';
import type { GraphEdge, GraphEntity, GraphPolicyDocument } from '../graph/documents.ts';
import type { Json } from '../kernel/canonical.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Cause } from '../paths/cause.ts';
import type { PathOptions } from '../paths/find-paths.ts';
import type { StitchedKind } from './audit-entry.ts';
import type { Members } from './members.ts';
import type { StitchAmbiguity } from './stitch-run.ts';
import type { FoundCorrelation, StitchedCorrelation } from './stitched-correlation.ts';
import type { FoundIdentity, IdentityMember, StitchedIdentity } from './stitched-identity.ts';
import type { FoundPath, StitchedPath } from './stitched-path.ts';

/** One document of a tenant, on its way into the graph. */
export type StitchInput =
  | { readonly kind: 'entity'; readonly entity: GraphEntity & { readonly workspace_ids: readonly string[] } }
  | { readonly kind: 'edge'; readonly edge: GraphEdge }
  | { readonly kind: 'policy_document'; readonly policy_document: GraphPolicyDocument }
  /** One that stands: what a rule that throws had found stays. */
  | { readonly kind: 'correlation'; readonly correlation: StitchedCorrelation };

/** What a tenant decided, and how far to search. */
export interface StitchOptions {
  readonly settings: CorrelationSettings;
  readonly limits?: PathOptions;
  /** When the stitch before this one began: what was decided since then may be why something differs. */
  readonly since?: IsoTime;
  /** The runs that ended since then: what they were the first to see is new. */
  readonly runs?: readonly string[];
  /** There was no stitch before this one. */
  readonly first?: boolean;
}

/** What the search met and could not settle: none of it gives a path, and none of it is ruled out. */
export interface Unsettled {
  readonly can_assume: number;
  readonly can_control: number;
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

/** Parts of a computation that are timed. */
export type ComputationPhase = 'graph' | 'derived' | 'correlations' | 'identities' | 'paths';

/** What came of them. The documents themselves are asked for where they differ from what is stored. */
export interface Computed {
  /** Content hashes by kind and id. */
  readonly hashes: Readonly<Record<StitchedKind, ReadonlyMap<string, string>>>;
  readonly memberships: readonly IdentityMember[];
  readonly entities: number;
  readonly edges: number;
  readonly policy_documents: number;
  readonly unsettled: Unsettled;
  /** The first of the ambiguities, and how many there are. */
  readonly ambiguities: readonly StitchAmbiguity[];
  readonly ambiguity_count: number;
  readonly failed_rules: readonly FailedRule[];
  readonly problems: readonly StitchProblem[];
}

/** What is stored of each kind. */
export interface StoredDocuments {
  readonly correlation: StitchedCorrelation;
  readonly identity: StitchedIdentity;
  readonly path: StitchedPath;
}

/** What is found of each kind. */
export interface FoundDocuments {
  readonly correlation: FoundCorrelation;
  readonly identity: FoundIdentity;
  readonly path: FoundPath;
}

/** What is known of something that differs before it is asked about. */
interface Known {
  readonly id: string;
  /** Its hash as of the last stitch that came to its end; absent where it was not there. */
  readonly stood?: string;
  /** Why it differs, as a stitch of the same has told that was killed. */
  readonly told?: readonly Cause[];
}

/** Something that differs, or that a killed stitch may have written: with what is stored of it, where anything is. */
export type Asked<K extends StitchedKind = StitchedKind> = {
  readonly [Kind in K]: Known & { readonly kind: Kind; readonly before?: StoredDocuments[Kind] };
}[K];

/** Something that differs: what was found of it, where anything was, and why. */
export type Difference<K extends StitchedKind = StitchedKind> = {
  readonly [Kind in K]: {
    readonly kind: Kind;
    readonly id: string;
    readonly after?: FoundDocuments[Kind] & { readonly content_hash: string };
    readonly causes: readonly Cause[];
    readonly members: Members;
    /** Of a correlation that is found no more. */
    readonly retired_because?: RetiredBecause;
    readonly brief: { readonly before?: Json; readonly after?: Json };
  };
}[K];

/** The pure part of a stitch: takes documents in any order, then finds. */
export interface Computation {
  readonly add: (inputs: readonly StitchInput[]) => Promise<void>;
  /** With the milliseconds that each phase took. */
  readonly finish: () => Promise<{
    readonly computed: Computed;
    readonly durations_ms: Readonly<Partial<Record<ComputationPhase, number>>>;
  }>;
  /** After `finish`: what was found of something that differs, and why it does; in the order of the questions. */
  readonly differences: (asked: readonly Asked[]) => Promise<readonly Difference[]>;
  /** Ends whatever it runs in; harmless when repeated. */
  readonly close: () => Promise<void>;
}
