import type { CollectorTask } from '../connectors/connector.ts';
import { ANY_TYPE, pushTask } from '../connectors/push/read-items.ts';
import { type PushCoverage, pushCoverage, type ScanScopeStatement } from '../connectors/push/scan-scope.ts';
import { beginPart } from '../inventory/apply.ts';
import type { CellContext } from '../inventory/context.ts';
import { removeUnseen } from '../inventory/removal.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import type { Cell } from './cell.ts';
import { Progress } from './cell-progress.ts';
import type { Lease } from './lease.ts';
import { END_SEQUENCE, type PushDeps, pushContext } from './push-batch.ts';
import type { SyncOutcome } from './push-report.ts';
import type { ScanRun } from './run.ts';
import type { PartResult } from './work-on-part.ts';

/** What closing a push run needs beside the inventory. */
export interface PushedRuns {
  readonly batches: Pick<PushDeps['batches'], 'ofRun'>;
  /** Tells the sync of a run that was one report how it came out; does nothing for other runs. */
  readonly finishSync: (run: ScanRun, outcome: SyncOutcome) => Promise<void>;
}

/** The part under which the close notes that it has looked at what nobody sent: after all batches. */
const CLOSING_PART = END_SEQUENCE + 1;

/** A task for all that a run should have brought. */
export const EVERYTHING_PUSHED: CollectorTask = pushTask(ANY_TYPE, ANY_TYPE);

/** The one cell of a push run: removes what was not sent and is known to be gone, and says how whole the run is. */
export async function closePushCell(
  deps: { readonly pushed: PushedRuns; readonly inventory: InventoryStores },
  run: ScanRun,
  cell: Cell,
  lease: Lease,
): Promise<PartResult> {
  const said = await whatWasSaid(deps.pushed, run);
  const progress = new Progress(cell);
  for (const { row, errors } of said.ended ? pushCoverage(said) : abandoned(said.tasks)) {
    for (const { code, message } of errors)
      progress.gap({ kind: 'gap', code, action: 'push', item: row.region, message }, row);
    progress.covered(row);
  }
  const context = pushContext(run, CLOSING_PART, lease);
  if (said.ended) await noteComplete(deps.inventory, context, progress, said.noted);
  progress.removed(await removeUnseen(deps.inventory, context, progress.coverage));
  const result = { progress: progress.result(0), status: progress.outcome() };
  await deps.pushed.finishSync(run, {
    status: result.status,
    counts: result.progress.counts,
    errors: result.progress.errors,
  });
  return result;
}

/** Notes for every complete task that it was looked at, also where nothing was sent of it. */
async function noteComplete(
  inventory: InventoryStores,
  context: CellContext,
  { coverage }: Progress,
  noted: number,
): Promise<void> {
  const part = await beginPart(inventory, context, 'apart');
  // A manifest that lost entries would look like an estate that lost things.
  const entries = await inventory.manifests.countEntries(context.tenant_id, context.cell_id);
  if (entries !== noted) {
    throw new Error(
      `cell ${context.cell_id}: ${entries} entries in the manifest, ${noted} were noted: nothing removed`,
    );
  }
  for (const row of coverage.filter(({ status }) => status === 'complete')) await part.apply(row, []);
}

/** A run that nobody completed: what came is kept, and nothing is known of what did not. */
function abandoned(tasks: readonly CollectorTask[]): readonly PushCoverage[] {
  const message = 'nothing has arrived for 24 hours, and the run was never completed';
  const code = 'source_unreachable';
  return [
    { row: { ...EVERYTHING_PUSHED, status: 'failed', code }, errors: [{ code, message }] },
    ...tasks.map((task): PushCoverage => ({ row: { ...task, status: 'failed', code }, errors: [] })),
  ];
}

interface Said {
  readonly statements: readonly ScanScopeStatement[];
  readonly tasks: readonly CollectorTask[];
  readonly protects: readonly string[];
  /** Entries that the batches left in the manifest. */
  readonly noted: number;
  /** Whether somebody said that the run is over; otherwise it was abandoned. */
  readonly ended: boolean;
}

async function whatWasSaid({ batches }: PushedRuns, run: ScanRun): Promise<Said> {
  const statements: ScanScopeStatement[] = [];
  const tasks = new Map<string, CollectorTask>();
  const protects = new Set<string>();
  let noted = 0;
  let ended = false;
  for await (const { sequence, scan_scope, done_at, result } of batches.ofRun(run, run._id)) {
    if (scan_scope) statements.push(scan_scope);
    if (!result || !done_at) continue;
    if (sequence === END_SEQUENCE) ended = true;
    for (const task of result.tasks) tasks.set(`${task.collector} ${task.region}`, task);
    for (const type of result.protects) protects.add(type);
    noted += result.noted;
  }
  return { statements, tasks: [...tasks.values()], protects: [...protects].sort(), noted, ended };
}
