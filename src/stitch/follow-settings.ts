import type { TenantId } from '../kernel/ids.ts';
import { type RequestStitchDeps, requestStitch } from './request-stitch.ts';
import type { StitchTrigger } from './stitch-trigger.ts';

/** Where changes of settings are that nobody has followed up. */
export interface UnfollowedSettings {
  readonly unfollowed: (limit: number) => Promise<readonly TenantId[]>;
  readonly followUp: (tenant_id: TenantId, askForStitch: (trigger: StitchTrigger) => Promise<unknown>) => Promise<void>;
}

/** Has changes of settings told and stitched whose author was killed before; of at most `limit` tenants. */
export async function followSettings(
  settings: UnfollowedSettings,
  asking: RequestStitchDeps,
  limit: number,
): Promise<void> {
  for (const tenant_id of await settings.unfollowed(limit)) {
    await settings.followUp(tenant_id, (trigger) => requestStitch(asking, tenant_id, trigger));
  }
}
