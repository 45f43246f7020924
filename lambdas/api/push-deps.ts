import { setTimeout } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Cell } from '../../src/runs/cell.ts';
import { cellHeadStore } from '../../src/store/cell-heads.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { pushSourceStore } from '../../src/store/push-sources.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import type { Edge } from './edge.ts';
import type { PushRouteDeps } from './routes/push.ts';

/** What the routes of pushing need, on a database. */
export function pushDeps(
  db: Db,
  {
    enqueueCells,
    newId,
    now,
  }: Edge & { readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]> },
): PushRouteDeps {
  const syncs = connectorSyncStore(db);
  return {
    push: {
      runs: scanRunStore(db),
      instances: connectorInstanceStore(db),
      cells: cellStore(db),
      batches: pushBatchStore(db),
      ...pushSourceStore(db),
      beginSync: syncs.begin,
      fence: cellHeadStore(db),
      inventory: inventoryStores(db),
      enqueueCells,
      newOwner: newId,
      now,
      wait: async (milliseconds) => setTimeout(milliseconds),
    },
    syncs,
  };
}
