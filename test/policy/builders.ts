import {
  compilePolicy,
  evaluate,
  type PolicyKind,
  type PolicyRequest,
  type PolicySet,
  requestContext,
  type Verdict,
} from '../../src/policy/index.ts';

/** Compiles statements into a policy of today's version. */
export const policy = (kind: PolicyKind, ...statements: readonly object[]) =>
  compilePolicy({ Version: '2012-10-17', Statement: statements }, kind);

/** A role of account 2 that reads an object of the same account. */
export const aRequest = (overrides: Partial<PolicyRequest> = {}): PolicyRequest => ({
  principal: { arn: 'arn:aws:iam::222222222222:role/app', account: '222222222222', organization: 'o-a', tags: {} },
  action: 's3:GetObject',
  resource: { arn: 'arn:aws:s3:::b/k', account: '222222222222' },
  ...overrides,
});

/** The verdict on one Allow of everything with this condition. `undefined` values are unknown, `null` ones absent. */
export function underCondition(
  condition: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, string | readonly string[] | null | undefined>> = {},
  request: PolicyRequest = aRequest(),
): Verdict {
  const known = Object.entries(keys).filter((entry): entry is [string, string | readonly string[]] => entry[1] != null);
  const absent = Object.keys(keys).filter((key) => keys[key] === null);
  const identity = [policy('identity', { Effect: 'Allow', Action: '*', Resource: '*', Condition: condition })];
  return evaluate({ ...request, context: requestContext(Object.fromEntries(known), absent) }, { identity });
}

/** The verdict of a set of policies on a request. */
export const verdict = (policies: PolicySet, overrides: Partial<PolicyRequest> = {}): Verdict =>
  evaluate(aRequest(overrides), policies);
