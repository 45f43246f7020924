import type { Db } from 'mongodb';
import type { InventoryStores } from '../inventory/stores.ts';
import { activityStore } from './activity.ts';
import { cellManifestStore } from './cell-manifests.ts';
import { claimantStore } from './claimants.ts';
import { edgeStore } from './edges.ts';
import { entityStore } from './entities.ts';
import { policyDocumentStore } from './policy-documents.ts';
import { unsettledEndStore } from './unsettled-ends.ts';

/** Everything that the inventory needs, on a database. */
export const inventoryStores = (db: Db): InventoryStores => ({
  entities: entityStore(db),
  edges: edgeStore(db),
  unsettled: unsettledEndStore(db),
  manifests: cellManifestStore(db),
  claimants: claimantStore(db),
  policy_documents: policyDocumentStore(db),
  activity: activityStore(db),
});
