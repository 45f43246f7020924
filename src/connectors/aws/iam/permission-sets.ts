import {
  type AccountAssignment,
  type AttachedManagedPolicy,
  type CustomerManagedPolicyReference,
  DescribePermissionSetCommand,
  GetInlinePolicyForPermissionSetCommand,
  GetPermissionsBoundaryForPermissionSetCommand,
  ListAccountAssignmentsCommand,
  type ListAccountAssignmentsResponse,
  ListAccountsForProvisionedPermissionSetCommand,
  type ListAccountsForProvisionedPermissionSetResponse,
  ListCustomerManagedPolicyReferencesInPermissionSetCommand,
  type ListCustomerManagedPolicyReferencesInPermissionSetResponse,
  ListManagedPoliciesInPermissionSetCommand,
  type ListManagedPoliciesInPermissionSetResponse,
  ListPermissionSetsCommand,
  type ListPermissionSetsResponse,
  ListTagsForResourceCommand,
  type ListTagsForResourceResponse,
  SSOAdminClient,
  type Tag,
} from '@aws-sdk/client-sso-admin';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef } from '../entity-ref.ts';
import { type ListingStep, nestedListings, type ReadPage, type StepOutcome } from '../nested-listings.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, moment } from '../properties.ts';
import { answered, listed, oneItem, pages, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import {
  askedElsewhere,
  type CenterInstance,
  centerRegion,
  INSTANCES,
  instancesPage,
  namesIn,
  ownedBy,
  parentOf,
} from './identity-center.ts';
import { PERMISSION_SET_ACTIONS, type PermissionSetDetails, toAssignment, toPermissionSet } from './permission-set.ts';

const { SETS, DESCRIBE, MANAGED, CUSTOMER, INLINE, BOUNDARY, TAGS, ACCOUNTS, ASSIGNMENTS } = PERMISSION_SET_ACTIONS;

/**
 * The instances of IAM Identity Center, their permission sets, and who has been given which of them in which account.
 * https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSets.html
 */
export const permissionSets: AwsCollector = {
  id: 'identity-center.permission-sets',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_identity_center_instance', 'aws_identity_center_permission_set'],
  edge_types: ['HAS_POLICY', 'BELONGS_TO'],
  actions: [INSTANCES, SETS, DESCRIBE, MANAGED, CUSTOMER, INLINE, BOUNDARY, TAGS, ACCOUNTS, ASSIGNMENTS],
  skip: askedElsewhere,
  collect: (session, cursor) =>
    nestedListings({
      first: 'instances',
      cursor,
      look: (step, read) => {
        switch (step.list) {
          case 'sets':
            return setsPage(session, step, read);
          case 'accounts':
            return accountsPage(session, step, read);
          case 'assignments':
            return assignmentsPage(session, step, read);
          default:
            return instances(session, step, read);
        }
      },
    }),
};

type Look = AsyncGenerator<Observation, StepOutcome, undefined>;

async function* instances(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const page = yield* instancesPage(session, step, read);
  for (const instance of page.instances) yield* toInstance(instance, session);
  const below = page.instances.map(({ arn, owner }) => ({ list: 'sets', parent: parentOf(arn, owner) }));
  return { next: page.next, below };
}

/** An instance. */
export function* toInstance(
  { arn, owner, store, metadata }: CenterInstance,
  session: AwsSession,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_identity_center_instance', arn);
  yield {
    kind: 'node',
    ...ref,
    display_name: metadata.Name ?? arn.slice(arn.lastIndexOf('/') + 1),
    properties: known({
      arn,
      name: metadata.Name ?? null,
      owner_account_id: owner,
      identity_store_id: store,
      region: centerRegion(session),
      status: metadata.Status,
      created_at: moment(metadata.CreatedDate),
    }),
    api: INSTANCES,
  };
  yield ownedBy(ref, owner, session, INSTANCES);
}

async function* setsPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [InstanceArn, owner] = namesIn(step);
  const client = session.client(SSOAdminClient, centerRegion(session));
  const page = await read<ListPermissionSetsResponse>(SETS, (NextToken) =>
    client.send(new ListPermissionSetsCommand({ InstanceArn, NextToken })),
  );
  const arns = listed(SETS, page.PermissionSets);
  for (const arn of arns) {
    yield* oneItem({ action: DESCRIBE, item: arn }, () => lookAtSet(session, { instance: InstanceArn, owner, arn }));
  }
  return {
    next: page.NextToken,
    below: arns.map((arn) => ({ list: 'accounts', parent: parentOf(InstanceArn, arn) })),
  };
}

