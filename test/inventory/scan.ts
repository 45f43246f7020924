import type { CollectorTask, CoverageRow } from '../../src/connectors/connector.ts';
import { type Applied, beginPart } from '../../src/inventory/apply.ts';
import type { CellContext } from '../../src/inventory/context.ts';
import { type Removal, type RemovalOptions, removeUnseen } from '../../src/inventory/removal.ts';
import type { InventoryStores } from '../../src/inventory/stores.ts';
import type { Observation } from '../../src/observations/observation.ts';
import { aContext, complete, ROLES } from './builders.ts';

export interface Look {
  readonly task?: CollectorTask;
  readonly sees: readonly Observation[];
}

export interface Scan {
  readonly context?: Partial<CellContext>;
  readonly looks: readonly Look[];
  /** By default every task that looked is complete. */
  readonly coverage?: readonly CoverageRow[];
  readonly options?: RemovalOptions;
}

/** One cell in one part: looks, then removes what it did not see. */
export async function scan(
  stores: InventoryStores,
  given: Scan,
): Promise<{ applied: readonly Applied[]; removal: Removal }> {
  const context = aContext(given.context);
  const part = await beginPart(stores, context);
  const applied: Applied[] = [];
  for (const { task = ROLES, sees } of given.looks) applied.push(await part.apply(task, sees));
  const coverage = given.coverage ?? given.looks.map(({ task }) => complete(task));
  return { applied, removal: await removeUnseen(stores, context, coverage, given.options) };
}

/** A cell with one task. */
export async function scanOf(
  stores: InventoryStores,
  seq: number,
  sees: readonly Observation[],
  context: Partial<CellContext> = {},
): Promise<{ applied: Applied; removal: Removal }> {
  const { applied, removal } = await scan(stores, { context: { seq, ...context }, looks: [{ sees }] });
  const [first] = applied;
  if (!first) throw new Error('one look gives one result');
  return { applied: first, removal };
}
