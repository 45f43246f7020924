import { GLOBAL_REGION } from '../connectors/collector.ts';
import type { CollectorTask, Connector, OpenSource } from '../connectors/connector.ts';
import type { OutboxEntry } from '../control/audit.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { beginPart, type Part } from '../inventory/apply.ts';
import type { Fence } from '../inventory/fence.ts';
import { GROUP } from '../inventory/manifest.ts';
import { removeUnseen } from '../inventory/removal.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import type { Observation } from '../observations/observation.ts';
import { contextOf, leaveHead, takeHead, whileAtHead } from './at-head.ts';
import { type Cell, type CellCursor, isTerminal, RETIREMENT } from './cell.ts';
import { type CellProgress, Progress } from './cell-progress.ts';
import { type FinishRunDeps, finishRun } from './finish-run.ts';
import type { Lease } from './lease.ts';
import type { CellMessage } from './messages.ts';
import { isHeld, isReleased, releasedOutbox, releaseRemoval } from './release-cell.ts';
import { type PlannedDeps, retire } from './retire-cell.ts';
import { isOver, type ScanRun } from './run.ts';

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
    readonly renew: (cell: Cell, lease_until: IsoTime) => Promise<boolean>;
    /** Ends the part and makes the cell wait for its next one. */
    readonly nextPart: (cell: Cell, progress: CellProgress, cursor: CellCursor) => Promise<Cell>;
    readonly finish: (cell: Cell, progress: CellProgress, status: Cell['status'], at: IsoTime) => Promise<void>;
    readonly markSent: (tenant: Tenancy, cell_ids: readonly string[], at: IsoTime) => Promise<void>;
    /** Notes that a released removal was done. */
    readonly markReleased: (cell: Cell, removed: number, at: IsoTime) => Promise<void>;
  };
  readonly instances: { readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined> };
  readonly connector: Connector;
  readonly fence: Fence;
  readonly inventory: InventoryStores;
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
}

/** `busy`: somebody else is at it, try the message again later. Everything else is done with the message. */
export type CollectOutcome = 'done' | 'continued' | 'stale' | 'superseded' | 'busy';

/** Workers that may die on one part before the cell is given up. */
const MAX_ATTEMPTS = 3;

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
  if (isOver(run.status) || message.part < cell.part) return 'stale';
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
  if (head.outcome === 'superseded') {
    // What an attempt before this one wrote counts: the later run found it there and has no change to tell of.
    await end(deps, run, held, new Progress(held).result(0), 'superseded');
    return 'superseded';
  }
  const renew = async (until: IsoTime): Promise<boolean> => {
    const [cell_is_ours] = await Promise.all([deps.cells.renew(held, until), worker.alive()]);
    return cell_is_ours;
  };
  return whileAtHead<CollectOutcome>(deps, head, renew, async (lease) => {
    const part = await workOn(deps, run, held, instance, lease, worker);
    if (!part.cursor) {
      await end(deps, run, held, part.progress, part.status);
      return 'done';
    }
    const waiting = await deps.cells.nextPart(held, part.progress, part.cursor);
    const sent = await deps.enqueueCells([waiting]);
    await deps.cells.markSent(held, sent, isoTime(deps.now()));
    return 'continued';
  });
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
  if (cell.category === deps.connector.discovery_category) await deps.enqueuePlan(run);
  await finishRun(deps, cell, run._id);
}

interface PartResult {
  readonly progress: CellProgress;
  /** Where the next part begins; absent where the cell is over. */
  readonly cursor?: CellCursor;
  readonly status: 'succeeded' | 'partial' | 'failed';
}

/** Does what the cell is for: looks, or retires what nobody plans to look at any more. */
async function workOn(
  deps: CollectCellDeps,
  run: ScanRun,
  cell: Cell,
  instance: ConnectorInstance,
  lease: Lease,
  worker: Worker,
): Promise<PartResult> {
  if (cell.category !== RETIREMENT) return collectPart(deps, cell, instance, lease, worker);
  const progress = new Progress(cell);
  progress.dropped(await retire(deps, run, instance, contextOf(cell, lease, deps.now())));
  progress.covered({ collector: RETIREMENT, region: GLOBAL_REGION, status: 'complete' });
  return { progress: progress.result(0), status: progress.outcome() };
}

async function collectPart(
  deps: CollectCellDeps,
  cell: Cell,
  instance: ConnectorInstance,
  lease: Lease,
  worker: Worker,
): Promise<PartResult> {
  const tasks = deps.connector.tasks(cell.category, cell.regions);
  const progress = new Progress(cell);
  const source = await opened(deps, cell, instance);
  if (source instanceof AppError) {
    progress.refuse(tasks.slice(cell.cursor?.task ?? 0), source);
    return { progress: progress.result(0), status: progress.outcome() };
  }
  const context = contextOf(cell, lease, deps.now());
  try {
    const part = await beginPart(deps.inventory, context);
    const cursor = await collectTasks(deps, cell, tasks, source, part, progress, worker);
    if (!cursor) progress.removed(await removeUnseen(deps.inventory, context, progress.coverage));
    return { progress: progress.result(source.calls()), status: progress.outcome(), ...(cursor && { cursor }) };
  } finally {
    source.close();
  }
}

/** The source, or why it does not let us in: a worker that died too often is not sent in again. */
async function opened(deps: CollectCellDeps, cell: Cell, instance: ConnectorInstance): Promise<OpenSource | AppError> {
  if (cell.attempt > MAX_ATTEMPTS) {
    return new AppError('worker_lost', `${MAX_ATTEMPTS} workers died on part ${cell.part}`);
  }
  if (instance.connector_kind !== 'aws') {
    return new AppError('foreign_message', `an instance of kind ${instance.connector_kind} is not looked at by cells`);
  }
  try {
    return await deps.connector.open({
      category: cell.category,
      account_id: cell.account_id,
      regions: cell.regions,
      external_id: instance.external_id,
      session_name: `throughline-${cell.run_id}`.slice(0, 64),
    });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Runs the tasks from the cell's cursor on; returns where to go on if the part's time or size is used up. */
async function collectTasks(
  deps: CollectCellDeps,
  cell: Cell,
  tasks: readonly CollectorTask[],
  source: OpenSource,
  part: Part,
  progress: Progress,
  worker: Worker,
): Promise<CellCursor | undefined> {
  const first = cell.cursor?.task ?? 0;
  let seen = 0;
  const isUsedUp = (observed: number): boolean => observed >= worker.part_size || deps.now() >= worker.deadline;
  for (const [index, task] of tasks.entries()) {
    if (index < first) continue;
    if (index === first) progress.resume(cell.cursor?.flaw);
    const stream = source.run(task, index === first ? cell.cursor?.token : undefined);
    let facts: Observation[] = [];
    let step = await stream.next();
    for (; !step.done; step = await stream.next()) {
      const observation = step.value;
      if (observation.kind === 'gap') progress.gap(observation, task);
      else if (observation.kind !== 'checkpoint') facts.push(observation);
      else if (isUsedUp(seen + facts.length)) {
        progress.applied(await part.apply(task, facts));
        await stream.return({ ...task, status: 'failed' });
        return { task: index, token: observation.cursor, ...(progress.flaw && { flaw: progress.flaw }) };
      }
      if (facts.length < GROUP) continue;
      seen += facts.length;
      progress.applied(await part.apply(task, facts));
      facts = [];
    }
    seen += facts.length;
    progress.applied(await part.apply(task, facts));
    progress.covered(step.value);
    if (index + 1 < tasks.length && isUsedUp(seen)) return { task: index + 1 };
  }
  return undefined;
}
