import type { Connector } from '../connectors/connector.ts';
import type { OutboxEntry } from '../control/audit.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { FenceLost } from '../inventory/context.ts';
import type { Fence } from '../inventory/fence.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import { contextOf, type Head, leaveHead, takeHead, whileAtHead } from './at-head.ts';
import { cellStopped } from './cancel-run.ts';
import { type Cell, type CellCursor, isTerminal, type UnderWay } from './cell.ts';
import { type CellProgress, Progress } from './cell-progress.ts';
import { type FinishRunDeps, finishRun } from './finish-run.ts';
import type { CellMessage } from './messages.ts';
import type { PushedRuns } from './push-close.ts';
import { isHeld, isReleased, releasedOutbox, releaseRemoval } from './release-cell.ts';
import type { PlannedDeps } from './retire-cell.ts';
import { isOver, type ScanRun } from './run.ts';
import { Meter, workedFor, workOn } from './work-on-part.ts';

export interface CollectCellDeps extends FinishRunDeps, PlannedDeps {
  readonly runs: FinishRunDeps['runs'] & {
    /** Puts what must follow into the outbox of a run that may be over, and moves it on. */
    readonly follow: (tenant: Tenancy, run_id: string, outbox: readonly OutboxEntry[]) => Promise<void>;
  };
  readonly cells: FinishRunDeps['cells'] & {
    readonly get: (tenant: Tenancy, cell_id: string) => Promise<Cell | undefined>;
    /** Takes a waiting cell, or one whose owner is gone, at this part; undefined where somebody else holds it. */
    readonly take: (
      cell: Cell,
      claim: { owner: string; now: IsoTime; lease_until: IsoTime },
    ) => Promise<Cell | undefined>;
    /** Extends the lease and notes how far the part has come; false where the cell is no longer the owner's. */
    readonly renew: (cell: Cell, lease_until: IsoTime, under_way?: UnderWay) => Promise<boolean>;
    /** Ends the part and makes the cell wait for its next one. Throws FenceLost where it is no longer the owner's. */
    readonly nextPart: (cell: Cell, progress: CellProgress, cursor: CellCursor) => Promise<Cell>;
    readonly finish: (cell: Cell, progress: CellProgress, status: Cell['status'], at: IsoTime) => Promise<void>;
    readonly markSent: (tenant: Tenancy, cell_ids: readonly string[], at: IsoTime) => Promise<void>;
    /** Notes that the worker whose cell was cancelled under it has stopped. */
    readonly leave: (cell: Cell) => Promise<void>;
    /** Calls made so far by all cells of a run. */
    readonly callsOfRun: (tenant: Tenancy, run_id: string) => Promise<number>;
    /** Notes that a released removal was done. */
    readonly markReleased: (cell: Cell, removed: number, at: IsoTime) => Promise<void>;
  };
  readonly instances: { readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined> };
  readonly connector: Connector;
  readonly fence: Fence;
  readonly inventory: InventoryStores;
  readonly pushed: PushedRuns;
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  readonly now: Clock;
}

/** How one worker goes about one message. */
export interface Worker {
  readonly owner: string;
  /** Told with every beat of the lease, so that the message stays hidden as long as the worker lives. */
  readonly alive: () => Promise<void>;
  /** After this moment a part ends at its next checkpoint. */
  readonly deadline: Date;
  /** Observations after which a part ends at its next checkpoint. */
  readonly part_size: number;
  /** What the worker is paid by, beside its time. */
  readonly memory_mb: number;
}

/** `cancelled`: the cell was cancelled under the worker, which has stopped. `busy`: somebody else is at it, try the message again later. Everything else is done with the message. */
export type CollectOutcome = 'done' | 'continued' | 'stale' | 'superseded' | 'cancelled' | 'busy';

/**
 * Works on one part of a cell. Whatever happens to the message (twice, late, never) or to the worker (killed anywhere), the
 * documents end as after one undisturbed delivery. Throws AppError `foreign_message` where run, cell and instance do not
 * belong to the message's tenant.
 */
export async function collectCell(
  deps: CollectCellDeps,
  message: CellMessage,
  worker: Worker,
): Promise<CollectOutcome> {
  const { run, cell, instance } = await loaded(deps, message);
  if (isTerminal(cell.status)) {
    if (isReleased(cell)) return removeReleased(deps, run, cell, worker);
    await afterCell(deps, run, cell);
    return 'stale';
  }
  if (message.part < cell.part) return 'stale';
  if (isOver(run.status) || run.cancel) {
    // No cell of a run that is over is open, unless somebody wrote it who should have been stopped by then.
    await deps.cells.cancelOpen(run, run._id, isoTime(deps.now()));
    await finishRun(deps, run, run._id);
    return 'stale';
  }
  const head = await takeHead(deps, cell, worker.owner);
  if (head.outcome === 'busy') return 'busy';
  const held = await deps.cells.take(cell, {
    owner: worker.owner,
    now: isoTime(deps.now()),
    lease_until: head.until,
  });
  if (!held) {
    if (head.outcome === 'taken') await leaveHead(deps, head);
    return 'busy';
  }
  try {
    return await atWork(deps, run, held, instance, head, worker);
  } catch (error) {
    if (error instanceof FenceLost && (await stopped(deps, held))) return 'cancelled';
    throw error;
  }
}

