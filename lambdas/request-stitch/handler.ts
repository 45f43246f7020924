import type { EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { type RequestStitchDeps, requestStitch } from '../../src/stitch/request-stitch.ts';

/** What the signal that a run is over tells us. */
const RunFinished = z.object({ tenant_id: z.string().min(1), wrote: z.boolean() });

/** ScanRunFinished: asks for a stitch, if the run changed anything. Runs that were partial count as well: what they did not see removed nothing. */
export const requestStitchHandler =
  (deps: RequestStitchDeps) =>
  async (event: Pick<EventBridgeEvent<string, unknown>, 'detail'>): Promise<void> => {
    const { tenant_id, wrote } = RunFinished.parse(event.detail);
    if (wrote) await requestStitch(deps, tenant_id);
  };
