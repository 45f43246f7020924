import type { ApiClient } from '../../bin/api-client.ts';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import type { ScanScope } from '../../src/control/scan-scope.ts';
import { WORKSPACE } from './names.ts';
import type { Placement } from './placement.ts';

/** How the instance that looks at the estate is called. */
const DISPLAY_NAME = 'MediaPro organization';

/** What a hub needs to scan the estate. */
export interface Connection {
  readonly instance: ConnectorInstance;
  readonly scope: ScanScope;
}

/** Makes the connector instance and the scope of the estate's three accounts, unless the hub has them already. */
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
  const wanted = Object.values(accounts);
  const fits = ({ instance_id, scope_keys }: ScanScope): boolean =>
    instance_id === instance._id && new Set(scope_keys.account_ids).symmetricDifference(new Set(wanted)).size === 0;
  const scope =
    (await api.listScopes()).find(fits) ??
    (await api.createScope({
      instance_id: instance._id,
      scope_keys: { account_ids: wanted, regions: [region] },
      service_categories: [...instance.discovered_capabilities.service_categories_available],
    }));
  return { instance, scope };
}