interface SetToLookAt {
  readonly instance: string;
  readonly owner: string;
  readonly arn: string;
}

async function* lookAtSet(
  session: AwsSession,
  { instance: InstanceArn, owner, arn }: SetToLookAt,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(SSOAdminClient, centerRegion(session));
  const item = arn;
  const named = { InstanceArn, PermissionSetArn: arn };
  const description = yield* readItem({ action: DESCRIBE, item }, async () =>
    answered((await client.send(new DescribePermissionSetCommand(named))).PermissionSet, 'PermissionSet'),
  );
  const managed = yield* readItem({ action: MANAGED, item }, () =>
    gathered<ListManagedPoliciesInPermissionSetResponse, AttachedManagedPolicy>(
      MANAGED,
      (NextToken) => client.send(new ListManagedPoliciesInPermissionSetCommand({ ...named, NextToken })),
      (page) => page.AttachedManagedPolicies,
    ),
  );
  const customer = yield* readItem({ action: CUSTOMER, item }, () =>
    gathered<ListCustomerManagedPolicyReferencesInPermissionSetResponse, CustomerManagedPolicyReference>(
      CUSTOMER,
      (NextToken) =>
        client.send(new ListCustomerManagedPolicyReferencesInPermissionSetCommand({ ...named, NextToken })),
      (page) => page.CustomerManagedPolicyReferences,
    ),
  );
  // A set without one answers with an empty text.
  const inline = yield* readItem({ action: INLINE, item }, async () =>
    resourcePolicy((await client.send(new GetInlinePolicyForPermissionSetCommand(named))).InlinePolicy),
  );
  // A set without one answers 404. https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetPermissionsBoundaryForPermissionSet.html
  const boundary = yield* readItem({ action: BOUNDARY, item, absent: ['ResourceNotFoundException'] }, async () =>
    answered(
      (await client.send(new GetPermissionsBoundaryForPermissionSetCommand(named))).PermissionsBoundary,
      'PermissionsBoundary',
    ),
  );
  const tags = yield* readItem({ action: TAGS, item }, () =>
    gathered<ListTagsForResourceResponse, Tag>(
      TAGS,
      (NextToken) => client.send(new ListTagsForResourceCommand({ InstanceArn, ResourceArn: arn, NextToken })),
      (page) => page.Tags,
    ),
  );
  const details: PermissionSetDetails = { description, managed, customer, inline, boundary, tags };
  yield* toPermissionSet({ arn, instance: InstanceArn, owner }, session, details);
}

/** All pages of a short list: IAM allows 20 policies a role, and 50 tags a set. */
async function gathered<Page extends { readonly NextToken?: string | undefined }, Item>(
  action: string,
  fetch: (token: string | undefined) => Promise<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const page of pages<Page>({ action, fetch, next: ({ NextToken }) => NextToken })) {
    all.push(...listed(action, items(page)));
  }
  return all;
}

async function* accountsPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [InstanceArn, PermissionSetArn] = namesIn(step);
  const client = session.client(SSOAdminClient, centerRegion(session));
  const page = await read<ListAccountsForProvisionedPermissionSetResponse>(ACCOUNTS, (NextToken) =>
    client.send(new ListAccountsForProvisionedPermissionSetCommand({ InstanceArn, PermissionSetArn, NextToken })),
  );
  return {
    next: page.NextToken,
    below: listed(ACCOUNTS, page.AccountIds).map((account) => ({
      list: 'assignments',
      parent: parentOf(InstanceArn, PermissionSetArn, account),
    })),
  };
}

async function* assignmentsPage(session: AwsSession, step: ListingStep, read: ReadPage): Look {
  const [InstanceArn, PermissionSetArn, AccountId] = namesIn(step);
  const client = session.client(SSOAdminClient, centerRegion(session));
  const page = await read<ListAccountAssignmentsResponse>(ASSIGNMENTS, (NextToken) =>
    client.send(new ListAccountAssignmentsCommand({ InstanceArn, PermissionSetArn, AccountId, NextToken })),
  );
  for (const assignment of listed<AccountAssignment>(ASSIGNMENTS, page.AccountAssignments)) {
    const item = `${PermissionSetArn} in ${AccountId} for ${assignment.PrincipalId ?? 'somebody without an id'}`;
    yield* oneItem({ action: ASSIGNMENTS, item }, () =>
      toAssignment(assignment, { arn: PermissionSetArn, account_id: AccountId }, session),
    );
  }
  return { next: page.NextToken };
}
