import { hashOf } from '../kernel/canonical.ts';
import { type Claim, type Claimant, claimantKey, isKnown, type Join, withClaim } from './claim.ts';
import { assertMine, type CellContext } from './context.ts';
import type { ChangeCounts } from './counts.ts';
import { type Edge, type EdgeEnd, type EdgeFacts, edgeOf, joinEdgeFacts } from './edge.ts';
import { type Entity, type EntityFacts, entityOf, joinEntityFacts } from './entity.ts';
import { type Change, rewrite } from './rewrite.ts';
import type { Said, SaidOfEdge, SaidOfEntity } from './sort-out.ts';
import type { ClaimedDocument, ClaimedStore } from './stores.ts';

/** How documents of one sort come about from claims. */
interface Making<D, Facts, Naming> {
  readonly join: Join<Facts>;
  readonly document: (tenant_id: string, naming: Naming, claims: readonly Claim<Facts>[], present?: D) => D;
}

const ENTITIES: Making<Entity, EntityFacts, SaidOfEntity['naming']> = { join: joinEntityFacts, document: entityOf };
const EDGES: Making<Edge, EdgeFacts, SaidOfEdge['naming']> = { join: joinEdgeFacts, document: edgeOf };

/** Puts what a claimant said about entities into their documents; writes only those in which it makes a difference. */
export async function putEntities(
  store: ClaimedStore<Entity>,
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, SaidOfEntity>,
): Promise<ChangeCounts> {
  return countsOf(said.size, await put(store, context, by, said, ENTITIES));
}

/** The same for edges. Also tells which entities edges named until now and name otherwise, or no more: `left_ends`. */
export async function putEdges(
  store: ClaimedStore<Edge>,
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, SaidOfEdge>,
): Promise<{ readonly counts: ChangeCounts; readonly left_ends: readonly string[] }> {
  const changes = await put(store, context, by, said, EDGES);
  const left = ({ before, after }: Change<Edge>): readonly string[] =>
    before === undefined ? [] : [...leftEnd(before.from, after.from), ...leftEnd(before.to, after.to)];
  return { counts: countsOf(said.size, changes), left_ends: changes.flatMap(left) };
}

const leftEnd = (before: EdgeEnd, after: EdgeEnd): readonly string[] =>
  before.id === after.id && before.entity_type === after.entity_type ? [] : [before.id];

async function put<Facts, D extends ClaimedDocument<Facts>, Naming>(
  store: Pick<ClaimedStore<D>, 'claimHeads' | 'getMany' | 'writeMany'>,
  context: CellContext,
  by: Claimant,
  said: ReadonlyMap<string, Said<Facts, Naming>>,
  making: Making<D, Facts, Naming>,
): Promise<readonly Change<D>[]> {
  const { tenant_id, workspace_id, seq, observed_at, run_id } = context;
  const made = new Map<string, Claim<Facts>>();
  for (const [id, { facts }] of said) {
    made.set(id, { by, workspace_id, hash: hashOf(facts), seq, first_seq: seq, observed_at, run_id, facts });
  }
  const key = claimantKey(by);
  for (const { _id, claims } of await store.claimHeads(tenant_id, [...made.keys()])) {
    const stored = claims.find((claim) => claimantKey(claim.by) === key);
    const claim = made.get(_id);
    if (stored && claim && isKnown(stored, claim)) made.delete(_id);
  }
  return rewrite(
    store,
    tenant_id,
    [...made.keys()],
    (id, present) => {
      const naming = said.get(id)?.naming;
      const claim = made.get(id);
      if (naming === undefined || !claim) return undefined;
      const claims = withClaim(present?.claims ?? [], claim, making.join);
      return claims === present?.claims ? undefined : making.document(tenant_id, naming, claims, present);
    },
    () => assertMine(context),
  );
}

function countsOf(observed: number, changes: readonly Change<ClaimedDocument<unknown>>[]): ChangeCounts {
  const added = changes.filter(({ before }) => before === undefined || before.claims.length === 0).length;
  return { added, changed: changes.length - added, removed: 0, unchanged: observed - changes.length };
}
