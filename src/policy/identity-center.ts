import { parseArn } from '../kernel/arn.ts';
import { type Caller, lastSegment } from './caller.ts';
import { compileTest, holds } from './condition.ts';
import type { Outcome } from './outcome.ts';
import type { PolicyRequest } from './request.ts';

/** Key of our own, for what no policy says: the permission sets to which the caller is assigned in the resource's account. */
export const PERMISSION_SETS_KEY = 'throughline:AssignedPermissionSets';

const RESERVED_ROLE = /^AWSReservedSSO_(.+)_[0-9a-f]+$/;

/**
 * A role that Identity Center made for a permission set trusts the whole SAML provider of its account, but Identity Center lets in only those
 * who are assigned to that set. The name tells the set, with or without the region that Identity Center puts into the path.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
 */
export function isAssigned(caller: Caller, request: PolicyRequest): Outcome {
  const arn = caller.kind === 'federated' ? parseArn(request.resource.arn) : undefined;
  const [, permissionSet] = (arn && RESERVED_ROLE.exec(lastSegment(arn.resource))) ?? [];
  if (permissionSet === undefined) return true;
  const operator = 'ForAnyValue:StringEquals';
  const test = compileTest({ operator, key: PERMISSION_SETS_KEY, values: [permissionSet] }, false);
  return test ? holds([test], request) : true;
}
