import { auditEntry, type OutboxEntry } from '../control/audit.ts';
import { AppError } from '../kernel/failures.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import { isoTime } from '../kernel/time.ts';
import type { Cell } from './cell.ts';
import { type FinishRunDeps, finishRun } from './finish-run.ts';
import type { ScanRun } from './run.ts';

export interface CancelRunDeps extends FinishRunDeps {
  readonly runs: FinishRunDeps['runs'] & {
    /** Notes the first wish that an open run should end, with what must follow; the run as it is then, undefined where it is over. */
    readonly requestCancel: (
      tenant: Tenancy,
      run_id: string,
      cancel: NonNullable<ScanRun['cancel']>,
      outbox: readonly OutboxEntry[],
    ) => Promise<ScanRun | undefined>;
  };
}

/** Who wants a run to end, and by which request. */
export interface CancelRequest {
  readonly requested_by: string;
  readonly request_id: string;
}

/**
 * Ends a run before its time: its open cells are cancelled, and it is closed as `cancelled`, at once or, where a planner is at
 * it, when that has stopped. Who died on the way leaves a run that the tick closes. Again it changes nothing. Returns the run
 * as it is then. Throws AppError `conflict` where the run had ended otherwise.
 *
 * A worker notices at the next beat of its lease (15 seconds), writes nothing after that, and what it wrote until then is told
 * by a signal of its own: `cellStopped`.
 */
export async function cancelRun(
  deps: CancelRunDeps,
  run: Pick<ScanRun, keyof Tenancy | '_id'>,
  { requested_by, request_id }: CancelRequest,
): Promise<ScanRun> {
  const at = isoTime(deps.now());
  const { tenant_id, workspace_id } = run;
  const cancelled = auditEntry({
    tenant_id,
    workspace_id,
    actor: requested_by,
    action: 'scan_run.cancelled',
    target: run._id,
    at,
    request_id,
  });
  await deps.runs.requestCancel(run, run._id, { requested_by, requested_at: at }, [cancelled]);
  await finishRun(deps, run, run._id);
  await deps.runs.flushOutbox(run, run._id);
  const now = await deps.runs.get(run, run._id);
  if (!now?.cancel) {
    throw new AppError('conflict', `run ${run._id} is over: it is ${now?.status ?? 'gone'}`);
  }
  return now;
}

/** EventBridge detail type of the signal that a worker has stopped whose cell was cancelled under it. */
export const CELL_STOPPED = 'CellStopped';

/** What must follow when the worker of a cancelled cell has stopped: it may have written after its run was told to be over. */
export const cellStopped = (cell: Cell): readonly OutboxEntry[] => [
  {
    id: derivedId(cell.tenant_id, CELL_STOPPED, cell._id),
    kind: 'signal',
    detail_type: CELL_STOPPED,
    detail: {
      tenant_id: cell.tenant_id,
      workspace_id: cell.workspace_id,
      run_id: cell.run_id,
      instance_id: cell.instance_id,
      wrote: true,
    },
  },
];
