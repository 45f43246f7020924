import { callerOf } from './caller.ts';
import type { EstatePrincipal, EstateResource } from './estate.ts';
import type { Verdict } from './verdict.ts';

/**
 * One verdict on every pair of some principals and some resources. An administrator and all roles that trust their own account is one fact, and
 * so is a role that is open to an organization.
 */
export interface PermissionFact {
  readonly principals: readonly EstatePrincipal[];
  readonly resources: readonly EstateResource[];
  readonly action: string;
  /** Never `denied`: what no fact speaks of is denied. */
  readonly verdict: Verdict;
  /** Only pairs whose accounts differ are meant; the others are in facts of their own, or denied. */
  readonly across_accounts?: true;
}

/** One principal and one resource of a fact. */
export interface FactPair {
  readonly principal: EstatePrincipal;
  readonly resource: EstateResource;
}

/** The pairs that a fact speaks of. */
export function* pairsOf({ principals, resources, across_accounts }: PermissionFact): Generator<FactPair> {
  for (const principal of principals) {
    const { account } = callerOf(principal.principal);
    for (const resource of resources) {
      if (!across_accounts || resource.resource.account !== account) yield { principal, resource };
    }
  }
}

/** How many pairs a fact speaks of, without going through them. */
export function pairCount({ principals, resources, across_accounts }: PermissionFact): number {
  const all = principals.length * resources.length;
  if (!across_accounts) return all;
  const inAccount = new Map<string | null, number>();
  for (const { principal } of principals) {
    const { account } = callerOf(principal);
    inAccount.set(account, (inAccount.get(account) ?? 0) + 1);
  }
  return resources.reduce((count, { resource }) => count - (inAccount.get(resource.account) ?? 0), all);
}
