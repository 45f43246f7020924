import {
  type ExternalId,
  type Group,
  type GroupMembership,
  IdentitystoreClient,
  ListGroupMembershipsCommand,
  type ListGroupMembershipsResponse,
  ListGroupsCommand,
  type ListGroupsResponse,
  ListUsersCommand,
  type ListUsersResponse,
  type User,
} from '@aws-sdk/client-identitystore';
import type { Json } from '../../../kernel/canonical.ts';
import type { AccountId } from '../../../kernel/ids.ts';
import type { CorrelationKey, Observation } from '../../../observations/observation.ts';
import { statedBy } from '../entity-ref.ts';
import { type ListingStep, nestedListings, type ReadPage, type StepOutcome } from '../nested-listings.ts';
import { known, moment, required } from '../properties.ts';
import { listed, oneItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import {
  askedElsewhere,
  centerRegion,
  groupRef,
  INSTANCES,
  instancesPage,
  namesIn,
  ownedBy,
  parentOf,
  userRef,
} from './identity-center.ts';
import type { Home } from './principal-ref.ts';

const USERS = 'identitystore:ListUsers';
const GROUPS = 'identitystore:ListGroups';
const MEMBERS = 'identitystore:ListGroupMemberships';

/**
 * The people and groups that IAM Identity Center knows, and by which ids the directory that they come from knows them.
 * https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListUsers.html
 */
export const identityStores: AwsCollector = {
  id: 'identity-center.identities',
  category: 'aws_iam',
  regional: false,
  entity_types: ['human_identity', 'aws_identity_center_group'],
  edge_types: ['MEMBER_OF', 'BELONGS_TO'],
  actions: [INSTANCES, USERS, GROUPS, MEMBERS],
  skip: askedElsewhere,
  collect: (session, cursor) =>
    nestedListings({
      first: 'instances',
      cursor,
      look: (step, read) => {
        switch (step.list) {
          case 'users':
            return usersPage(session, step, read);
          case 'groups':
            return groupsPage(session, step, read);
          case 'members':
            return membersPage(session, step, read);
          default:
            return stores(session, step, read);
        }
      },
    }),
};

type Look = AsyncGenerator<Observation, StepOutcome, undefined>;

async function* stores(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const { instances, next } = yield* instancesPage(session, step, read);
  const below = instances.flatMap(({ store, owner }) =>
    ['users', 'groups'].map((list) => ({ list, parent: parentOf(store, owner) })),
  );
  return { next, below };
}

async function* usersPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [IdentityStoreId, owner] = namesIn(step);
  const client = session.client(IdentitystoreClient, centerRegion(session));
  const page = await read<ListUsersResponse>(USERS, (NextToken) =>
    client.send(new ListUsersCommand({ IdentityStoreId, NextToken })),
  );
  for (const user of listed(USERS, page.Users)) {
    yield* oneItem({ action: USERS, item: user.UserId || 'a user without an id' }, () =>
      toPerson(user, owner, session),
    );
  }
  return { next: page.NextToken };
}

async function* groupsPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [IdentityStoreId, owner] = namesIn(step);
  const client = session.client(IdentitystoreClient, centerRegion(session));
  const page = await read<ListGroupsResponse>(GROUPS, (NextToken) =>
    client.send(new ListGroupsCommand({ IdentityStoreId, NextToken })),
  );
  const groups = listed(GROUPS, page.Groups);
  for (const group of groups) {
    yield* oneItem({ action: GROUPS, item: group.GroupId || 'a group without an id' }, () =>
      toStoreGroup(group, owner, session),
    );
  }
  const below = groups.flatMap(({ GroupId }) =>
    GroupId ? [{ list: 'members', parent: parentOf(IdentityStoreId, GroupId) }] : [],
  );
  return { next: page.NextToken, below };
}

async function* membersPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [IdentityStoreId, GroupId] = namesIn(step);
  const client = session.client(IdentitystoreClient, centerRegion(session));
  const page = await read<ListGroupMembershipsResponse>(MEMBERS, (NextToken) =>
    client.send(new ListGroupMembershipsCommand({ IdentityStoreId, GroupId, NextToken })),
  );
  for (const membership of listed(MEMBERS, page.GroupMemberships)) {
    yield* oneItem({ action: MEMBERS, item: membership.MembershipId ?? `a membership of ${GroupId}` }, () =>
      toMembership(membership, GroupId, session),
    );
  }
  return { next: page.NextToken };
}

/** A person. Of what the directory tells about people only what names them is copied. Throws TypeError where there is no id. */
export function* toPerson(user: User, owner: AccountId, home: Home): Generator<Observation, void, undefined> {
  const id = required(user.UserId, 'UserId');
  const ref = userRef(id, home);
  const email = (user.Emails?.find(({ Primary }) => Primary) ?? user.Emails?.[0])?.Value;
  yield {
    kind: 'node',
    ...ref,
    display_name: user.DisplayName ?? user.UserName ?? id,
    properties: known({
      arn: ref.source_record_id,
      user_id: id,
      identity_store_id: user.IdentityStoreId,
      user_name: user.UserName,
      email: email ?? null,
      status: user.UserStatus,
      external_ids: externalIds(user.ExternalIds),
      created_at: moment(user.CreatedAt),
    }),
    correlation_keys: [
      ...correlationKeys(user.ExternalIds),
      ...(email ? [{ kind: 'email', value: email.toLowerCase() }] : []),
    ],
    api: USERS,
  };
  yield ownedBy(ref, owner, home, USERS);
}

/** A group of an identity store. Throws TypeError where there is no id. */
export function* toStoreGroup(group: Group, owner: AccountId, home: Home): Generator<Observation, void, undefined> {
  const id = required(group.GroupId, 'GroupId');
  const ref = groupRef(id, home);
  yield {
    kind: 'node',
    ...ref,
    display_name: group.DisplayName ?? id,
    properties: known({
      arn: ref.source_record_id,
      group_id: id,
      identity_store_id: group.IdentityStoreId,
      name: group.DisplayName,
      external_ids: externalIds(group.ExternalIds),
      created_at: moment(group.CreatedAt),
    }),
    correlation_keys: correlationKeys(group.ExternalIds),
    api: GROUPS,
  };
  yield ownedBy(ref, owner, home, GROUPS);
}

/** `MEMBER_OF`. Throws TypeError where the member is no user: AWS knows no other members. */
export function* toMembership(
  { MemberId }: GroupMembership,
  group: string,
  home: Home,
): Generator<Observation, void, undefined> {
  const member = required(MemberId?.UserId, 'MemberId.UserId');
  const to = groupRef(group, home);
  yield {
    kind: 'edge',
    edge_type: 'MEMBER_OF',
    from: userRef(member, home),
    to,
    stated_by: statedBy(to.source_record_id, `GroupMemberships[${member}]`),
    properties: {},
    api: MEMBERS,
  };
}

/** The ids under which the directory provisioned it: Entra sends an object's id. https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ExternalId.html */
const externalIds = (ids: readonly ExternalId[] | undefined): Json =>
  (ids ?? [])
    .map(({ Issuer, Id }) => ({ issuer: required(Issuer, 'ExternalIds.Issuer'), id: required(Id, 'ExternalIds.Id') }))
    .sort((a, b) => (`${a.issuer} ${a.id}` < `${b.issuer} ${b.id}` ? -1 : 1));

const correlationKeys = (ids: readonly ExternalId[] | undefined): readonly CorrelationKey[] =>
  (ids ?? []).map(({ Id }) => ({ kind: 'scim_external_id', value: required(Id, 'ExternalIds.Id') }));
