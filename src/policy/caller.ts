import { parseArn } from '../kernel/arn.ts';
import type { Principal } from './request.ts';

/** What AWS makes of a principal: each kind is named, limited and keyed differently. */
export type CallerKind =
  | 'role'
  | 'user'
  | 'session'
  | 'federated_user'
  | 'root'
  | 'service'
  | 'federated'
  | 'anonymous';

/** A principal, classified, with the values that policies ask for. */
export interface Caller {
  readonly kind: CallerKind;
  readonly principal: Principal;
  /** Undefined for services, the anonymous and providers known by name only. */
  readonly partition?: string;
  readonly account: string | null;
  /** Name of the role behind a role or a session; unique in its account whatever its path. */
  readonly roleName?: string;
  /** Session name, for a session. */
  readonly sessionName?: string;
  /** `aws:PrincipalArn`: the role's ARN for a session. Null where the request has none. */
  readonly principalArn: string | null;
  /** `aws:username`, for IAM users only. */
  readonly userName?: string;
  readonly serviceLinked: boolean;
}

const classified = new WeakMap<Principal, Caller>();
// Every statement around a request asks about the same principal: the last one is at hand without looking it up.
let last: Caller | undefined;

/** Classifies a principal; the answer is kept with the object, so ask with the same object again. */
export function callerOf(principal: Principal): Caller {
  if (last?.principal === principal) return last;
  last = classified.get(principal);
  if (last) return last;
  last = classify(principal);
  classified.set(principal, last);
  return last;
}

/** Is it a principal of an AWS account: something that identity policies and SCPs can speak of? */
export const isAccountPrincipal = (caller: Caller): boolean =>
  caller.kind !== 'service' && caller.kind !== 'federated' && caller.kind !== 'anonymous';

/** Is it a role, whether named as such or seen in one of its sessions? */
export const isRole = (caller: Caller): boolean => caller.kind === 'role' || caller.kind === 'session';

/** The last part of a path: a role's name without its path. */
export const lastSegment = (resource: string): string => resource.slice(resource.lastIndexOf('/') + 1);

function classify(principal: Principal): Caller {
  const plain = { principal, account: principal.account, principalArn: null, serviceLinked: false };
  if (principal.arn === 'anonymous') return { ...plain, kind: 'anonymous' };
  const arn = parseArn(principal.arn);
  if (!arn) return { ...plain, kind: isServiceName(principal.arn) ? 'service' : 'federated' };

  const account = principal.account ?? arn.account;
  const known = { ...plain, account, partition: arn.partition, principalArn: principal.arn };
  const [type = '', ...path] = arn.resource.split('/');
  if (arn.service === 'sts' && type === 'assumed-role') {
    const [roleName = '', ...session] = path;
    // The path of the role is not in its session's ARN.
    const principalArn = `arn:${arn.partition}:iam::${arn.account}:role/${roleName}`;
    const serviceLinked = principal.service_linked_role ?? false;
    return { ...known, kind: 'session', roleName, sessionName: session.join('/'), principalArn, serviceLinked };
  }
  if (arn.service === 'sts' && type === 'federated-user') return { ...known, kind: 'federated_user' };
  // CloudFront's origin access identities: users of no account, whom only a bucket's policy can let in.
  if (arn.account === 'cloudfront') return { ...plain, kind: 'service' };
  if (type === 'root') return { ...known, kind: 'root' };
  if (type === 'user') return { ...known, kind: 'user', userName: lastSegment(arn.resource) };
  if (type === 'role') {
    const serviceLinked = principal.service_linked_role ?? arn.resource.startsWith('role/aws-service-role/');
    return { ...known, kind: 'role', roleName: lastSegment(arn.resource), serviceLinked };
  }
  return { ...known, account: principal.account, kind: 'federated', principalArn: null };
}

/**
 * `lambda.amazonaws.com`, also with a region or of another partition. Two web identity providers look like services.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
 */
function isServiceName(name: string): boolean {
  if (name === 'cognito-identity.amazonaws.com' || name === 'www.amazon.com') return false;
  return /\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal)$/.test(name);
}
