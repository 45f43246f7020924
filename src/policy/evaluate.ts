import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import { keyRequest, keyRequirement } from './encryption.ts';
import { allOf, FAILS, type Finding, HOLDS, type Layer, limit } from './finding.ts';
import { denies, permits } from './grants.ts';
import { rcpsReach, scpsReach } from './guardrails.ts';
import { conjuncts, isDisputed, not } from './outcome.ts';
import { type PolicySet, sessionPolicies } from './policy-set.ts';
import type { PolicyRequest } from './request.ts';
import { grantLayers } from './sides.ts';
import type { BlockedBy, Verdict } from './verdict.ts';

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
  if (caller.partition !== undefined && isInAnotherPartition(resource.arn, caller.partition)) return false;
  if (caller.kind === 'root') return action.toLowerCase() !== 'sts:assumerole';
  if (caller.kind === 'federated') return /^sts:(assumerolewith|tagsession|setsourceidentity)/i.test(action);
  return caller.kind !== 'anonymous' || !/^(sts|kms|iam|secretsmanager|dynamodb):/i.test(action);
}

const isInAnotherPartition = (arn: string, partition: string): boolean =>
  arn.startsWith('arn:') && !(arn.startsWith(partition, 4) && arn[4 + partition.length] === ':');

/** Every policy may deny, whoever else grants. */
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
