import type { CollectorTask, Connector, CoverageRow, OpenSource } from '../connectors/connector.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import type { Checkpoint, Gap, Observation } from '../observations/observation.ts';
import { type Cell, type CellCursor, type ChangeCounts, isTerminal } from './cell.ts';
import { type CellProgress, Progress, type RemovalResult } from './cell-progress.ts';
import { type FinishRunDeps, finishRun } from './finish-run.ts';
import type { CellMessage } from './messages.ts';
import { isOver, type ScanRun } from './run.ts';

/** What an observation becomes once it is no longer about the looking itself. */
export type Fact = Exclude<Observation, Gap | Checkpoint>;

/** The inventory as one cell sees it, behind the cell's fence. */
export interface CellInventory {
  /** Forgets what an earlier attempt at this part noted as seen. */
  readonly begin: () => Promise<void>;
  readonly apply: (task: CollectorTask, facts: readonly Fact[]) => Promise<ChangeCounts>;
  /** Removes what completely covered tasks claimed before and did not see again, or holds that back. */
  readonly remove: (coverage: readonly CoverageRow[], force: boolean) => Promise<RemovalResult>;
}

export interface CollectCellDeps extends FinishRunDeps {
  readonly cells: FinishRunDeps['cells'] & {
    readonly get: (tenant: Tenancy, cell_id: string) => Promise<Cell | undefined>;
    /** Takes a waiting cell, or one whose owner is gone, at this part; undefined where somebody else holds it. */
    readonly take: (
      cell: Cell,
      claim: { owner: string; now: IsoTime; lease_until: IsoTime },
    ) => Promise<Cell | undefined>;
    /** Ends the part and makes the cell wait for its next one. */
    readonly nextPart: (cell: Cell, progress: CellProgress, cursor: CellCursor) => Promise<Cell>;
    readonly finish: (cell: Cell, progress: CellProgress, status: Cell['status'], at: IsoTime) => Promise<void>;
    readonly markSent: (tenant: Tenancy, cell_ids: readonly string[], at: IsoTime) => Promise<void>;
  };
  readonly instances: { readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined> };
  readonly connector: Connector;
  /** Takes the fence of the cell's key and gives the inventory behind it. */
  readonly enter: (
    cell: Cell,
  ) => Promise<
    | { readonly status: 'taken'; readonly inventory: CellInventory; readonly leave: () => Promise<void> }
    | { readonly status: 'superseded' }
    | { readonly status: 'busy' }
  >;
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  readonly now: Clock;
}

/** How one worker goes about one message. */
export interface Worker {
  readonly owner: string;
  readonly lease_until: IsoTime;
  /** After this moment a part ends at its next checkpoint. */
  readonly deadline: Date;
  /** Observations after which a part ends at its next checkpoint. */
  readonly part_size: number;
}

/** `busy`: somebody else is at it, try the message again later. Everything else is done with the message. */
export type CollectOutcome = 'done' | 'continued' | 'stale' | 'superseded' | 'busy';

/** Workers that may die on one part before the cell is given up. */
const MAX_ATTEMPTS = 3;

/** Facts that are written together. */
const GROUP = 1_000;

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
    await afterCell(deps, run, cell);
    return 'stale';
  }
  if (isOver(run.status) || message.part < cell.part) return 'stale';
  const held = await deps.cells.take(cell, {
    owner: worker.owner,
    now: isoTime(deps.now()),
    lease_until: worker.lease_until,
  });
  if (!held) return 'busy';
  const fence = await deps.enter(held);
  if (fence.status === 'busy') return 'busy';
  if (fence.status === 'superseded') {
    await deps.cells.finish(held, held, 'superseded', isoTime(deps.now()));
    await afterCell(deps, run, held);
    return 'superseded';
  }
  if (held.attempt > MAX_ATTEMPTS) {
    const progress = new Progress(held);
    const lost = new AppError('worker_lost', `${MAX_ATTEMPTS} workers died on part ${held.part}`);
    progress.refuse(deps.connector.tasks(held.category, held.regions).slice(held.cursor?.task ?? 0), lost);
    return end(deps, run, held, progress.result(0), 'failed', fence.leave);
  }
  const part = await collectPart(deps, held, instance, fence.inventory, worker);
  if (part.cursor) {
    const waiting = await deps.cells.nextPart(held, part.progress, part.cursor);
    await fence.leave();
    const taken = await deps.enqueueCells([waiting]);
    await deps.cells.markSent(held, taken, isoTime(deps.now()));
    return 'continued';
  }
  return end(deps, run, held, part.progress, part.status, fence.leave);
}

