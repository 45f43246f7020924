import type { EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { CELL_STOPPED } from '../../src/runs/cancel-run.ts';
import { REMOVAL_RELEASED } from '../../src/runs/release-cell.ts';
import { type RequestStitchDeps, requestStitch } from '../../src/stitch/request-stitch.ts';
import type { StitchTrigger } from '../../src/stitch/stitch-trigger.ts';

/** What the signal that a run is over tells us. */
const RunFinished = z.object({
  tenant_id: z.string().min(1),
  workspace_id: z.string().min(1).exactOptional(),
  run_id: z.string().min(1),
  wrote: z.boolean(),
});

/** What a signal of this type says of why. */
const KINDS: ReadonlyMap<string, StitchTrigger['kind']> = new Map([
  [REMOVAL_RELEASED, 'removal_released'],
  [CELL_STOPPED, 'cell_stopped'],
]);

/** A signal from the bus, as far as it matters. */
export type RunSignal = Pick<EventBridgeEvent<string, unknown>, 'detail'> & { readonly 'detail-type'?: string };

/** ScanRunFinished: asks for a stitch, if the run changed anything. Runs that were partial count as well: what they did not see removed nothing. */
export const requestStitchHandler =
  (deps: RequestStitchDeps) =>
  async (event: RunSignal): Promise<void> => {
    const { tenant_id, workspace_id, run_id, wrote } = RunFinished.parse(event.detail);
    if (!wrote) return;
    const kind = KINDS.get(event['detail-type'] ?? '') ?? 'run_finished';
    await requestStitch(deps, tenant_id, { kind, by: run_id, ...(workspace_id && { workspace_id }) });
  };
