import type { CompiledPolicy } from './compile.ts';
import { anyOf, FAILS, type Finding } from './finding.ts';
import type { Naming } from './principal-element.ts';
import type { PolicyRequest } from './request.ts';
import { applies, appliesTo } from './statement.ts';

/** What a resource's policy grants the caller, by how it names it. */
export type ResourceGrants = Readonly<Record<Naming, Finding>>;

const NO_GRANTS: ResourceGrants = { account: FAILS, role: FAILS, direct: FAILS };

/** Do the policies of one layer permit the request? One Allow suffices. */
export const permits = (policies: readonly CompiledPolicy[], request: PolicyRequest): Finding =>
  applying('allows', policies, request, false);

/** Does a Deny in any of the policies apply? `limited`: the caller has a permissions boundary. */
export const denies = (policies: readonly CompiledPolicy[], request: PolicyRequest, limited: boolean): Finding =>
  applying('denies', policies, request, limited);

/** What the resource's own policy grants. Nothing is stronger than naming the caller itself: what does so outright is all that is told. */
export function resourceGrants(policy: CompiledPolicy | undefined, request: PolicyRequest): ResourceGrants {
  let grants: Record<Naming, Finding[]> | undefined;
  for (const statement of policy?.allows ?? NO_STATEMENTS) {
    for (const { naming, outcome } of appliesTo(statement, request, false)) {
      if (outcome === true && naming === 'direct') return { ...NO_GRANTS, direct: statement.finding };
      grants ??= { account: [], role: [], direct: [] };
      grants[naming].push(outcome === true ? statement.finding : { outcome, because: statement.finding.because });
    }
  }
  if (!grants) return NO_GRANTS;
  return { account: anyOf(grants.account), role: anyOf(grants.role), direct: anyOf(grants.direct) };
}

const NO_STATEMENTS: CompiledPolicy['allows'] = [];

/** The first statement that applies outright, else all that could. */
function applying(
  effect: 'allows' | 'denies',
  policies: readonly CompiledPolicy[],
  request: PolicyRequest,
  limited: boolean,
): Finding {
  let open: Finding[] | undefined;
  for (const policy of policies) {
    for (const statement of effect === 'allows' ? policy.allows : policy.denies) {
      const outcome = applies(statement, request, limited);
      if (outcome === true) return statement.finding;
      if (outcome === false) continue;
      open ??= [];
      open.push({ outcome, because: statement.finding.because });
    }
  }
  return open ? anyOf(open) : FAILS;
}
