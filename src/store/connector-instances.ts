import type { Db } from 'mongodb';
import type { OutboxEntry, WithOutbox } from '../control/audit.ts';
import type { ConnectionCheck } from '../control/connection-check.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { flushOutbox } from './outbox.ts';
import { within } from './tenancy.ts';

export type StoredInstance = ConnectorInstance & WithOutbox;

export const CONNECTOR_INSTANCES: CollectionPlan = {
  name: 'connector_instances',
  indexes: [{ key: { tenant_id: 1, workspace_id: 1, _id: 1 } }, { key: { 'outbox.id': 1 }, sparse: true }],
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

    /** Instances in the order of their ids. */
    async list(whose: Visibility, limit: number, after?: string): Promise<readonly ConnectorInstance[]> {
      const page = after === undefined ? {} : { _id: { $gt: after } };
      return collection
        .find({ ...within(whose), ...page }, { projection: { outbox: 0 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
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
