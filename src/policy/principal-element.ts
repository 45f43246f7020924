import { parseArn } from '../kernel/arn.ts';
import { type Caller, isAccountPrincipal, isRole, lastSegment } from './caller.ts';
import { conditionKey, valuesOf } from './condition-keys.ts';
import type { ParsedPrincipal } from './document.ts';
import type { Outcome } from './outcome.ts';
import { compilePattern, matchesPattern } from './pattern.ts';
import type { PolicyRequest, Resource } from './request.ts';

/**
 * How a resource's policy names the caller, weakest first. Inside an account this decides what else has to permit:
 * `account` delegates to identity policies; `role` stands by itself but within boundary and session policies; `direct` stands by itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type Naming = 'account' | 'role' | 'direct';

/** Does the element name the caller, and how? Open where only one session of a role is named. */
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
  readonly sessions: readonly NamedSession[];
  /** `AROA...`: what AWS shows once a principal was deleted. */
  readonly uniqueIds: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  /** ARNs of providers, or names of the built-in ones. */
  readonly federated: readonly string[];
  readonly canonicalUsers: ReadonlySet<string>;
}

const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,}$/;

/** Sorts the names of a Principal element. */
export function compilePrincipals(parsed: ParsedPrincipal): PrincipalNames {
  const { AWS: names = [], ...others } = parsed === '*' ? { AWS: ['*'] } : parsed;
  const accounts: NamedAccount[] = [];
  const arns = new Set<string>();
  const sessions: NamedSession[] = [];
  const uniqueIds = new Set<string>();
  for (const name of names) {
    if (name === '*') continue;
    const arn = parseArn(name);
    if (/^\d{12}$/.test(name)) accounts.push({ account: name });
    else if (UNIQUE_ID.test(name)) uniqueIds.add(name);
    else if (arn?.service === 'iam' && arn.resource === 'root') {
      accounts.push({ account: arn.account, partition: arn.partition });
    } else if (arn?.service === 'sts' && arn.resource.startsWith('assumed-role/')) {
      const [, roleName = '', ...session] = arn.resource.split('/');
      sessions.push({
        arn: name,
        partition: arn.partition,
        account: arn.account,
        roleName,
        sessionName: session.join('/'),
      });
    } else arns.add(name);
  }
  return {
    everybody: names.includes('*'),
    accounts,
    arns,
    sessions,
    uniqueIds,
    services: new Set(others.Service),
    federated: others.Federated ?? [],
    canonicalUsers: new Set(others.CanonicalUser),
  };
}

/** Does a Principal element name the caller? Undefined where it does not; else in the strongest way in which it does. */
export function namedAs(names: PrincipalNames, caller: Caller, request: PolicyRequest): NamedAs | undefined {
  if (caller.kind === 'federated') return isProviderNamed(names, caller, request.resource) ? DIRECTLY : undefined;
  if (names.everybody) return DIRECTLY;
  if (caller.kind === 'anonymous') return undefined;
  if (caller.kind === 'service') return names.services.has(request.principal.arn) ? DIRECTLY : undefined;

  const session = sessionNamed(names, caller, request);
  if (session?.outcome === true) return session;
  if (namesItself(names, caller)) return isRole(caller) ? AS_ROLE : DIRECTLY;
  if (session) return session;
  return namesAccountOf(names, caller) ? AS_ACCOUNT : undefined;
}

/** Is the role, the user or the federated session itself in the list, by ARN or by unique id? */
export function namesItself(names: PrincipalNames, caller: Caller): boolean {
  const { arn, unique_id } = caller.principal;
  if (unique_id !== undefined && names.uniqueIds.has(unique_id)) return true;
  if (caller.kind !== 'session') return names.arns.has(arn);
  // A session's ARN lacks the path of its role, whose name is unique in the account all the same.
  for (const name of names.arns) {
    const named = parseArn(name);
    if (!named || named.account !== caller.account || named.partition !== caller.partition) continue;
    if (named.resource.startsWith('role/') && lastSegment(named.resource) === caller.roleName) return true;
  }
  return false;
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

const DIRECTLY: NamedAs = { naming: 'direct', outcome: true };
const AS_ROLE: NamedAs = { naming: 'role', outcome: true };
const AS_ACCOUNT: NamedAs = { naming: 'account', outcome: true };

const USER_ID = conditionKey('aws:userid');

/** A role whose session is not known could be the session that is named: then it is open, on the `aws:userid` that it would have. */
function sessionNamed(names: PrincipalNames, caller: Caller, request: PolicyRequest): NamedAs | undefined {
  const ofRole = names.sessions.filter(
    (session) =>
      session.account === caller.account &&
      session.partition === caller.partition &&
      session.roleName === caller.roleName,
  );
  if (ofRole.length === 0) return undefined;
  if (caller.kind === 'session') {
    return ofRole.some(({ sessionName }) => sessionName === caller.sessionName) ? DIRECTLY : undefined;
  }
  const values = ofRole.map(({ sessionName }) => `*:${sessionName}`);
  const [userId] = valuesOf(USER_ID, request) ?? [];
  if (userId === undefined) {
    return { naming: 'direct', outcome: { operator: 'StringLike', key: USER_ID.text, values } };
  }
  return values.some((value) => matchesPattern(compilePattern(value), userId)) ? DIRECTLY : undefined;
}

/**
 * A provider counts in its own account only, and there only while it exists; the built-in ones (Cognito, Google, ...) exist everywhere.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
function isProviderNamed(names: PrincipalNames, caller: Caller, resource: Resource): boolean {
  const asked = providerOf(caller.principal.arn);
  if (asked.account !== undefined && asked.account !== resource.account) return false;
  return names.federated.some((name) => {
    const named = providerOf(name);
    if (named.provider !== asked.provider) return false;
    if (named.account === undefined) return true;
    if (named.account !== resource.account) return false;
    return resource.federation_providers?.includes(name) ?? true;
  });
}

/** An OIDC provider is its URL without scheme, a SAML provider its name within its kind. */
function providerOf(name: string): { readonly provider: string; readonly account?: string } {
  const arn = parseArn(name);
  if (!arn) return { provider: name.replace(/^https:\/\//, '') };
  const prefix = 'oidc-provider/';
  const provider = arn.resource.startsWith(prefix) ? arn.resource.slice(prefix.length) : arn.resource;
  return { provider, account: arn.account };
}
