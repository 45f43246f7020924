import { auditEntry, type OutboxEntry, SYSTEM_ACTOR } from '../control/audit.ts';
import type { Binder } from '../control/binder.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { AppError } from '../kernel/failures.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';
import { type CancelRunDeps, cancelRun } from './cancel-run.ts';
import { isOver, type ScanRun, startRun } from './run.ts';

export interface EndInstanceDeps extends CancelRunDeps {
  readonly instances: {
    readonly nextSeq: (tenant: Tenancy, id: string) => Promise<number>;
    readonly countFailedRetirement: (instance: ConnectorInstance) => Promise<void>;
    readonly settleEnd: (instance: ConnectorInstance, ended_at: IsoTime) => Promise<void>;
  };
  readonly scopes: {
    /** The enabled scopes of an instance. */
    readonly enabledOf: (tenant: Tenancy, instance_id: string) => Promise<readonly ScanScope[]>;
    readonly change: (before: ScanScope, after: ScanScope, outbox: readonly OutboxEntry[]) => Promise<boolean>;
  };
  readonly runs: CancelRunDeps['runs'] & {
    readonly openOfInstance: (tenant: Tenancy, instance_id: string) => Promise<readonly ScanRun[]>;
    /** Writes the run unless it is there already; whether this call did it. */
    readonly createOnce: (run: ScanRun) => Promise<boolean>;
  };
  /** Until when somebody may still write for a cell of an instance; undefined where nobody may. */
  readonly writtenUntil: (tenant_id: string, instance_id: string, now: IsoTime) => Promise<IsoTime | undefined>;
  /** Frees the accounts that are bound through the instance alone. */
  readonly releaseAccounts: (binder: Binder) => Promise<void>;
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  readonly now: Clock;
}

/** How far the end of an instance is. `waiting`: a worker may still be writing. `retiring`: what it claimed is being retired. */
export type EndState = 'waiting' | 'retiring' | 'ended';

/** Digits of a run's id: names are made of it that have their limit. */
const ID_DIGITS = 32;

/** A retirement that failed is tried again after this long. */
const TRY_AGAIN = 10 * MINUTE;

/**
 * Goes on with the end of a deleted instance, as far as it can be brought now: its scopes start nothing more, its open runs are
 * cancelled, what it claimed is retired by a run of one cell once nobody writes for it any more, and then its accounts are
 * free. Every step looks at what is there, so that the tick takes it up wherever somebody died.
 */
export async function endInstance(deps: EndInstanceDeps, instance: ConnectorInstance): Promise<EndState> {
  if (instance.status !== 'deleted' || instance.ending_since === undefined) return 'ended';
  await disableScopes(deps, instance);
  const retirement_id = retirementOf(instance);
  await cancelRuns(deps, instance, retirement_id);
  const retirement = await deps.runs.get(instance, retirement_id);
  if (!retirement) return beginRetirement(deps, instance, retirement_id);
  if (!isOver(retirement.status)) return 'retiring';
  if (retirement.status !== 'succeeded') {
    if (deps.now() < later(new Date(retirement.finished_at ?? 0), TRY_AGAIN)) return 'retiring';
    await deps.instances.countFailedRetirement(instance);
    return 'retiring';
  }
  await deps.releaseAccounts({ tenant_id: instance.tenant_id, instance_id: instance._id });
  await deps.instances.settleEnd(instance, isoTime(deps.now()));
  return 'ended';
}

/** The id of the run that retires what an instance claimed: another one after each that failed. */
export const retirementOf = (instance: ConnectorInstance): string =>
  derivedId(instance.tenant_id, 'retirement', instance._id, String(instance.retirements_failed ?? 0)).slice(
    0,
    ID_DIGITS,
  );

async function disableScopes(deps: EndInstanceDeps, instance: ConnectorInstance): Promise<void> {
  for (const scope of await deps.scopes.enabledOf(instance, instance._id)) {
    const { next_run_at: _next, period_began_at: _began, ...rest } = scope;
    const at = isoTime(deps.now());
    const disabled: ScanScope = { ...rest, enabled: false, updated_at: at, version: scope.version + 1 };
    // Where somebody has changed the scope meanwhile, it is disabled by the next who goes on with this.
    await deps.scopes.change(scope, disabled, [
      auditEntry({
        tenant_id: scope.tenant_id,
        workspace_id: scope.workspace_id,
        actor: instance.deleted_by ?? SYSTEM_ACTOR,
        action: 'scan_scope.changed',
        target: scope._id,
        at,
        request_id: derivedId(instance._id, 'deleted'),
        details: { fields: ['enabled'], because: 'its connector instance was deleted' },
      }),
    ]);
  }
}

async function cancelRuns(deps: EndInstanceDeps, instance: ConnectorInstance, retirement_id: string): Promise<void> {
  const wish = { requested_by: instance.deleted_by ?? SYSTEM_ACTOR, request_id: derivedId(instance._id, 'deleted') };
  for (const run of await deps.runs.openOfInstance(instance, instance._id)) {
    if (run._id !== retirement_id) await cancelOpen(deps, run, wish);
  }
}

/** Cancels a run unless it has ended meanwhile. */
export async function cancelOpen(
  deps: CancelRunDeps,
  run: ScanRun,
  wish: Parameters<typeof cancelRun>[2],
): Promise<void> {
  try {
    await cancelRun(deps, run, wish);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error;
  }
}

async function beginRetirement(deps: EndInstanceDeps, instance: ConnectorInstance, id: string): Promise<EndState> {
  const now = deps.now();
  // A worker that was cancelled may be in the middle of a write: what it writes after a retirement would stay for ever.
  if ((await deps.runs.openOfInstance(instance, instance._id)).length > 0) return 'waiting';
  if (await deps.writtenUntil(instance.tenant_id, instance._id, isoTime(now))) return 'waiting';
  const whose = { tenant_id: instance.tenant_id, workspace_id: instance.workspace_id };
  const run = startRun(whose, instance, {
    id,
    seq: await deps.instances.nextSeq(instance, instance._id),
    trigger: 'manual',
    requested_by: instance.deleted_by ?? SYSTEM_ACTOR,
    request_id: derivedId(id, 'retirement'),
    now,
  });
  if (await deps.runs.createOnce(run)) await deps.enqueuePlan(run);
  return 'retiring';
}
