import { auditEntry, type WithOutbox } from '../control/audit.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import type { ChangeCounts } from '../inventory/counts.ts';
import type { ErrorCode } from '../kernel/failures.ts';
import type { Tenancy } from '../kernel/ids.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';
import type { Budget } from './budget.ts';
import type { PlanMessage } from './messages.ts';
import type { PlanningLease } from './planning.ts';

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const;

export const RUN_TRIGGERS = ['manual', 'schedule', 'push'] as const;
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

/** The statuses of a run that is not over. */
export const OPEN_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter((status) => !isOver(status));

/** From which statuses a run may get into this one: what a store asks for before it writes the next. */
export const statusesBefore = (next: RunStatus): readonly RunStatus[] =>
  RUN_STATUSES.filter((status) => NEXT_STATUS[status].includes(next));

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
  /** How often anything failed, over all cells. */
  readonly errors: number;
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
  readonly trigger: (typeof RUN_TRIGGERS)[number];
  readonly requested_by: string;
  readonly status: RunStatus;
  /** The budget of the scope when the run was started: a later change does not alter a run. */
  readonly budget?: Budget;
  /** Who is adding its cells, and until when that is believed: `planning.ts`. */
  readonly planning?: PlanningLease;
  /** When every cell had been written. A run closes only then, unless it is cancelled. */
  readonly planned_at?: IsoTime;
  readonly plan_send_no: number;
  /** What was asked for under a caller's idempotency key: the same key must ask for the same. */
  readonly request_hash?: string;
  readonly totals?: RunTotals;
  readonly evidence_completeness: Readonly<Record<string, Evidence>>;
  readonly errors: readonly RunError[];
  /** Rows that `errors` would have beside: a document has its limit. */
  readonly errors_omitted?: number;
  readonly api_calls: number;
  /** What its cells cost to run, at list prices: `run-cost.ts` says what is counted. */
  readonly estimated_cost_usd?: number;
  readonly created_at: IsoTime;
  readonly started_at?: IsoTime;
  readonly finished_at?: IsoTime;
}

export interface RunRequest {
  /** What was asked for, where the caller gave the request a key: `lambdas/api/idempotency.ts`. */
  readonly request_hash?: string;
  readonly id: string;
  readonly seq: number;
  readonly trigger: ScanRun['trigger'];
  readonly requested_by: string;
  readonly request_id: string;
  readonly now: Date;
}

/** What a run is of: a scope or, without an id, a workspace alone. */
export type RunOf = Tenancy & Partial<Pick<ScanScope, '_id' | 'budget'>>;

/** A new run, waiting to be planned, with its audit event in the outbox. */
export function startRun(scope: RunOf, instance: Pick<ConnectorInstance, '_id'>, request: RunRequest): ScanRun {
  const tenancy = { tenant_id: scope.tenant_id, workspace_id: scope.workspace_id };
  const at = isoTime(request.now);
  return {
    _id: request.id,
    seq: request.seq,
    ...tenancy,
    instance_id: instance._id,
    ...(scope._id !== undefined && { scope_id: scope._id }),
    trigger: request.trigger,
    requested_by: request.requested_by,
    status: 'queued',
    ...(scope.budget && { budget: scope.budget }),
    plan_send_no: 0,
    ...(request.request_hash !== undefined && { request_hash: request.request_hash }),
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

/** EventBridge detail type of the signal that a run is over. */
export const RUN_FINISHED = 'ScanRunFinished';
