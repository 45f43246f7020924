import type { CollectorTask } from '../connectors/connector.ts';
import { itemsOf, type PushedEnd } from '../connectors/push/batch.ts';
import { type RejectedItem, readItems } from '../connectors/push/read-items.ts';
import { foreignSystems, type ScanScopeStatement } from '../connectors/push/scan-scope.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { beginPart } from '../inventory/apply.ts';
import type { CellContext } from '../inventory/context.ts';
import { addCounts, type ChangeCounts, NO_CHANGES } from '../inventory/counts.ts';
import type { Fence } from '../inventory/fence.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import { hashOf } from '../kernel/canonical.ts';
import { AppError } from '../kernel/failures.ts';
import type { Tenancy, Visibility } from '../kernel/ids.ts';
import { type Clock, type IsoTime, isoTime, SECOND } from '../kernel/time.ts';
import { contextOf, type Head, takeHead, whileAtHead } from './at-head.ts';
import type { Cell } from './cell.ts';
import type { FinishRunDeps } from './finish-run.ts';
import type { Lease } from './lease.ts';
import type { PlanningDeps } from './planning.ts';
import { pushCell } from './push-run.ts';
import { isOver, type ScanRun } from './run.ts';

/** What a batch came to. */
export interface BatchResult {
  readonly accepted: { readonly nodes: number; readonly edges: number };
  /** The first of those that were not taken; `count` is of all. */
  readonly rejected: { readonly count: number; readonly items: readonly RejectedItem[] };
  readonly protects: readonly string[];
  readonly tasks: readonly CollectorTask[];
  readonly counts: ChangeCounts;
  readonly wrote: boolean;
  /** Entries that it left in the manifest of the cell. */
  readonly noted: number;
}

/** A batch of a push run: once per number, whatever is delivered how often. */
export interface PushBatch extends Tenancy {
  readonly _id: string;
  readonly run_id: string;
  readonly instance_id: string;
  readonly sequence: number;
  readonly content_hash: string;
  readonly scan_scope?: ScanScopeStatement;
  readonly begun_at: IsoTime;
  /** When it had been applied; a batch without it is one whose worker died, and has to be sent again. */
  readonly done_at?: IsoTime;
  readonly result?: BatchResult;
}

/** The number of the body that comes with the end of a run. */
export const END_SEQUENCE = 1_000_000;

export const batchId = (run_id: string, sequence: number): string => `${run_id}#${String(sequence).padStart(7, '0')}`;

