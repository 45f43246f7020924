import * as z from 'zod';
import type { ScanRun } from '../../src/runs/run.ts';
import { FaultHub, type Snapshot } from './hub.ts';
import type { Taken } from './queues.ts';
import type { FaultStage } from './stage.ts';
import { accountOf, type Beliefs, beliefsOf, rolesOf, runOf } from './truth.ts';

/** A run that waits for its collector, and what becomes of it where nothing goes wrong. */
export interface Prepared {
  readonly stage: FaultStage;
  readonly scope_id: string;
  readonly instance_id: string;
  /** The database after a first run, when the estate has changed since. */
  readonly before: Snapshot;
  readonly run_id: string;
  /** The same with a second run that has been planned. */
  readonly planned: Snapshot;
  /** The messages of its cells. */
  readonly messages: readonly Taken[];
  /** What an undisturbed second run leads to. */
  readonly beliefs: Beliefs;
  readonly account: Awaited<ReturnType<typeof accountOf>>;
  readonly totals: ScanRun['totals'];
  /** Names of the roles that are believed to be there then, of those that these tests make. */
  readonly roles: readonly string[];
  /** Write commands of its collector. */
  readonly writes: number;
}

/** What the API answers when something was made, as far as these tests read it. */
export const Made = z.object({ _id: z.string() });

/** POST /scan-runs; its plan message is on the queue then. */
export async function startRun(hub: FaultHub, scope_id: string): Promise<string> {
  return Made.parse(await hub.call('POST', '/scan-runs', { scope_id }))._id;
}

/** Delivers the plan messages that there are, and gives the messages of cells that came of them. */
export async function planned(hub: FaultHub): Promise<readonly Taken[]> {
  for (let taken = await hub.queues.take('plans'); taken; taken = await hub.queues.take('plans')) {
    await hub.deliver(taken, await hub.warm('plan-run'));
  }
  return hub.queues.lose('cells');
}

/** A hub with a planned second run of which no cell has been looked at. */
export async function aPlannedHub({ stage, planned, messages }: Prepared, part_size?: number): Promise<FaultHub> {
  const hub = await FaultHub.open(stage, planned, part_size);
  for (const { body, group } of messages) await hub.queues.send('cells', body, group);
  return hub;
}

/** Scans an estate, changes it, and scans it again undisturbed. */
export async function prepare(stage: FaultStage): Promise<Prepared> {
  await stage.estate.build();
  // Small pages, so that a cell has moments between them.
  stage.services.aws.faults.inject({
    when: { action: 'iam:GetAccountAuthorizationDetails' },
    fault: { page_size: 5 },
  });
  const hub = await FaultHub.open(stage);
  try {
    const instance = await hub.call('POST', '/connector-instances', {
      connector_kind: 'aws',
      display_name: 'faults',
      config: { mode: 'accounts', account_ids: [stage.spoke_account], regions: [stage.services.aws.region] },
    });
    const { _id: instance_id } = Made.parse(instance);
    const scope = await hub.call('POST', '/scan-scopes', {
      instance_id,
      scope_keys: {},
      service_categories: ['aws_iam'],
    });
    const { _id: scope_id } = Made.parse(scope);
    await startRun(hub, scope_id);
    await hub.drain();
    await hub.signals();
    await stage.estate.change();
    const before = await hub.snapshot();
    const run_id = await startRun(hub, scope_id);
    const messages = await planned(hub);
    const snapshot = await hub.snapshot();
    for (const { body, group } of messages) await hub.queues.send('cells', body, group);
    stage.proxy.resetWrites();
    await hub.drain();
    const writes = stage.proxy.commands();
    const [beliefs, account] = [await beliefsOf(hub), await accountOf(hub, run_id)];
    const { totals } = await runOf(hub, run_id);
    const roles = await rolesOf(hub);
    return {
      stage,
      scope_id,
      instance_id,
      before,
      run_id,
      planned: snapshot,
      messages,
      beliefs,
      account,
      totals,
      roles,
      writes,
    };
  } finally {
    await hub.close();
  }
}
