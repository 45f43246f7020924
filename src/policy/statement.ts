import { callerOf, isAccountPrincipal } from './caller.ts';
import { type ConditionTest, compileTest, holds } from './condition.ts';
import type { Exceptable, ParsedStatement, PolicyKind } from './document.ts';
import { PolicyError } from './malformed.ts';
import { and, not, type OpenTest, type Outcome, or } from './outcome.ts';
import { compilePattern, matchesPatternIgnoringCase, type Pattern } from './pattern.ts';
import {
  compilePrincipals,
  type Naming,
  namedAs,
  namesAccountOf,
  namesItself,
  type PrincipalNames,
} from './principal-element.ts';
import type { PolicyRequest } from './request.ts';
import { compileTemplate, matchesTemplate, type Template } from './template.ts';
import type { StatementRef } from './verdict.ts';

/** One statement, ready to be matched against requests. */
export interface Statement {
  readonly ref: StatementRef;
  readonly actions: Exceptable<readonly Pattern[]>;
  /** Left out: whatever the policy is attached to. */
  readonly resources?: Exceptable<readonly Template[]>;
  /** Left out: whoever the policy is attached to. */
  readonly principals?: Exceptable<PrincipalNames>;
  readonly condition: readonly ConditionTest[];
}

/** Whether a statement applies to a request; and, in a resource's policy, how it names the caller. */
export interface Applies {
  readonly outcome: Outcome;
  readonly naming: Naming;
}

const DOES_NOT_APPLY: Applies = { outcome: false, naming: 'direct' };

/** Makes a statement ready. Throws `PolicyError` for an operator that AWS does not have. */
export function compileStatement(parsed: ParsedStatement, ref: StatementRef, withVariables: boolean): Statement {
  const { actions, resources, principals } = parsed;
  return {
    ref,
    // Actions are compared in any case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    actions: { except: actions.except, of: actions.of.map((action) => compilePattern(action.toLowerCase())) },
    ...(resources ? { resources: compileResources(resources, withVariables) } : {}),
    ...(principals ? { principals: { except: principals.except, of: compilePrincipals(principals.of) } } : {}),
    condition: parsed.condition.map((test) => {
      const compiled = compileTest(test, withVariables);
      if (compiled) return compiled;
      const place = `${parsed.place}.Condition.${test.operator}`;
      throw new PolicyError(
        place,
        'is no condition operator',
        'AWS has StringEquals, ArnLike, Bool, IpAddress and others',
      );
    }),
  };
}

/** Does the statement speak of this action? */
export function coversAction(statement: Statement, action: string): boolean {
  const { except, of } = statement.actions;
  for (const pattern of of) if (matchesPatternIgnoringCase(pattern, action)) return !except;
  return except;
}

/** Does the statement apply to the request? `limited`: the caller has a permissions boundary. */
export function applies(statement: Statement, request: PolicyRequest, limited: boolean): Applies {
  if (!coversAction(statement, request.action)) return DOES_NOT_APPLY;
  const resource = coversResource(statement, request);
  if (resource === false) return DOES_NOT_APPLY;
  const principal = coversPrincipal(statement, request, limited);
  if (principal.outcome === false) return DOES_NOT_APPLY;
  const condition = holds(statement.condition, request);
  if (condition === false) return DOES_NOT_APPLY;
  if (resource === true && principal.outcome === true && condition === true) return principal;
  return { naming: principal.naming, outcome: and([resource, principal.outcome, condition]) };
}

function compileResources(
  resources: Exceptable<readonly string[]>,
  withVariables: boolean,
): Exceptable<readonly Template[]> {
  return {
    except: resources.except,
    of: resources.of.map((text) => compileTemplate(text, 'wildcards', withVariables)),
  };
}

function coversResource({ resources }: Statement, request: PolicyRequest): Outcome {
  if (!resources) return true;
  let open: OpenTest[] | undefined;
  for (const template of resources.of) {
    const match = matchesTemplate(template, request.resource.arn, request);
    if (match === true) return !resources.except;
    if (match === undefined) open = [...(open ?? []), openResource(template)];
  }
  if (!open) return resources.except;
  return resources.except ? not(or(open)) : or(open);
}

const openResource = (template: Template): OpenTest => ({
  operator: 'StringLike',
  key: 'Resource',
  values: [template.text],
});

function coversPrincipal({ principals, ref }: Statement, request: PolicyRequest, limited: boolean): Applies {
  if (!principals) return APPLIES_DIRECTLY;
  const caller = callerOf(request.principal);
  if (!principals.except) return namedAs(principals.of, caller, request) ?? DOES_NOT_APPLY;
  return { naming: 'direct', outcome: isOutside(principals.of, request, ref, limited) };
}

const APPLIES_DIRECTLY: Applies = { outcome: true, naming: 'direct' };

/**
 * NotPrincipal: is the caller none of those listed? A Deny spares a caller that is listed together with its account, and nobody with a
 * permissions boundary; with only one of the two listed the documentation says no more than that AWS "might" deny.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function isOutside(names: PrincipalNames, request: PolicyRequest, ref: StatementRef, limited: boolean): Outcome {
  const caller = callerOf(request.principal);
  const named = namedAs(names, caller, request);
  if (ref.effect === 'Allow') {
    // A trust policy cannot have it, so it must not grant: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    return ref.kind !== 'trust' && named === undefined;
  }
  if (!isAccountPrincipal(caller)) return named === undefined;
  if (limited || named === undefined) return true;
  if (names.everybody) return false;
  const account = namesAccountOf(names, caller);
  if (account && (caller.kind === 'root' || namesItself(names, caller))) return false;
  return {
    operator: 'ArnNotEquals',
    key: 'aws:PrincipalArn',
    values: [...names.arns, ...names.sessions.map(({ arn }) => arn)],
    disputed: account
      ? 'NotPrincipal lists the account of the caller, but not the caller: AWS does not document whether that spares it'
      : 'NotPrincipal lists the caller, but not its account: AWS documents that it might deny the whole account',
  };
}

/** The kinds of policy that are attached to a resource and say whom they are about. */
export const isAttachedToResource = (kind: PolicyKind): boolean => kind === 'trust' || kind === 'resource';