export interface PushDeps extends PlanningDeps, FinishRunDeps {
  readonly runs: PlanningDeps['runs'] &
    FinishRunDeps['runs'] & {
      readonly get: (whose: Tenancy | Visibility, run_id: string) => Promise<ScanRun | undefined>;
      readonly markPlanned: (tenant: Tenancy, run_id: string, at: IsoTime) => Promise<void>;
    };
  readonly instances: {
    readonly get: (whose: Tenancy | Visibility, id: string) => Promise<ConnectorInstance | undefined>;
  };
  readonly cells: FinishRunDeps['cells'] & {
    readonly get: (tenant: Tenancy, cell_id: string) => Promise<Cell | undefined>;
    readonly addMissing: (cells: readonly Cell[]) => Promise<void>;
    readonly markSent: (tenant: Tenancy, cell_ids: readonly string[], at: IsoTime) => Promise<void>;
  };
  readonly batches: {
    readonly get: (tenant: Tenancy, id: string) => Promise<PushBatch | undefined>;
    /** Writes a batch that is not there yet, and gives the one that is there then. */
    readonly begin: (batch: PushBatch) => Promise<PushBatch>;
    readonly finish: (tenant: Tenancy, id: string, result: BatchResult, at: IsoTime) => Promise<void>;
    /** Every batch of a run, in the order of their numbers. */
    readonly ofRun: (tenant: Tenancy, run_id: string) => AsyncIterable<PushBatch>;
  };
  /** The latest run of an instance that was started after the one with this number. */
  readonly newerRun: (tenant: Tenancy, instance_id: string, seq: number) => Promise<string | undefined>;
  readonly fence: Fence;
  readonly inventory: InventoryStores;
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
  readonly newOwner: () => string;
  readonly now: Clock;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** What a sender is told of a batch. */
export interface BatchAnswer {
  readonly run_id: string;
  readonly sequence: number;
  readonly accepted: { readonly nodes: number; readonly edges: number };
  readonly rejected: readonly RejectedItem[];
  /** How many were rejected: `rejected` lists the first of them. */
  readonly rejected_count: number;
  /** Whether it was there already: nothing was written again. */
  readonly repeated: boolean;
}

/** A run that something may be pushed into, and whose it is. */
export interface PushTarget {
  readonly run: ScanRun;
  readonly instance: ConnectorInstance;
}

/** Rejected items that are listed and kept; the others are counted. */
const MOST_REJECTED = 100;

/** How long a batch waits for another one of its run or instance to be written, and how often it asks. */
const PATIENCE = 5 * SECOND;
const ASK_EVERY = 100;

/** Finds a run that is pushed into. Throws AppError `not_found`, or `conflict` where nothing is pushed into this run. */
export async function pushTarget(deps: PushDeps, whose: Visibility, run_id: string): Promise<PushTarget> {
  const run = await deps.runs.get(whose, run_id);
  if (!run) throw new AppError('not_found', `there is no scan run ${run_id}`);
  const instance = await deps.instances.get(run, run.instance_id);
  if (run.trigger !== 'push' || instance?.connector_kind !== 'push') {
    throw new AppError(
      'conflict',
      `run ${run_id} looks for itself: only into runs of push instances something is pushed`,
    );
  }
  return { run, instance };
}

/** Applies a batch, once however often it is delivered. Throws AppError `conflict` where it does not fit what came before. */
export async function pushBatch(
  deps: PushDeps,
  target: PushTarget,
  sequence: number,
  body: PushedEnd,
): Promise<BatchAnswer> {
  const content_hash = hashOf(body);
  const known = await repetition(deps, target.run, sequence, content_hash);
  if (known) return known;
  return atHeadOf(deps, target.run, async (lease) => {
    if (await deps.cells.get(target.run, pushCell(target.run, NOTHING)._id)) {
      throw new AppError('conflict', `run ${target.run._id} was completed: it takes no further batch`);
    }
    return applyBatch(deps, target, sequence, body, content_hash, lease);
  });
}

const NOTHING = { counts: NO_CHANGES, wrote: false, observed: 0 } as const;

/** The answer to a batch that was applied before. Throws AppError `conflict` where another one was sent under its number. */
export async function repetition(
  deps: Pick<PushDeps, 'batches'>,
  run: ScanRun,
  sequence: number,
  content_hash: string,
): Promise<BatchAnswer | undefined> {
  const present = await deps.batches.get(run, batchId(run._id, sequence));
  if (!present) return assertOpen(run);
  assertSame(present, content_hash);
  return present.result && present.done_at ? answerTo(run, sequence, present.result, true) : assertOpen(run);
}

function assertOpen(run: ScanRun): undefined {
  if (!isOver(run.status) && !run.cancel) return undefined;
  throw new AppError('conflict', `run ${run._id} is ${run.cancel ? 'cancelled' : run.status}: start another one`);
}

function assertSame(present: PushBatch, content_hash: string): void {
  if (present.content_hash === content_hash) return;
  throw new AppError(
    'conflict',
    `sequence: ${nameOf(present.sequence)} of this run was sent before with other content`,
  );
}

const nameOf = (sequence: number): string => (sequence === END_SEQUENCE ? 'the end' : `batch ${sequence}`);

/** Applies a batch in the hands of whoever is at the head of the run's cell. */
export async function applyBatch(
  deps: PushDeps,
  { run, instance }: PushTarget,
  sequence: number,
  body: PushedEnd,
  content_hash: string,
  lease: Lease,
): Promise<BatchAnswer> {
  const foreign = body.scanScope ? foreignSystems(body.scanScope, instance.source_system_ids) : [];
  if (foreign.length > 0) {
    throw new AppError('foreign_source', `scanScope.sourceSystems: this instance does not speak for ${foreign[0]}`, {
      details: { field: 'scanScope.sourceSystems' },
    });
  }
  const _id = batchId(run._id, sequence);
  const begun_at = isoTime(deps.now());
  const { tenant_id, workspace_id, instance_id } = run;
  const begun = await deps.batches.begin({
    _id,
    tenant_id,
    workspace_id,
    run_id: run._id,
    instance_id,
    sequence,
    content_hash,
    ...(body.scanScope && { scan_scope: body.scanScope }),
    begun_at,
  });
  assertSame(begun, content_hash);
  if (begun.result && begun.done_at) return answerTo(run, sequence, begun.result, true);
  const result = await written(deps, run, instance, sequence, body, lease);
  // What a worker wrote that died is not in these counts.
  const complete = { ...result, wrote: result.wrote || begun.begun_at !== begun_at };
  await deps.batches.finish(run, _id, complete, isoTime(deps.now()));
  return answerTo(run, sequence, complete, false);
}

async function written(
  deps: PushDeps,
  run: ScanRun,
  instance: ConnectorInstance,
  sequence: number,
  body: PushedEnd,
  lease: Lease,
): Promise<BatchResult> {
  const { tasks, accepted, rejected, protects } = readItems(itemsOf(body), instance.source_system_ids);
  const part = await beginPart(deps.inventory, pushContext(run, sequence, lease), 'apart');
  let counts = NO_CHANGES;
  let wrote = false;
  for (const { task, observations } of tasks) {
    const applied = await part.apply(task, observations);
    counts = addCounts(counts, applied.counts);
    wrote ||= applied.wrote;
  }
  return {
    accepted,
    rejected: { count: rejected.length, items: rejected.slice(0, MOST_REJECTED) },
    protects,
    tasks: tasks.map(({ task }) => task),
    counts,
    wrote,
    noted: part.noted(),
  };
}

/**
 * In whose name a batch is written. Everything that is pushed into a run was looked at in one moment, as far as documents
 * tell, so that in which batches it comes, and in which order, makes no difference.
 */
export const pushContext = (run: ScanRun, part: number, lease: Lease): CellContext => ({
  ...contextOf(pushCell(run, NOTHING), lease, new Date(run.created_at)),
  part,
});

/** Works while nobody else writes for the instance. Waits a little for another batch; throws AppError `conflict` where that takes long, or a later run has begun. */
export async function atHeadOf<T>(deps: PushDeps, run: ScanRun, work: (lease: Lease) => Promise<T>): Promise<T> {
  return whileAtHead(deps, await headOf(deps, run), async () => true, work);
}

async function headOf(deps: PushDeps, run: ScanRun): Promise<Head> {
  const cell = pushCell(run, NOTHING);
  const owner = deps.newOwner();
  for (let waited = 0; ; waited += ASK_EVERY) {
    const head = await takeHead(deps, cell, owner);
    if (head.outcome === 'taken') return head;
    if (head.outcome === 'superseded') throw await superseded(deps, run);
    if (waited >= PATIENCE) {
      throw new AppError('conflict', 'another batch of this instance is being written: send this one again', {
        details: { retry_after_seconds: RETRY_AFTER },
      });
    }
    await deps.wait(ASK_EVERY);
  }
}

/** Seconds after which a batch is to be sent again that found another one being written. */
const RETRY_AFTER = 2;

async function superseded(deps: PushDeps, run: ScanRun): Promise<AppError> {
  const newer = await deps.newerRun(run, run.instance_id, run.seq);
  return new AppError('conflict', `run ${newer ?? 'of a later start'} of this instance has begun: push into that one`, {
    details: { newer_run_id: newer },
  });
}

const answerTo = (run: ScanRun, sequence: number, result: BatchResult, repeated: boolean): BatchAnswer => ({
  run_id: run._id,
  sequence,
  accepted: result.accepted,
  rejected: result.rejected.items,
  rejected_count: result.rejected.count,
  repeated,
});
