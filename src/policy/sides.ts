import { actionName } from './action.ts';
import { type Caller, isAccountPrincipal } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import { providerExists } from './federation.ts';
import { allOf, anyOf, FAILS, type Finding, HOLDS, type Layer, limit } from './finding.ts';
import { permits, type ResourceGrants, resourceGrants } from './grants.ts';
import { isAssigned } from './identity-center.ts';
import { type PolicySet, sessionPolicies } from './policy-set.ts';
import { isPublic } from './public-policy.ts';
import type { PolicyRequest, Resource } from './request.ts';

/** Who has to grant: the caller's side, the resource's side, or both. */
export function grantLayers(request: PolicyRequest, policies: PolicySet, caller: Caller): readonly Layer[] {
  const grants = resourceGrants(policies.resource, request);
  if (!isAccountPrincipal(caller)) {
    return [{ name: 'resource', finding: fromOutside(request, policies.resource, caller, anyGrant(grants)) }];
  }
  const sameAccount = request.resource.account === null || request.resource.account === caller.account;
  // Where the resource's side settles it, nobody needs to look at the other.
  if (sameAccount && grants.direct.outcome === true) return [{ name: 'resource', finding: grants.direct }];
  const ofResource =
    sameAccount || !isPublicAccessBlocked(request.resource, policies.resource) ? anyGrant(grants) : FAILS;
  if (!sameAccount && ofResource.outcome === false) return [{ name: 'resource', finding: FAILS }];
  // Identity policies do not speak of the root user: it may do everything that nothing forbids.
  const identity = caller.kind === 'root' ? HOLDS : permits(policies.identity ?? [], request);
  const limits = limitLayers(request, policies);
  if (sameAccount) return sameAccountLayers(request, grants, identity, limits);
  return [{ name: 'resource', finding: ofResource }, { name: 'identity', finding: identity }, ...limits];
}

const NO_LIMITS: readonly Layer[] = [];

/** What limits the caller's own grants. */
function limitLayers(request: PolicyRequest, policies: PolicySet): readonly Layer[] {
  const session = sessionPolicies(policies);
  if (!policies.boundary && session.length === 0) return NO_LIMITS;
  return [
    { name: 'boundary', finding: policies.boundary ? limit(permits([policies.boundary], request)) : HOLDS },
    { name: 'session', finding: session.length > 0 ? limit(permits(session, request)) : HOLDS },
  ];
}

const anyGrant = ({ direct, role, account }: ResourceGrants): Finding =>
  direct === FAILS && role === FAILS && account === FAILS ? FAILS : anyOf([direct, role, account]);

/** A service, a federated user or the anonymous has no identity policies: the resource's side decides alone, and what stands around it. */
function fromOutside(
  request: PolicyRequest,
  policy: CompiledPolicy | undefined,
  caller: Caller,
  grant: Finding,
): Finding {
  if (caller.kind === 'service') return grant;
  if (caller.kind === 'anonymous') return isPublicAccessBlocked(request.resource, policy) ? FAILS : grant;
  if (grant.outcome === false) return FAILS;
  const named = policy?.allows.flatMap(({ principals }) => principals?.of.federated ?? []) ?? [];
  if (!providerExists(request.principal.arn, request.resource, named)) return FAILS;
  return allOf([grant, { outcome: isAssigned(caller, request), because: [] }]);
}

/**
 * Inside an account either side suffices, except for roles and keys, whose own policy has to speak. What names the caller itself stands above
 * the limits of its boundary and its session.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
function sameAccountLayers(
  request: PolicyRequest,
  grants: ResourceGrants,
  identity: Finding,
  limits: readonly Layer[],
): readonly Layer[] {
  const delegated = needsResourceSide(request) ? anyGrant(grants) : HOLDS;
  const limiting = allOf(limits.map(({ finding }) => finding));
  const ofIdentity = allOf([identity, delegated, limiting]);
  const finding =
    ofIdentity.outcome === true ? ofIdentity : anyOf([grants.direct, ofIdentity, allOf([grants.role, limiting])]);
  if (finding.outcome !== false) return [{ name: 'resource', finding }];
  if (delegated.outcome === false) return [{ name: 'resource', finding: FAILS }];
  if (identity.outcome === false && grants.role.outcome === false) return [{ name: 'identity', finding: FAILS }];
  return limits;
}

/**
 * Roles and KMS keys: without an Allow of their own policy no identity policy suffices.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
export function needsResourceSide({ action, resource }: Pick<PolicyRequest, 'action' | 'resource'>): boolean {
  const { service } = actionName(action);
  if (service === 'sts') return resource.arn.includes(':role/');
  return service === 'kms' && resource.arn.includes(':key/');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
const isPublicAccessBlocked = (resource: Resource, policy: CompiledPolicy | undefined): boolean =>
  resource.restrict_public_buckets === true && policy !== undefined && isPublic(policy);