/** Works on a part of a cell that is held. Throws FenceLost where it is held no longer. */
async function atWork(
  deps: CollectCellDeps,
  run: ScanRun,
  held: Cell,
  instance: ConnectorInstance,
  head: Head,
  worker: Worker,
): Promise<CollectOutcome> {
  if (head.outcome === 'superseded') {
    // What an attempt before this one wrote counts: the later run found it there and has no change to tell of.
    const progress = new Progress(held);
    progress.superseded();
    await end(deps, run, held, progress.result(0), 'superseded');
    return 'superseded';
  }
  const meter = new Meter();
  const renew = async (until: IsoTime): Promise<boolean> => {
    const [cell_is_ours] = await Promise.all([deps.cells.renew(held, until, meter.read()), worker.alive()]);
    return cell_is_ours;
  };
  return whileAtHead<CollectOutcome>(deps, head, renew, async (lease) => {
    const part = await workOn(deps, { run, cell: held, instance, lease, worker, meter });
    const progress = { ...part.progress, worked: workedFor(held, head.taken, deps.now(), worker.memory_mb) };
    if (!part.cursor) {
      await end(deps, run, held, progress, part.status);
      return 'done';
    }
    const waiting = await deps.cells.nextPart(held, progress, part.cursor);
    const sent = await deps.enqueueCells([waiting]);
    await deps.cells.markSent(held, sent, isoTime(deps.now()));
    return 'continued';
  });
}

/** Whether the cell was cancelled under its worker. Then that has stopped, and what it may have written since is told. */
async function stopped(deps: CollectCellDeps, held: Cell): Promise<boolean> {
  const cell = await deps.cells.get(held, held._id);
  if (cell?.status !== 'cancelled' || cell.owner !== held.owner) return false;
  await deps.inventory.manifests.discard(cell.tenant_id, cell._id);
  await deps.runs.follow(cell, cell.run_id, cellStopped(cell));
  await deps.cells.leave(cell);
  return true;
}

/** Does the removal that an ended cell held back and a person has released. */
async function removeReleased(
  deps: CollectCellDeps,
  run: ScanRun,
  cell: Cell,
  worker: Worker,
): Promise<CollectOutcome> {
  const head = await takeHead(deps, cell, worker.owner);
  if (head.outcome === 'busy') return 'busy';
  if (head.outcome === 'superseded') {
    // What a later run of this cell has seen is the truth now: an old removal has nothing to say any more.
    await deps.cells.markReleased(cell, 0, isoTime(deps.now()));
    return 'superseded';
  }
  const renew = async (): Promise<boolean> => {
    await worker.alive();
    return true;
  };
  return whileAtHead<CollectOutcome>(deps, head, renew, async (lease) => {
    const removed = await releaseRemoval(deps.inventory, contextOf(cell, lease, deps.now()), cell);
    const at = isoTime(deps.now());
    await deps.runs.follow(cell, run._id, releasedOutbox(cell, removed, at));
    await deps.cells.markReleased(cell, removed, at);
    await deps.inventory.manifests.discard(cell.tenant_id, cell._id);
    return 'done';
  });
}

/** Ends a cell, and with it whatever waited for that: the plan goes on after discovery, and a planned run may be over. */
async function end(
  deps: CollectCellDeps,
  run: ScanRun,
  cell: Cell,
  progress: CellProgress,
  status: Cell['status'],
): Promise<void> {
  await deps.cells.finish(cell, progress, status, isoTime(deps.now()));
  await afterCell(deps, run, { ...cell, ...progress });
}

async function loaded(
  deps: CollectCellDeps,
  message: CellMessage,
): Promise<{ run: ScanRun; cell: Cell; instance: ConnectorInstance }> {
  const tenant: Tenancy = { tenant_id: message.tenant_id, workspace_id: message.workspace_id };
  const [run, cell] = await Promise.all([
    deps.runs.get(tenant, message.run_id),
    deps.cells.get(tenant, message.cell_id),
  ]);
  if (!run || !cell || cell.run_id !== run._id) {
    throw new AppError('foreign_message', `cell ${message.cell_id} is not of a run of tenant ${tenant.tenant_id}`);
  }
  const instance = await deps.instances.get(tenant, cell.instance_id);
  if (!instance)
    throw new AppError('foreign_message', `instance ${cell.instance_id} is not of tenant ${tenant.tenant_id}`);
  return { run, cell, instance };
}

async function afterCell(deps: CollectCellDeps, run: ScanRun, cell: Cell): Promise<void> {
  if (!isHeld(cell)) await deps.inventory.manifests.discard(cell.tenant_id, cell._id);
  if (!isOver(run.status) && !run.cancel && (await isAwaited(deps, cell))) await deps.enqueuePlan(run);
  await finishRun(deps, cell, run._id);
}

/** Whether the plan of the run waited for this cell, and for no other of its kind any more. */
async function isAwaited({ cells, connector }: CollectCellDeps, cell: Cell): Promise<boolean> {
  if (cell.category === connector.discovery_category) return true;
  return cell.category === connector.regions_category && !(await cells.hasOpen(cell, cell.run_id, cell.category));
}
