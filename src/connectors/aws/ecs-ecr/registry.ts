import {
  ECRClient,
  GetRegistryPolicyCommand,
  GetRegistryScanningConfigurationCommand,
  type RegistryScanningConfiguration,
} from '@aws-sdk/client-ecr';
import type { EntityRef, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { namesOf } from '../aws-failure.ts';
import { belongsTo } from '../entity-ref.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known } from '../properties.ts';
import { answered, oneItem, type Reading, readItem, readListing } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const POLICY = 'ecr:GetRegistryPolicy';
const SCANNING = 'ecr:GetRegistryScanningConfiguration';

/** The private registry of a region: who may replicate into it and pull through it, and what is scanned. */
export const registry: AwsCollector = {
  id: 'ecr.registry',
  category: 'aws_ecs_ecr',
  regional: true,
  entity_types: ['aws_ecr_registry'],
  edge_types: ['BELONGS_TO'],
  actions: [POLICY, SCANNING],
  async *collect(session) {
    const client = session.client(ECRClient);
    const { source_record_id: item } = registryRef(session);
    // The first call to the region, so that it tells whether the region is on.
    const policyText = await readListing(POLICY, () => policyTextOf(client));
    yield* oneItem({ action: POLICY, item }, async function* () {
      const scanning = yield* readItem({ action: SCANNING, item }, async () => {
        const { scanningConfiguration } = await client.send(new GetRegistryScanningConfigurationCommand({}));
        return answered(scanningConfiguration, 'scanningConfiguration');
      });
      yield* toRegistry(session, { policy: resourcePolicy(policyText), scanning });
    });
  },
};

/** The policy of the registry; undefined where there is none. */
async function policyTextOf(client: ECRClient): Promise<string | undefined> {
  try {
    return answered((await client.send(new GetRegistryPolicyCommand({}))).policyText, 'policyText');
  } catch (error) {
    if (namesOf(error).includes('RegistryPolicyNotFoundException')) return undefined;
    throw error;
  }
}

/** What is set for a registry. */
export interface RegistryDetails {
  readonly policy: ObservedPolicyDocument | undefined;
  readonly scanning: Reading<RegistryScanningConfiguration>;
}

/** A registry of which anything is set. Every account has one in every region; an untouched one says nothing. */
export function* toRegistry(
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { policy, scanning }: RegistryDetails,
): Generator<Observation, void, undefined> {
  const found = scanning.known ? scanning.value : undefined;
  const scan_type = found?.scanType ?? 'BASIC';
  const rules = (found?.rules ?? []).flatMap(({ scanFrequency, repositoryFilters }) =>
    (repositoryFilters ?? []).map(({ filter }) => `${scanFrequency}:${filter}`),
  );
  const isSet = policy !== undefined || scan_type !== 'BASIC' || rules.length > 0;
  if (!isSet) return;
  const ref = registryRef(session);
  if (policy) yield policy;
  yield {
    kind: 'node',
    ...ref,
    display_name: ref.source_record_id,
    properties: known({
      region: session.region,
      resource_policy_hash: policy?.hash ?? null,
      scan_type: scanning.known ? scan_type : undefined,
      scan_rules: scanning.known ? rules.sort() : undefined,
    }),
    api: POLICY,
    property_apis: { scan_type: SCANNING, scan_rules: SCANNING },
  };
  yield belongsTo(ref, session, POLICY);
}

/** A registry has no ARN: it is known by its host. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
const registryRef = ({ account, region }: Pick<AwsSession, 'account' | 'region'>): EntityRef => ({
  entity_type: 'aws_ecr_registry',
  source_system_id: `aws:${account}`,
  source_record_id: `${account}.dkr.ecr.${region}.amazonaws.com`,
});
