import type { CompiledPolicy } from './compile.ts';
import { anyOf, type Finding } from './finding.ts';
import type { Naming } from './principal-element.ts';
import type { PolicyRequest } from './request.ts';
import { applies, type Statement } from './statement.ts';

/** What a resource's policy grants the caller, by how it names it. */
export type ResourceGrants = Readonly<Record<Naming, Finding>>;

/** Do the policies of one layer permit the request? One Allow suffices. */
export function permits(policies: readonly CompiledPolicy[], request: PolicyRequest): Finding {
  return anyOf(policies.flatMap(({ allows }) => matching(allows, request).map(({ finding }) => finding)));
}

/** Does a Deny in any of the policies apply? `limited`: the caller has a permissions boundary. */
export function denies(policies: readonly CompiledPolicy[], request: PolicyRequest, limited: boolean): Finding {
  return anyOf(policies.flatMap((policy) => matching(policy.denies, request, limited).map(({ finding }) => finding)));
}

/** What the resource's own policy grants. */
export function resourceGrants(policy: CompiledPolicy | undefined, request: PolicyRequest): ResourceGrants {
  const found = policy ? matching(policy.allows, request) : [];
  const named = (naming: Naming): Finding =>
    anyOf(found.filter((grant) => grant.naming === naming).map(({ finding }) => finding));
  return { account: named('account'), role: named('role'), direct: named('direct') };
}

interface Matching {
  readonly naming: Naming;
  readonly finding: Finding;
}

function matching(statements: readonly Statement[], request: PolicyRequest, limited = false): readonly Matching[] {
  const found: Matching[] = [];
  for (const statement of statements) {
    const { outcome, naming } = applies(statement, request, limited);
    if (outcome !== false) found.push({ naming, finding: { outcome, because: [statement.ref] } });
  }
  return found;
}
