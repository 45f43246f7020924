import { type ConnectorReport, endOf } from '../connectors/push/report.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { type ChangeCounts, NO_CHANGES } from '../inventory/counts.ts';
import { hashOf } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import { derivedId, type Tenancy, type Visibility } from '../kernel/ids.ts';
import { type IsoTime, isoTime } from '../kernel/time.ts';
import type { CellError } from './cell.ts';
import type { BatchAnswer, PushDeps } from './push-batch.ts';
import { completePush } from './push-complete.ts';
import { startPushRun } from './push-run.ts';
import type { RunStatus, ScanRun } from './run.ts';

/** How a report came out. */
export interface SyncOutcome {
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly counts: ChangeCounts;
  readonly errors: readonly CellError[];
}

/** One report of a source system, and what became of it. */
export interface ConnectorSync extends Tenancy {
  /** That of its run. */
  readonly _id: string;
  readonly connector_instance_id: string;
  readonly scan_run_id: string;
  readonly source_system_id: string;
  /** As that of its run: `running` until a worker has closed it, or the tick has seen that it was cancelled. */
  readonly status: RunStatus;
  readonly counts: ChangeCounts;
  readonly errors: readonly CellError[];
  /** As the sender said. */
  readonly reported_started_at?: string;
  readonly reported_finished_at?: string;
  readonly received_at: IsoTime;
}

export interface TakeReportDeps extends PushDeps {
  readonly runs: PushDeps['runs'] & { readonly create: (run: ScanRun) => Promise<void> };
  readonly instances: PushDeps['instances'] & { readonly nextSeq: (tenant: Tenancy, id: string) => Promise<number> };
  /** Active push instances that speak for a source system, in the order of their ids. */
  readonly speakersFor: (whose: Visibility, source_system_id: string) => Promise<readonly ConnectorInstance[]>;
  /** Writes a sync that is not there yet, and gives the one that is there then. */
  readonly beginSync: (sync: ConnectorSync) => Promise<ConnectorSync>;
}

export interface Reporter extends Visibility {
  readonly subject: string;
  readonly request_id: string;
}

/** What a sender is told of its report. */
export interface ReportAnswer {
  readonly sync: ConnectorSync;
  readonly batch: BatchAnswer;
}

/**
 * Takes a report as one run of the instance that speaks for its source system; the same report again comes to the same run.
 * Throws AppError `not_found` where nobody speaks for the system, `conflict` where two do and none is named.
 */
export async function takeReport(
  deps: TakeReportDeps,
  reporter: Reporter,
  report: ConnectorReport,
): Promise<ReportAnswer> {
  const instance = await speakerOf(deps, reporter, report);
  const end = endOf(report);
  const id = derivedId(instance.tenant_id, 'connector-report', instance._id, hashOf([report, end]));
  const run = (await deps.runs.get(instance, id)) ?? (await started(deps, reporter, instance, id));
  const sync = await deps.beginSync(syncOf(run, report, isoTime(deps.now())));
  const batch = await completePush(deps, { run, instance }, end);
  return { sync, batch };
}

async function speakerOf(
  deps: TakeReportDeps,
  whose: Visibility,
  { source_system, instance_id }: ConnectorReport,
): Promise<ConnectorInstance> {
  const speakers = await deps.speakersFor(whose, source_system);
  const named = instance_id === undefined ? speakers : speakers.filter(({ _id }) => _id === instance_id);
  const [first, second] = named;
  if (!first) {
    const who = instance_id === undefined ? 'no active push instance' : `no active push instance ${instance_id}`;
    throw new AppError('not_found', `source_system: ${who} speaks for ${source_system}`, {
      details: { field: 'source_system' },
    });
  }
  if (!second) return first;
  const ids = named.map(({ _id }) => _id);
  throw new AppError('conflict', `instance_id: name one of ${ids.join(', ')}: each speaks for ${source_system}`, {
    details: { field: 'instance_id', instance_ids: ids },
  });
}

async function started(
  deps: TakeReportDeps,
  { subject, request_id }: Reporter,
  instance: ConnectorInstance,
  id: string,
): Promise<ScanRun> {
  const run = startPushRun(instance, {
    id,
    seq: await deps.instances.nextSeq(instance, instance._id),
    requested_by: subject,
    request_id,
    now: deps.now(),
  });
  try {
    await deps.runs.create(run);
    return run;
  } catch (error) {
    // Of two deliveries at once, one writes the run.
    const present = await deps.runs.get(instance, id);
    if (present) return present;
    throw error;
  }
}

const syncOf = (run: ScanRun, report: ConnectorReport, received_at: IsoTime): ConnectorSync => ({
  _id: run._id,
  tenant_id: run.tenant_id,
  workspace_id: run.workspace_id,
  connector_instance_id: run.instance_id,
  scan_run_id: run._id,
  source_system_id: report.source_system,
  status: 'running',
  counts: NO_CHANGES,
  errors: [],
  ...(report.started_at && { reported_started_at: report.started_at }),
  ...(report.finished_at && { reported_finished_at: report.finished_at }),
  received_at,
});
