import { PushedEnd } from '../../src/connectors/push/batch.ts';
import type { PushInstance } from '../../src/control/connector-instance.ts';
import { type BatchAnswer, type PushDeps, pushBatch, pushTarget } from '../../src/runs/push-batch.ts';
import { completePush } from '../../src/runs/push-complete.ts';
import type { TakeReportDeps } from '../../src/runs/push-report.ts';
import { startPushRun } from '../../src/runs/push-run.ts';
import { mendPushRuns } from '../../src/runs/push-tick.ts';
import { aHub, type HubGiven } from './a-hub.ts';
import { aPushInstance, TENANT, WORKSPACE } from './builders.ts';

export const WHOSE = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };

/** A hub in memory with one push instance, and what its senders and workers do. */
export function aPushHub(given: HubGiven & { readonly instance?: PushInstance } = {}) {
  const instance = given.instance ?? aPushInstance();
  const hub = aHub({ ...given, instance });
  let owners = 0;
  const waited: number[] = [];
  const deps: TakeReportDeps = {
    ...hub.deps,
    runs: hub.runs,
    instances: {
      get: async ({ tenant_id }, id) => (tenant_id === TENANT && id === instance._id ? instance : undefined),
      nextSeq: async () => 1,
    },
    batches: hub.push.store,
    newerRun: async (_tenant, _instance_id, seq) => `run-${seq + 1}`,
    speakersFor: async () => [instance],
    beginSync: hub.push.beginSync,
    newOwner: () => {
      owners += 1;
      return `sender-${owners}`;
    },
    wait: async (milliseconds) => {
      waited.push(milliseconds);
    },
  };
  const start = async (seq = 1) => {
    const run = startPushRun(instance, {
      id: `run-${seq}`,
      seq,
      requested_by: 'ada',
      request_id: `request-${seq}`,
      now: hub.clock.now(),
    });
    await hub.runs.create(run);
    return run._id;
  };
  const send = async (run_id: string, sequence: number, body: object, by: PushDeps = deps): Promise<BatchAnswer> =>
    pushBatch(by, await pushTarget(by, WHOSE, run_id), sequence, PushedEnd.parse(body));
  const complete = async (run_id: string, body: object = {}, by: PushDeps = deps): Promise<BatchAnswer> =>
    completePush(by, await pushTarget(by, WHOSE, run_id), PushedEnd.parse(body));
  /** What the queue of cells does. */
  const close = async (run_id: string) => {
    const cell = hub.cells().find((one) => one.run_id === run_id);
    if (!cell) throw new Error(`run ${run_id} has no cell`);
    return hub.collect(cell);
  };
  const tick = () =>
    mendPushRuns({
      ...deps,
      openPushRuns: async () => open(),
      openSyncs: hub.push.openSyncs,
      finishSync: hub.push.pushed.finishSync,
    });
  const open = () =>
    ['run-1', 'run-2', 'run-3'].flatMap((id) => {
      const run = hub.run(id);
      return run && run.status === 'running' && !run.planned_at ? [run] : [];
    });
  /** A whole run: these bodies as its batches, then its end and its close. */
  const whole = async (seq: number, bodies: readonly object[], end: object = {}) => {
    const id = await start(seq);
    for (const [sequence, body] of bodies.entries()) await send(id, sequence, body);
    await complete(id, end);
    await close(id);
    return hub.run(id);
  };
  return { hub, deps, instance, waited, start, send, complete, close, tick, whole };
}
