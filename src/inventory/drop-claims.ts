import type { Claim } from './claim.ts';
import { withoutClaims } from './claim.ts';
import { assertMine, type CellContext } from './context.ts';
import { edgeOf } from './edge.ts';
import { entityOf } from './entity.ts';
import { namedEnds, unclaimed } from './far-ends.ts';
import { type Change, rewrite } from './rewrite.ts';
import type { ClaimedDocument, InventoryStores } from './stores.ts';
import { leftEnds, noteUnsettled } from './unsettled.ts';

export type DropStores = Pick<InventoryStores, 'entities' | 'edges' | 'unsettled'>;
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

/** Drops claims up to a run (`seq`) from edges. An edge that loses its last claim is retired. The ends are settled later: they are noted. */
export async function dropFromEdges(
  stores: DropStores,
  context: DropContext,
  drops: readonly Dropped[],
  seq: number,
): Promise<DropCounts> {
  const claimants = claimantsOf(drops);
  const { tenant_id, observed_at: retired_at } = context;
  const { changes } = await rewrite(
    stores.edges,
    tenant_id,
    [...claimants.keys()],
    (id, present) => {
      const claims = lessClaims(present, claimants.get(id), seq);
      if (!present || !claims) return undefined;
      if (claims.length > 0) return edgeOf(tenant_id, present, claims, present);
      return { ...present, claims, retired_at, version: present.version + 1 };
    },
    async (planned) => {
      assertMine(context);
      const now = planned.filter(({ after }) => !after.retired_at).flatMap(({ after }) => [after.from.id, after.to.id]);
      await noteUnsettled(stores, context, [...leftEnds(planned), ...now]);
    },
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
  const named = await namedEnds(stores, tenant_id, [...claimants.keys()]);
  const { changes } = await rewrite(
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
    async (planned) => {
      assertMine(context);
      const lost = planned.filter(({ after }) => after.claims.length === 0);
      await noteUnsettled(
        stores,
        context,
        lost.map(({ after }) => after._id),
      );
    },
  );
  return countsOf(changes);
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
