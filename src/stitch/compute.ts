import { correlate } from '../correlations/correlate.ts';
import { resolveIdentities } from '../correlations/identities.ts';
import type { CorrelationRule } from '../correlations/rule.ts';
import { authorityOf } from '../graph/authority.ts';
import { graphBuilder } from '../graph/graph.ts';
import type { TenantId } from '../kernel/ids.ts';
import { pathSearch, sensitiveResources } from '../paths/find-paths.ts';
import type { Asked, ComputationPhase, Computed, Difference, StitchInput, StitchOptions } from './computation.ts';
import { differencesFrom } from './differences.ts';
import { foundPaths } from './found-paths.ts';
import { keptOf } from './kept-correlations.ts';
import { membersOf } from './members.ts';
import { correlationHash, entitiesOfCorrelation, type StitchedCorrelation } from './stitched-correlation.ts';
import { identityHash, membershipsOf } from './stitched-identity.ts';

/** Ambiguities that a stitch names; of more it says how many. */
export const MOST_AMBIGUITIES = 100;

/** How a computation is made, beyond what a tenant decides. */
export interface ComputationOptions extends StitchOptions {
  /** Told when a phase begins: this part of the code has no clock. */
  readonly phase?: (phase: ComputationPhase) => void;
  /** @default all rules */
  readonly rules?: readonly CorrelationRule[];
  /** Paths that are held at once. @default 100,000 */
  readonly most_held?: number;
}

/** The pure part of a stitch, a document at a time: no I/O, no clock. */
export function stitchComputation(tenant_id: TenantId, options: ComputationOptions) {
  const builder = graphBuilder(tenant_id);
  const workspaces = new Map<string, readonly string[]>();
  const standing = new Map<string, StitchedCorrelation>();
  const counts = { entities: 0, edges: 0, policy_documents: 0 };
  let explain: ((asked: Asked) => Difference) | undefined;
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
          case 'correlation':
            standing.set(input.correlation._id, input.correlation);
            break;
        }
      }
    },

    finish(): Computed {
      const { settings, limits, phase = () => undefined, rules } = options;
      const workspacesOf = (id: string): readonly string[] | undefined => workspaces.get(id);
      phase('graph');
      const graph = builder.finish();
      phase('derived');
      authorityOf(graph, sensitiveResources(graph).resources).prepare();
      phase('correlations');
      const correlated = correlate(graph, settings, rules);
      const correlations = keptOf(graph, settings, correlated, standing.values());
      phase('identities');
      const identities = resolveIdentities(graph, correlations);
      phase('paths');
      const search = pathSearch(graph, { correlations, identities }, limits ?? {});
      const path = foundPaths(search, workspacesOf, options.most_held);
      const { undetermined, ...others } = search.unsettled();
      const documents = {
        correlation: byId(correlations, (one) => membersOf(entitiesOfCorrelation(one), workspacesOf)),
        identity: byId(identities, ({ source_records }) =>
          membersOf(
            source_records.map(({ id }) => id),
            workspacesOf,
          ),
        ),
        path,
      };
      const hashes = {
        correlation: hashesOf(documents.correlation, correlationHash),
        identity: hashesOf(documents.identity, identityHash),
        path: path.hashes,
      };
      explain = differencesFrom({ graph, correlated, documents, hashes, standing, options, workspacesOf });
      return {
        hashes,
        memberships: [...documents.identity.values()].flatMap(membershipsOf),
        ...counts,
        unsettled: { ...undetermined, ...others },
        ambiguities: correlated.ambiguities.slice(0, MOST_AMBIGUITIES).map((ambiguity) => ({
          ...ambiguity,
          members: membersOf(
            [ambiguity.left, ...ambiguity.rights].map(({ id }) => id),
            workspacesOf,
          ),
        })),
        ambiguity_count: correlated.ambiguities.length,
        failed_rules: correlated.failed_rules,
        problems: graph.problems.map(({ code, entity, place, message }) => ({
          message: `${code}: ${entity.source_record_id} ${place}: ${message}`,
          workspace_ids: workspaces.get(entity.id) ?? [],
        })),
      };
    },

    differences(asked: readonly Asked[]): readonly Difference[] {
      if (!explain) throw new TypeError('nothing is computed yet');
      return asked.map(explain);
    },
  };
}

function byId<D extends { readonly _id: string }, M>(
  documents: readonly D[],
  membersOfOne: (document: D) => M,
): ReadonlyMap<string, D & { readonly members: M }> {
  return new Map(documents.map((document) => [document._id, { ...document, members: membersOfOne(document) }]));
}

const hashesOf = <D>(documents: ReadonlyMap<string, D>, hash: (document: D) => string): ReadonlyMap<string, string> =>
  new Map([...documents].map(([id, document]) => [id, hash(document)]));
