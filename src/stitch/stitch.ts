import { type CorrelationSettings, noSettings } from '../correlations/settings.ts';
import type { TenantId } from '../kernel/ids.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import type { PathOptions } from '../paths/find-paths.ts';
import { keepLease, leaseUntil } from '../runs/lease.ts';
import type { StitchMessage } from '../runs/messages.ts';
import type { Computation, Computed, StitchInput, StitchOptions } from './computation.ts';
import { decideStitch, type StitchDue } from './stitch-due.ts';
import { type StitchRun, type StitchWrites, stitchRunId } from './stitch-run.ts';
import { RUN_TRIGGERS } from './stitch-trigger.ts';
import { type StitchedStores, writeDifferences } from './write-differences.ts';

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
  readonly settings: { readonly get: (tenant_id: TenantId) => Promise<CorrelationSettings | undefined> };
  /** Everything that a tenant's stitch is made from. */
  readonly input: (tenant_id: TenantId) => AsyncIterable<StitchInput>;
  /** The pure part, away from this thread, so that the lease keeps beating. */
  readonly compute: (tenant_id: TenantId, options: StitchOptions) => Computation;
  readonly stitched: StitchedStores;
  readonly stitch_runs: {
    /** The stitch that came to its end having read a generation. */
    readonly ofGeneration: (tenant_id: TenantId, generation: number) => Promise<StitchRun | undefined>;
    readonly record: (run: StitchRun) => Promise<void>;
  };
  readonly newId: () => string;
  /** After this many milliseconds of changes a stitch is no longer put off. */
  readonly patience: number;
  /** How far to search. @default the search's own */
  readonly limits?: PathOptions;
  readonly now: Clock;
}

export type StitchOutcome = 'stitched' | 'unchanged' | 'later' | 'busy';

/** Documents handed over in one go. */
const GROUP = 1_000;

/** Computes a tenant's correlations, identities and paths anew from all that is known, and writes what differs from before. */
export async function stitch(deps: StitchDeps, message: StitchMessage): Promise<StitchOutcome> {
  const { tenant_id } = message;
  const due = await deps.due.get(tenant_id);
  const decision = decideStitch(due, message.generation, deps.now(), deps.patience);
  if (decision === 'later') return 'later';
  if (decision === 'unchanged') {
    await deps.stitch_runs.record(unchangedRun(deps, tenant_id, due?.stitched_generation ?? message.generation));
    return 'unchanged';
  }
  const owner = deps.newId();
  const now = deps.now();
  const taken = await deps.due.take(tenant_id, owner, isoTime(now), leaseUntil(now));
  if (!taken) return 'busy';
  const lease = keepLease(deps.now, (until) => deps.due.renew(tenant_id, owner, until), now);
  try {
    await deps.stitch_runs.record(await stitched(deps, taken, lease.still_mine));
    await deps.due.clear(tenant_id, owner, taken.generation, isoTime(now));
    return 'stitched';
  } finally {
    await lease.stop();
    await deps.due.release(tenant_id, owner);
  }
}

async function stitched(deps: StitchDeps, due: StitchDue, still_mine: () => boolean): Promise<StitchRun> {
  const { tenant_id, generation } = due;
  const first = due.stitched_generation + 1;
  const run_id = stitchRunId(tenant_id, first);
  const started = deps.now();
  const settings = (await deps.settings.get(tenant_id)) ?? noSettings(tenant_id);
  const since = await lastBegun(deps, due);
  const computation = deps.compute(tenant_id, {
    settings,
    ...(deps.limits && { limits: deps.limits }),
    ...(since && { since }),
    runs: runsOf(due),
    first: due.stitched_generation === 0,
  });
  try {
    for await (const group of inGroupsOf(GROUP, deps.input(tenant_id))) await computation.add(group);
    const loaded = deps.now();
    const { computed, durations_ms } = await computation.finish();
    const found = deps.now();
    const fence = () => assertMine(tenant_id, still_mine);
    const writes = await writeDifferences(deps.stitched, computation, computed, {
      tenant_id,
      run_id,
      generation: first,
      stitched_generation: due.stitched_generation,
      at: isoTime(found),
      fence,
    });
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
        ...durations_ms,
        write: finished.getTime() - found.getTime(),
      },
      triggered_by: (due.triggers ?? []).filter((trigger) => trigger.generation <= generation),
      requests: generation - due.stitched_generation,
      settings_version: settings.version,
      ...reportOf(computed, writes),
    };
  } finally {
    await computation.close();
  }
}

/** The runs that asked for the stitch. */
const runsOf = ({ triggers = [] }: StitchDue): readonly string[] =>
  triggers.filter(({ kind }) => RUN_TRIGGERS.has(kind)).map(({ by }) => by);

/** When the last stitch that came to its end had begun. */
async function lastBegun(deps: StitchDeps, due: StitchDue): Promise<IsoTime | undefined> {
  if (due.stitched_generation === 0) return undefined;
  const last = await deps.stitch_runs.ofGeneration(due.tenant_id, due.stitched_generation);
  return last?.started_at;
}

function assertMine(tenant_id: TenantId, still_mine: () => boolean): void {
  if (!still_mine()) throw new Error(`the stitch of tenant ${tenant_id} has lost its lease`);
}

const reportOf = (
  computed: Computed,
  writes: Pick<StitchRun['counts'], 'correlations' | 'identities' | 'paths'>,
): Pick<StitchRun, 'counts' | 'ambiguities' | 'failed_rules' | 'problems'> => ({
  counts: {
    entities: computed.entities,
    edges: computed.edges,
    policy_documents: computed.policy_documents,
    ...writes,
    unsettled: computed.unsettled,
    ambiguities: computed.ambiguity_count,
  },
  ambiguities: computed.ambiguities,
  failed_rules: computed.failed_rules,
  problems: computed.problems,
});

const NO_WRITES: StitchWrites = { added: 0, changed: 0, removed: 0, unchanged: 0 };

function unchangedRun(deps: StitchDeps, tenant_id: TenantId, generation: number): StitchRun {
  const at = isoTime(deps.now());
  return {
    _id: deps.newId(),
    tenant_id,
    generation,
    outcome: 'unchanged',
    started_at: at,
    finished_at: at,
    durations_ms: {},
    triggered_by: [],
    requests: 0,
    settings_version: 0,
    counts: {
      entities: 0,
      edges: 0,
      policy_documents: 0,
      correlations: NO_WRITES,
      identities: NO_WRITES,
      paths: NO_WRITES,
      unsettled: { can_assume: 0, can_control: 0, can_access: 0, unclassified_resources: 0, workloads_cut_short: 0 },
      ambiguities: 0,
    },
    ambiguities: [],
    failed_rules: [],
    problems: [],
  };
}
