import { canonicalJson } from '../kernel/canonical.ts';
import {
  ABSENT_IN_DIRECT_CALLS,
  type CompiledPolicy,
  compilePolicy,
  type Decision,
  evaluate,
  type OpenCondition,
  type PolicyRequest,
  type PolicySet,
  requestContext,
  type Verdict,
} from '../policy/index.ts';
import type { AttachedKind, AttachedPolicy } from './attached-policies.ts';

/** How what nobody could read is taken: as permitting everything, or as denying everything. */
export type Assumption = 'best' | 'worst';

/** A request and everything that has a say in it. */
export interface Question {
  readonly request: PolicyRequest;
  readonly policies: PolicySet;
}

/** What is known of a request made directly: callers use TLS, and no AWS service calls for them. */
export const DIRECT_CALL = requestContext({ 'aws:SecureTransport': true }, ABSENT_IN_DIRECT_CALLS);

/**
 * The verdict on a question some of whose facts may be unknown. It is asked in the best case and, if that permits, in the worst:
 * where both agree the unknown does not matter; where they differ nobody can say (`undetermined`).
 */
export function judge(ask: (assumption: Assumption) => Question): Verdict {
  const best = ask('best');
  const verdict = evaluate(best.request, best.policies);
  if (verdict.decision === 'denied' || !isSatisfiable(best, verdict)) return denied(verdict);
  const worst = ask('worst');
  if (sameQuestion(best, worst)) return verdict;
  const feared = evaluate(worst.request, worst.policies);
  const agreed = feared.decision === verdict.decision && sameConditions(feared, verdict);
  // The statements of the worst case are all real ones.
  return agreed ? feared : { ...verdict, decision: 'undetermined' };
}

/** The policy as it is, or what stands for it where nobody could read it. */
export function assumed(policy: AttachedPolicy, assumption: Assumption): CompiledPolicy {
  return policy.reading.state === 'unknown' ? STAND_INS[assumption][policy.kind] : policy.reading.policy;
}

/** What stands for a policy that nobody could read. */
export const STAND_INS: Readonly<Record<Assumption, Readonly<Record<AttachedKind, CompiledPolicy>>>> = {
  best: standIns('Allow'),
  worst: standIns('Deny'),
};

function standIns(Effect: 'Allow' | 'Deny'): Readonly<Record<AttachedKind, CompiledPolicy>> {
  const everything = { Effect, Action: '*' };
  return {
    identity: compilePolicy({ Statement: { ...everything, Resource: '*' } }, 'identity'),
    boundary: compilePolicy({ Statement: { ...everything, Resource: '*' } }, 'boundary'),
    trust: compilePolicy({ Statement: { ...everything, Principal: '*' } }, 'trust'),
    resource: compilePolicy({ Statement: { ...everything, Principal: '*', Resource: '*' } }, 'resource'),
    key: compilePolicy({ Statement: { ...everything, Principal: '*', Resource: '*' } }, 'resource'),
    scp: compilePolicy({ Statement: { ...everything, Resource: '*' } }, 'scp'),
    // An RCP can only deny: AWS itself attaches the one that allows.
    rcp: compilePolicy({ Statement: Effect === 'Deny' ? { ...everything, Principal: '*', Resource: '*' } : [] }, 'rcp'),
  };
}

/**
 * Whether all open conditions can hold together. A condition that pins a key to a few values is tried with each of them: an
 * external id that one side wants to be `a` and the other `b` is none that a caller could send.
 */
function isSatisfiable({ request, policies }: Question, { decision, conditions }: Verdict): boolean {
  if (decision !== 'conditional') return true;
  return conditions.every((condition) => {
    const pinned = pinnedKey(condition);
    return (
      !pinned ||
      pinned.values.some((value) => evaluate(withKey(request, pinned.key, value), policies).decision !== 'denied')
    );
  });
}

interface PinnedKey {
  readonly key: string;
  readonly values: readonly string[];
}

function pinnedKey(condition: OpenCondition): PinnedKey | undefined {
  if (!('operator' in condition) || condition.negated || condition.key === 'Resource') return undefined;
  const { operator, key, values } = condition;
  const pins = /^StringEquals$/i.test(operator) || (/^StringLike$/i.test(operator) && !values.some(hasWildcard));
  return pins && !values.some((value) => value.includes('${')) ? { key, values } : undefined;
}

const hasWildcard = (value: string): boolean => /[*?]/.test(value);

function withKey(request: PolicyRequest, key: string, value: string): PolicyRequest {
  const { known, absent } = request.context ?? DIRECT_CALL;
  return { ...request, context: { known: new Map([...known, [key.toLowerCase(), [value]]]), absent } };
}

const denied = (verdict: Verdict): Verdict & { readonly decision: Extract<Decision, 'denied'> } => ({
  ...verdict,
  decision: 'denied',
});

/** Both assumptions made the same question of it: the policies are the very same objects. */
function sameQuestion({ request, policies: a }: Question, { request: other, policies: b }: Question): boolean {
  return (
    request.resource === other.resource &&
    a.resource === b.resource &&
    a.boundary === b.boundary &&
    a.key === b.key &&
    sameList(a.identity, b.identity) &&
    sameLevels(a.scps, b.scps) &&
    sameLevels(a.rcps, b.rcps)
  );
}

const NONE: readonly never[] = [];

const sameList = (a: readonly CompiledPolicy[] = NONE, b: readonly CompiledPolicy[] = NONE): boolean =>
  a === b || (a.length === b.length && a.every((policy, i) => policy === b[i]));

const sameLevels = (a: PolicySet['scps'] = NONE, b: PolicySet['scps'] = NONE): boolean =>
  a === b || (a.length === b.length && a.every((level, i) => sameList(level, b[i])));

const sameConditions = (a: Verdict, b: Verdict): boolean => canonicalJson(a.conditions) === canonicalJson(b.conditions);
