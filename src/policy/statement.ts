import { actionName } from './action.ts';
import { callerOf } from './caller.ts';
import { type ConditionTest, compileTest, holds } from './condition.ts';
import type { Exceptable, ParsedStatement } from './document.ts';
import type { Finding } from './finding.ts';
import { PolicyError } from './malformed.ts';
import { isDeniedAsOutside, isGrantedAsOutside } from './not-principal.ts';
import { and, not, type OpenTest, type Outcome, or } from './outcome.ts';
import { compilePattern, matchesPattern, type Pattern } from './pattern.ts';
import {
  compilePrincipals,
  DIRECTLY,
  type NamedAs,
  NOT_AT_ALL,
  namingsOf,
  type PrincipalNames,
} from './principal-element.ts';
import type { PolicyRequest } from './request.ts';
import { compileTemplate, fillKnownVariables, matchesTemplate, type Template } from './template.ts';
import type { StatementRef } from './verdict.ts';

/** One statement, ready to be matched against requests. */
export interface Statement {
  readonly ref: StatementRef;
  /** What is found where the statement applies without condition. */
  readonly finding: Finding;
  readonly actions: Exceptable<readonly Pattern[]>;
  /** Left out: whatever the policy is attached to. */
  readonly resources?: Exceptable<readonly Template[]>;
  /** Left out: whoever the policy is attached to. */
  readonly principals?: Exceptable<PrincipalNames>;
  readonly condition: readonly ConditionTest[];
}

/** Lists of actions by their text: thousands of policies grant the same. */
export type ActionLists = Map<string, readonly Pattern[]>;

/** Makes a statement ready. Throws `PolicyError` for an operator that AWS does not have. */
export function compileStatement(
  parsed: ParsedStatement,
  ref: StatementRef,
  withVariables: boolean,
  lists: ActionLists = new Map(),
): Statement {
  const { actions, resources, principals } = parsed;
  return Object.freeze({
    ref,
    finding: Object.freeze({ outcome: true, because: Object.freeze([ref]) }),
    actions: { except: actions.except, of: compileActions(actions.of, lists) },
    ...(resources ? { resources: compileResources(resources, withVariables) } : {}),
    ...(principals ? { principals: { except: principals.except, of: compilePrincipals(principals.of) } } : {}),
    condition: parsed.condition.map((test) => {
      const compiled = compileTest(test, withVariables);
      if (compiled) return compiled;
      const place = `${parsed.place}.Condition.${test.operator}`;
      throw new PolicyError(place, 'is no condition operator', 'AWS has StringEquals, ArnLike, Bool and others');
    }),
  });
}

/** Actions are compared in any case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
function compileActions(actions: readonly string[], lists: ActionLists): readonly Pattern[] {
  const key = actions.join(' ').toLowerCase();
  const known = lists.get(key) ?? actions.map((action) => compilePattern(action.toLowerCase()));
  lists.set(key, known);
  return known;
}

/** Does the statement speak of this action? */
export function coversAction(statement: Statement, action: string): boolean {
  const { except, of } = statement.actions;
  const { folded } = actionName(action);
  for (const pattern of of) if (matchesPattern(pattern, folded)) return !except;
  return except;
}

/** Does the statement apply to the request? `limited`: the caller has a permissions boundary. */
export function applies(statement: Statement, request: PolicyRequest, limited: boolean): Outcome {
  const grants = appliesTo(statement, request, limited);
  return grants.length === 1 ? (grants[0]?.outcome ?? false) : or(grants.map(({ outcome }) => outcome));
}

/** Does the statement apply to the request, and how does it name the caller where it does? See `namingsOf`. */
export function appliesTo(statement: Statement, request: PolicyRequest, limited: boolean): readonly NamedAs[] {
  if (!coversAction(statement, request.action)) return NOT_AT_ALL;
  const namings = coversCaller(statement, request, limited);
  if (namings.length === 0) return NOT_AT_ALL;
  const resource = coversResource(statement, request);
  if (resource === false) return NOT_AT_ALL;
  const condition = holds(statement.condition, request);
  if (condition === false) return NOT_AT_ALL;
  if (resource === true && condition === true) return namings;
  return namings.map(({ naming, outcome }) => ({ naming, outcome: and([outcome, resource, condition]) }));
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
    if (match === undefined) open = [...(open ?? []), openResource(template, request)];
  }
  if (!open) return resources.except;
  return resources.except ? not(or(open)) : or(open);
}

const openResource = (template: Template, request: PolicyRequest): OpenTest => ({
  operator: 'StringLike',
  key: 'Resource',
  values: [fillKnownVariables(template.text, request)],
});

function coversCaller({ principals, ref }: Statement, request: PolicyRequest, limited: boolean): readonly NamedAs[] {
  if (!principals) return DIRECTLY;
  const caller = callerOf(request.principal);
  if (!principals.except) return namingsOf(principals.of, caller, request);
  const outcome =
    ref.effect === 'Deny'
      ? isDeniedAsOutside(principals.of, caller, request, limited)
      : isGrantedAsOutside(principals.of, caller, request, ref.kind);
  return outcome === false ? NOT_AT_ALL : [{ naming: 'direct', outcome }];
}
