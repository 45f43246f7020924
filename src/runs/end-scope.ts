import { SYSTEM_ACTOR } from '../control/audit.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { derivedId, type Tenancy } from '../kernel/ids.ts';
import type { CancelRunDeps } from './cancel-run.ts';
import { cancelOpen } from './end-instance.ts';
import type { ScanRun } from './run.ts';

export interface EndScopeDeps extends CancelRunDeps {
  readonly scopes: { readonly settleEnd: (scope: ScanScope) => Promise<void> };
  readonly runs: CancelRunDeps['runs'] & {
    readonly openOfScope: (tenant: Tenancy, scope_id: string) => Promise<ScanRun | undefined>;
  };
}

/** Open runs of one scope that are cancelled in one go; two are rare, more a fault. */
const MOST = 100;

/** Goes on with the end of a deleted scope: its open runs are cancelled, what they and others brought stays. */
export async function endScope(deps: EndScopeDeps, scope: ScanScope): Promise<void> {
  if (scope.ending_since === undefined) return;
  const wish = { requested_by: scope.deleted_by ?? SYSTEM_ACTOR, request_id: derivedId(scope._id, 'deleted') };
  let last: string | undefined;
  for (let turn = 0; turn < MOST; turn += 1) {
    const open = await deps.runs.openOfScope(scope, scope._id);
    if (!open) return deps.scopes.settleEnd(scope);
    // A run that a planner is at closes when that has stopped: the tick comes back for what is open then.
    if (open._id === last) return;
    await cancelOpen(deps, open, wish);
    last = open._id;
  }
}
