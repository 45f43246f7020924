import type { CollectorTask } from '../connectors/connector.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import type { Observation } from '../observations/observation.ts';
import type { Claimant } from './claim.ts';
import { assertMine, type CellContext } from './context.ts';
import { addCounts, type ChangeCounts, NO_CHANGES } from './counts.ts';
import { ensureEnds } from './far-ends.ts';
import { GROUP, taskKey } from './manifest.ts';
import { putEdges, putEntities } from './put.ts';
import { sortOut } from './sort-out.ts';
import type { InventoryStores } from './stores.ts';

/** What became of observations. */
export interface Applied {
  readonly counts: ChangeCounts;
  /** Whether any entity or edge was written, far ends included. */
  readonly wrote: boolean;
  /** Nodes and edges among the observations. */
  readonly observed: number;
}

/** One attempt at one part of a cell. */
export interface Part {
  /**
   * Makes observations of a task into claims, a thousand at a time; when it returns, everything is written and noted. May
   * be called again for the same task, for instance from checkpoint to checkpoint. To be called for every task, also for
   * one that brings nothing: a task without a note in the manifest removes nothing. Gaps and checkpoints are passed over.
   */
  readonly apply: (
    task: CollectorTask,
    observations: AsyncIterable<Observation> | Iterable<Observation>,
  ) => Promise<Applied>;
  /** Entries of the manifest that it wrote so far. */
  readonly noted: () => number;
}

/**
 * How the parts of a cell come. `in order`: each goes on where the one before it ended, so that whoever begins one again
 * begins all that follow. `apart`: in any order, each for itself.
 */
export type PartsCome = 'in order' | 'apart';

/** Begins a part of a cell, for the first time or again: what an earlier attempt noted in the manifest is forgotten. */
export async function beginPart(
  stores: InventoryStores,
  context: CellContext,
  parts_come: PartsCome = 'in order',
): Promise<Part> {
  assertMine(context);
  const restart = parts_come === 'apart' ? stores.manifests.restartAlone : stores.manifests.restart;
  await restart(context.tenant_id, context.cell_id, context.part);
  const registered = new Set<string>();
  let entries = 0;

  const note = async (task: CollectorTask, entity_ids: readonly string[], edge_ids: readonly string[]) => {
    const { tenant_id, cell_id, part } = context;
    assertMine(context);
    const { collector, region } = task;
    const entry = entries;
    entries += 1;
    await stores.manifests.note({
      _id: `${cell_id}#${part}#${entry}`,
      tenant_id,
      cell_id,
      part,
      collector,
      region,
      entity_ids,
      edge_ids,
    });
  };

  return {
    async apply(task, observations) {
      const by: Claimant = {
        instance_id: context.instance_id,
        cell: context.cell,
        collector: task.collector,
        region: task.region,
      };
      if (!registered.has(taskKey(task))) {
        assertMine(context);
        await stores.claimants.register(context.tenant_id, by);
        await note(task, [], []);
        registered.add(taskKey(task));
      }
      const applyAndNote = async (group: readonly Observation[]): Promise<Applied> => {
        const said = sortOut(context.tenant_id, group);
        const applied = await applyGroup(stores, context, by, said);
        const noted = [...said.entities.keys()];
        if (noted.length + said.edges.size > 0) await note(task, noted, [...said.edges.keys()]);
        return applied;
      };
      return inPairs(inGroupsOf(GROUP, observations), applyAndNote);
    },
    noted: () => entries,
  };
}

/**
 * Applies groups in order, each while the one before it is still being written: which of two is written first makes no
 * difference to what is written. When it returns or throws, nothing is under way any more.
 */
async function inPairs(
  groups: AsyncIterable<readonly Observation[]>,
  apply: (group: readonly Observation[]) => Promise<Applied>,
): Promise<Applied> {
  let applied: Applied = { counts: NO_CHANGES, wrote: false, observed: 0 };
  let under_way: Promise<Applied> = Promise.resolve(applied);
  try {
    for await (const group of groups) {
      const earlier = under_way;
      under_way = apply(group);
      // It is waited for below, whatever becomes of the one before it.
      under_way.catch(() => undefined);
      applied = addApplied(applied, await earlier);
    }
    return addApplied(applied, await under_way);
  } finally {
    await under_way.catch(() => undefined);
  }
}

const addApplied = (a: Applied, b: Applied): Applied => ({
  counts: addCounts(a.counts, b.counts),
  wrote: a.wrote || b.wrote,
  observed: a.observed + b.observed,
});

/** Policy documents come first, so that nothing names one that is not there; the ends of edges come after the edges. */
async function applyGroup(
  stores: InventoryStores,
  context: CellContext,
  by: Claimant,
  said: ReturnType<typeof sortOut>,
): Promise<Applied> {
  const { tenant_id, observed_at, run_id } = context;
  if (said.policy_documents.length > 0) {
    assertMine(context);
    await stores.policy_documents.keep(tenant_id, said.policy_documents);
  }
  const entities = await putEntities(stores.entities, context, by, said.entities);
  const { counts: edge_counts, edges } = await putEdges(stores, context, by, said.edges);
  const ensured = await ensureEnds(stores, context, edges);
  if (said.activity.length > 0) {
    assertMine(context);
    await stores.activity.record(
      tenant_id,
      said.activity.map((value) => ({ ...value, observed_at, run_id })),
    );
  }
  const counts = addCounts(entities, edge_counts);
  return {
    counts,
    wrote: counts.added + counts.changed + ensured > 0,
    observed: said.observed,
  };
}
