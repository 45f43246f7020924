import { SYSTEM_ACTOR } from '../control/audit.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import type { Clock } from '../kernel/time.ts';
import { type ScanRun, startRun } from './run.ts';

export interface StartDueDeps {
  readonly scopes: {
    /** Takes one due scope, which is due again soon unless it is settled; undefined when none is due. */
    readonly claimDue: (now: Date) => Promise<ScanScope | undefined>;
    readonly settleDue: (scope: ScanScope, now: Date) => Promise<void>;
  };
  readonly instances: {
    readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined>;
    readonly nextSeq: (tenant: Tenancy, id: string) => Promise<number>;
  };
  readonly runs: {
    readonly openOfScope: (tenant: Tenancy, scope_id: string) => Promise<ScanRun | undefined>;
    readonly create: (run: ScanRun) => Promise<void>;
  };
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  readonly newId: () => string;
  readonly now: Clock;
}

export interface StartedDue {
  readonly started: readonly string[];
  /** Scopes left alone because their last run is still going, or their instance is gone or disabled. */
  readonly skipped: readonly string[];
}

/** Runs started by one tick at most: what is left is due again in a minute. */
const MOST = 200;

/** Starts a run of each scope that is due. A tick that was missed is made up for once: the next time is counted from now. */
export async function startDue(deps: StartDueDeps): Promise<StartedDue> {
  const started: string[] = [];
  const skipped: string[] = [];
  for (let taken = 0; taken < MOST; taken += 1) {
    const now = deps.now();
    const scope = await deps.scopes.claimDue(now);
    if (!scope) break;
    const instance = await deps.instances.get(scope, scope.instance_id);
    if (instance?.status !== 'active' || (await deps.runs.openOfScope(scope, scope._id))) {
      await deps.scopes.settleDue(scope, now);
      skipped.push(scope._id);
      continue;
    }
    const run = startRun(scope, instance, {
      id: deps.newId(),
      seq: await deps.instances.nextSeq(scope, instance._id),
      trigger: 'schedule',
      requested_by: SYSTEM_ACTOR,
      request_id: derivedId(scope._id, String(now.getTime())),
      now,
    });
    await deps.runs.create(run);
    await deps.scopes.settleDue(scope, now);
    await deps.enqueuePlan(run);
    started.push(run._id);
  }
  return { started, skipped };
}
