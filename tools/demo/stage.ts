import { ApiClient } from '../../bin/api-client.ts';
import {
  type EstateChange,
  type HubIdentity,
  upEstate,
  upOrganizationRole,
  upSpokeRoles,
} from '../../labs/mediapro/estate.ts';
import { EMULATED_MANAGEMENT_ACCOUNT, TENANT, WORKSPACE } from '../../labs/mediapro/names.ts';
import { ensureOrganization, type Organization } from '../../labs/mediapro/organization.ts';
import { emulatedWorld, type World } from '../../labs/world.ts';
import { ORGANIZATION_ROLE_NAME } from '../../stacksets/organization-role.ts';
import { deployHub, type LocalHub } from '../local/hub.ts';
import { type Services, startServices } from '../local/services.ts';

/** Name of the collector's role: known before the hub is deployed, so that hub and estate can come up side by side. */
const COLLECTOR_ROLE = 'throughline-collect-aws';

/** A hub and the MediaPro estate, up on the emulator. */
export interface Stage {
  readonly services: Services;
  readonly world: World;
  readonly organization: Organization;
  readonly hub: LocalHub;
  readonly estate: readonly EstateChange[];
  /** Somebody of the tenant who may do everything in its workspace. */
  readonly api: ApiClient;
}

/** Told what is done, as it is done. */
export interface StageEvents {
  readonly services?: (line: string) => void;
  readonly organization?: (organization: Organization) => void;
  readonly estate?: (changes: readonly EstateChange[], seconds: number) => void;
  readonly hub?: (hub: LocalHub) => void;
}

/**
 * Starts the services, makes the organization, and brings up hub and estate side by side.
 * @throws if any of it fails; the services are stopped then.
 */
export async function setStage(events: StageEvents = {}): Promise<Stage> {
  const services = await startServices({ ...(events.services && { log: events.services }) });
  try {
    const world = emulatedWorld(services.aws);
    const organization = await ensureOrganization(world, EMULATED_MANAGEMENT_ACCOUNT);
    events.organization?.(organization);
    const { accounts } = organization.placement;
    const from = performance.now();
    const estateUp = estateFor(world, organization, {
      account: accounts.security,
      collector_role_name: COLLECTOR_ROLE,
    }).then((changes) => {
      events.estate?.(changes, (performance.now() - from) / 1000);
      return changes;
    });
    const hubUp = deployHub(services, hubPlace(organization), WORKSPACE).then((deployed) => {
      events.hub?.(deployed);
      return deployed;
    });
    const [hub, estate] = await Promise.all([hubUp, estateUp]);
    const api = new ApiClient({ url: hub.api_url, token: () => hub.token() });
    return { services, world, organization, hub, estate, api };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** The hub goes into mp-security and lists the organization through a role of the management account. */
const hubPlace = ({ placement, id, management_account, unit_id }: Organization) => ({
  account: placement.accounts.security,
  organization: {
    id,
    management_account_id: management_account,
    tenant_id: TENANT,
    organizational_unit_ids: [unit_id],
    organization_role_arn: `arn:aws:iam::${management_account}:role/${ORGANIZATION_ROLE_NAME}`,
  },
});

async function estateFor(
  world: World,
  { placement, management_account }: Organization,
  hub: HubIdentity,
): Promise<readonly EstateChange[]> {
  const changes = await upEstate(world, placement);
  const spokes = await upSpokeRoles(world, placement, hub);
  await upOrganizationRole(world, management_account, placement, hub);
  return [...changes, ...spokes];
}
