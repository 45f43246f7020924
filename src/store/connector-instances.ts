import type { Db } from 'mongodb';
import type { ConnectorKind } from '../connectors/connector.ts';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import type { ConnectionCheck } from '../control/connection-check.ts';
import type { ConnectorInstance, InstanceStatus } from '../control/connector-instance.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import { changeDocument } from './change-document.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox } from './outbox.ts';
import { within } from './tenancy.ts';

/** What a list of instances is narrowed to. */
export interface InstanceFilter {
  readonly kind?: ConnectorKind | undefined;
  readonly status?: InstanceStatus | undefined;
}

export type StoredInstance = ConnectorInstance & WithOutbox;

export const CONNECTOR_INSTANCES: CollectionPlan = {
  name: 'connector_instances',
  indexes: [
    { key: { tenant_id: 1, workspace_id: 1, _id: 1 } },
    { key: { ending_since: 1 }, sparse: true },
    { key: { 'outbox.id': 1 }, sparse: true },
  ],
};

export function connectorInstanceStore(db: Db) {
  const collection = collectionOf<StoredInstance>(db, CONNECTOR_INSTANCES);
  return {
    /** Writes a new instance with what must follow from it, and moves that on. */
    async create(instance: ConnectorInstance, outbox: readonly OutboxEntry[]): Promise<void> {
      await collection.insertOne({ ...instance, outbox });
      await flushOutbox(db, CONNECTOR_INSTANCES, instance, instance._id);
    },

    async get(whose: Tenancy | Visibility, id: string): Promise<ConnectorInstance | undefined> {
      const found = await collection.findOne({ ...within(whose), _id: id }, { projection: { outbox: 0 } });
      return found ?? undefined;
    },

    /** Instances in the order of their ids; deleted ones only where they are asked for. */
    async list(
      whose: Visibility,
      limit: number,
      after?: string,
      { kind, status }: InstanceFilter = {},
    ): Promise<readonly ConnectorInstance[]> {
      const filter = {
        ...(after !== undefined && { _id: { $gt: after } }),
        ...(kind !== undefined && { connector_kind: kind }),
        status: status ?? { $in: ['active', 'disabled'] as const },
      };
      return collection
        .find({ ...within(whose), ...filter }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Writes a change with what must follow from it, and moves that on; false where somebody else has changed the instance. */
    change: (before: ConnectorInstance, after: ConnectorInstance, outbox: readonly OutboxEntry[]): Promise<boolean> =>
      changeDocument(db, CONNECTOR_INSTANCES, before, after, outbox),

    /** Deleted instances whose end has work left, the longest waiting first, of whatever tenant. */
    async ending(limit: number): Promise<readonly ConnectorInstance[]> {
      return collection
        .find({ ending_since: { $exists: true } }, { projection: { outbox: 0 } })
        .sort({ ending_since: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Notes that one more retirement of what a deleted instance claimed has failed, where this one was not noted yet. */
    async countFailedRetirement(instance: ConnectorInstance): Promise<void> {
      const { retirements_failed } = instance;
      const known = retirements_failed === undefined ? { $exists: false } : retirements_failed;
      await collection.updateOne(
        { ...within(instance), _id: instance._id, retirements_failed: known },
        { $set: { retirements_failed: (retirements_failed ?? 0) + 1 } },
      );
    },

    /** Notes that nothing is left to do for a deleted instance. */
    async settleEnd(instance: ConnectorInstance, ended_at: IsoTime): Promise<void> {
      await collection.updateOne(
        { ...within(instance), _id: instance._id, status: 'deleted', ending_since: { $exists: true } },
        { $set: { ended_at }, $unset: { ending_since: '' } },
      );
    },

    /**
     * Notes how trying the connection went, with what must follow from it, and moves that on; whether the instance is still
     * there to be noted at. A check that got nowhere does not know what there is: what was known before stays.
     */
    async recordCheck(tenant: Tenancy, check: ConnectionCheck, outbox: readonly OutboxEntry[]): Promise<boolean> {
      const { service_categories_available } = check;
      const found = service_categories_available.length > 0 && {
        discovered_capabilities: { service_categories_available },
      };
      const { matchedCount } = await collection.updateOne(
        { ...within(tenant), _id: check.instance_id, status: { $ne: 'deleted' } },
        { $set: { last_check: check, ...found }, $inc: { version: 1 }, $push: { outbox: { $each: [...outbox] } } },
      );
      if (matchedCount === 0) return false;
      await flushOutbox(db, CONNECTOR_INSTANCES, tenant, check.instance_id);
      return true;
    },

    /** Gives out the next run number of an instance: each number once, by compare-and-set. */
    async nextSeq(tenant: Tenancy, id: string): Promise<number> {
      for (;;) {
        const instance = await this.get(tenant, id);
        if (!instance) throw new Error(`instance ${id} is gone`);
        const seq = instance.last_seq + 1;
        const counted = await collection.updateOne(
          { ...within(tenant), _id: id, last_seq: instance.last_seq },
          { $set: { last_seq: seq } },
        );
        if (counted.matchedCount === 1) return seq;
      }
    },
  };
}

export type ConnectorInstanceStore = ReturnType<typeof connectorInstanceStore>;
