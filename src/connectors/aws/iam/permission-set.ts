import type {
  AccountAssignment,
  AttachedManagedPolicy,
  CustomerManagedPolicyReference,
  PermissionSet,
  PermissionsBoundary,
  Tag,
} from '@aws-sdk/client-sso-admin';
import type { Json } from '../../../kernel/canonical.ts';
import type { AccountId } from '../../../kernel/ids.ts';
import type { NormalizedEdge, Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, statedBy } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import { sortedTags } from '../tags.ts';
import { groupRef, ownedBy, userRef } from './identity-center.ts';
import type { Home } from './principal-ref.ts';

/** What is called about permission sets. */
export const PERMISSION_SET_ACTIONS = {
  SETS: 'sso:ListPermissionSets',
  DESCRIBE: 'sso:DescribePermissionSet',
  MANAGED: 'sso:ListManagedPoliciesInPermissionSet',
  CUSTOMER: 'sso:ListCustomerManagedPolicyReferencesInPermissionSet',
  INLINE: 'sso:GetInlinePolicyForPermissionSet',
  BOUNDARY: 'sso:GetPermissionsBoundaryForPermissionSet',
  TAGS: 'sso:ListTagsForResource',
  ACCOUNTS: 'sso:ListAccountsForProvisionedPermissionSet',
  ASSIGNMENTS: 'sso:ListAccountAssignments',
} as const;

const { DESCRIBE, MANAGED, CUSTOMER, INLINE, BOUNDARY, TAGS, ASSIGNMENTS } = PERMISSION_SET_ACTIONS;

/** What the calls about a permission set told. */
export interface PermissionSetDetails {
  readonly description: Reading<PermissionSet>;
  readonly managed: Reading<readonly AttachedManagedPolicy[]>;
  readonly customer: Reading<readonly CustomerManagedPolicyReference[]>;
  readonly inline: Reading<ObservedPolicyDocument | undefined>;
  readonly boundary: Reading<PermissionsBoundary>;
  readonly tags: Reading<readonly Tag[]>;
}

/** Which permission set, of which instance, of whose. */
export interface PermissionSetPlace {
  readonly arn: string;
  readonly instance: string;
  readonly owner: AccountId;
}

/**
 * A permission set: the policies that the role has which Identity Center makes of it in each account. Policies of customers
 * are named without their account, and each account looks for its own by that name.
 */
export function* toPermissionSet(
  { arn, instance, owner }: PermissionSetPlace,
  home: Home,
  { description, managed, customer, inline, boundary, tags }: PermissionSetDetails,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_identity_center_permission_set', arn);
  const set = description.known ? description.value : undefined;
  if (inline.known && inline.value) yield inline.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: set ? required(set.Name, 'Name') : arn.slice(arn.lastIndexOf('/') + 1),
    properties: known({
      arn,
      instance_arn: instance,
      name: set?.Name,
      created_at: moment(set?.CreatedDate),
      session_duration: set?.SessionDuration,
      customer_managed_policies: customer.known ? (customer.value ?? []).map(policyName).sort(byName) : undefined,
      inline_policy_hash: inline.known ? (inline.value?.hash ?? null) : undefined,
      permissions_boundary: boundary.known ? boundaryName(boundary.value) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: DESCRIBE,
    property_apis: {
      customer_managed_policies: CUSTOMER,
      inline_policy_hash: INLINE,
      permissions_boundary: BOUNDARY,
      tags: TAGS,
    },
  };
  yield ownedBy(ref, owner, home, DESCRIBE);
  for (const { Arn } of (managed.known && managed.value) || []) {
    const policy = required(Arn, 'AttachedManagedPolicies.Arn');
    yield {
      kind: 'edge',
      edge_type: 'HAS_POLICY',
      from: ref,
      to: arnRef('aws_iam_policy', policy),
      stated_by: statedBy(arn, `AttachedManagedPolicies[${policy}]`),
      properties: {},
      api: MANAGED,
    };
  }
}

interface PolicyName {
  readonly name: string;
  readonly path: string;
}

const policyName = ({ Name, Path }: CustomerManagedPolicyReference) => ({
  name: required(Name, 'CustomerManagedPolicyReferences.Name'),
  path: Path ?? '/',
});

const byName = (a: PolicyName, b: PolicyName): number => (`${a.path}${a.name}` < `${b.path}${b.name}` ? -1 : 1);

/** One of AWS's own by its ARN, or one that each account has by its name. */
function boundaryName(boundary: PermissionsBoundary | undefined): Json {
  if (!boundary) return null;
  if (boundary.ManagedPolicyArn) return { arn: boundary.ManagedPolicyArn };
  return policyName(required(boundary.CustomerManagedPolicyReference, 'PermissionsBoundary'));
}

/**
 * `HAS_POLICY` from a person or a group to a permission set: one edge for each account in which it was given to them.
 * Throws TypeError where nobody is named.
 */
export function* toAssignment(
  assignment: AccountAssignment,
  set: { readonly arn: string; readonly account_id: AccountId },
  home: Home,
): Generator<NormalizedEdge, void, undefined> {
  const id = required(assignment.PrincipalId, 'PrincipalId');
  const type = required(assignment.PrincipalType, 'PrincipalType');
  if (type !== 'USER' && type !== 'GROUP') throw new TypeError(`nobody knows principals of type ${type}`);
  yield {
    kind: 'edge',
    edge_type: 'HAS_POLICY',
    from: type === 'USER' ? userRef(id, home) : groupRef(id, home),
    to: arnRef('aws_identity_center_permission_set', set.arn),
    stated_by: statedBy(set.arn, `AccountAssignments[${set.account_id}].${type}[${id}]`),
    properties: { account_id: set.account_id },
    api: ASSIGNMENTS,
  };
}
