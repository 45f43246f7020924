import type { Db } from 'mongodb';
import type { Clock } from '../src/kernel/time.ts';
import type { EndDeletedDeps } from '../src/runs/end-deleted.ts';
import { releaseAccounts } from '../src/store/account-owners.ts';
import { writtenUntil } from '../src/store/cell-heads.ts';
import { cellStore } from '../src/store/cells.ts';
import { connectorInstanceStore } from '../src/store/connector-instances.ts';
import type { ScanRunStore } from '../src/store/scan-runs.ts';
import { scanScopeStore } from '../src/store/scan-scopes.ts';

/** What brings deleted instances and scopes to their end, over one database. */
export const endingDeps = (
  db: Db,
  runs: ScanRunStore,
  enqueuePlan: EndDeletedDeps['enqueuePlan'],
  now: Clock,
): EndDeletedDeps => ({
  instances: connectorInstanceStore(db),
  scopes: scanScopeStore(db),
  runs,
  cells: cellStore(db),
  writtenUntil: (...asked) => writtenUntil(db, ...asked),
  releaseAccounts: (binder) => releaseAccounts(db, binder),
  enqueuePlan,
  now,
});
