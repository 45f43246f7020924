import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import type { AppError } from '../../src/kernel/failures.ts';
import type { CancelRunDeps } from '../../src/runs/cancel-run.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { type CollectCellDeps, collectCell, type Worker } from '../../src/runs/collect-cell.ts';
import type { CellMessage, PlanMessage } from '../../src/runs/messages.ts';
import { type PlanRunDeps, planRun } from '../../src/runs/plan-run.ts';
import { repairRuns } from '../../src/runs/repair-runs.ts';
import type { EnabledRegions, KnownAccount } from '../../src/runs/retire-cell.ts';
import { planMessage, type ScanRun } from '../../src/runs/run.ts';
import { gated } from '../inventory/gated.ts';
import { memoryInventory } from '../inventory/memory-stores.ts';
import { aClock, anInstance, aScope, START, TENANCY, TERMS } from './builders.ts';
import { memoryFence } from './memory-fence.ts';
import { memoryPush } from './memory-push.ts';
import { memoryCells, memoryRuns, type Step, type Watch } from './memory-runs.ts';
import { type Script, scriptedConnector } from './scripted-connector.ts';

export interface HubGiven {
  readonly instance?: ConnectorInstance;
  readonly scope?: ScanScope;
  /** The enabled scopes of the instance, if not this one alone. */
  readonly enabled?: readonly ScanScope[];
  readonly known?: readonly KnownAccount[];
  /** The regions that accounts have told. */
  readonly enabled_regions?: EnabledRegions;
  /** Accounts that another tenant holds. */
  readonly foreign?: readonly string[];
  readonly script?: Script;
  /** Collectors that configuration leaves out in an account. */
  readonly left_out?: (account_id: string, collector: string) => boolean;
  readonly refuse?: () => AppError | Error | undefined;
  /** Asked before every operation, of whatever kind. */
  readonly step?: Step;
  readonly watch_runs?: Watch<ScanRun>;
  readonly watch_cells?: Watch<Cell>;
}

const messageOf = (cell: Cell): CellMessage => ({
  tenant_id: cell.tenant_id,
  workspace_id: cell.workspace_id,
  run_id: cell.run_id,
  cell_id: cell._id,
  part: cell.part,
  send_no: cell.send_no,
});

/** A hub in memory: what plans, what collects, and the queues between them. */
export function aHub(given: HubGiven = {}) {
  const { step = async () => undefined } = given;
  const run_store = memoryRuns(step, given.watch_runs);
  const cell_store = memoryCells(step, given.watch_cells);
  const inventory = memoryInventory();
  const push = memoryPush(step);
  const clock = aClock();
  const state: {
    instance: ConnectorInstance;
    scope: ScanScope;
    script: Script;
    known: readonly KnownAccount[];
    enabled_regions: EnabledRegions;
  } = {
    instance: given.instance ?? anInstance(),
    scope: given.scope ?? aScope(),
    script: given.script ?? {},
    known: given.known ?? [],
    enabled_regions: given.enabled_regions ?? new Map(),
  };
  const source = scriptedConnector(() => state.script, {
    step,
    left_out: given.left_out,
    ...(given.refuse && { refuse: given.refuse }),
  });
  const bound: string[] = [];
  let planners = 0;
  const plans: PlanMessage[] = [];
  const messages: CellMessage[] = [];
  const isOurs = (tenant: { readonly tenant_id: string }): boolean => tenant.tenant_id === TENANCY.tenant_id;

  const deps: PlanRunDeps & CollectCellDeps & CancelRunDeps = {
    runs: run_store.runs,
    cells: cell_store.cells,
    instances: {
      get: async (tenant, id) => (isOurs(tenant) && id === state.instance._id ? state.instance : undefined),
    },
    scopes: {
      get: async (tenant, id) => (isOurs(tenant) && id === state.scope._id ? state.scope : undefined),
      enabledOf: async () => given.enabled ?? [state.scope],
    },
    knownAccounts: async () => state.known,
    enabledRegions: async () => state.enabled_regions,
    default_regions: source.connector.default_regions,
    bindAccounts: async (_tenant, ids) => {
      await step('bind accounts');
      bound.push(...ids);
      return ids.filter((id) => given.foreign?.includes(id));
    },
    connector: source.connector,
    fence: memoryFence(step),
    inventory: gated(inventory.stores, () => step('use the inventory')),
    pushed: push.pushed,
    enqueueCells: async (cells) => {
      await step('send cells');
      messages.push(...cells.map(messageOf));
      return cells.map(({ _id }) => _id);
    },
    enqueuePlan: async (run) => {
      await step('send plan');
      plans.push(planMessage(run));
    },
    terms: TERMS,
    newOwner: () => {
      planners += 1;
      return `planner-${planners}`;
    },
    now: clock.now,
  };

  let workers = 0;
  return {
    deps,
    clock,
    state,
    source,
    inventory,
    push,
    bound,
    plans,
    messages,
    runs: run_store.runs,
    moved: run_store.moved,
    /** A person says that the removal which the cell holds back is right. */
    requestRelease: (cell: Cell) =>
      cell_store.cells.requestRelease(
        { tenant_id: cell.tenant_id, workspace_ids: [cell.workspace_id] },
        cell._id,
        'ada',
        START.toISOString(),
      ),
    /** What the tick does with runs. */
    tick: () => repairRuns({ ...deps, runs: run_store.runs, cells: cell_store.cells }),
    /** What the tick does with outboxes that were not emptied. */
    moveOn: async () => {
      for (const run of await run_store.runs.withOutbox(100)) await run_store.runs.flushOutbox(run, run._id);
    },
    run: (id = 'run-1') => run_store.documents.get(id),
    cells: () => [...cell_store.documents.values()].toSorted((a, b) => (a._id < b._id ? -1 : 1)),
    cell: (key: string) => [...cell_store.documents.values()].find((cell) => cell.key === key),
    put: (run: ScanRun, cells: readonly Cell[] = []) => {
      run_store.documents.set(run._id, run);
      for (const cell of cells) cell_store.documents.set(cell._id, cell);
    },
    plan: (run: ScanRun) => planRun(deps, planMessage(run)),
    collect: (cell: Cell, worker: Partial<Worker> = {}) => {
      workers += 1;
      return collectCell(deps, messageOf(cell), {
        owner: `worker-${workers}`,
        alive: async () => undefined,
        deadline: new Date(START.getTime() + 365 * 86_400_000),
        part_size: 1_000_000,
        memory_mb: 512,
        ...worker,
      });
    },
  };
}

export type Hub = ReturnType<typeof aHub>;
