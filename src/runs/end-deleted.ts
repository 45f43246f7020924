import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { type EndInstanceDeps, endInstance } from './end-instance.ts';
import { type EndScopeDeps, endScope } from './end-scope.ts';

export interface EndDeletedDeps extends EndInstanceDeps, EndScopeDeps {
  readonly instances: EndInstanceDeps['instances'] & {
    readonly ending: (limit: number) => Promise<readonly ConnectorInstance[]>;
  };
  readonly scopes: EndInstanceDeps['scopes'] &
    EndScopeDeps['scopes'] & { readonly ending: (limit: number) => Promise<readonly ScanScope[]> };
  readonly runs: EndInstanceDeps['runs'] & EndScopeDeps['runs'];
}

/** Looked after in one tick at most; what is left comes next. */
const MOST = 100;

/** Goes on with the end of what was deleted, wherever that has stopped. */
export async function endDeleted(deps: EndDeletedDeps): Promise<void> {
  const failures: unknown[] = [];
  const each = async (end: () => Promise<unknown>): Promise<void> => {
    try {
      await end();
    } catch (error) {
      // One that cannot be ended must not keep the others from it.
      failures.push(error);
    }
  };
  for (const scope of await deps.scopes.ending(MOST)) await each(() => endScope(deps, scope));
  for (const instance of await deps.instances.ending(MOST)) await each(() => endInstance(deps, instance));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} deletions could not be gone on with`);
}
