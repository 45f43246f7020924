import {
  type EntityType,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsResponse,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { Observation } from '../../../observations/observation.ts';
import { checkpoint, listed, oneItem, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { FETCH_ACTIONS, missingDocuments } from './aws-managed-policies.ts';
import { toGroup } from './group.ts';
import { defaultDocument, toManagedPolicy } from './managed-policy.ts';
import { toRole } from './role.ts';
import { toUser } from './user.ts';

const ACTION = 'iam:GetAccountAuthorizationDetails';

/** Items of a page, of at most 1,000: a role may come with tens of kilobytes of documents. */
const PAGE_SIZE = 300;

/**
 * Roles, users, groups and policies of an account. Three listings by one call: first the AWS managed policies and the
 * groups, of which the others need the hash and the ARN, and of which there are few; then everything else, page by page.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export const authorizationDetails: AwsCollector = {
  id: 'iam.authorization-details',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_iam_role', 'aws_iam_user', 'aws_iam_group', 'aws_iam_policy'],
  edge_types: ['TRUSTS', 'HAS_POLICY', 'MEMBER_OF', 'BELONGS_TO'],
  actions: [ACTION, ...FETCH_ACTIONS],
  async *collect(session, cursor) {
    const hashes = new Map<string, string>();
    for await (const page of details(session, ['AWSManagedPolicy'])) {
      yield* awsManagedPolicies(page, hashes);
    }
    const groups = new Map<string, string>();
    for await (const page of details(session, ['Group'])) {
      for (const group of groupsOf(page)) {
        if (group.GroupName && group.Arn) groups.set(group.GroupName, group.Arn);
        yield* item(group.Arn ?? group.GroupName, async function* () {
          yield* missingDocuments(session, group, hashes);
          yield* toGroup(group, session, hashes);
        });
      }
    }
    for await (const page of details(session, ['Role', 'User', 'LocalManagedPolicy'], cursor)) {
      for (const role of rolesOf(page)) {
        yield* item(role.Arn ?? role.RoleName, async function* () {
          yield* missingDocuments(session, role, hashes);
          yield* toRole(role, session, hashes);
        });
      }
      for (const user of usersOf(page)) {
        yield* item(user.Arn ?? user.UserName, async function* () {
          yield* missingDocuments(session, user, hashes);
          yield* toUser(user, session, hashes, groups);
        });
      }
      for (const policy of policiesOf(page)) {
        yield* item(policy.Arn ?? policy.PolicyName, () => toManagedPolicy(policy, session));
      }
      yield* checkpoint(page.Marker);
    }
  },
};

const details = (session: AwsSession, Filter: EntityType[], cursor?: string) =>
  pages<GetAccountAuthorizationDetailsResponse>({
    action: ACTION,
    cursor,
    fetch: (Marker) =>
      session
        .client(IAMClient)
        .send(new GetAccountAuthorizationDetailsCommand({ Filter, MaxItems: PAGE_SIZE, Marker })),
    next: (page) => page.Marker,
  });

const item = (name: string | undefined, look: () => Iterable<Observation> | AsyncIterable<Observation>) =>
  oneItem({ action: ACTION, item: name ?? 'an item without a name' }, look);

/** The documents of AWS's own policies in use; no nodes, since they belong to no account. Notes their hashes. */
async function* awsManagedPolicies(
  page: GetAccountAuthorizationDetailsResponse,
  hashes: Map<string, string>,
): AsyncGenerator<Observation, void, undefined> {
  for (const policy of policiesOf(page)) {
    // The listing seems to hold those in use only, but AWS does not say so: of the 1,400 that exist the rest is of no use.
    if (policy.AttachmentCount === 0 && policy.PermissionsBoundaryUsageCount === 0) continue;
    yield* item(policy.Arn ?? policy.PolicyName, function* () {
      const document = defaultDocument(policy);
      if (policy.Arn) hashes.set(policy.Arn, document.hash);
      yield document;
    });
  }
}

type Page = GetAccountAuthorizationDetailsResponse;
const groupsOf = (page: Page) => page.GroupDetailList ?? nothingOf(page);
const rolesOf = (page: Page) => page.RoleDetailList ?? nothingOf(page);
const usersOf = (page: Page) => page.UserDetailList ?? nothingOf(page);
const policiesOf = (page: Page) => page.Policies ?? nothingOf(page);

/** One of the four lists may be left out where it is empty; an answer without any of them is malformed. */
function nothingOf(page: Page): readonly never[] {
  listed<unknown>(ACTION, page.RoleDetailList ?? page.UserDetailList ?? page.GroupDetailList ?? page.Policies);
  return [];
}
