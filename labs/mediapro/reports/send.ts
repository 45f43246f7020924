import type { ApiClient } from '../../../bin/api-client.ts';
import type { ShownInstance } from '../../../lambdas/api/answers/connector-instances.ts';
import type { WatchedRun } from '../../../lambdas/api/answers/scan-runs.ts';
import { WORKSPACE } from '../names.ts';
import { type EstateAddresses, reports, SOURCE_SYSTEMS } from './reports.ts';

/** How the instances that speak for the systems beside AWS are called. */
const DISPLAY_NAMES: Readonly<Record<keyof typeof SOURCE_SYSTEMS, string>> = {
  entra: 'MediaPro Entra tenant',
  servicenow: 'MediaPro ServiceNow',
  foundry: 'MediaPro Foundry',
};

/** Makes a push instance for each system beside AWS, unless the hub has it already. */
export async function connectSystems(api: ApiClient): Promise<readonly ShownInstance[]> {
  const known = await api.listInstances({ kind: 'push' });
  const systems = Object.entries(SOURCE_SYSTEMS) as [keyof typeof SOURCE_SYSTEMS, string][];
  return Promise.all(
    systems.map(
      async ([name, system]) =>
        known.find(({ source_system_ids }) => source_system_ids.includes(system)) ??
        api.createInstance({
          connector_kind: 'push',
          display_name: DISPLAY_NAMES[name],
          config: {},
          source_system_ids: [system],
          workspace_id: WORKSPACE,
        }),
    ),
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
