import type { Db } from 'mongodb';
import type { AuditEvent } from '../control/audit.ts';
import type { CorrelationSettings } from '../correlations/settings.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { StitchTrigger } from '../stitch/stitch-trigger.ts';
import { appendAudit } from './audit-events.ts';
import { type CollectionPlan, collectionOf, isDuplicateKey } from './database.ts';

export const TENANT_CORRELATION_SETTINGS: CollectionPlan = {
  name: 'tenant_correlation_settings',
  indexes: [{ key: { tenant_id: 1, _id: 1 } }, { key: { 'to_follow.event._id': 1 }, sparse: true }],
};

/** What must follow from a change of settings: that it is told, and that a stitch is asked for. */
export interface SettingsFollowUp {
  readonly event: AuditEvent;
  readonly trigger: StitchTrigger;
}

type StoredSettings = CorrelationSettings & { readonly to_follow?: readonly SettingsFollowUp[] };

/** What tenants decided about correlations. */
export function correlationSettingsStore(db: Db) {
  const collection = collectionOf<StoredSettings>(db, TENANT_CORRELATION_SETTINGS);
  return {
    /** The tenant's settings; undefined where nothing was ever decided. */
    async get(tenant_id: TenantId): Promise<CorrelationSettings | undefined> {
      const found = await collection.findOne({ _id: tenant_id, tenant_id }, { projection: { to_follow: 0 } });
      return found ?? undefined;
    },

    /** Writes settings in the place of the version before, with what must follow; false where somebody else has changed them. */
    async change(after: CorrelationSettings, follow: SettingsFollowUp): Promise<boolean> {
      const { _id, tenant_id, version } = after;
      if (version > 1) {
        const { matchedCount } = await collection.updateOne(
          { _id, tenant_id, version: version - 1 },
          { $set: { ...after }, $push: { to_follow: follow } },
        );
        return matchedCount === 1;
      }
      try {
        await collection.insertOne({ ...after, to_follow: [follow] });
        return true;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return false;
      }
    },

    /** Does what must follow from the changes of a tenant. Killed in between, it is done again: told once, stitched once more. */
    async followUp(tenant_id: TenantId, askForStitch: (trigger: StitchTrigger) => Promise<unknown>): Promise<void> {
      const found = await collection.findOne({ _id: tenant_id, tenant_id }, { projection: { to_follow: 1 } });
      for (const { event, trigger } of found?.to_follow ?? []) {
        await appendAudit(db, event);
        await askForStitch(trigger);
        await collection.updateOne({ _id: tenant_id, tenant_id }, { $pull: { to_follow: { 'event._id': event._id } } });
      }
    },

    /** Tenants whose changes somebody made and did not follow up, of whatever tenant. */
    async unfollowed(limit: number): Promise<readonly TenantId[]> {
      const rows = await collection
        .find({ 'to_follow.event._id': { $exists: true } }, { projection: { tenant_id: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return rows.map(({ tenant_id }) => tenant_id);
    },
  };
}

export type CorrelationSettingsStore = ReturnType<typeof correlationSettingsStore>;
