import { type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import type { CellContext } from './context.ts';
import type { Edge, EdgeEnd } from './edge.ts';
import { type FarEndStores, settleEnds } from './far-ends.ts';
import type { Change } from './rewrite.ts';
import type { InventoryStores, UnsettledEnds } from './stores.ts';

type SettleStores = FarEndStores & Pick<InventoryStores, 'unsettled'>;
type SettleContext = Pick<CellContext, 'tenant_id' | 'cell_id' | 'observed_at' | 'still_mine'>;

/** No worker takes this long between noting ends and writing what unsettles them. */
const OLD = 60 * MINUTE;

/**
 * Notes entities whose edges or claims are about to go, before they go: a worker that is killed in between finds the note
 * when its cell is delivered again, and settles them then.
 */
export async function noteUnsettled(
  stores: Pick<InventoryStores, 'unsettled'>,
  { tenant_id, cell_id, observed_at }: SettleContext,
  entity_ids: readonly string[],
): Promise<void> {
  if (entity_ids.length === 0) return;
  await stores.unsettled.note(tenant_id, cell_id, observed_at, [...new Set(entity_ids)]);
}

/** Settles what a cell noted. Returns how many entities it wrote. */
export const settleOwn = (stores: SettleStores, context: SettleContext): Promise<number> =>
  settle(stores, context, stores.unsettled.ofCell(context.tenant_id, context.cell_id));

/** Settles what workers noted that died for good. Returns how many entities it wrote. */
export const settleAbandoned = (stores: SettleStores, context: SettleContext): Promise<number> => {
  const before: IsoTime = isoTime(later(new Date(context.observed_at), -OLD));
  return settle(stores, context, stores.unsettled.notedBefore(context.tenant_id, before));
};

async function settle(
  stores: SettleStores,
  context: SettleContext,
  notes: AsyncIterable<UnsettledEnds>,
): Promise<number> {
  let written = 0;
  for await (const { _id, entity_ids } of notes) {
    written += await settleEnds(stores, context, entity_ids);
    await stores.unsettled.settled(context.tenant_id, _id);
  }
  return written;
}

/** The ends that edges name no more, or name otherwise, once these changes are made. */
export function leftEnds(changes: readonly Change<Edge>[]): readonly string[] {
  return changes.flatMap(({ before, after }) =>
    before === undefined || before.retired_at !== undefined
      ? []
      : [...left(before.from, after.from, after), ...left(before.to, after.to, after)],
  );
}

const left = (before: EdgeEnd, after: EdgeEnd, edge: Edge): readonly string[] =>
  !edge.retired_at && before.id === after.id && before.entity_type === after.entity_type ? [] : [before.id];
