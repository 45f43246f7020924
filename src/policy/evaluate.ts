import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import { keyRequest, keyRequirement } from './encryption.ts';
import { allOf, anyOf, FAILS, type Finding, HOLDS, type Layer, limit } from './finding.ts';
import { denies, permits } from './grants.ts';
import { rcpsReach, scpsReach } from './guardrails.ts';
import { conjuncts, isDisputed, not, type OpenCondition } from './outcome.ts';
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
  const left: Finding[] = [];
  const refused = refusal(request, policies, left);
  if (refused) {
    return { decision: 'denied', because: refused.finding.because, conditions: NONE, blocked_by: refused.name };
  }
  const { outcome, because } = allOf(left);
  const decision = typeof outcome === 'boolean' ? 'allowed' : isDisputed(outcome) ? 'undetermined' : 'conditional';
  const conditions = typeof outcome === 'boolean' ? NONE : conjuncts(outcome);
  const verdict: Verdict = { decision, because, conditions, blocked_by: 'none' };
  return policies.session === 'unknown' ? { ...verdict, upper_bound: true } : verdict;
}

const NONE: readonly OpenCondition[] = Object.freeze([]);

/**
 * Everything has to hold, in AWS's order: first what denies, then what limits, then what grants. The first that does not is returned; of the others,
 * those that say something are added to `left`.
 */
function refusal(request: PolicyRequest, policies: PolicySet, left: Finding[]): Layer | undefined {
  const caller = callerOf(request.principal);
  if (!canAsk(caller, request)) return { name: 'resource', finding: FAILS };
  return (
    denial(request, policies, caller, left) ??
    refusedBy('scp', scpFinding(request, policies, caller), left) ??
    firstRefused(grantLayers(request, policies, caller), left) ??
    keyRefusal(request, policies, caller, left)
  );
}

/** Where the resource is encrypted with a key, the key has to be open to the caller as well. */
function keyRefusal(request: PolicyRequest, policies: PolicySet, caller: Caller, left: Finding[]): Layer | undefined {
  const { resource } = request;
  const needed = keyRequirement(request);
  if (!needed) return undefined;
  if (needed.key.aws_managed) {
    return caller.account === needed.key.account ? undefined : { name: 'resource', finding: FAILS };
  }
  const { key, rcps, ...ofCaller } = policies;
  // Of the key's account we know the RCPs only where it is the resource's account too.
  const keyPolicies = { ...ofCaller, resource: key, rcps: needed.key.account === resource.account ? rcps : undefined };
  for (const action of needed.actions) {
    const refused = refusal(keyRequest(request, resource, action), keyPolicies, left);
    if (refused) return refused;
  }
  return undefined;
}

function firstRefused(layers: readonly Layer[], left: Finding[]): Layer | undefined {
  for (const layer of layers) {
    if (layer.finding.outcome === false) return layer;
    left.push(layer.finding);
  }
  return undefined;
}

function refusedBy(name: BlockedBy, finding: Finding, left: Finding[]): Layer | undefined {
  if (finding.outcome === false) return { name, finding };
  if (finding !== HOLDS) left.push(finding);
  return undefined;
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
function denial(request: PolicyRequest, policies: PolicySet, caller: Caller, left: Finding[]): Layer | undefined {
  const { scps, rcps, resource, identity, boundary } = policies;
  const limited = boundary !== undefined;
  const by = (name: BlockedBy, set: readonly CompiledPolicy[]): Layer | undefined => {
    const finding = denies(set, request, limited);
    if (finding === FAILS) return undefined;
    return refusedBy(name, { outcome: not(finding.outcome), because: finding.because }, left);
  };
  const byLevels = (name: BlockedBy, levels: readonly (readonly CompiledPolicy[])[]): Layer | undefined => {
    let found: Finding[] | undefined;
    for (const level of levels) {
      const finding = denies(level, request, limited);
      if (finding === FAILS) continue;
      found ??= [];
      found.push(finding);
    }
    if (!found) return undefined;
    const { outcome, because } = anyOf(found);
    return refusedBy(name, { outcome: not(outcome), because }, left);
  };
  const ofGuardrails =
    (scps && scpsReach(caller) ? byLevels('scp', scps) : undefined) ??
    (rcps && rcpsReach(caller, request) ? byLevels('rcp', rcps) : undefined) ??
    (resource && by('resource', [resource]));
  if (ofGuardrails || !isAccountPrincipal(caller)) return ofGuardrails;
  return (
    (identity && by('identity', identity)) ??
    (boundary && by('boundary', [boundary])) ??
    by('session', sessionPolicies(policies))
  );
}

/** Every level from the root to the account has to allow. */
function scpFinding(request: PolicyRequest, { scps }: PolicySet, caller: Caller): Finding {
  if (!scps || !scpsReach(caller)) return HOLDS;
  return limit(allOf(scps.map((level) => (level.length === 0 ? HOLDS : permits(level, request)))));
}
