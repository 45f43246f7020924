import { actionName } from './action.ts';
import { type Caller, isAccountPrincipal } from './caller.ts';
import type { PolicyRequest } from './request.ts';

/**
 * SCPs bind the principals of member accounts, wherever the resource is. They do not reach the management account and service-linked roles.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
 */
export const scpsReach = (caller: Caller): boolean =>
  isAccountPrincipal(caller) && !caller.serviceLinked && !caller.principal.management_account;

/**
 * Services whose resources RCPs protect, by the prefix of their actions.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
 */
export const SERVICES_WITH_RCPS: ReadonlySet<string> = new Set([
  's3',
  'sts',
  'kms',
  'sqs',
  'secretsmanager',
  'ecr',
  'aoss',
  'cognito-identity',
  'cognito-idp',
  'logs',
]);

/**
 * RCPs bind everybody who asks for a resource of a member account, whoever they are, except service-linked roles.
 * They reach neither the management account nor AWS managed keys nor `kms:RetireGrant`.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps
 */
export function rcpsReach(caller: Caller, { action, resource }: PolicyRequest): boolean {
  if (caller.serviceLinked || resource.management_account) return false;
  const { folded, service } = actionName(action);
  return folded !== 'kms:retiregrant' && SERVICES_WITH_RCPS.has(service);
}
