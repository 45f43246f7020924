import type { ConnectorInstance } from './connector-instance.ts';
import { isRegionName } from './instance-config.ts';
import type { ScanScope } from './scan-scope.ts';

/** What an instance covers: its accounts (undefined: whichever its organization has) and its regions (undefined: those that are enabled in each account). Only AWS has such. */
export const coverageOf = ({
  connector_kind,
  config,
}: Pick<ConnectorInstance, 'connector_kind' | 'config'>): {
  readonly account_ids?: readonly string[];
  readonly regions?: readonly string[];
} => {
  if (connector_kind !== 'aws' || !('mode' in config)) return { account_ids: [], regions: [] };
  const { regions } = config;
  return {
    ...(config.mode === 'accounts' && { account_ids: config.account_ids }),
    ...(regions && { regions }),
  };
};

/** Accounts and regions that a scope names and an instance does not have; of one that names no regions, what is no region at all. */
export function outsideOf(
  { scope_keys }: Pick<ScanScope, 'scope_keys'>,
  instance: Pick<ConnectorInstance, 'connector_kind' | 'config'>,
): { readonly account_ids: readonly string[]; readonly regions: readonly string[] } {
  const covered = coverageOf(instance);
  const accounts = covered.account_ids && new Set(covered.account_ids);
  const isCovered = (region: string): boolean => covered.regions?.includes(region) ?? isRegionName(region);
  return {
    account_ids: scope_keys.account_ids.filter((id) => accounts?.has(id) === false),
    regions: scope_keys.regions.filter((region) => !isCovered(region)),
  };
}

/** The regions that a scope is narrowed to, by itself or by its instance; undefined where nobody names any, and those count that are enabled in each account. */
export const namedRegions = (
  { scope_keys }: Pick<ScanScope, 'scope_keys'>,
  instance: Pick<ConnectorInstance, 'connector_kind' | 'config'>,
): readonly string[] | undefined => (scope_keys.regions.length > 0 ? scope_keys.regions : coverageOf(instance).regions);
