import type { Tenancy, Visibility } from '../kernel/ids.ts';

/** The part of every filter that keeps tenants apart. Written first in each query, as in each index. */
export function within(whose: Tenancy | Visibility): { tenant_id: string; workspace_id: string | { $in: string[] } } {
  return {
    tenant_id: whose.tenant_id,
    workspace_id: 'workspace_id' in whose ? whose.workspace_id : { $in: [...whose.workspace_ids] },
  };
}
