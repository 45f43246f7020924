import { GLOBAL_REGION } from '../connectors/collector.ts';
import type { CollectorTask, OpenSource } from '../connectors/connector.ts';
import { type ConnectorInstance, PUSH_CATEGORY } from '../control/connector-instance.ts';
import { beginPart, type Part } from '../inventory/apply.ts';
import { assertMine, type CellContext } from '../inventory/context.ts';
import { GROUP } from '../inventory/manifest.ts';
import { removeUnseen } from '../inventory/removal.ts';
import { AppError } from '../kernel/failures.ts';
import { SECOND } from '../kernel/time.ts';
import type { Observation } from '../observations/observation.ts';
import { contextOf } from './at-head.ts';
import { exhausted } from './budget.ts';
import { type Cell, type CellCursor, RETIREMENT, type UnderWay, type Worked } from './cell.ts';
import { type CellProgress, Progress } from './cell-progress.ts';
import type { CollectCellDeps, Worker } from './collect-cell.ts';
import type { Lease } from './lease.ts';
import { closePushCell, EVERYTHING_PUSHED } from './push-close.ts';
import { retire } from './retire-cell.ts';
import type { ScanRun } from './run.ts';

/** Workers that may die on one part before the cell is given up. */
const MAX_ATTEMPTS = 3;

/** How far a part has come, for whoever tells of it while it is worked on. */
export class Meter {
  calls: () => number = () => 0;
  observed: () => number = () => 0;

  read(): UnderWay {
    return { api_calls: this.calls(), observed: this.observed() };
  }
}

/** A part of a cell in the hands of a worker. */
export interface PartAtWork {
  readonly run: ScanRun;
  readonly cell: Cell;
  readonly instance: ConnectorInstance;
  readonly lease: Lease;
  readonly worker: Worker;
  readonly meter: Meter;
}

export interface PartResult {
  readonly progress: CellProgress;
  /** Where the next part begins; absent where the cell is over. */
  readonly cursor?: CellCursor;
  readonly status: 'succeeded' | 'partial' | 'failed';
}

/** What the workers of a cell have taken when a part ends that began at `began`. */
export function workedFor(cell: Pick<Cell, 'worked'>, began: Date, now: Date, memory_mb: number): Worked {
  const seconds = (now.getTime() - began.getTime()) / SECOND;
  const earlier = cell.worked ?? { seconds: 0, gb_seconds: 0 };
  return {
    seconds: earlier.seconds + seconds,
    gb_seconds: earlier.gb_seconds + (seconds * memory_mb) / 1_024,
  };
}

/** Does what the cell is for: looks, or retires what nobody plans to look at any more. A cell whose workers died too often is given up. */
export async function workOn(deps: CollectCellDeps, at_work: PartAtWork): Promise<PartResult> {
  const { cell } = at_work;
  if (cell.attempt > MAX_ATTEMPTS) {
    return givenUp(deps, cell, new AppError('worker_lost', `${MAX_ATTEMPTS} workers died on part ${cell.part}`));
  }
  if (cell.category === PUSH_CATEGORY) return closePushCell(deps, at_work.run, cell, at_work.lease);
  return cell.category === RETIREMENT ? retirePart(deps, at_work) : collectPart(deps, at_work);
}

async function retirePart(deps: CollectCellDeps, { run, cell, instance, lease }: PartAtWork): Promise<PartResult> {
  const progress = new Progress(cell);
  progress.dropped(await retire(deps, run, instance, contextOf(cell, lease, deps.now())));
  progress.covered(RETIRING);
  return { progress: progress.result(0), status: progress.outcome() };
}

const RETIRING = { collector: RETIREMENT, region: GLOBAL_REGION, status: 'complete' } as const;

/** Ends a cell of which no task that is left is looked at. */
async function givenUp(deps: CollectCellDeps, cell: Cell, why: AppError): Promise<PartResult> {
  const tasks = await tasksOf(deps, cell);
  const progress = new Progress(cell);
  progress.refuse(tasks.slice(cell.cursor?.task ?? 0), why);
  return { progress: progress.result(0), status: progress.outcome() };
}

async function tasksOf(deps: CollectCellDeps, { category, regions }: Cell): Promise<readonly CollectorTask[]> {
  if (category === PUSH_CATEGORY) return [EVERYTHING_PUSHED];
  return category === RETIREMENT ? [RETIRING] : deps.connector.tasks(category, regions);
}