async function end(
  deps: CollectCellDeps,
  run: ScanRun,
  cell: Cell,
  progress: CellProgress,
  status: Cell['status'],
  leave: () => Promise<void>,
): Promise<'done'> {
  await deps.cells.finish(cell, progress, status, isoTime(deps.now()));
  await leave();
  await afterCell(deps, run, cell);
  return 'done';
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

/** What follows from the end of a cell: the plan goes on after discovery, and a planned run may be over. */
async function afterCell(deps: CollectCellDeps, run: ScanRun, cell: Cell): Promise<void> {
  if (cell.category === deps.connector.discovery_category) await deps.enqueuePlan(run);
  await finishRun(deps, cell, run._id);
}

interface PartResult {
  readonly progress: CellProgress;
  /** Where the next part begins; absent where the cell is over. */
  readonly cursor?: CellCursor;
  readonly status: 'succeeded' | 'partial' | 'failed';
}

async function collectPart(
  deps: CollectCellDeps,
  cell: Cell,
  instance: ConnectorInstance,
  inventory: CellInventory,
  worker: Worker,
): Promise<PartResult> {
  await inventory.begin();
  const tasks = deps.connector.tasks(cell.category, cell.regions);
  const progress = new Progress(cell);
  let source: OpenSource;
  try {
    source = await deps.connector.open({
      category: cell.category,
      account_id: cell.account_id,
      regions: cell.regions,
      external_id: instance.external_id,
      session_name: `throughline-${cell.run_id}`.slice(0, 64),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    progress.refuse(tasks.slice(cell.cursor?.task ?? 0), error);
    return { progress: progress.result(0), status: progress.outcome() };
  }
  try {
    const cursor = await collectTasks(deps, cell, tasks, source, inventory, progress, worker);
    if (cursor) return { progress: progress.result(source.calls()), cursor, status: progress.outcome() };
    const removal = await inventory.remove(progress.coverage, false);
    progress.removed(removal);
    return { progress: progress.result(source.calls()), status: progress.outcome() };
  } finally {
    source.close();
  }
}

/** Runs the tasks from the cell's cursor on; returns where to go on if the part's time or size is used up. */
async function collectTasks(
  deps: CollectCellDeps,
  cell: Cell,
  tasks: readonly CollectorTask[],
  source: OpenSource,
  inventory: CellInventory,
  progress: Progress,
  worker: Worker,
): Promise<CellCursor | undefined> {
  const first = cell.cursor?.task ?? 0;
  let seen = 0;
  for (const [index, task] of tasks.entries()) {
    if (index < first) continue;
    let facts: Fact[] = [];
    const flush = async (): Promise<void> => {
      if (facts.length > 0) progress.applied(await inventory.apply(task, facts));
      facts = [];
    };
    if (index === first) progress.resume(cell.cursor?.flaw);
    const stream = source.run(task, index === first ? cell.cursor?.token : undefined);
    let step = await stream.next();
    for (; !step.done; step = await stream.next()) {
      const observation = step.value;
      if (observation.kind === 'gap') progress.gap(observation, task);
      else if (observation.kind !== 'checkpoint') {
        facts.push(observation);
        seen += 1;
        if (facts.length >= GROUP) await flush();
      } else if (seen >= worker.part_size || deps.now() >= worker.deadline) {
        await flush();
        await stream.return({ ...task, status: 'failed' });
        progress.observed(seen);
        return { task: index, token: observation.cursor, ...(progress.flaw && { flaw: progress.flaw }) };
      }
    }
    await flush();
    progress.covered(step.value);
  }
  progress.observed(seen);
  return undefined;
}
