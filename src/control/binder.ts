import type { TenantId } from '../kernel/ids.ts';

/** Through what an account is bound to its tenant: free again when the last instance that names or finds it is gone. */
export interface Binder {
  readonly tenant_id: TenantId;
  readonly instance_id: string;
}
