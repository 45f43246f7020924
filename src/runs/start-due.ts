import { SYSTEM_ACTOR } from '../control/audit.ts';
import type { ConnectorInstance, PushInstance } from '../control/connector-instance.ts';
import type { Settled } from '../control/due.ts';
import { type ScanScope, type Skipped, settled } from '../control/scan-scope.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import { type RunRequest, type ScanRun, startRun } from './run.ts';
import { silentRun } from './silent-run.ts';

export interface StartDueDeps {
  readonly scopes: {
    /** Takes one due scope, which is due again soon unless it is settled; undefined when none is due. */
    readonly claimDue: (now: Date) => Promise<ScanScope | undefined>;
    readonly settleDue: (scope: ScanScope, settled: Settled) => Promise<void>;
  };
  readonly instances: {
    readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined>;
    readonly nextSeq: (tenant: Tenancy, id: string) => Promise<number>;
  };
  readonly runs: {
    readonly get: (tenant: Tenancy, run_id: string) => Promise<ScanRun | undefined>;
    readonly openOfScope: (tenant: Tenancy, scope_id: string) => Promise<ScanRun | undefined>;
    /** Whether anything was pushed for an instance in a run that began at a moment or later. */
    readonly wasPushedSince: (tenant: Tenancy, instance_id: string, since: IsoTime) => Promise<boolean>;
    readonly create: (run: ScanRun) => Promise<void>;
    /** Writes the run unless it is there already; whether this call did it. */
    readonly createOnce: (run: ScanRun) => Promise<boolean>;
  };
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  readonly newId: () => string;
  readonly now: Clock;
}

export interface StartedDue {
  readonly started: readonly string[];
  /** Scopes left alone because their last run is still going, or their instance is gone or disabled. */
  readonly skipped: readonly string[];
  /** Scopes of push instances from which nothing has come. */
  readonly silent: readonly string[];
}

/** Digits of a run's id: names are made of it that have their limit. */
const ID_DIGITS = 32;

/** Runs started by one tick at most: what is left is due again in a minute. */
const MOST = 200;

/** Starts a run of each scope that is due. A tick that was missed is made up for once: the next time is counted from now. */
export async function startDue(deps: StartDueDeps): Promise<StartedDue> {
  const started: string[] = [];
  const skipped: string[] = [];
  const silent: string[] = [];
  for (let taken = 0; taken < MOST; taken += 1) {
    const now = deps.now();
    const scope = await deps.scopes.claimDue(now);
    if (!scope) break;
    const instance = await deps.instances.get(scope, scope.instance_id);
    const skip = await reasonToSkip(deps, scope, instance, now);
    if (skip || !instance) {
      await deps.scopes.settleDue(scope, settled(scope, now, skip));
      skipped.push(scope._id);
    } else if (instance.connector_kind === 'push') {
      if (await tellSilence(deps, scope, instance, now)) silent.push(scope._id);
    } else {
      const run = startRun(scope, instance, await requestOf(deps, scope, instance, deps.newId(), now));
      await deps.runs.create(run);
      await deps.scopes.settleDue(scope, settled(scope, now));
      await deps.enqueuePlan(run);
      started.push(run._id);
    }
  }
  return { started, skipped, silent };
}

async function reasonToSkip(
  deps: StartDueDeps,
  scope: ScanScope,
  instance: ConnectorInstance | undefined,
  now: Date,
): Promise<Skipped | undefined> {
  const at = isoTime(now);
  if (!instance || instance.status === 'deleted') return { at, reason: 'instance_gone' };
  if (instance.status === 'disabled') return { at, reason: 'instance_disabled' };
  // What is pushed is not started here: a run of it that nobody has completed does not stand for what should have come since.
  if (instance.connector_kind === 'push') return undefined;
  const open = await deps.runs.openOfScope(scope, scope._id);
  return open && { at, reason: 'still_running', run_id: open._id };
}

/**
 * A push instance is not asked, it is waited for: where nothing has come since its scope was last due, a failed run says so.
 * Its id follows from the scope and the moment since when was waited: a tick that dies in between tells it once all the same.
 */
async function tellSilence(deps: StartDueDeps, scope: ScanScope, instance: PushInstance, now: Date): Promise<boolean> {
  const since = scope.period_began_at ?? scope.created_at;
  const is_silent = !(await deps.runs.wasPushedSince(scope, instance._id, since));
  if (is_silent) {
    const id = derivedId(scope.tenant_id, 'silence', scope._id, since).slice(0, ID_DIGITS);
    if (!(await deps.runs.get(scope, id))) {
      await deps.runs.createOnce(silentRun(scope, instance, since, await requestOf(deps, scope, instance, id, now)));
    }
  }
  await deps.scopes.settleDue(scope, settled(scope, now));
  return is_silent;
}

const requestOf = async (
  deps: StartDueDeps,
  scope: ScanScope,
  instance: ConnectorInstance,
  id: string,
  now: Date,
): Promise<RunRequest> => ({
  id,
  seq: await deps.instances.nextSeq(scope, instance._id),
  trigger: 'schedule',
  requested_by: SYSTEM_ACTOR,
  request_id: derivedId(scope._id, String(now.getTime())),
  now,
});
