import { inGroupsOf } from '../kernel/streams.ts';
import type { IsoTime } from '../kernel/time.ts';
import { type Claimant, claimantKey } from './claim.ts';
import type { DropContext, DropCounts } from './drop-claims.ts';
import { dropFromEdges, dropFromEntities } from './drop-claims.ts';
import { GROUP } from './manifest.ts';
import type { ClaimHeads, IdRange, InventoryStores } from './stores.ts';
import { settleAbandoned, settleOwn } from './unsettled.ts';

const EVERYTHING: IdRange = { from: '', to: 'g' };
const EVERY_RUN = Number.MAX_SAFE_INTEGER;

/**
 * After a complete discovery: drops every claim whose claimant no scope plans any more, then settles what workers that died for good have left behind. Harmless when repeated.
 */
export async function retireUnplanned(
  stores: Pick<InventoryStores, 'entities' | 'edges' | 'unsettled' | 'claimants'>,
  context: DropContext,
  isPlanned: (by: Claimant) => boolean,
): Promise<DropCounts> {
  let counts: DropCounts = { removed: 0, changed: 0 };
  const add = (more: DropCounts) => {
    counts = { removed: counts.removed + more.removed, changed: counts.changed + more.changed };
  };
  for await (const by of stores.claimants.all(context.tenant_id)) {
    if (isPlanned(by)) continue;
    for await (const drops of inGroupsOf(GROUP, claimedBy(stores.edges, context.tenant_id, by))) {
      add(await dropFromEdges(stores, context, drops, EVERY_RUN));
    }
    for await (const drops of inGroupsOf(GROUP, claimedBy(stores.entities, context.tenant_id, by))) {
      add(await dropFromEntities(stores, context, drops, EVERY_RUN));
    }
    await stores.claimants.unregister(context.tenant_id, by);
  }
  await settleOwn(stores, context);
  await settleAbandoned(stores, context);
  return counts;
}

/** Deletes documents that were retired before a moment, and the activity of such entities. Returns how many documents. */
export async function forget(
  stores: Pick<InventoryStores, 'entities' | 'edges' | 'activity'>,
  tenant_id: string,
  before: IsoTime,
): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const edges = await stores.edges.forgetRetired(tenant_id, before, GROUP);
    const entities = await stores.entities.forgetRetired(tenant_id, before, GROUP);
    if (entities.length > 0) await stores.activity.forgetEntities(tenant_id, entities);
    forgotten += edges.length + entities.length;
    if (edges.length + entities.length === 0) return forgotten;
  }
}

async function* claimedBy(
  store: { readonly heldBy: InventoryStores['entities']['heldBy'] },
  tenant_id: string,
  by: Claimant,
): AsyncGenerator<{ readonly id: string; readonly claimants: ReadonlySet<string> }> {
  const key = claimantKey(by);
  const claims = ({ claims: heads }: ClaimHeads) => heads.some((head) => claimantKey(head.by) === key);
  for await (const heads of store.heldBy(tenant_id, by, EVERYTHING)) {
    if (claims(heads)) yield { id: heads._id, claimants: new Set([key]) };
  }
}
