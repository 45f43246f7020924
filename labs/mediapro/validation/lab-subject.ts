import type { ApiClient } from '../../../bin/api-client.ts';
import type { WatchedRun } from '../../../lambdas/api/answers/scan-runs.ts';
import type { World } from '../../world.ts';
import { connect, DISPLAY_NAME } from '../connect.ts';
import type { Placement } from '../placement.ts';
import { estateAddresses } from '../reports/addresses.ts';
import { SOURCE_SYSTEMS } from '../reports/reports.ts';
import { sendReports } from '../reports/send.ts';
import { stitched, switchRule } from '../rules.ts';
import type { Query } from './criteria.ts';
import type { Document } from './matching.ts';
import { denySpoke } from './spoke-deny.ts';
import type { ApiList, Documents, Subject } from './validate.ts';

const REASON = 'validation of the MediaPro estate';

/** The estate and its hub. Everything that is asked is asked through the API. */
export function labSubject(api: ApiClient, world: World, placement: Placement): Subject {
  return {
    list: async (name, query) => (await listed(api, name, query)).map((item): Document => ({ ...item })),
    cellsOf: async (run_id) => (await api.listCells(run_id)).map((cell): Document => ({ ...cell })),
    async scan() {
      const { scope } = await connect(api, placement);
      const { _id } = await api.startRun(scope._id);
      return settled(api, [await api.untilOver(_id, () => {}, 300)]);
    },
    push: async () => settled(api, await sendReports(api, await estateAddresses(world, placement))),
    async rule(id, enabled) {
      const { version, undo } = await switchRule(api, id, enabled, REASON);
      await byVersion(api, version);
      return async () => byVersion(api, await undo());
    },
    deny: (account, actions) => denySpoke(world, placement.accounts[account], actions),
  };
}

async function listed(api: ApiClient, name: ApiList, { rule, rule_id, status }: Query): Promise<readonly object[]> {
  switch (name) {
    case 'paths':
      return (await api.listPaths({ ...(rule !== undefined && { rule }) })).map((path) => ({
        ...path,
        names: [path.workload, ...path.hops.map(({ to }) => to)].map(({ display_name }) => display_name),
      }));
    case 'correlations':
      return api.listCorrelations({
        ...(rule_id !== undefined && { rule_id }),
        ...(status !== undefined && { status }),
      });
    case 'canonical-identities':
      return api.listIdentities();
    case 'entities':
      return api.listEntities();
    case 'connector-instances':
      return api.listInstances();
    case 'scan-scopes':
      return api.listScopes();
    case 'latest-runs':
      return latestRuns(api);
  }
}

/** The last run of each instance of the estate. */
async function latestRuns(api: ApiClient): Promise<readonly object[]> {
  const systems: readonly string[] = Object.values(SOURCE_SYSTEMS);
  const instances = (await api.listInstances({ status: 'active' })).filter(
    ({ display_name, source_system_ids }) =>
      display_name === DISPLAY_NAME || source_system_ids.some((system) => systems.includes(system)),
  );
  return (await Promise.all(instances.map(({ _id }) => api.listRuns(1, { instance_id: _id })))).flat();
}

/** Runs, once what they changed is stitched. */
async function settled(api: ApiClient, runs: readonly WatchedRun[]): Promise<Documents> {
  for (const { _id, totals } of runs) {
    if (totals && totals.added + totals.changed + totals.removed > 0) {
      await stitched(api, ({ triggered_by }) => triggered_by.some(({ by }) => by === _id), `run ${_id}`);
    }
  }
  return runs.map((run): Document => ({ ...run }));
}

/** Waits until a stitch went by a version of the settings. Version 0 is nobody's decision: no stitch follows it. */
async function byVersion(api: ApiClient, version: number): Promise<void> {
  if (version === 0) return;
  await stitched(api, ({ settings_version }) => settings_version >= version, `version ${version} of the settings`);
}
