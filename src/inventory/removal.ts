import type { CollectorTask, CoverageRow } from '../connectors/connector.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import { claimantKey } from './claim.ts';
import type { CellContext } from './context.ts';
import { type DropCounts, type Dropped, dropFromEdges, dropFromEntities } from './drop-claims.ts';
import { GROUP, idRanges, taskKey } from './manifest.ts';
import type { IdRange, InventoryStores } from './stores.ts';
import { settleOwn } from './unsettled.ts';

export type RemovalStores = Pick<InventoryStores, 'entities' | 'edges' | 'unsettled' | 'manifests'>;

/** What became of the documents that a cell did not see again. */
export interface Removal extends DropCounts {
  /** Held back until a person releases it: nothing was removed. */
  readonly held: boolean;
  /** Documents that lose a claim of this cell. */
  readonly would_remove: number;
  /** Documents that the cell held before this run. */
  readonly holds: number;
  /** Whether any entity or edge was written, far ends included. */
  readonly wrote: boolean;
}

export interface RemovalOptions {
  /** A person has looked at a held removal and released it. */
  readonly force?: boolean;
}

/** A cell may lose this many documents whatever it holds. */
const ALWAYS_ALLOWED = 20;

/** Whether so large a loss is more likely a fault of the source than the truth. */
export const isHeld = (would_remove: number, holds: number): boolean =>
  would_remove > ALWAYS_ALLOWED && would_remove * 2 > holds;

/**
 * After the last part of a cell: drops what its complete tasks claimed earlier and did not see again. Tasks that were
 * skipped, denied or failed lose nothing. Nothing is dropped if it were more than half of what the cell held (and over 20),
 * unless forced. Harmless when repeated; must run to its end before the cell may close.
 */
export async function removeUnseen(
  stores: RemovalStores,
  context: CellContext,
  coverage: readonly CoverageRow[],
  options: RemovalOptions = {},
): Promise<Removal> {
  const complete = coverage.filter(({ status }) => status === 'complete');
  await assertNoted(stores, context, complete);
  const edges = { kind: 'edge_ids', drop: dropFromEdges } as const;
  const entities = { kind: 'entity_ids', drop: dropFromEntities } as const;

  let holds = 0;
  let would_remove = 0;
  for (const { kind } of [edges, entities]) {
    for await (const { held_before, claimants } of examine(stores, context, complete, kind)) {
      if (held_before) holds += 1;
      if (claimants.size > 0) would_remove += 1;
    }
  }
  const held = !options.force && isHeld(would_remove, holds);
  let dropped: DropCounts = { removed: 0, changed: 0 };
  // Edges first: what only they named is then seen to be named by nobody.
  for (const { kind, drop } of held || would_remove === 0 ? [] : [edges, entities]) {
    for await (const drops of inGroupsOf(GROUP, unseen(stores, context, complete, kind))) {
      const { removed, changed } = await drop(stores, context, drops, context.seq);
      dropped = { removed: dropped.removed + removed, changed: dropped.changed + changed };
    }
  }
  const settled = await settleOwn(stores, context);
  return { held, would_remove, holds, ...dropped, wrote: dropped.removed + dropped.changed + settled > 0 };
}

type Kind = 'entity_ids' | 'edge_ids';

/** A document that the cell claims, and those of its complete tasks that did not see it again. */
interface Examined extends Dropped {
  readonly held_before: boolean;
}

/** Everything that the cell claims, sorted by id within each range of ids; the manifest of one range in memory at a time. */
async function* examine(
  stores: RemovalStores,
  context: CellContext,
  complete: readonly CoverageRow[],
  kind: Kind,
): AsyncGenerator<Examined> {
  const { tenant_id, instance_id, cell, cell_id, seq } = context;
  const store = kind === 'edge_ids' ? stores.edges : stores.entities;
  const answerable = new Set(complete.map(taskKey));
  const entries = await stores.manifests.countEntries(tenant_id, cell_id);
  for (const range of idRanges(entries * GROUP)) {
    const seen = await seenIn(stores, context, range, kind);
    for await (const { _id, claims } of store.heldBy(tenant_id, { instance_id, cell }, range)) {
      const ours = claims.filter(({ by }) => by.instance_id === instance_id && by.cell === cell);
      const unseen = ours.filter(
        (claim) => claim.seq <= seq && answerable.has(taskKey(claim.by)) && !seen.get(taskKey(claim.by))?.has(_id),
      );
      yield {
        id: _id,
        held_before: ours.some(({ first_seq }) => first_seq < seq),
        claimants: new Set(unseen.map(({ by }) => claimantKey(by))),
      };
    }
  }
}

async function* unseen(
  stores: RemovalStores,
  context: CellContext,
  complete: readonly CoverageRow[],
  kind: Kind,
): AsyncGenerator<Dropped> {
  for await (const examined of examine(stores, context, complete, kind)) {
    if (examined.claimants.size > 0) yield examined;
  }
}

async function seenIn(
  stores: RemovalStores,
  { tenant_id, cell_id }: CellContext,
  { from, to }: IdRange,
  kind: Kind,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const seen = new Map<string, Set<string>>();
  for await (const entry of stores.manifests.entriesOf(tenant_id, cell_id)) {
    const key = taskKey(entry);
    const ids = seen.get(key) ?? new Set<string>();
    for (const id of entry[kind]) if (id >= from && id < to) ids.add(id);
    seen.set(key, ids);
  }
  return seen;
}

/** A complete task has noted something, if only that it saw nothing: a manifest that is gone must never look like an empty account. */
async function assertNoted(
  stores: RemovalStores,
  { tenant_id, cell_id }: CellContext,
  complete: readonly CollectorTask[],
): Promise<void> {
  const noted = new Set<string>();
  for await (const entry of stores.manifests.entriesOf(tenant_id, cell_id)) noted.add(taskKey(entry));
  const missing = complete.find((task) => !noted.has(taskKey(task)));
  if (missing)
    throw new Error(`cell ${cell_id}: no manifest of ${missing.collector} in ${missing.region}, nothing removed`);
}
