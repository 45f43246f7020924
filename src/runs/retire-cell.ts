import type { Connector } from '../connectors/connector.ts';
import type { ConnectorInstance } from '../control/connector-instance.ts';
import { coverageOf, namedRegions } from '../control/coverage.ts';
import type { ScanScope } from '../control/scan-scope.ts';
import type { Claimant } from '../inventory/claim.ts';
import type { CellContext } from '../inventory/context.ts';
import { forget, retireUnplanned } from '../inventory/retire.ts';
import type { InventoryStores } from '../inventory/stores.ts';
import type { AccountId, Tenancy } from '../kernel/ids.ts';
import { DAY, isoTime, later } from '../kernel/time.ts';
import { cellKey } from './cell.ts';
import type { ScanRun } from './run.ts';

/** An account as the last discovery saw it. */
export interface KnownAccount {
  readonly account_id: AccountId;
  /** Only an `ACTIVE` account can be looked at. https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html */
  readonly status: string;
}

/** By account: the regions that are enabled in it. */
export type EnabledRegions = ReadonlyMap<AccountId, readonly string[]>;

export interface PlannedDeps {
  readonly scopes: {
    readonly get: (tenant: Tenancy, id: string) => Promise<ScanScope | undefined>;
    /** The enabled scopes of an instance. */
    readonly enabledOf: (tenant: Tenancy, instance_id: string) => Promise<readonly ScanScope[]>;
  };
  /** Accounts that the instance's discovery claims. */
  readonly knownAccounts: (tenant: Tenancy, instance_id: string) => Promise<readonly KnownAccount[]>;
  /** The regions that are enabled in accounts, as they were last told. An account that never told has no entry. */
  readonly enabledRegions: (tenant: Tenancy, instance_id: string) => Promise<EnabledRegions>;
  readonly connector: Pick<Connector, 'tasksIn' | 'discovery_category' | 'regions_category'>;
}

/** What is retired is forgotten after this long. */
const REMEMBERED = 30 * DAY;

/** The accounts that an instance covers. */
export async function coveredAccounts(
  deps: Pick<PlannedDeps, 'knownAccounts'>,
  instance: ConnectorInstance,
): Promise<readonly KnownAccount[]> {
  const { account_ids } = coverageOf(instance);
  return account_ids
    ? account_ids.map((account_id) => ({ account_id, status: 'ACTIVE' }))
    : deps.knownAccounts(instance, instance._id);
}

/**
 * Retires what this instance claimed and no enabled scope plans any more (an account that left, a narrower scope, a region
 * or collector that is gone, Identity Center where it was asked before), and forgets what was retired a month ago. Returns how many documents lost a claim.
 */
export async function retire(
  deps: PlannedDeps & { readonly inventory: InventoryStores },
  run: ScanRun,
  instance: ConnectorInstance,
  context: CellContext,
) {
  const counts = await retireUnplanned(deps.inventory, context, await plannedFor(deps, run, instance));
  await forget(deps.inventory, context.tenant_id, isoTime(later(new Date(context.observed_at), -REMEMBERED)));
  return counts;
}

/** Whether a claimant is one that a scope of the instance still plans. Claimants of other instances are left to their runs. */
async function plannedFor(
  deps: PlannedDeps,
  run: ScanRun,
  instance: ConnectorInstance,
): Promise<(by: Claimant) => boolean> {
  // Nothing of a deleted instance is planned, what its discovery found included.
  if (instance.status === 'deleted') return (by) => by.instance_id !== instance._id;
  const [enabled, ours, accounts, regions_of] = await Promise.all([
    deps.scopes.enabledOf(run, instance._id),
    run.scope_id === undefined ? undefined : deps.scopes.get(run, run.scope_id),
    coveredAccounts(deps, instance),
    deps.enabledRegions(run, instance._id),
  ]);
  const planned = new Set<string>();
  const plan = async (category: string, account_id: AccountId, regions: readonly string[]): Promise<void> => {
    const cell = cellKey(category, account_id);
    for (const { collector, region } of await deps.connector.tasksIn(account_id, category, regions)) {
      planned.add(claimantOf({ cell, collector, region }));
    }
  };
  for (const scope of ours ? [...enabled, ours] : enabled) {
    const { account_ids } = scope.scope_keys;
    const named = namedRegions(scope, instance);
    for (const { account_id } of accounts) {
      if (account_ids.length > 0 && !account_ids.includes(account_id)) continue;
      if (!named) await plan(deps.connector.regions_category, account_id, []);
      // Of an account that never told its regions, none is known to be planned no more.
      const regions = named ?? regions_of.get(account_id) ?? [ANY_REGION];
      for (const category of scope.service_categories) await plan(category, account_id, regions);
    }
  }
  return (by) =>
    by.instance_id !== instance._id ||
    by.cell.startsWith(`${deps.connector.discovery_category}:`) ||
    planned.has(claimantOf(by)) ||
    planned.has(claimantOf({ ...by, region: ANY_REGION }));
}

const ANY_REGION = '*';

const claimantOf = ({ cell, collector, region }: Pick<Claimant, 'cell' | 'collector' | 'region'>): string =>
  [cell, collector, region].join(' ');
