import { GetFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { World } from '../../world.ts';
import { BRIDGES } from '../names.ts';
import type { Placement } from '../placement.ts';
import type { EstateAddresses } from './reports.ts';

/** Asks AWS for the addresses that it gave to the estate. Throws where the estate is not up. */
export async function estateAddresses(world: World, { accounts }: Placement): Promise<EstateAddresses> {
  const client = new LambdaClient(world.client(accounts.workloads));
  try {
    const { FunctionUrl } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: BRIDGES.ticketIntake }));
    if (!FunctionUrl) throw new Error(`AWS did not say the URL of ${BRIDGES.ticketIntake}`);
    return { ticket_intake_url: FunctionUrl };
  } finally {
    client.destroy();
  }
}
