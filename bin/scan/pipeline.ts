import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { collectWork } from '../../lambdas/collect-aws/handler.ts';
import type { Work } from '../../lambdas/consumer.ts';
import { planRunWork } from '../../lambdas/plan-run/handler.ts';
import { cellLetter, planAgain, planLetter, stitchLetter } from '../../lambdas/queues.ts';
import { tellingOfRefused } from '../../lambdas/refused-messages.ts';
import { requestStitchHandler } from '../../lambdas/request-stitch/handler.ts';
import { computeInThread } from '../../lambdas/stitch/compute-thread.ts';
import { stitchWork } from '../../lambdas/stitch/handler.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { HubTerms } from '../../src/control/connector-instance.ts';
import type { Tenancy } from '../../src/kernel/ids.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { CellMessage, PlanMessage, StitchMessage } from '../../src/runs/messages.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { appendAudit } from '../../src/store/audit-events.ts';
import { cellHeadStore } from '../../src/store/cell-heads.ts';
import { type CellStore, cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { type ScanRunStore, scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { stitchStores } from '../../src/store/stitch-stores.ts';
import { FifoQueue } from './fifo-queue.ts';
import type { ScanEvents } from './scan-events.ts';

/** What the pipeline of a scan is made of. */
export interface PipelineDeps {
  readonly db: Db;
  readonly terms: HubTerms;
  readonly connector: Connector;
  /** Cells worked on at once; of one account at most two are, as in the hub. */
  readonly at_once: number;
  readonly events: ScanEvents;
  /** Observations after which a cell goes on in a further part. @default as in the hub */
  readonly part_size?: number | undefined;
  /** Stands around the work on cells, and may do some of it elsewhere. @default all of it is done here */
  readonly around_cells?: ((work: Work<CellMessage>) => Work<CellMessage>) | undefined;
}

/** The hub's stages in this process, with a queue of its own between each two. */
export interface Pipeline {
  readonly runs: ScanRunStore;
  readonly cells: CellStore;
  /** Sends the message that starts a run which is written. */
  readonly enqueuePlan: (run: ScanRun) => Promise<void>;
  /** Resolves when no stage has anything left to do. */
  readonly idle: () => Promise<void>;
  /** Ends it: what is worked on comes to its end, what waits does not. */
  readonly close: () => Promise<void>;
}

/** Observations after which a cell goes on in a further part, as in the hub. */
const PART_SIZE = 50_000;

/** Times that a message is taken before it is given up, as in the hub: a cell may be busy for long. */
const MOST_RECEIVES = 10;
const MOST_RECEIVES_OF_CELL = 100;

/** Runs planned at once. */
const PLANNERS = 1;

const STITCH_THREAD = { module: new URL('./stitch-thread.ts', import.meta.url) };

/** Wires the hub's own handlers to queues in this process: the same code as in the functions, but for what is between them. */
export function openPipeline(deps: PipelineDeps): Pipeline {
  const { db, terms, connector, at_once, events, part_size = PART_SIZE, around_cells = (work) => work } = deps;
  const now = () => new Date();
  const queue = <T>(name: string, concurrency: number, work: Work<T>, most_receives: number): FifoQueue<T> =>
    new FifoQueue<T>({
      name,
      work,
      at_once: concurrency,
      most_receives,
      given_up: events.given_up,
      failed: (_, error) => events.failed(error),
    });
  const audited = <T extends Tenancy & { readonly run_id: string }>(name: string, work: Work<T>): Work<T> =>
    tellingOfRefused({ queue: name, audit: (event: AuditEvent) => appendAudit(db, event), now }, work);

  const stitch = stitchWork({
    ...stitchStores(db),
    compute: (tenant_id, options) => computeInThread(STITCH_THREAD, tenant_id, options),
    newId: randomUUID,
    patience: 0,
    now,
    report: (_, outcome) => events.stitched(outcome),
  });
  const stitches = queue<StitchMessage>('stitches', 1, stitch, MOST_RECEIVES);
  const stitchRequested = requestStitchHandler({
    due: stitchDueStore(db),
    enqueueStitch: async (message) => stitches.send(stitchLetter(message)),
    delay: 0,
    now,
  });

  const runs = scanRunStore(db, ({ detail, detail_type }) => stitchRequested({ detail, 'detail-type': detail_type }));
  const cells = watched(cellStore(db), events);
  const instances = connectorInstanceStore(db);
  const scopes = scanScopeStore(db);
  const known = {
    knownAccounts: (tenant: Tenancy, instance_id: string) => knownAccounts(db, tenant, instance_id),
    enabledRegions: (tenant: Tenancy, instance_id: string) => enabledRegions(db, tenant, instance_id),
  };
  const enqueueCells = async (planned: readonly Cell[]): Promise<readonly string[]> => {
    for (const cell of planned) collects.send(cellLetter(cell));
    return planned.map(({ _id }) => _id);
  };
  const enqueuePlan = async (run: ScanRun): Promise<void> => plans.send(planLetter(run));

  const plans = queue<PlanMessage>(
    'plans',
    PLANNERS,
    audited(
      'plan',
      planRunWork({
        runs,
        cells,
        instances,
        scopes,
        ...known,
        default_regions: connector.default_regions,
        bindAccounts: (binder, ids) => bindAccounts(db, binder, ids),
        enqueueCells,
        terms,
        newOwner: randomUUID,
        now,
      }),
    ),
    MOST_RECEIVES,
  );
  const collects = queue<CellMessage>(
    'cells',
    at_once,
    audited(
      'cells',
      around_cells(
        collectWork({
          runs,
          cells,
          instances,
          connector,
          scopes,
          ...known,
          fence: cellHeadStore(db),
          inventory: inventoryStores(db),
          pushed: { batches: pushBatchStore(db), finishSync: connectorSyncStore(db).finish },
          enqueueCells,
          enqueuePlan: planAgain(runs, enqueuePlan),
          newOwner: randomUUID,
          part_size,
          // Nobody is paid for it.
          memory_mb: 0,
          now,
        }),
      ),
    ),
    MOST_RECEIVES_OF_CELL,
  );

  const all = [plans, collects, stitches];
  return {
    runs,
    cells,
    enqueuePlan,
    idle: async () => {
      // A stage that is idle may be given work by one that is not.
      while (all.some((one) => !one.is_idle)) await Promise.all(all.map((one) => one.idle()));
    },
    close: async () => {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

/** The store, with whoever watches told of what is written. */
const watched = (cells: CellStore, events: ScanEvents): CellStore => ({
  ...cells,
  addMissing: async (planned) => {
    await cells.addMissing(planned);
    events.planned(planned);
  },
  take: async (cell, claim) => {
    const taken = await cells.take(cell, claim);
    if (taken) events.began(taken);
    return taken;
  },
  finish: async (cell, progress, status, at) => {
    await cells.finish(cell, progress, status, at);
    events.ended({ ...cell, ...progress, status });
  },
});
