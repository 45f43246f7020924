import * as z from 'zod';
import { UsageError } from '../../bin/usage-error.ts';
import { isAccountId } from '../../src/kernel/ids.ts';
import { emulatedWorldAt, realWorld, type World } from '../world.ts';
import { EMULATED_MANAGEMENT_ACCOUNT } from './names.ts';
import { ensureOrganization } from './organization.ts';
import { PLACEMENT_VARIABLES, type Placement, readPlacement } from './placement.ts';

/** Where the lab's commands work. */
export interface Lab {
  readonly world: World;
  readonly placement: Placement;
  /** Of the emulator, the account at the top; there, the lab also brings what a StackSet brings elsewhere. */
  readonly emulated?: { readonly management_account: string };
}

const AccountId = z.string().refine(isAccountId, 'must be twelve digits');

/** AWS_ENDPOINT_URL and AWS_REGION as `npm run local` prints them. */
const Emulator = z.object({
  AWS_ENDPOINT_URL: z.url(),
  AWS_REGION: z.string().default('us-east-1'),
  MEDIAPRO_MANAGEMENT_ACCOUNT: AccountId.default(EMULATED_MANAGEMENT_ACCOUNT),
});

/** Administrators of the two accounts that resources are put into. */
const Profiles = z.object({ MEDIAPRO_WORKLOADS_PROFILE: z.string().min(1), MEDIAPRO_DATA_PROFILE: z.string().min(1) });

/**
 * The lab that the environment names: the emulator where AWS_ENDPOINT_URL is set, else real accounts.
 * @throws UsageError that names every variable that is missing or wrong.
 */
export async function labFrom(env: NodeJS.ProcessEnv): Promise<Lab> {
  return env.AWS_ENDPOINT_URL ? emulatedLab(env) : realLab(env);
}

async function emulatedLab(env: NodeJS.ProcessEnv): Promise<Lab> {
  const { AWS_ENDPOINT_URL, AWS_REGION, MEDIAPRO_MANAGEMENT_ACCOUNT } = checked(Emulator, env);
  const world = emulatedWorldAt(AWS_ENDPOINT_URL, AWS_REGION);
  const { placement, management_account } = await ensureOrganization(world, MEDIAPRO_MANAGEMENT_ACCOUNT);
  return { world, placement, emulated: { management_account } };
}

function realLab(env: NodeJS.ProcessEnv): Lab {
  const placement = readPlacement((name) => env[PLACEMENT_VARIABLES[name]]);
  const { accounts, region } = placement;
  const profiles = checked(Profiles, env);
  const world = realWorld(region, {
    [accounts.workloads]: profiles.MEDIAPRO_WORKLOADS_PROFILE,
    [accounts.data]: profiles.MEDIAPRO_DATA_PROFILE,
  });
  return { world, placement };
}

function checked<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const parsed = schema.safeParse(env);
  if (!parsed.success) throw new UsageError(`environment:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
