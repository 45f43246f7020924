import { AppError } from '../../src/kernel/failures.ts';
import type { Tenancy, Visibility } from '../../src/kernel/ids.ts';

/** Where something new lives: the workspace that was asked for if the caller's token names it, else the first that it names. */
export function homeWorkspace(caller: Visibility, wanted: string | undefined): Tenancy {
  const workspace_id = wanted ?? caller.workspace_ids[0];
  if (workspace_id === undefined || !caller.workspace_ids.includes(workspace_id)) {
    throw new AppError('not_found', `workspace_id: there is no workspace ${wanted}`, {
      details: { errors: [{ field: 'workspace_id', message: 'name a workspace of your token' }] },
    });
  }
  return { tenant_id: caller.tenant_id, workspace_id };
}