async function collectPart(deps: CollectCellDeps, at_work: PartAtWork): Promise<PartResult> {
  const { cell, lease, meter } = at_work;
  const isSpent = await budgetOf(deps, at_work);
  const source = isSpent(0) ?? (await opened(deps, at_work));
  if (source instanceof AppError) return givenUp(deps, cell, source);
  const progress = new Progress(cell);
  meter.calls = source.calls;
  meter.observed = () => progress.brought;
  const context = contextOf(cell, lease, deps.now());
  try {
    const part = await beginPart(deps.inventory, context);
    const looking = { ...at_work, source, part, progress, context, isSpent };
    const cursor = await collectTasks(deps, looking);
    if (!cursor) progress.removed(await removeUnseen(deps.inventory, context, progress.coverage));
    return { progress: progress.result(source.calls()), status: progress.outcome(), ...(cursor && { cursor }) };
  } finally {
    source.close();
  }
}

/** Tells why the run may make no more calls after so many in this part; undefined while it may. */
async function budgetOf(
  deps: CollectCellDeps,
  { run, cell }: PartAtWork,
): Promise<(calls: number) => AppError | undefined> {
  const { budget } = run;
  if (!budget) return () => undefined;
  const before = budget.max_api_calls === undefined ? 0 : await deps.cells.callsOfRun(cell, run._id);
  const began = new Date(run.started_at ?? run.created_at).getTime();
  return (calls) => exhausted(budget, { api_calls: before + calls, elapsed: deps.now().getTime() - began });
}

/** The source, or why it does not let us in. */
async function opened(deps: CollectCellDeps, { cell, instance }: PartAtWork): Promise<OpenSource | AppError> {
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

interface Looking extends PartAtWork {
  readonly source: OpenSource;
  readonly part: Part;
  readonly progress: Progress;
  readonly context: CellContext;
  readonly isSpent: (calls: number) => AppError | undefined;
}

/** Runs the tasks from the cell's cursor on; returns where to go on if the part's time or size is used up. */
async function collectTasks(deps: CollectCellDeps, looking: Looking): Promise<CellCursor | undefined> {
  const { cell, source, progress, worker } = looking;
  const tasks = await deps.connector.tasks(cell.category, cell.regions);
  const first = cell.cursor?.task ?? 0;
  let seen = 0;
  const isUsedUp = (observed: number): boolean => observed >= worker.part_size || deps.now() >= worker.deadline;
  for (const [index, task] of tasks.entries()) {
    if (index < first) continue;
    if (index === first) progress.resume(cell.cursor?.flaw);
    const token = index === first ? cell.cursor?.token : undefined;
    const end = await collectTask(looking, task, token, (observed) => isUsedUp(seen + observed));
    seen += end.observed;
    if (end.spent) {
      progress.refuse(tasks.slice(index), end.spent);
      return undefined;
    }
    if (end.token !== undefined) {
      return { task: index, token: end.token, ...(progress.flaw && { flaw: progress.flaw }) };
    }
    // What the last task spent counts: the next one makes no call any more.
    const spent = looking.isSpent(source.calls());
    if (spent && index + 1 < tasks.length) {
      progress.refuse(tasks.slice(index + 1), spent);
      return undefined;
    }
    if (index + 1 < tasks.length && isUsedUp(seen)) return { task: index + 1 };
  }
  return undefined;
}

/** How a task of a part ended: at its end, at a checkpoint from which the next part goes on, or with nothing left to spend. */
interface TaskEnd {
  readonly observed: number;
  readonly token?: string;
  readonly spent?: AppError;
}

async function collectTask(
  { source, part, progress, context, isSpent }: Looking,
  task: CollectorTask,
  token: string | undefined,
  isUsedUp: (observed: number) => boolean,
): Promise<TaskEnd> {
  const stream = source.run(task, token);
  let facts: Observation[] = [];
  let observed = 0;
  const put = async (): Promise<void> => {
    observed += facts.length;
    progress.applied(await part.apply(task, facts));
    facts = [];
  };
  const stop = async (end: Omit<TaskEnd, 'observed'>): Promise<TaskEnd> => {
    await put();
    await stream.return({ ...task, status: 'failed' });
    return { observed, ...end };
  };
  for (;;) {
    const step = await stream.next();
    // Also between writes: a worker whose cell was taken from it asks the source for nothing more.
    assertMine(context);
    if (step.done) {
      await put();
      progress.covered(step.value);
      return { observed };
    }
    const observation = step.value;
    if (observation.kind === 'gap') progress.gap(observation, task);
    else if (observation.kind !== 'checkpoint') facts.push(observation);
    else if (isUsedUp(observed + facts.length)) return stop({ token: observation.cursor });
    const spent = isSpent(source.calls());
    if (spent) return stop({ spent });
    if (facts.length >= GROUP) await put();
  }
}
