import {
  type EntityType,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsResponse,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { Observation } from '../../../observations/observation.ts';
import { placedPages, throughPage } from '../page-place.ts';
import { listed, oneItem, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { FETCH_ACTIONS, isAwsManaged, missingDocuments } from './aws-managed-policies.ts';
import { toGroup } from './group.ts';
import { defaultDocument, toManagedPolicy } from './managed-policy.ts';
import { toRole } from './role.ts';
import { toUser } from './user.ts';

const ACTION = 'iam:GetAccountAuthorizationDetails';

/** Items of a page, of at most 1,000: a role may come with tens of kilobytes of documents. */
const PAGE_SIZE = 300;

/** Items between two checkpoints inside a page. */
const STRIDE = 100;

/**
 * Roles, users, groups, policies and instance profiles of an account: one listing of all of it, and in most accounts one
 * call. Where it has more pages than one, AWS's own policies and the groups are listed before it, since what names them may
 * come on an earlier page than they do.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export const authorizationDetails: AwsCollector = {
  id: 'iam.authorization-details',
  category: 'aws_iam',
  regional: false,
  entity_types: [
    'aws_iam_role',
    'aws_iam_user',
    'aws_iam_group',
    'aws_iam_policy',
    'aws_iam_instance_profile',
    'external_oidc_subject',
  ],
  edge_types: ['TRUSTS', 'HAS_POLICY', 'MEMBER_OF', 'AUTHENTICATES_AS', 'BELONGS_TO'],
  actions: [ACTION, ...FETCH_ACTIONS],
  async *collect(session, cursor) {
    const named: Named = { hashes: new Map(), groups: new Map() };
    let first = true;
    for await (const { page, ...place } of placedPages({ ...listing(session), cursor })) {
      const isWhole = place.token === undefined && !page.Marker;
      if (first && !isWhole) {
        for await (const some of pages(listing(session, ['AWSManagedPolicy', 'Group']))) yield* noteNamed(some, named);
      }
      first = false;
      yield* noteNamed(page, named);
      yield* throughPage(itemsOf(page), place, {
        key: ({ detail }) => detail.Arn ?? '',
        look: (item) => lookAt(item, session, named),
        stride: STRIDE,
        next: page.Marker,
      });
    }
  },
};

/** What the items of the listing name without saying all of it. */
interface Named {
  /** Hashes of AWS's own policies by ARN. */
  readonly hashes: Map<string, string>;
  /** ARNs of groups by name. */
  readonly groups: Map<string, string>;
}

const listing = (session: AwsSession, Filter?: EntityType[]) => ({
  action: ACTION,
  fetch: (Marker: string | undefined) =>
    session.client(IAMClient).send(new GetAccountAuthorizationDetailsCommand({ Filter, MaxItems: PAGE_SIZE, Marker })),
  next: (page: Page) => page.Marker,
});

/** The documents of AWS's own policies in use; no nodes, since they belong to no account. Notes their hashes, and the groups. */
async function* noteNamed(page: Page, { hashes, groups }: Named): AsyncGenerator<Observation, void, undefined> {
  for (const { GroupName, Arn } of listsOf(page).groups) if (GroupName && Arn) groups.set(GroupName, Arn);
  for (const policy of listsOf(page).policies) {
    const { Arn } = policy;
    if (Arn === undefined || !isAwsManaged(Arn) || hashes.has(Arn)) continue;
    // The listing seems to hold those in use only, but AWS does not say so: of the 1,400 that exist the rest is of no use.
    if (policy.AttachmentCount === 0 && policy.PermissionsBoundaryUsageCount === 0) continue;
    yield* oneItem({ action: ACTION, item: Arn }, function* () {
      const document = defaultDocument(policy);
      hashes.set(Arn, document.hash);
      yield document;
    });
  }
}

type Page = GetAccountAuthorizationDetailsResponse;
type Item = ReturnType<typeof itemsOf>[number];

/** Everything of a page that belongs to the account. */
function itemsOf(page: Page) {
  const { roles, users, groups, policies } = listsOf(page);
  return [
    ...groups.map((detail) => ({ kind: 'group' as const, name: detail.GroupName, detail })),
    ...policies
      .filter(({ Arn }) => Arn === undefined || !isAwsManaged(Arn))
      .map((detail) => ({ kind: 'policy' as const, name: detail.PolicyName, detail })),
    ...roles.map((detail) => ({ kind: 'role' as const, name: detail.RoleName, detail })),
    ...users.map((detail) => ({ kind: 'user' as const, name: detail.UserName, detail })),
  ];
}

/** One of the four lists may be left out where it is empty; an answer without any of them is malformed. */
function listsOf({ RoleDetailList, UserDetailList, GroupDetailList, Policies }: Page) {
  listed<unknown>(ACTION, RoleDetailList ?? UserDetailList ?? GroupDetailList ?? Policies);
  return {
    roles: RoleDetailList ?? [],
    users: UserDetailList ?? [],
    groups: GroupDetailList ?? [],
    policies: Policies ?? [],
  };
}

const lookAt = (item: Item, session: AwsSession, { hashes, groups }: Named) =>
  oneItem({ action: ACTION, item: item.detail.Arn ?? item.name ?? 'an item without a name' }, async function* () {
    if (item.kind === 'policy') {
      yield* toManagedPolicy(item.detail, session);
      return;
    }
    yield* missingDocuments(session, item.detail, hashes);
    if (item.kind === 'group') yield* toGroup(item.detail, session, hashes);
    else if (item.kind === 'role') yield* toRole(item.detail, session, hashes);
    else yield* toUser(item.detail, session, hashes, groups);
  });
