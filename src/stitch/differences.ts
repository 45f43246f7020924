import type { Correlated } from '../correlations/correlation.ts';
import { retirementOf } from '../correlations/retirement.ts';
import type { Graph } from '../graph/graph.ts';
import type { Json } from '../kernel/canonical.ts';
import type { Cause } from '../paths/cause.ts';
import { type ChangeContext, causesOfPath } from '../paths/change.ts';
import { briefOfCorrelation, briefOfIdentity, briefOfPath } from './brief.ts';
import { type CauseContext, causesOfCorrelation, causesOfIdentity } from './causes.ts';
import type { Asked, Computed, Difference, FoundDocuments } from './computation.ts';
import type { ComputationOptions } from './compute.ts';
import type { FoundPaths } from './found-paths.ts';
import { bothOf, type Members, type WorkspacesOf } from './members.ts';
import type { StitchedCorrelation } from './stitched-correlation.ts';

/** What a computation found, and found it in. */
export interface FoundIn {
  readonly graph: Graph;
  readonly correlated: Correlated;
  readonly documents: {
    readonly correlation: ReadonlyMap<string, FoundDocuments['correlation']>;
    readonly identity: ReadonlyMap<string, FoundDocuments['identity']>;
    /** Those that are held, and those that are searched for again. */
    readonly path: Pick<FoundPaths, 'get'>;
  };
  readonly hashes: Computed['hashes'];
  /** The correlations that stood before. */
  readonly standing: ReadonlyMap<string, StitchedCorrelation>;
  readonly options: ComputationOptions;
  readonly workspacesOf: WorkspacesOf;
}

/** Answers what was found of something that differs from what is stored, and why. */
export function differencesFrom(found: FoundIn): (asked: Asked) => Difference {
  const { graph, correlated, documents, hashes, standing, options } = found;
  const was = new Map<string, FoundDocuments['correlation']>(standing);
  const context: CauseContext = {
    settings: options.settings,
    since: options.since,
    was,
    is: documents.correlation,
    successorOf: successors(documents.identity),
  };
  // Correlations are asked about before paths, which may differ because of them.
  const correlation_causes = new Map<string, Cause>();
  const change: ChangeContext = {
    graph,
    correlations: new Set(documents.correlation.keys()),
    correlation_causes,
    runs: new Set(options.runs),
    first: options.first ?? false,
  };
  return (asked) => {
    const { kind, id } = asked;
    const content_hash = hashes[kind].get(id);
    switch (kind) {
      case 'correlation': {
        const { before } = asked;
        const after = documents.correlation.get(id);
        const retired_because =
          after || !before ? undefined : retirementOf(before, graph, options.settings, correlated, options.rules);
        const causes = causesOfCorrelation(before, after, retired_because, context);
        // A killed stitch may have written what stands: what stood before it counts.
        if (asked.stood === undefined) was.delete(id);
        else if (before) was.set(id, before);
        const [cause] = asked.told ?? causes;
        if (cause && asked.stood !== content_hash) correlation_causes.set(id, cause);
        const stood = before?.status === 'active' ? before : undefined;
        const told = toldOf(stood, after, content_hash, briefOfCorrelation);
        return { kind, id, causes, ...told, ...(retired_because && { retired_because }) };
      }
      case 'identity': {
        const after = documents.identity.get(id);
        const causes = causesOfIdentity(asked.before, after, context);
        return { kind, id, causes, ...toldOf(asked.before, after, content_hash, briefOfIdentity) };
      }
      case 'path': {
        const after = documents.path.get(id);
        const causes = causesOfPath(asked.before, after, change);
        return { kind, id, causes, ...toldOf(asked.before, after, content_hash, briefOfPath) };
      }
    }
  };
}

/** What there is to tell of something that was and is. */
const toldOf = <D extends { readonly members: Members }>(
  before: D | undefined,
  after: D | undefined,
  content_hash: string | undefined,
  brief: (document: D) => Json,
) => ({
  ...(after && content_hash !== undefined && { after: { ...after, content_hash } }),
  members: bothOf(before?.members ?? [], after?.members ?? []),
  brief: { ...(before && { before: brief(before) }), ...(after && { after: brief(after) }) },
});

/** Identities by every id that they had or would have; the index is made when it is first needed. */
function successors(identities: ReadonlyMap<string, FoundDocuments['identity']>) {
  let index: ReadonlyMap<string, FoundDocuments['identity']> | undefined;
  return (id: string): FoundDocuments['identity'] | undefined => {
    index ??= new Map(
      [...identities.values()].flatMap((one) => one.source_records.map(({ identity_id }) => [identity_id, one])),
    );
    return index.get(id);
  };
}
