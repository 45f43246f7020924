import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { ShownInstance } from '../lambdas/api/answers/connector-instances.ts';
import type { ListedRun, ShownRun, WatchedRun } from '../lambdas/api/answers/scan-runs.ts';
import type { ShownScope } from '../lambdas/api/answers/scan-scopes.ts';
import type { ConnectorKind } from '../src/connectors/connector.ts';
import type { AuditEvent } from '../src/control/audit.ts';
import type { ConnectorInstanceChange } from '../src/control/change-instance.ts';
import type { ScanScopeChange } from '../src/control/change-scope.ts';
import type { ConnectionCheck } from '../src/control/connection-check.ts';
import type { InstanceStatus, NewConnectorInstance } from '../src/control/connector-instance.ts';
import type { NewScanScope } from '../src/control/scan-scope.ts';
import type { Cell, CellStatus } from '../src/runs/cell.ts';
import type { BatchAnswer } from '../src/runs/push-batch.ts';
import type { ConnectorSync, ReportAnswer } from '../src/runs/push-report.ts';
import { isOver, type RunStatus, type ScanRun } from '../src/runs/run.ts';
import { ApiError } from './api-error.ts';
import { segment } from './hub-client.ts';
import { ResultsClient } from './results-client.ts';

/** Which instances are asked for; without a status, all but the deleted ones. */
export interface InstanceFilter {
  readonly kind?: ConnectorKind;
  readonly status?: InstanceStatus;
}

/** Which scopes are asked for. */
export interface ScopeFilter {
  readonly instance_id?: string;
  readonly enabled?: boolean;
}

/** Which runs are asked for; times are ISO. */
export interface RunFilter {
  readonly instance_id?: string;
  readonly scope_id?: string;
  readonly status?: RunStatus;
  readonly trigger?: ScanRun['trigger'];
  readonly since?: string;
  readonly until?: string;
}

/** Which audit events are asked for; times are ISO. */
export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
}

/** The hub's HTTP API, typed. The hub is trusted to answer as its types say: nothing is validated twice. */
export class ApiClient extends ResultsClient {
  /**
   * Asks whether the hub lets us in. What we may do there is another question.
   * @throws as every request; not where the token is good and lacks a permission.
   */
  async knock(): Promise<void> {
    try {
      await this.hub.call({ method: 'GET', path: '/connector-instances?limit=1' });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'permission_missing')) throw error;
    }
  }

  createInstance(body: NewConnectorInstance): Promise<ShownInstance> {
    return this.create('/connector-instances', body);
  }

  listInstances(filter: InstanceFilter = {}): Promise<readonly ShownInstance[]> {
    return this.all('/connector-instances', { ...filter });
  }

  getInstance(id: string): Promise<ShownInstance> {
    return this.hub.call({ method: 'GET', path: `/connector-instances/${segment(id)}` });
  }

  updateInstance(id: string, change: ConnectorInstanceChange): Promise<ShownInstance> {
    return this.change('PATCH', `/connector-instances/${segment(id)}`, change);
  }

  deleteInstance(id: string): Promise<ShownInstance> {
    return this.change('DELETE', `/connector-instances/${segment(id)}`);
  }

  /** Tries the connection once. */
  checkInstance(id: string): Promise<ConnectionCheck> {
    return this.hub.call({ method: 'POST', path: `/connector-instances/${segment(id)}/check`, repeatable: true });
  }

  createScope(body: z.input<typeof NewScanScope>): Promise<ShownScope> {
    return this.create('/scan-scopes', body);
  }

  listScopes(filter: ScopeFilter = {}): Promise<readonly ShownScope[]> {
    return this.all('/scan-scopes', { ...filter });
  }

  getScope(id: string): Promise<ShownScope> {
    return this.hub.call({ method: 'GET', path: `/scan-scopes/${segment(id)}` });
  }

  updateScope(id: string, change: ScanScopeChange): Promise<ShownScope> {
    return this.change('PATCH', `/scan-scopes/${segment(id)}`, change);
  }

  deleteScope(id: string): Promise<ShownScope> {
    return this.change('DELETE', `/scan-scopes/${segment(id)}`);
  }

  startRun(scope_id: string): Promise<ShownRun> {
    return this.create('/scan-runs', { scope_id });
  }

  getRun(id: string): Promise<WatchedRun> {
    return this.hub.call({ method: 'GET', path: `/scan-runs/${segment(id)}` });
  }

  /** Newest first, at most so many. */
  listRuns(most?: number, filter: RunFilter = {}): Promise<readonly ListedRun[]> {
    return this.all('/scan-runs', { ...filter }, most);
  }

  /** What is under way ends, what is not begun stays undone. Once more does no harm. */
  cancelRun(id: string): Promise<ShownRun> {
    return this.hub.call({ method: 'POST', path: `/scan-runs/${segment(id)}/cancel`, repeatable: true });
  }

  /** Sends a batch as NDJSON, its `sequence` in the header. The same batch again does no harm. */
  sendBatch(run_id: string, body: string): Promise<BatchAnswer> {
    const path = `/scan-runs/${segment(run_id)}/batches`;
    return this.hub.call({ method: 'POST', path, body, content_type: 'application/x-ndjson', repeatable: true });
  }

  /** Says that everything was pushed. */
  completePush(run_id: string, end: { readonly batches: number; readonly scanScope?: unknown }): Promise<BatchAnswer> {
    const path = `/scan-runs/${segment(run_id)}/complete`;
    return this.hub.call({ method: 'POST', path, body: JSON.stringify(end), repeatable: true });
  }

  /** Sends a report (JSON) as it is. The same report again comes to the same run. */
  sendReport(body: string): Promise<ReportAnswer> {
    return this.hub.call({ method: 'POST', path: '/connector-reports', body, repeatable: true });
  }

  /** Reports that were received, newest first, at most so many. */
  listSyncs(most?: number): Promise<readonly ConnectorSync[]> {
    return this.all('/connector-syncs', {}, most);
  }

  listCells(run_id: string, filter: { readonly status?: CellStatus } = {}): Promise<readonly Cell[]> {
    return this.all(`/scan-runs/${segment(run_id)}/cells`, { ...filter });
  }

  /** Lets a cell remove what it held back. `key` is `<category>:<account>`; its colon may stand in a path as it is. */
  releaseCell(run_id: string, key: string): Promise<Cell> {
    const name = segment(key).replaceAll('%3A', ':');
    return this.hub.call({ method: 'POST', path: `/scan-runs/${segment(run_id)}/cells/${name}/release` });
  }

  /** Newest first, at most so many. */
  listAuditEvents(most?: number, filter: AuditFilter = {}): Promise<readonly AuditEvent[]> {
    return this.all('/audit-events', { ...filter }, most);
  }

  /**
   * Watches a run until it is over, telling `seen` of every look.
   * @throws Error if it is not over within `timeout_s` seconds.
   */
  async untilOver(id: string, seen: (run: WatchedRun) => void, timeout_s = 120): Promise<WatchedRun> {
    const from = Date.now();
    const deadline = from + timeout_s * 1_000;
    for (;;) {
      const run = await this.getRun(id);
      seen(run);
      if (isOver(run.status)) return run;
      if (Date.now() > deadline) {
        const { done, total } = run.progress;
        throw new Error(`run ${id} is still ${run.status} after ${timeout_s} s: ${done} of ${total} cells are done`);
      }
      // Of what has gone on for hours, nobody misses a few seconds; the hub counts our requests.
      await sleep(Math.min(5_000, Math.max(250, (Date.now() - from) / 10)));
    }
  }
}
