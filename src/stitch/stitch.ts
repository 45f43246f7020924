import type { TenantId } from '../kernel/ids.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import { type Clock, isoTime } from '../kernel/time.ts';
import { keepLease, leaseUntil } from '../runs/lease.ts';
import type { StitchMessage } from '../runs/messages.ts';
import type { Computation, Computed, StitchInput } from './computation.ts';
import { decideStitch, type StitchDue } from './stitch-due.ts';
import type { StitchRun, StitchWrites } from './stitch-run.ts';
import { contentHash, type FoundPath, type StitchedPath } from './stitched-path.ts';

export interface StitchDeps {
  readonly due: {
    readonly get: (tenant_id: TenantId) => Promise<StitchDue | undefined>;
    readonly take: (
      tenant_id: TenantId,
      owner: string,
      now: string,
      lease_until: string,
    ) => Promise<StitchDue | undefined>;
    readonly renew: (tenant_id: TenantId, owner: string, lease_until: string) => Promise<boolean>;
    /** What was read at a moment is stitched; what came later has been gathering since then. */
    readonly clear: (tenant_id: TenantId, owner: string, generation: number, read_at: string) => Promise<void>;
    readonly release: (tenant_id: TenantId, owner: string) => Promise<void>;
  };
  /** Everything that a tenant's stitch is made from. */
  readonly input: (tenant_id: TenantId) => AsyncIterable<StitchInput>;
  /** The pure part, away from this thread, so that the lease keeps beating. */
  readonly compute: (tenant_id: TenantId) => Computation;
  readonly paths: {
    readonly hashes: (tenant_id: TenantId) => Promise<ReadonlyMap<string, string>>;
    readonly put: (tenant_id: TenantId, paths: readonly StitchedPath[]) => Promise<void>;
    readonly remove: (tenant_id: TenantId, ids: readonly string[]) => Promise<void>;
  };
  readonly stitch_runs: { readonly record: (run: StitchRun) => Promise<void> };
  readonly newId: () => string;
  /** After this many milliseconds of changes a stitch is no longer put off. */
  readonly patience: number;
  readonly now: Clock;
}

export type StitchOutcome = 'stitched' | 'unchanged' | 'later' | 'busy';

/** Documents handed over, and paths written, in one go. */
const GROUP = 1_000;

/** Computes a tenant's paths anew from all that is known, and writes what differs from before. */
export async function stitch(deps: StitchDeps, message: StitchMessage): Promise<StitchOutcome> {
  const { tenant_id } = message;
  const due = await deps.due.get(tenant_id);
  const decision = decideStitch(due, message.generation, deps.now(), deps.patience);
  if (decision === 'later') return 'later';
  if (decision === 'unchanged') {
    await deps.stitch_runs.record(unchangedRun(deps, message));
    return 'unchanged';
  }
  const run_id = deps.newId();
  const now = deps.now();
  const taken = await deps.due.take(tenant_id, run_id, isoTime(now), leaseUntil(now));
  if (!taken) return 'busy';
  const lease = keepLease(deps.now, (until) => deps.due.renew(tenant_id, run_id, until), now);
  try {
    await deps.stitch_runs.record(await stitched(deps, tenant_id, run_id, taken.generation, lease.still_mine));
    await deps.due.clear(tenant_id, run_id, taken.generation, isoTime(now));
    return 'stitched';
  } finally {
    await lease.stop();
    await deps.due.release(tenant_id, run_id);
  }
}

async function stitched(
  deps: StitchDeps,
  tenant_id: TenantId,
  run_id: string,
  generation: number,
  still_mine: () => boolean,
): Promise<StitchRun> {
  const started = deps.now();
  const computation = deps.compute(tenant_id);
  try {
    for await (const group of inGroupsOf(GROUP, deps.input(tenant_id))) await computation.add(group);
    const loaded = deps.now();
    const computed = await computation.finish();
    const found = deps.now();
    const writes = await writePaths(deps, tenant_id, run_id, computed.paths, still_mine);
    const finished = deps.now();
    return {
      _id: run_id,
      tenant_id,
      generation,
      outcome: 'stitched',
      started_at: isoTime(started),
      finished_at: isoTime(finished),
      durations_ms: {
        load: loaded.getTime() - started.getTime(),
        compute: found.getTime() - loaded.getTime(),
        write: finished.getTime() - found.getTime(),
      },
      counts: { ...countsOf(computed), paths: writes },
      problems: computed.problems,
    };
  } finally {
    await computation.close();
  }
}

async function writePaths(
  deps: StitchDeps,
  tenant_id: TenantId,
  run_id: string,
  found: readonly FoundPath[],
  still_mine: () => boolean,
): Promise<StitchWrites> {
  const stored = await deps.paths.hashes(tenant_id);
  const stitched_at = isoTime(deps.now());
  const hashed = found.map((path) => ({
    ...path,
    content_hash: contentHash(path),
    stitch_run_id: run_id,
    stitched_at,
  }));
  const differing = hashed.filter((path) => stored.get(path._id) !== path.content_hash);
  const ids = new Set(found.map((path) => path._id));
  const gone = [...stored.keys()].filter((id) => !ids.has(id));
  for await (const group of inGroupsOf(GROUP, differing)) {
    assertMine(tenant_id, still_mine);
    await deps.paths.put(tenant_id, group);
  }
  for await (const group of inGroupsOf(GROUP, gone)) {
    assertMine(tenant_id, still_mine);
    await deps.paths.remove(tenant_id, group);
  }
  const changed = differing.filter((path) => stored.has(path._id)).length;
  return {
    added: differing.length - changed,
    changed,
    removed: gone.length,
    unchanged: hashed.length - differing.length,
  };
}

function assertMine(tenant_id: TenantId, still_mine: () => boolean): void {
  if (!still_mine()) throw new Error(`the stitch of tenant ${tenant_id} has lost its lease`);
}

const countsOf = ({ entities, edges, policy_documents, unsettled }: Computed) => ({
  entities,
  edges,
  policy_documents,
  unsettled,
});

function unchangedRun(deps: StitchDeps, message: StitchMessage): StitchRun {
  const at = isoTime(deps.now());
  return {
    _id: deps.newId(),
    tenant_id: message.tenant_id,
    generation: message.generation,
    outcome: 'unchanged',
    started_at: at,
    finished_at: at,
    durations_ms: {},
    counts: {
      entities: 0,
      edges: 0,
      policy_documents: 0,
      unsettled: { can_assume: 0, can_access: 0, unclassified_resources: 0, workloads_cut_short: 0 },
      paths: { added: 0, changed: 0, removed: 0, unchanged: 0 },
    },
    problems: [],
  };
}
