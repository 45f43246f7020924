import type { ApiClient } from '../../bin/api-client.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { WORKSPACE } from './names.ts';
import type { Placement } from './placement.ts';

/** How the instance that looks at the estate is called. */
export const DISPLAY_NAME = 'MediaPro organization';

/** Minutes between two scans: of everything, and of who may act as whom. */
const CADENCE = { everything: 24 * 60, identities: 60 } as const;

/** What changes most often, and matters most. */
const IDENTITIES = ['aws_iam'];

/** What a hub needs to scan the estate. */
export interface Connection {
  readonly instance: ConnectorInstance;
  /** Of everything in the estate's three accounts. */
  readonly scope: ScanScope;
  /** Of their identities alone, more often. */
  readonly identities: ScanScope;
}

/** Makes the connector instance and the scopes of the estate's three accounts, unless the hub has them already. */
export async function connect(api: ApiClient, { accounts, region }: Placement): Promise<Connection> {
  const known = (await api.listInstances()).find(({ display_name }) => display_name === DISPLAY_NAME);
  const instance =
    known ??
    (await api.createInstance({
      connector_kind: 'aws',
      display_name: DISPLAY_NAME,
      config: { mode: 'organization', regions: [region] },
      workspace_id: WORKSPACE,
    }));
  const everything = [...instance.discovered_capabilities.service_categories_available];
  return {
    instance,
    scope: await ensureScope(everything, CADENCE.everything),
    identities: await ensureScope(IDENTITIES, CADENCE.identities),
  };

  async function ensureScope(service_categories: readonly string[], every_minutes: number): Promise<ScanScope> {
    const scope_keys = { account_ids: Object.values(accounts), regions: [region] };
    const fits = (scope: ScanScope): boolean =>
      scope.instance_id === known?._id &&
      isSame(scope.scope_keys.account_ids, scope_keys.account_ids) &&
      isSame(scope.service_categories, service_categories);
    return (
      (await api.listScopes()).find(fits) ??
      api.createScope({
        instance_id: instance._id,
        scope_keys,
        service_categories: [...service_categories],
        schedule: { every_minutes },
      })
    );
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).symmetricDifference(new Set(b)).size === 0;
