import { inGroupsOf } from '../kernel/streams.ts';
import type { Claim } from './claim.ts';
import { withoutClaims } from './claim.ts';
import { assertMine, type CellContext } from './context.ts';
import { edgeOf } from './edge.ts';
import { entityOf } from './entity.ts';
import { namedTypes, settleFarEnds, unclaimed } from './far-ends.ts';
import { GROUP } from './manifest.ts';
import { type Change, rewrite } from './rewrite.ts';
import type { ClaimedDocument, InventoryStores } from './stores.ts';

export type DropStores = Pick<InventoryStores, 'entities' | 'edges'>;
export type DropContext = Pick<CellContext, 'tenant_id' | 'cell_id' | 'observed_at' | 'still_mine'>;

/** A document and the claimants (`claimantKey`) that no longer claim it. */
export interface Dropped {
  readonly id: string;
  readonly claimants: ReadonlySet<string>;
}

/** How many documents lost their last claim, and how many only one of several. */
export interface DropCounts {
  readonly removed: number;
  readonly changed: number;
}

/** Drops claims up to a run (`seq`) from edges. An edge that loses its last claim is retired. */
export async function dropFromEdges(
  stores: DropStores,
  context: DropContext,
  drops: readonly Dropped[],
  seq: number,
): Promise<DropCounts> {
  const claimants = claimantsOf(drops);
  const { tenant_id, cell_id: retired_by, observed_at: retired_at } = context;
  const changes = await rewrite(
    stores.edges,
    tenant_id,
    [...claimants.keys()],
    (id, present) => {
      const claims = lessClaims(present, claimants.get(id), seq);
      if (!present || !claims) return undefined;
      if (claims.length > 0) return edgeOf(tenant_id, present, claims, present);
      return { ...present, claims, retired_at, retired_by, version: present.version + 1 };
    },
    () => assertMine(context),
  );
  return countsOf(changes);
}

/** Drops claims up to a run (`seq`) from entities. One that loses its last claim becomes a far end if live edges name it, and is retired otherwise. */
export async function dropFromEntities(
  stores: DropStores,
  context: DropContext,
  drops: readonly Dropped[],
  seq: number,
): Promise<DropCounts> {
  const claimants = claimantsOf(drops);
  const { tenant_id } = context;
  const named = await namedTypes(stores, tenant_id, [...claimants.keys()]);
  const changes = await rewrite(
    stores.entities,
    tenant_id,
    [...claimants.keys()],
    (id, present) => {
      const claims = lessClaims(present, claimants.get(id), seq);
      if (!present || !claims) return undefined;
      return claims.length > 0
        ? entityOf(tenant_id, present, claims, present)
        : unclaimed(present, named.get(id), context);
    },
    () => assertMine(context),
  );
  return countsOf(changes);
}

/**
 * Settles what hangs on the documents that a cell retired: the ends of its edges, and entities that somebody named while
 * they were being retired. The retired documents themselves are the list of what is to be done, so that a cell killed in
 * between does it when it is delivered again. Returns how many entities it wrote.
 */
export async function settleAfter(stores: DropStores, context: DropContext): Promise<number> {
  let written = 0;
  for await (const edges of inGroupsOf(GROUP, stores.edges.retiredBy(context.tenant_id, context.cell_id))) {
    written += await settleFarEnds(
      stores,
      context,
      edges.flatMap(({ from, to }) => [from.id, to.id]),
    );
  }
  for await (const entities of inGroupsOf(GROUP, stores.entities.retiredBy(context.tenant_id, context.cell_id))) {
    written += await settleFarEnds(
      stores,
      context,
      entities.map(({ _id }) => _id),
    );
  }
  return written;
}

const claimantsOf = (drops: readonly Dropped[]): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(drops.map(({ id, claimants }) => [id, claimants]));

/** The claims that are left; undefined where nothing changes. */
function lessClaims<Facts>(
  present: ClaimedDocument<Facts> | undefined,
  claimants: ReadonlySet<string> | undefined,
  seq: number,
): readonly Claim<Facts>[] | undefined {
  if (!present || !claimants) return undefined;
  const claims = withoutClaims(present.claims, claimants, seq);
  return claims === present.claims ? undefined : claims;
}

function countsOf(changes: readonly Change<ClaimedDocument<unknown>>[]): DropCounts {
  const removed = changes.filter(({ after }) => after.claims.length === 0).length;
  return { removed, changed: changes.length - removed };
}
