import { auditEntry, type OutboxEntry } from '../control/audit.ts';
import type { CellContext } from '../inventory/context.ts';
import { removeUnseen } from '../inventory/removal.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import { derivedId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Cell } from './cell.ts';

/** EventBridge detail type of the signal that a held removal was released and done. */
export const REMOVAL_RELEASED = 'RemovalReleased';

/** Whether a removal of this cell is held and waits for a person. */
export const isHeld = (cell: Pick<Cell, 'errors' | 'release'>): boolean =>
  cell.release?.done_at === undefined && cell.errors.some((error) => error.code === 'removal_held');

/** Whether a person has released the removal and it has not been done yet. */
export const isReleased = (cell: Pick<Cell, 'release'>): boolean =>
  cell.release !== undefined && cell.release.done_at === undefined;

/** Does the removal that was held: by the cell's own manifest and coverage, as it would have been done then. */
export async function releaseRemoval(inventory: InventoryStores, context: CellContext, cell: Cell): Promise<number> {
  const { removed } = await removeUnseen(inventory, context, cell.coverage, { force: true });
  return removed;
}

/** What must follow from a released removal: its audit event, and a stitch. */
export function releasedOutbox(cell: Cell, removed: number, at: IsoTime): readonly OutboxEntry[] {
  const tenancy = { tenant_id: cell.tenant_id, workspace_id: cell.workspace_id };
  return [
    auditEntry({
      ...tenancy,
      actor: cell.release?.requested_by ?? '',
      action: 'removal.released',
      target: cell._id,
      at,
      request_id: cell._id,
      details: { removed },
    }),
    {
      id: derivedId(cell.tenant_id, REMOVAL_RELEASED, cell._id),
      kind: 'signal',
      detail_type: REMOVAL_RELEASED,
      detail: { ...tenancy, run_id: cell.run_id, instance_id: cell.instance_id, wrote: true },
    },
  ];
}
