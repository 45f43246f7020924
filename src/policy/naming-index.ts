import { parseArn } from '../kernel/arn.ts';
import { type Caller, callerOf, isRole, lastSegment } from './caller.ts';
import type { CompiledPolicy } from './compile.ts';
import type { EstatePrincipal } from './estate.ts';
import { providerOf } from './federation.ts';
import type { PrincipalNames } from './principal-element.ts';
import { coversAction, type Statement } from './statement.ts';

/** Whom a policy of a resource speaks of. Whoever is in none of it is treated as everybody else in the same account is. */
export interface Reach {
  /** Some Allow names everybody, or everybody but some. */
  readonly everybody: boolean;
  /** Accounts of which some Allow names everybody, whatever their identity policies say: `*` under a condition on the caller's ARN or account. */
  readonly open_accounts: ReadonlySet<string>;
  /** Accounts that some Allow names as a whole. */
  readonly accounts: ReadonlySet<string>;
  /** Every account that some statement names as a whole. */
  readonly mentioned: ReadonlySet<string>;
  /** Every single principal that some statement names, as in `nameOf`. */
  readonly names: ReadonlySet<string>;
}

/** Whom do the statements that speak of the actions name? `narrows`: the context says nothing of the caller's ARN and account. */
export function reachOf(policy: CompiledPolicy, actions: readonly string[], narrows: boolean): Reach {
  const speaking = (statement: Statement): boolean => actions.some((action) => coversAction(statement, action));
  const allows = policy.allows.filter(speaking).filter(grants);
  const elements = [...policy.allows, ...policy.denies]
    .filter(speaking)
    .flatMap(({ principals }) => principals?.of ?? []);
  const everybody = allows.filter(({ principals }) => !principals || principals.except || principals.of.everybody);
  const narrowed = everybody.map((statement) => (narrows ? accountsRequired(statement) : undefined));
  return {
    everybody: narrowed.includes(undefined),
    open_accounts: new Set(narrowed.flatMap((accounts) => accounts ?? [])),
    accounts: new Set(allows.flatMap(({ principals }) => (principals?.except ? [] : accountsIn(principals?.of)))),
    mentioned: new Set(elements.flatMap(accountsIn)),
    names: new Set(elements.flatMap(namesIn)),
  };
}

/** NotPrincipal in a trust policy grants nothing, see not-principal.ts. */
const grants = ({ principals, ref }: Statement): boolean => !(principals?.except && ref.kind === 'trust');

const accountsIn = (names: PrincipalNames | undefined): readonly string[] =>
  names?.accounts.map(({ account }) => account) ?? [];

const namesIn = (names: PrincipalNames): readonly string[] => [
  ...[...names.arns].map(nameOfArn),
  ...names.sessions.map(({ account, roleName }) => roleKey(account, roleName)),
  ...names.uniqueIds,
  ...names.services,
  ...names.federated.flatMap(providerNamed),
];

/** Every name under which a statement can mean exactly this principal. */
function namesOf(caller: Caller): readonly string[] {
  const { arn, unique_id } = caller.principal;
  if (caller.kind === 'federated') return providerAsked(arn);
  const own = isRole(caller) ? roleKey(caller.account, caller.roleName) : arn;
  return [own, ...(unique_id === undefined ? [] : [unique_id])];
}

/** Answers which principals are meant by a name. */
export function namingIndex(principals: Iterable<EstatePrincipal>): (name: string) => readonly EstatePrincipal[] {
  const named = new Map<string, EstatePrincipal[]>();
  for (const principal of principals) {
    for (const name of namesOf(callerOf(principal.principal))) {
      const known = named.get(name);
      if (known) known.push(principal);
      else named.set(name, [principal]);
    }
  }
  return (name) => named.get(name) ?? [];
}

/** A role is known by account and name, since its sessions do not tell its path. */
function nameOfArn(name: string): string {
  const arn = parseArn(name);
  return arn?.service === 'iam' && arn.resource.startsWith('role/')
    ? roleKey(arn.account, lastSegment(arn.resource))
    : name;
}

const roleKey = (account: string | null, roleName = ''): string => `${account} ${roleName}`;

/** Of two ARNs of providers the accounts have to agree; a name without one fits any. */
function providerNamed(name: string): readonly string[] {
  const { provider, account } = providerOf(name);
  return account === undefined
    ? [`provider ${provider}`]
    : [`provider ${provider} ${account}`, `provider ${provider} of any`];
}

function providerAsked(name: string): readonly string[] {
  const { provider, account = 'of any' } = providerOf(name);
  return [`provider ${provider}`, `provider ${provider} ${account}`];
}

/** The accounts in one of which the caller has to be for the conditions to hold; undefined where they do not say. */
function accountsRequired({ condition }: Statement): readonly string[] | undefined {
  for (const { key, open } of condition) {
    const accounts = open.values.map((value) => accountRequired(key.id, open.operator, value));
    if (accounts.every((account) => account !== undefined)) return accounts;
  }
  return undefined;
}

function accountRequired(keyId: string, operator: string, value: string): string | undefined {
  if (keyId === 'aws:principalarn' && /^(StringEquals|StringLike|ArnEquals|ArnLike)$/i.test(operator)) {
    return /^arn:[a-z-]+:iam::(\d{12}):/.exec(value)?.[1];
  }
  if (keyId === 'aws:principalaccount' && /^StringEquals$/i.test(operator)) return /^\d{12}$/.exec(value)?.[0];
  return undefined;
}
