import { parseArn } from '../kernel/arn.ts';
import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import { keyRequest, keyRequirement } from './encryption.ts';
import { providerExists } from './federation.ts';
import { allOf, anyOf, FAILS, type Finding, HOLDS } from './finding.ts';
import { denies, permits, type ResourceGrants, resourceGrants } from './grants.ts';
import { rcpsReach, scpsReach } from './guardrails.ts';
import { isAssigned } from './identity-center.ts';
import { conjuncts, isDisputed, not } from './outcome.ts';
import { isPublic } from './public-policy.ts';
import type { PolicyRequest, Resource } from './request.ts';
import type { BlockedBy, Verdict } from './verdict.ts';

/** Every policy that has a say in a request. What is left out does not exist, and so neither grants nor limits. */
export interface PolicySet {
  /** Managed and inline policies of the role or user, and of the user's groups. */
  readonly identity?: readonly CompiledPolicy[] | undefined;
  /** The resource's own policy; for `sts:AssumeRole...` the role's trust policy, for KMS the key policy. */
  readonly resource?: CompiledPolicy | undefined;
  readonly boundary?: CompiledPolicy | undefined;
  /** Policies given when the session was made: together one layer; none limits nothing. `unknown`: the verdict is an upper bound. */
  readonly session?: readonly CompiledPolicy[] | 'unknown' | undefined;
  /** Of the caller's account: one list for each level, from the root down. Each level has to allow; one without any has AWS's FullAWSAccess. */
  readonly scps?: readonly (readonly CompiledPolicy[])[] | undefined;
  /** Of the resource's account: one list for each level. Only their Denies count: AWS always attaches RCPFullAWSAccess. */
  readonly rcps?: readonly (readonly CompiledPolicy[])[] | undefined;
  /** The key policy of `resource.encryption_key`. */
  readonly key?: CompiledPolicy | undefined;
}

/** A layer of policies that has to permit, and which verdict it stands for. */
interface Layer {
  readonly name: BlockedBy;
  readonly finding: Finding;
}

/**
 * Does AWS permit this request? Keys that nobody knows leave the verdict open: a conditional Allow carries its condition, and a conditional
 * Deny turns into a condition, so that neither is lost.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(request: PolicyRequest, policies: PolicySet): Verdict {
  const layers = decide(request, policies);
  const refused = layers.find(({ finding }) => finding.outcome === false);
  if (refused) {
    return { decision: 'denied', because: refused.finding.because, conditions: [], blocked_by: refused.name };
  }
  const { outcome, because } = allOf(layers.map(({ finding }) => finding));
  const upperBound = policies.session === 'unknown' ? ({ upper_bound: true } as const) : {};
  if (typeof outcome === 'boolean') {
    return { decision: 'allowed', because, conditions: [], blocked_by: 'none', ...upperBound };
  }
  const decision = isDisputed(outcome) ? 'undetermined' : 'conditional';
  return { decision, because, conditions: conjuncts(outcome), blocked_by: 'none', ...upperBound };
}

/** Everything that has to hold, in AWS's order: first what denies, then what limits, then what grants. */
function decide(request: PolicyRequest, policies: PolicySet): readonly Layer[] {
  const caller = callerOf(request.principal);
  const { resource } = request;
  if (!canAsk(caller, request)) return [{ name: 'resource', finding: FAILS }];
  const layers: Layer[] = [
    ...denyLayers(request, policies, caller),
    { name: 'scp', finding: scpFinding(request, policies, caller) },
    ...grantLayers(request, policies, caller),
  ];
  const needed = keyRequirement(request);
  if (!needed || layers.some(({ finding }) => finding.outcome === false)) return layers;
  if (needed.key.aws_managed) {
    const finding = caller.account === needed.key.account ? HOLDS : FAILS;
    return [...layers, { name: 'resource', finding }];
  }
  const { key, rcps, ...ofCaller } = policies;
  // Of the key's account we know the RCPs only where it is the resource's account too.
  const keyPolicies = { ...ofCaller, resource: key, rcps: needed.key.account === resource.account ? rcps : undefined };
  return [...layers, ...needed.actions.flatMap((action) => decide(keyRequest(request, resource, action), keyPolicies))];
}

