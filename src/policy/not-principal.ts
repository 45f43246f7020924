import { type Caller, isAccountPrincipal } from './caller.ts';
import type { PolicyKind } from './document.ts';
import type { Outcome } from './outcome.ts';
import { namesAccountOf, namesItself, namingsOf, type PrincipalNames } from './principal-element.ts';
import type { PolicyRequest } from './request.ts';

/**
 * Does an Allow with NotPrincipal reach the caller? It grants to everybody who is not listed. A trust policy cannot have one, so there it grants nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export const isGrantedAsOutside = (
  names: PrincipalNames,
  caller: Caller,
  request: PolicyRequest,
  kind: PolicyKind,
): boolean => kind !== 'trust' && namingsOf(names, caller, request).length === 0;

/**
 * Does a Deny with NotPrincipal reach the caller? It spares one that is listed together with its account, and never one that has a permissions
 * boundary (`limited`). Where only one of the two is listed, the documentation says no more than that AWS "might" deny.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function isDeniedAsOutside(
  names: PrincipalNames,
  caller: Caller,
  request: PolicyRequest,
  limited: boolean,
): Outcome {
  if (namingsOf(names, caller, request).length === 0) return true;
  if (!isAccountPrincipal(caller)) return false;
  if (limited) return true;
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
