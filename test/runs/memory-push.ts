import type { PushBatch, PushDeps } from '../../src/runs/push-batch.ts';
import type { PushedRuns } from '../../src/runs/push-close.ts';
import type { ConnectorSync, TakeReportDeps } from '../../src/runs/push-report.ts';
import { within } from '../../src/store/tenancy.ts';
import type { Step } from './memory-runs.ts';

/** What was pushed, in memory: batches and syncs. */
export function memoryPush(step: Step = async () => undefined) {
  const batches = new Map<string, PushBatch>();
  const syncs = new Map<string, ConnectorSync>();
  const of = (tenant: Parameters<PushDeps['batches']['get']>[0], { tenant_id, workspace_id }: PushBatch): boolean => {
    const mine = within(tenant);
    return tenant_id === mine.tenant_id && workspace_id === mine.workspace_id;
  };
  const store: PushDeps['batches'] = {
    get: async (tenant, id) => {
      const batch = batches.get(id);
      return batch && of(tenant, batch) ? batch : undefined;
    },
    begin: async (batch) => {
      await step('begin batch');
      const present = batches.get(batch._id) ?? batch;
      batches.set(batch._id, present);
      return present;
    },
    finish: async (_tenant, id, result, done_at) => {
      await step('finish batch');
      const batch = batches.get(id);
      if (batch && !batch.done_at) batches.set(id, { ...batch, result, done_at });
    },
    ofRun: async function* ofRun(tenant, run_id) {
      for (const id of [...batches.keys()].sort()) {
        const batch = batches.get(id);
        if (batch && of(tenant, batch) && batch.run_id === run_id) yield batch;
      }
    },
  };
  const beginSync: TakeReportDeps['beginSync'] = async (sync) => {
    const present = syncs.get(sync._id) ?? sync;
    syncs.set(sync._id, present);
    return present;
  };
  const pushed: PushedRuns = {
    batches: store,
    finishSync: async ({ _id }, outcome) => {
      const sync = syncs.get(_id);
      if (sync) syncs.set(_id, { ...sync, ...outcome });
    },
  };
  const openSyncs = async () => [...syncs.values()].filter(({ status }) => status === 'running');
  return { batches, syncs, store, beginSync, openSyncs, pushed };
}
