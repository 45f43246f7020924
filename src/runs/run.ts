import { auditEntry, type OutboxEntry, SYSTEM_ACTOR, type WithOutbox } from '../control/audit.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import type { ChangeCounts } from '../inventory/counts.ts';
import type { ErrorCode } from '../kernel/failures.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';
import { type Cell, RETIREMENT } from './cell.ts';
import type { PlanMessage } from './messages.ts';

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Which status may follow which. A run that is over stays as it is. */
export const NEXT_STATUS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'cancelled'],
  running: ['succeeded', 'partial', 'failed', 'cancelled'],
  succeeded: [],
  partial: [],
  failed: [],
  cancelled: [],
};

export const isOver = (status: RunStatus): boolean => NEXT_STATUS[status].length === 0;

export type Evidence = 'complete' | 'partial' | 'failed' | 'not_attempted';

/** Failures of a run, one row for each code, category and account. */
export interface RunError {
  readonly code: ErrorCode;
  readonly service_category: string;
  readonly account_id: string;
  readonly count: number;
  readonly example: string;
  readonly remedy: string;
  readonly responsible: string;
}

export interface RunTotals extends ChangeCounts {
  readonly cells: number;
  readonly cells_by_status: Readonly<Record<string, number>>;
  readonly observed: number;
}

export interface ScanRun extends Tenancy, WithOutbox {
  readonly _id: string;
  /** Counts up per instance: the later run has the higher number. */
  readonly seq: number;
  readonly instance_id: string;
  /** Absent where no scope was asked for: what was pushed as one report, or a retirement after its instance was deleted. */
  readonly scope_id?: string;
  /** Somebody wants it to end before its time. It is over when its cells are. */
  readonly cancel?: { readonly requested_by: string; readonly requested_at: IsoTime };
  readonly trigger: 'manual' | 'schedule' | 'push';
  readonly requested_by: string;
  readonly status: RunStatus;
  /** When every cell had been written; only a planned run can close. */
  readonly planned_at?: IsoTime;
  readonly plan_send_no: number;
  readonly totals?: RunTotals;
  readonly evidence_completeness: Readonly<Record<string, Evidence>>;
  readonly errors: readonly RunError[];
  readonly api_calls: number;
  readonly created_at: IsoTime;
  readonly started_at?: IsoTime;
  readonly finished_at?: IsoTime;
}

export interface RunRequest {
  readonly id: string;
  readonly seq: number;
  readonly trigger: ScanRun['trigger'];
  readonly requested_by: string;
  readonly request_id: string;
  readonly now: Date;
}

/** A new run of a scope, waiting to be planned, with its audit event in the outbox. */
export function startRun(scope: ScanScope, instance: Pick<ConnectorInstance, '_id'>, request: RunRequest): ScanRun {
  const tenancy = { tenant_id: scope.tenant_id, workspace_id: scope.workspace_id };
  const at = isoTime(request.now);
  return {
    _id: request.id,
    seq: request.seq,
    ...tenancy,
    instance_id: instance._id,
    scope_id: scope._id,
    trigger: request.trigger,
    requested_by: request.requested_by,
    status: 'queued',
    plan_send_no: 0,
    evidence_completeness: {},
    errors: [],
    api_calls: 0,
    created_at: at,
    outbox: [
      auditEntry({
        ...tenancy,
        actor: request.requested_by,
        action: 'scan_run.started',
        target: request.id,
        at,
        request_id: request.request_id,
      }),
    ],
  };
}

export const planMessage = (run: Pick<ScanRun, keyof Tenancy | '_id' | 'plan_send_no'>): PlanMessage => ({
  tenant_id: run.tenant_id,
  workspace_id: run.workspace_id,
  run_id: run._id,
  send_no: run.plan_send_no,
});

const EVIDENCE: Readonly<Record<Cell['status'], Evidence>> = {
  waiting: 'not_attempted',
  running: 'not_attempted',
  succeeded: 'complete',
  partial: 'partial',
  failed: 'failed',
  cancelled: 'not_attempted',
  superseded: 'not_attempted',
};

/** What a closed run says of itself. */
export type RunOutcome = Required<
  Pick<ScanRun, 'status' | 'totals' | 'evidence_completeness' | 'errors' | 'api_calls' | 'finished_at'>
> & { readonly outbox: readonly OutboxEntry[] };

/** EventBridge detail type of the signal that a run is over. */
export const RUN_FINISHED = 'ScanRunFinished';

/** The end of a run, from its cells: *succeeded* if every cell is complete, *failed* if none brought anything, else *partial*. */
export function runOutcome(run: ScanRun, cells: readonly Cell[], now: Date): RunOutcome {
  const status = outcomeStatus(cells);
  const at = isoTime(now);
  const totals = totalsOf(cells);
  const tenancy = { tenant_id: run.tenant_id, workspace_id: run.workspace_id };
  const wrote = cells.some((cell) => cell.wrote);
  return {
    status,
    totals,
    evidence_completeness: Object.fromEntries(cells.map((cell) => [cell.key, EVIDENCE[cell.status]])),
    errors: errorsOf(cells),
    api_calls: cells.reduce((sum, cell) => sum + cell.api_calls, 0),
    finished_at: at,
    outbox: [
      auditEntry({
        ...tenancy,
        actor: SYSTEM_ACTOR,
        action: 'scan_run.finished',
        target: run._id,
        at,
        request_id: run._id,
        details: { status },
      }),
      {
        id: derivedId(run.tenant_id, RUN_FINISHED, run._id),
        kind: 'signal',
        detail_type: RUN_FINISHED,
        detail: { ...tenancy, run_id: run._id, instance_id: run.instance_id, status, wrote },
      },
    ],
  };
}

function outcomeStatus(cells: readonly Cell[]): 'succeeded' | 'partial' | 'failed' {
  if (cells.length > 0 && cells.every((cell) => cell.status === 'succeeded')) return 'succeeded';
  // The cell that retires looks at nothing: it does not make up for cells that looked and brought nothing.
  const brought = cells.some(
    ({ category, status }) => category !== RETIREMENT && (status === 'succeeded' || status === 'partial'),
  );
  return brought ? 'partial' : 'failed';
}

function totalsOf(cells: readonly Cell[]): RunTotals {
  const by_status: Record<string, number> = {};
  const sums = { added: 0, changed: 0, removed: 0, unchanged: 0, observed: 0 };
  for (const cell of cells) {
    by_status[cell.status] = (by_status[cell.status] ?? 0) + 1;
    sums.added += cell.counts.added;
    sums.changed += cell.counts.changed;
    sums.removed += cell.counts.removed;
    sums.unchanged += cell.counts.unchanged;
    sums.observed += cell.observed;
  }
  return { cells: cells.length, cells_by_status: by_status, ...sums };
}

function errorsOf(cells: readonly Cell[]): RunError[] {
  const rows = new Map<string, RunError>();
  for (const cell of cells) {
    for (const error of cell.errors) {
      const id = `${error.code}\u0000${cell.key}`;
      const earlier = rows.get(id);
      rows.set(id, {
        code: error.code,
        service_category: cell.category,
        account_id: cell.account_id,
        count: (earlier?.count ?? 0) + error.count,
        example: earlier?.example ?? error.message,
        remedy: earlier?.remedy ?? error.remedy,
        responsible: error.responsible,
      });
    }
  }
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
