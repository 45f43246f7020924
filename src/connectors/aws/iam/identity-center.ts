import {
  type InstanceMetadata,
  ListInstancesCommand,
  type ListInstancesResponse,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import type { AccountId } from '../../../kernel/ids.ts';
import type { EntityRef, Gap, NormalizedEdge } from '../../../observations/observation.ts';
import { accountRef, arnRef } from '../entity-ref.ts';
import type { ListingStep, ReadPage } from '../nested-listings.ts';
import { required } from '../properties.ts';
import { listed, malformed } from '../reading.ts';
import type { AwsPlace, AwsSession } from '../session.ts';
import type { Home } from './principal-ref.ts';

export const INSTANCES = 'sso:ListInstances';

/** Why Identity Center is not asked from an account: but for the one that administers it, each answers as if there were none. */
export function askedElsewhere({ account, identity_center }: AwsPlace): string | undefined {
  if (!identity_center) return 'the configuration of the hub names no account and region of IAM Identity Center';
  if (identity_center.account_id === account) return undefined;
  return `IAM Identity Center is asked from account ${identity_center.account_id} only`;
}

/** Its region, which need not be the hub's. */
export const centerRegion = ({ identity_center }: AwsSession): string => required(identity_center, 'place').region;

/** An instance that belongs to somebody: the organization's belongs to the management account, whoever administers it. */
export interface CenterInstance {
  readonly arn: string;
  readonly owner: AccountId;
  readonly store: string;
  readonly metadata: InstanceMetadata;
}

/**
 * A page of the instances that are seen from here. None at all is a gap, since one is configured to be here, and taking it
 * for nothing would remove all of it.
 * https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html
 */
export async function* instancesPage(
  session: AwsSession,
  step: ListingStep,
  read: ReadPage,
): AsyncGenerator<
  Gap,
  { readonly instances: readonly CenterInstance[]; readonly next: string | undefined },
  undefined
> {
  const client = session.client(SSOAdminClient, centerRegion(session));
  const page = await read<ListInstancesResponse>(INSTANCES, (NextToken) =>
    client.send(new ListInstancesCommand({ NextToken })),
  );
  const instances = listed(INSTANCES, page.Instances);
  const item = `IAM Identity Center in ${session.account} ${centerRegion(session)}`;
  if (instances.length === 0 && step.token === undefined && !page.NextToken) {
    const message =
      'there is no instance, although the configuration of the hub says that it is administered from here';
    yield { kind: 'gap', code: 'unreadable_item', action: INSTANCES, item, message };
  }
  return { instances: instances.map((metadata) => centerInstance(metadata, session)), next: page.NextToken };
}

/** Throws `SourceFailure` on an instance that makes no sense: without its ids nothing can be asked. */
function centerInstance(metadata: InstanceMetadata, { account }: Home): CenterInstance {
  const { InstanceArn: arn, IdentityStoreId: store, OwnerAccountId: owner = account } = metadata;
  if (!arn || !store) throw malformed(INSTANCES, 'an instance has no ARN or no identity store');
  return { arn, owner, store, metadata };
}

/** A user of an identity store. Its ARN has neither an account nor the store's id: user ids are never given twice. */
export const userRef = (id: string, { partition }: Pick<Home, 'partition'>): EntityRef =>
  arnRef('human_identity', `arn:${partition}:identitystore:::user/${id}`);

/** A group of an identity store. */
export const groupRef = (id: string, { partition }: Pick<Home, 'partition'>): EntityRef =>
  arnRef('aws_identity_center_group', `arn:${partition}:identitystore:::group/${id}`);

/** `BELONGS_TO` the account that owns the instance, which need not be the one that it was seen from. */
export const ownedBy = (thing: EntityRef, owner: AccountId, home: Home, api: string): NormalizedEdge => ({
  kind: 'edge',
  edge_type: 'BELONGS_TO',
  from: thing,
  to: accountRef(owner, home),
  stated_by: {
    source_system_id: thing.source_system_id,
    source_record_id: thing.source_record_id,
    source_field_path: `$account[${owner}]`,
  },
  properties: {},
  api,
});

/** The parent of a step is a text: names without white space, one after the other. */
export const parentOf = (...names: readonly string[]): string => names.join(' ');

/** The names of a parent; what is not there is empty. */
export function namesIn(step: ListingStep): readonly [string, string, string] {
  const [first = '', second = '', third = ''] = (step.parent ?? '').split(' ');
  return [first, second, third];
}
