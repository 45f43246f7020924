import { AWS_ACCOUNTS_COLLECTOR, AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../connectors/aws/categories.ts';
import type { Binder } from '../control/binder.ts';
import type { ConnectorInstance, HubTerms } from '../control/connector-instance.ts';
import { namedRegions } from '../control/coverage.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import { NO_CHANGES } from '../inventory/counts.ts';
import { ERROR_FACTS } from '../kernel/error-facts.ts';
import { AppError, type ErrorCode } from '../kernel/failures.ts';
import type { AccountId, Tenancy } from '../kernel/ids.ts';
import { inGroupsOf } from '../kernel/streams.ts';
import { type Clock, type IsoTime, isoTime } from '../kernel/time.ts';
import { type Cell, cellId, cellKey, isTerminal, LANES, RETIREMENT } from './cell.ts';
import { cellError } from './cell-errors.ts';
import { type FinishRunDeps, finishRun } from './finish-run.ts';
import type { PlanMessage } from './messages.ts';
import { type Planner, type PlanningDeps, whilePlanning } from './planning.ts';
import { coveredAccounts, type EnabledRegions, type KnownAccount } from './retire-cell.ts';
import { isOver, type ScanRun } from './run.ts';

export interface PlanRunDeps extends PlanningDeps {
  readonly runs: FinishRunDeps['runs'] &
    PlanningDeps['runs'] & {
      /** queued -> running; harmless when repeated. */
      readonly begin: (tenant: Tenancy, run_id: string, at: IsoTime) => Promise<void>;
      readonly markPlanned: (tenant: Tenancy, run_id: string, at: IsoTime) => Promise<void>;
    };
  readonly cells: FinishRunDeps['cells'] & {
    readonly get: (tenant: Tenancy, cell_id: string) => Promise<Cell | undefined>;
    /** Writes the cells that are not there yet. */
    readonly addMissing: (cells: readonly Cell[]) => Promise<void>;
    /** Waiting cells of a run whose message was never sent, as many at a time as a queue takes in one call. */
    readonly unsent: (tenant: Tenancy, run_id: string) => AsyncIterable<readonly Cell[]>;
    readonly markSent: (tenant: Tenancy, cell_ids: readonly string[], at: IsoTime) => Promise<void>;
  };
  readonly instances: { readonly get: (tenant: Tenancy, id: string) => Promise<ConnectorInstance | undefined> };
  readonly scopes: { readonly get: (tenant: Tenancy, id: string) => Promise<ScanScope | undefined> };
  /** Accounts that the instance's discovery claims. */
  readonly knownAccounts: (tenant: Tenancy, instance_id: string) => Promise<readonly KnownAccount[]>;
  /** The regions that are enabled in accounts, as they were last told. An account that never told has no entry. */
  readonly enabledRegions: (tenant: Tenancy, instance_id: string) => Promise<EnabledRegions>;
  /** Where an account is looked at that never told which regions are enabled in it: those that are so in every account. */
  readonly default_regions: readonly string[];
  /** Binds accounts to the tenant for good and returns those that another tenant holds. */
  readonly bindAccounts: (binder: Binder, account_ids: readonly AccountId[]) => Promise<readonly AccountId[]>;
  /** Sends messages for cells; returns those that the queue took. */
  readonly enqueueCells: (cells: readonly Cell[]) => Promise<readonly string[]>;
  readonly terms: Pick<HubTerms, 'hub_account_id' | 'organization'>;
  readonly now: Clock;
}

/** The status of an account that the scope names and nobody has seen. */
const NOT_FOUND = 'NOT_FOUND';

/** Cells written in one go, between two looks at whether they are still wanted. */
const GROUP = 500;

/** `busy`: another planner is at it, try the message again later. Everything else is done with the message. */
export type PlanOutcome = 'discovering' | 'planned' | 'over' | 'busy';

/**
 * Plans a run: the discovery cell first; once that has ended, and where nobody named regions, a cell for each account that
 * asks for its own; once those have ended, every other cell. Called again at any point (a message
 * twice, a repair), it goes on from what is written; one planner at a time is at a run, and none at one that is to end. Throws
 * AppError `foreign_message` where the run is not the tenant's.
 */
export async function planRun(deps: PlanRunDeps, message: PlanMessage): Promise<PlanOutcome> {
  const tenant: Tenancy = { tenant_id: message.tenant_id, workspace_id: message.workspace_id };
  const found = await deps.runs.get(tenant, message.run_id);
  if (!found) throw new AppError('foreign_message', `run ${message.run_id} is not a run of tenant ${tenant.tenant_id}`);
  const outcome = await whilePlanning(deps, tenant, message.run_id, (planner) => planFurther(deps, planner));
  // Where the run was cancelled under the planner it is the planner who closes it, now that nobody adds cells any more.
  await finishRun(deps, tenant, message.run_id);
  if (outcome !== 'busy' && outcome !== 'stopped') return outcome;
  const run = await deps.runs.get(tenant, message.run_id);
  if (run && !isOver(run.status) && !run.cancel) return 'busy';
  // A planner that was held up for longer than its lease may have added its last cells to a run that is over.
  await deps.cells.cancelOpen(tenant, message.run_id, isoTime(deps.now()));
  return 'over';
}

async function planFurther(deps: PlanRunDeps, planner: Planner): Promise<'discovering' | 'planned'> {
  const { run, goOn } = planner;
  if (!run.planned_at) {
    if (run.status === 'queued') await deps.runs.begin(run, run._id, isoTime(deps.now()));
    const cells = await nextCells(deps, planner);
    if (cells === 'discovering') {
      await sendUnsent(deps, run, run._id, goOn);
      return 'discovering';
    }
    for await (const group of inGroupsOf(GROUP, cells)) {
      await goOn();
      await deps.cells.addMissing(group);
    }
    await goOn();
    await deps.runs.markPlanned(run, run._id, isoTime(deps.now()));
  }
  await sendUnsent(deps, run, run._id, goOn);
  return 'planned';
}

async function nextCells(deps: PlanRunDeps, planner: Planner): Promise<Iterable<Cell> | 'discovering'> {
  const { run } = planner;
  const [instance, scope] = await Promise.all([
    deps.instances.get(run, run.instance_id),
    run.scope_id === undefined ? undefined : deps.scopes.get(run, run.scope_id),
  ]);
  // Nothing of a deleted instance is looked at any more: what it claimed is retired.
  if (instance?.status === 'deleted') {
    return [newCell(run, instance, RETIREMENT, deps.terms.hub_account_id)];
  }
  if (!instance || !scope) {
    throw new AppError('foreign_message', `instance or scope of run ${run._id} is not of tenant ${run.tenant_id}`);
  }
  const discovery = coversOrganization(instance) ? await discoveryCell(deps, planner, instance) : undefined;
  if (discovery && !isTerminal(discovery.status)) return 'discovering';
  const accounts = await accountsOf(deps, instance, scope);
  const known = accounts.filter((account) => account.status !== NOT_FOUND).map((account) => account.account_id);
  const foreign = new Set(await deps.bindAccounts(run, known));
  const named = namedRegions(scope, instance);
  if (!named) {
    const asked = accounts.filter(({ account_id, status }) => status === 'ACTIVE' && !foreign.has(account_id));
    const cells = asked.map(({ account_id }) => newCell(run, instance, AWS_REGIONS_CATEGORY, account_id));
    if (await isOpen(deps, planner, cells)) return 'discovering';
  }
  const enabled: EnabledRegions = named ? new Map() : await deps.enabledRegions(run, instance._id);
  const at = isoTime(deps.now());
  const retires = !discovery || knowsEveryAccount(discovery);
  return (function* () {
    for (const { account_id, status } of accounts) {
      const regions = named ?? enabled.get(account_id) ?? deps.default_regions;
      for (const [index, category] of scope.service_categories.entries()) {
        const cell = newCell(run, instance, category, account_id, { regions, lane: index % LANES });
        if (foreign.has(account_id)) yield refusedCell(cell, 'account_owned_by_another_tenant', at);
        else if (status === NOT_FOUND) yield refusedCell(cell, 'account_not_in_scope', at);
        else yield status === 'ACTIVE' ? cell : skippedCell(cell, status, at);
      }
    }
    if (retires) yield newCell(run, instance, RETIREMENT, deps.terms.hub_account_id);
  })();
}

/**
 * Whether a discovery that has ended says which accounts there are: without one nothing is retired. What else it could not
 * read of the organization, such as its policies, is no reason to doubt that.
 */
const knowsEveryAccount = ({ status, coverage, errors }: Cell): boolean =>
  status === 'succeeded' ||
  (coverage.some((row) => row.collector === AWS_ACCOUNTS_COLLECTOR && row.status === 'complete') &&
    errors.every(({ collector }) => collector !== undefined && collector !== AWS_ACCOUNTS_COLLECTOR));

/** Whether which accounts there are is found out by asking. */
const coversOrganization = (instance: ConnectorInstance): boolean =>
  instance.connector_kind === 'aws' && instance.config.mode === 'organization';

/** The discovery cell of this run; writes it where it is missing. */
async function discoveryCell(deps: PlanRunDeps, { run, goOn }: Planner, instance: ConnectorInstance): Promise<Cell> {
  const { organization } = deps.terms;
  if (!organization || organization.tenant_id !== run.tenant_id) {
    throw new AppError('foreign_message', `no organization of this hub is bound to tenant ${run.tenant_id}`);
  }
  const cell = newCell(run, instance, AWS_DISCOVERY_CATEGORY, organization.management_account_id);
  const present = await deps.cells.get(run, cell._id);
  if (present) return present;
  await goOn();
  await deps.cells.addMissing([cell]);
  return cell;
}

/** Writes the cells that are missing of those that ask accounts for their regions; tells whether any is still to be looked at. */
async function isOpen(deps: PlanRunDeps, { run, goOn }: Planner, cells: readonly Cell[]): Promise<boolean> {
  for await (const group of inGroupsOf(GROUP, cells)) {
    await goOn();
    await deps.cells.addMissing(group);
  }
  return deps.cells.hasOpen(run, run._id, AWS_REGIONS_CATEGORY);
}

/** The accounts to look at: those that the instance covers, narrowed by the scope. */
async function accountsOf(
  deps: PlanRunDeps,
  instance: ConnectorInstance,
  scope: ScanScope,
): Promise<readonly KnownAccount[]> {
  const covered = await coveredAccounts(deps, instance);
  const wanted = scope.scope_keys.account_ids;
  const statuses = new Map(covered.map((account) => [account.account_id, account.status]));
  const chosen = wanted.length === 0 ? [...statuses.keys()] : wanted;
  return chosen.toSorted().map((account_id) => ({ account_id, status: statuses.get(account_id) ?? NOT_FOUND }));
}

function newCell(
  run: ScanRun,
  instance: ConnectorInstance,
  category: string,
  account_id: AccountId,
  { regions = [], lane = 0 }: Partial<Pick<Cell, 'regions' | 'lane'>> = {},
): Cell {
  const key = cellKey(category, account_id);
  return {
    _id: cellId(run._id, key),
    tenant_id: run.tenant_id,
    workspace_id: run.workspace_id,
    run_id: run._id,
    run_seq: run.seq,
    instance_id: instance._id,
    key,
    category,
    account_id,
    regions,
    lane,
    status: 'waiting',
    attempt: 0,
    part: 0,
    send_no: 0,
    coverage: [],
    counts: NO_CHANGES,
    wrote: false,
    observed: 0,
    errors: [],
    api_calls: 0,
  };
}

/** A cell of an account that cannot be looked at now: nothing is asked, nothing is removed, and the run is not partial for it. */
const skippedCell = (cell: Cell, status: string, at: IsoTime): Cell => ({
  ...cell,
  status: 'succeeded',
  coverage: [{ collector: '*', region: '*', status: 'skipped', reason: `account is ${status}` }],
  finished_at: at,
});

/** A cell that must not be looked at: it fails before anything is asked, and says why. */
const refusedCell = (cell: Cell, code: ErrorCode, at: IsoTime): Cell => ({
  ...cell,
  status: 'failed',
  coverage: [{ collector: '*', region: '*', status: 'failed', code }],
  errors: [cellError(code, `${cell.account_id}: ${ERROR_FACTS[code].title}`, { account_id: cell.account_id })],
  finished_at: at,
});

/** Sends what was written and never sent. The documents are the truth: sending twice is harmless. `goOn` is asked before each call. */
export async function sendUnsent(
  deps: Pick<PlanRunDeps, 'cells' | 'enqueueCells' | 'now'>,
  tenant: Tenancy,
  run_id: string,
  goOn: () => Promise<void>,
): Promise<void> {
  for await (const cells of deps.cells.unsent(tenant, run_id)) {
    await goOn();
    const taken = await deps.enqueueCells(cells);
    await deps.cells.markSent(tenant, taken, isoTime(deps.now()));
  }
}
