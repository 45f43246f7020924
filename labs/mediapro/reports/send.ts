import type { ApiClient } from '../../../bin/api-client.ts';
import type { ShownInstance } from '../../../lambdas/api/answers/connector-instances.ts';
import type { WatchedRun } from '../../../lambdas/api/answers/scan-runs.ts';
import type { ShownScope } from '../../../lambdas/api/answers/scan-scopes.ts';
import { WORKSPACE } from '../names.ts';
import { type EstateAddresses, reports, SOURCE_SYSTEMS } from './reports.ts';

/** How the instances that speak for the systems beside AWS are called. */
const DISPLAY_NAMES: Readonly<Record<keyof typeof SOURCE_SYSTEMS, string>> = {
  entra: 'MediaPro Entra tenant',
  servicenow: 'MediaPro ServiceNow',
  foundry: 'MediaPro Foundry',
};

/** Minutes within which each system is to report: a scope that is due and has heard nothing says so. */
const CADENCE = 12 * 60;

/** A system beside AWS, as the hub knows it. */
export interface ConnectedSystem {
  readonly instance: ShownInstance;
  readonly scope: ShownScope;
}

/** Makes a push instance and its scope for each system beside AWS, unless the hub has them already. */
export async function connectSystems(api: ApiClient): Promise<readonly ConnectedSystem[]> {
  const [instances, scopes] = [await api.listInstances({ kind: 'push' }), await api.listScopes()];
  const systems = Object.entries(SOURCE_SYSTEMS) as [keyof typeof SOURCE_SYSTEMS, string][];
  return Promise.all(
    systems.map(async ([name, system]) => {
      const instance =
        instances.find(({ source_system_ids }) => source_system_ids.includes(system)) ??
        (await api.createInstance({
          connector_kind: 'push',
          display_name: DISPLAY_NAMES[name],
          config: {},
          source_system_ids: [system],
          workspace_id: WORKSPACE,
        }));
      const scope =
        scopes.find(({ instance_id }) => instance_id === instance._id) ??
        (await api.createScope({
          instance_id: instance._id,
          scope_keys: {},
          service_categories: ['push'],
          schedule: { every_minutes: CADENCE },
        }));
      return { instance, scope };
    }),
  );
}

/** Sends a report for each system beside AWS, as of now, and waits for the runs that they come to. */
export async function sendReports(api: ApiClient, addresses: EstateAddresses): Promise<readonly WatchedRun[]> {
  await connectSystems(api);
  const finished_at = new Date().toISOString();
  return Promise.all(
    reports(addresses, finished_at).map(async (report) => {
      const { sync } = await api.sendReport(JSON.stringify(report));
      return api.untilOver(sync.scan_run_id, () => {});
    }),
  );
}
