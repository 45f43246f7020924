import { hashOf } from '../kernel/canonical.ts';
import { type Claim, type Claimant, claimantKey, isKnown, type Join, type Keep, withClaim } from './claim.ts';
import { assertMine, type CellContext } from './context.ts';
import type { ChangeCounts } from './counts.ts';
import { type Edge, type EdgeFacts, edgeOf, joinEdgeFacts } from './edge.ts';
import { type Entity, type EntityFacts, entityOf, joinEntityFacts, keepFailedFacts } from './entity.ts';
import type { NamingEdge } from './far-ends.ts';
import { type Change, rewrite, type VersionedStore } from './rewrite.ts';
import type { Said, SaidOfEdge, SaidOfEntity } from './sort-out.ts';
import type { ClaimedDocument, ClaimedStore, ClaimHeads, InventoryStores } from './stores.ts';
import { leftEnds, noteUnsettled } from './unsettled.ts';

/** How documents of one sort come about from claims. */
interface Making<D, Facts, Naming> {
  readonly join: Join<Facts>;
  /** What is said now, with what calls that failed had told before. */
  readonly keepFailed: (stored: Facts, made: Facts, failed_apis: readonly string[]) => Facts;
  readonly document: (tenant_id: string, naming: Naming, claims: readonly Claim<Facts>[], present?: D) => D;
}

const ENTITIES: Making<Entity, EntityFacts, SaidOfEntity['naming']> = {
  join: joinEntityFacts,
  keepFailed: keepFailedFacts,
  document: entityOf,
};
const EDGES: Making<Edge, EdgeFacts, SaidOfEdge['naming']> = {
  join: joinEdgeFacts,
  keepFailed: (_, made) => made,
  document: edgeOf,
};

/** Puts what a claimant said about entities into their documents; writes only those in which it makes a difference. */
export async function putEntities(
  store: ClaimedStore<Entity>,
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, SaidOfEntity>,
): Promise<ChangeCounts> {
  const { changes } = await put(store, context, by, said, ENTITIES, () => assertMine(context));
  return countsOf(said.size, changes);
}

/** The same for edges. Also gives those edges as they are now. */
export async function putEdges(
  stores: Pick<InventoryStores, 'edges' | 'unsettled'>,
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, SaidOfEdge>,
): Promise<{ readonly counts: ChangeCounts; readonly edges: readonly NamingEdge[] }> {
  const { changes, kept } = await put(stores.edges, context, by, said, EDGES, async (planned) => {
    assertMine(context);
    await noteUnsettled(stores, context, leftEnds(planned));
  });
  return { counts: countsOf(said.size, changes), edges: [...kept, ...changes.map(({ after }) => after)] };
}

async function put<Facts, D extends ClaimedDocument<Facts> & Heads, Heads extends ClaimHeads, Naming>(
  store: VersionedStore<D> & {
    readonly claimHeads: (tenant_id: string, ids: readonly string[]) => Promise<readonly Heads[]>;
  },
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, Said<Facts, Naming>>,
  making: Making<D, Facts, Naming>,
  beforeWrite: (changes: readonly Change<D>[]) => void | Promise<void>,
): Promise<{ readonly changes: readonly Change<D>[]; readonly kept: readonly Heads[] }> {
  const { tenant_id, workspace_id, seq, observed_at, run_id } = context;
  const made = new Map<string, Claim<Facts>>();
  for (const [id, { facts }] of said) {
    made.set(id, { by, workspace_id, hash: hashOf(facts), seq, first_seq: seq, observed_at, run_id, facts });
  }
  const key = claimantKey(by);
  const known: Heads[] = [];
  const absent = new Set(made.keys());
  for (const heads of await store.claimHeads(tenant_id, [...made.keys()])) {
    absent.delete(heads._id);
    const stored = heads.claims.find((claim) => claimantKey(claim.by) === key);
    const claim = made.get(heads._id);
    if (!stored || !claim || !isKnown(stored, claim)) continue;
    known.push(heads);
    made.delete(heads._id);
  }
  const { changes, kept } = await rewrite(
    store,
    tenant_id,
    [...made.keys()],
    (id, present) => {
      const said_now = said.get(id);
      const claim = made.get(id);
      if (!said_now || !claim) return undefined;
      const { naming, failed_apis } = said_now;
      const keep: Keep<Facts> = (stored, facts) =>
        failed_apis.length === 0 ? facts : making.keepFailed(stored, facts, failed_apis);
      const claims = withClaim(present?.claims ?? [], claim, making.join, keep);
      return claims === present?.claims ? undefined : making.document(tenant_id, naming, claims, present);
    },
    beforeWrite,
    absent,
  );
  return { changes, kept: [...known, ...kept] };
}

function countsOf(observed: number, changes: readonly Change<ClaimedDocument<unknown>>[]): ChangeCounts {
  const added = changes.filter(({ before }) => before === undefined || before.claims.length === 0).length;
  return { added, changed: changes.length - added, removed: 0, unchanged: observed - changes.length };
}
