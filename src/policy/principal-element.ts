import { parseArn } from '../kernel/arn.ts';
import { type Caller, isAccountPrincipal, isRole, lastSegment } from './caller.ts';
import { conditionKey, valuesOf } from './condition-keys.ts';
import type { ParsedPrincipal } from './document.ts';
import { namesProvider } from './federation.ts';
import type { Outcome } from './outcome.ts';
import { compilePattern, matchesPattern } from './pattern.ts';
import type { PolicyRequest } from './request.ts';

/**
 * How a resource's policy names the caller, weakest first. Inside an account this decides what else has to permit:
 * `account` delegates to identity policies; `role` stands by itself but within boundary and session policies; `direct` stands by itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type Naming = 'account' | 'role' | 'direct';

/** One way in which an element names the caller. Open where only one session of a role is named. */
export interface NamedAs {
  readonly naming: Naming;
  readonly outcome: Outcome;
}

/** One session of a role. */
export interface NamedSession {
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
  readonly roleName: string;
  readonly sessionName: string;
}

/** A role, without its path. */
export type NamedRole = Pick<NamedSession, 'partition' | 'account' | 'roleName'>;

/** A whole account: `:root`, or its twelve digits, which fit any partition. */
export interface NamedAccount {
  readonly account: string;
  readonly partition?: string;
}

/** The names in a Principal element, by the way in which they are compared. */
export interface PrincipalNames {
  readonly everybody: boolean;
  readonly accounts: readonly NamedAccount[];
  /** ARNs of roles, users and federated users, compared whole: there are no wildcards in them. */
  readonly arns: ReadonlySet<string>;
  /** The roles among these, as their sessions are compared with them. */
  readonly roles: readonly NamedRole[];
  readonly sessions: readonly NamedSession[];
  /** `AROA...`: what AWS shows once a principal was deleted. */
  readonly uniqueIds: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  /** ARNs of providers, or names of the built-in ones. */
  readonly federated: readonly string[];
  readonly canonicalUsers: ReadonlySet<string>;
}

/** Most elements name in one way: what the others hold is one object for all. */
const NOBODY: ReadonlySet<string> = new Set();

const setOf = (names: Iterable<string> | undefined): ReadonlySet<string> => {
  const set = new Set(names);
  return set.size === 0 ? NOBODY : set;
};

const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,}$/;

/** Sorts the names of a Principal element. */
export function compilePrincipals(parsed: ParsedPrincipal): PrincipalNames {
  const { AWS: names = [], ...others } = parsed === '*' ? { AWS: ['*'] } : parsed;
  const accounts: NamedAccount[] = [];
  const arns = new Set<string>();
  const roles: NamedRole[] = [];
  const sessions: NamedSession[] = [];
  const uniqueIds = new Set<string>();
  for (const name of names) {
    if (name === '*') continue;
    const arn = parseArn(name);
    if (/^\d{12}$/.test(name)) accounts.push({ account: name });
    else if (UNIQUE_ID.test(name)) uniqueIds.add(name);
    else if (arn?.service === 'iam' && arn.resource === 'root') {
      accounts.push({ account: arn.account, partition: arn.partition });
    } else if (arn?.service === 'sts' && /^assumed-role\/[^/*?]+\/[^*?]+$/.test(arn.resource)) {
      const [, roleName = '', ...session] = arn.resource.split('/');
      sessions.push({
        arn: name,
        partition: arn.partition,
        account: arn.account,
        roleName,
        sessionName: session.join('/'),
      });
    } else {
      arns.add(name);
      if (arn?.resource.startsWith('role/')) {
        roles.push({ partition: arn.partition, account: arn.account, roleName: lastSegment(arn.resource) });
      }
    }
  }
  return {
    everybody: names.includes('*'),
    accounts,
    arns: setOf(arns),
    roles,
    sessions,
    uniqueIds: setOf(uniqueIds),
    services: setOf(others.Service),
    federated: others.Federated ?? [],
    canonicalUsers: setOf(others.CanonicalUser),
  };
}

/** How a Principal element names the caller: in no way, in the strongest one that is certain, and before it in one that is stronger and open. */
export function namingsOf(names: PrincipalNames, caller: Caller, request: PolicyRequest): readonly NamedAs[] {
  if (names.everybody) return DIRECTLY;
  if (caller.kind === 'anonymous') return NOT_AT_ALL;
  const { arn } = caller.principal;
  if (caller.kind === 'federated') return namesProvider(names.federated, arn, request.resource) ? DIRECTLY : NOT_AT_ALL;
  if (caller.kind === 'service') return names.services.has(arn) || names.arns.has(arn) ? DIRECTLY : NOT_AT_ALL;

  const session = isSessionNamed(names, caller, request);
  if (session === true) return DIRECTLY;
  const certain = certainNaming(names, caller);
  return session === false ? certain : [{ naming: 'direct', outcome: session }, ...certain];
}

function certainNaming(names: PrincipalNames, caller: Caller): readonly NamedAs[] {
  if (namesItself(names, caller)) return isRole(caller) ? AS_ROLE : DIRECTLY;
  return namesAccountOf(names, caller) ? AS_ACCOUNT : NOT_AT_ALL;
}

/** Is the role, the user or the federated session itself in the list, by ARN or by unique id? */
export function namesItself(names: PrincipalNames, caller: Caller): boolean {
  const { arn, unique_id } = caller.principal;
  if (unique_id !== undefined && names.uniqueIds.has(unique_id)) return true;
  if (caller.kind !== 'session') return names.arns.has(arn);
  // A session's ARN lacks the path of its role, whose name is unique in the account all the same.
  return names.roles.some(
    ({ account, partition, roleName }) =>
      account === caller.account && partition === caller.partition && roleName === caller.roleName,
  );
}

/**
 * Is the whole account of the caller in the list? https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
 */
export const namesAccountOf = (names: PrincipalNames, caller: Caller): boolean =>
  isAccountPrincipal(caller) &&
  names.accounts.some(
    ({ account, partition }) =>
      account === caller.account && (partition === undefined || partition === caller.partition),
  );

/** The caller itself is named, or everybody is. */
export const DIRECTLY: readonly NamedAs[] = [{ naming: 'direct', outcome: true }];
const AS_ROLE: readonly NamedAs[] = [{ naming: 'role', outcome: true }];
const AS_ACCOUNT: readonly NamedAs[] = [{ naming: 'account', outcome: true }];
/** The caller is not named. */
export const NOT_AT_ALL: readonly NamedAs[] = [];

const USER_ID = conditionKey('aws:userid');

/** A role whose session is not known could be the session that is named: then it is open, on the `aws:userid` that it would have. */
function isSessionNamed({ sessions }: PrincipalNames, caller: Caller, request: PolicyRequest): Outcome {
  if (sessions.length === 0) return false;
  const ofRole = sessions.filter(
    ({ account, partition, roleName }) =>
      account === caller.account && partition === caller.partition && roleName === caller.roleName,
  );
  if (caller.kind === 'session') return ofRole.some(({ sessionName }) => sessionName === caller.sessionName);
  if (ofRole.length === 0) return false;
  const values = ofRole.map(({ sessionName }) => `*:${sessionName}`);
  const userIds = valuesOf(USER_ID, request);
  if (userIds === undefined) return { operator: 'StringLike', key: USER_ID.text, values };
  return userIds?.some((id) => values.some((value) => matchesPattern(compilePattern(value), id))) ?? false;
}