/**
 * Some callers cannot even ask. Partitions are worlds apart, the root user cannot assume roles, and few services take unsigned requests.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
function canAsk(caller: Caller, { action, resource }: PolicyRequest): boolean {
  const partition = parseArn(resource.arn)?.partition;
  if (caller.partition !== undefined && partition !== undefined && caller.partition !== partition) return false;
  if (caller.kind === 'root') return action.toLowerCase() !== 'sts:assumerole';
  if (caller.kind === 'federated') return /^sts:(assumerolewith|tagsession|setsourceidentity)/i.test(action);
  return caller.kind !== 'anonymous' || !/^(sts|kms|iam|secretsmanager|dynamodb):/i.test(action);
}

function denyLayers(request: PolicyRequest, policies: PolicySet, caller: Caller): readonly Layer[] {
  const limited = policies.boundary !== undefined;
  const layer = (name: BlockedBy, set: readonly CompiledPolicy[]): Layer => {
    const { outcome, because } = denies(set, request, limited);
    return { name, finding: { outcome: not(outcome), because } };
  };
  const ofCaller = isAccountPrincipal(caller)
    ? [
        layer('identity', policies.identity ?? []),
        layer('boundary', policies.boundary ? [policies.boundary] : []),
        layer('session', sessionPolicies(policies)),
      ]
    : [];
  return [
    ...(scpsReach(caller) ? [layer('scp', policies.scps?.flat() ?? [])] : []),
    ...(rcpsReach(caller, request) ? [layer('rcp', policies.rcps?.flat() ?? [])] : []),
    layer('resource', policies.resource ? [policies.resource] : []),
    ...ofCaller,
  ];
}

/** Every level from the root to the account has to allow. */
function scpFinding(request: PolicyRequest, { scps }: PolicySet, caller: Caller): Finding {
  if (!scps || !scpsReach(caller)) return HOLDS;
  return limit(allOf(scps.map((level) => (level.length === 0 ? HOLDS : permits(level, request)))));
}

/** What limits without granting is shown only where it leaves a condition. */
const limit = (finding: Finding): Finding => (finding.outcome === true ? HOLDS : finding);

const sessionPolicies = ({ session }: PolicySet): readonly CompiledPolicy[] =>
  session === undefined || session === 'unknown' ? [] : session;

/** Who has to grant: the caller's side, the resource's side, or both. */
function grantLayers(request: PolicyRequest, policies: PolicySet, caller: Caller): readonly Layer[] {
  const grants = resourceGrants(policies.resource, request);
  const anyGrant = anyOf([grants.direct, grants.role, grants.account]);
  if (!isAccountPrincipal(caller)) {
    return [{ name: 'resource', finding: fromOutside(request, policies.resource, caller, anyGrant) }];
  }
  // Identity policies do not speak of the root user: it may do everything that nothing forbids.
  const identity = caller.kind === 'root' ? HOLDS : permits(policies.identity ?? [], request);
  const session = sessionPolicies(policies);
  const limits: readonly Layer[] = [
    { name: 'boundary', finding: policies.boundary ? limit(permits([policies.boundary], request)) : HOLDS },
    { name: 'session', finding: session.length > 0 ? limit(permits(session, request)) : HOLDS },
  ];
  const sameAccount = request.resource.account === null || request.resource.account === caller.account;
  if (sameAccount) return sameAccountLayers(request, grants, identity, limits);
  const resource = isPublicAccessBlocked(request.resource, policies.resource) ? FAILS : anyGrant;
  return [{ name: 'resource', finding: resource }, { name: 'identity', finding: identity }, ...limits];
}

/** A service, a federated user or the anonymous has no identity policies: the resource's side decides alone, and what stands around it. */
function fromOutside(
  request: PolicyRequest,
  policy: CompiledPolicy | undefined,
  caller: Caller,
  grant: Finding,
): Finding {
  if (caller.kind === 'service') return grant;
  if (caller.kind === 'anonymous') return isPublicAccessBlocked(request.resource, policy) ? FAILS : grant;
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
  const limiting = limits.map(({ finding }) => finding);
  const delegated = needsResourceSide(request) ? anyOf([grants.direct, grants.role, grants.account]) : HOLDS;
  const finding = anyOf([grants.direct, allOf([identity, delegated, ...limiting]), allOf([grants.role, ...limiting])]);
  if (finding.outcome !== false) return [{ name: 'resource', finding }];
  if (delegated.outcome === false) return [{ name: 'resource', finding: FAILS }];
  if (identity.outcome === false && grants.role.outcome === false) return [{ name: 'identity', finding: FAILS }];
  return limits;
}

/**
 * Roles and KMS keys: without an Allow of their own policy no identity policy suffices.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
function needsResourceSide({ action, resource }: PolicyRequest): boolean {
  if (/^sts:/i.test(action)) return resource.arn.includes(':role/');
  return /^kms:/i.test(action) && resource.arn.includes(':key/');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
const isPublicAccessBlocked = (resource: Resource, policy: CompiledPolicy | undefined): boolean =>
  resource.restrict_public_buckets === true && policy !== undefined && isPublic(policy);
