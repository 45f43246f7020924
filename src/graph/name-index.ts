import { type CompiledPolicy, principalsNamed } from '../policy/index.ts';
import type { Identity } from './principal.ts';

/** The name under which a policy means everybody. */
export const EVERYBODY = '*';

/** Every name by which a trust or resource policy could let somebody do one of the actions. A whole account is one name. */
export function namesIn(policy: CompiledPolicy, actions: readonly string[]): readonly string[] {
  const names = actions.flatMap((action) => {
    const { everybody, accounts, arns, unique_ids, sessions, federated } = principalsNamed(policy, action);
    const ofSessions = sessions.map(({ account, role_name }) => sessionsOf(account, role_name));
    return [
      ...(everybody ? [EVERYBODY] : []),
      ...accounts,
      ...arns,
      ...unique_ids,
      ...ofSessions,
      ...federated.map(providerName),
    ];
  });
  return [...new Set(names)];
}

/** Answers which items name an identity: never too few, sometimes too many, each once. Where to look, instead of at all pairs. */
export function nameIndex<T>(
  items: Iterable<T>,
  names: (item: T) => readonly string[],
): (identity: Identity) => readonly T[] {
  const named = new Map<string, T[]>();
  for (const item of items) {
    for (const name of names(item)) {
      const known = named.get(name);
      if (known) known.push(item);
      else named.set(name, [item]);
    }
  }
  return (identity) => [...new Set(namesOf(identity).flatMap((name) => named.get(name) ?? []))];
}

/** Every name under which a policy can mean the identity. */
function namesOf({ principal: { arn, unique_id }, account }: Identity): readonly string[] {
  if (account === null) return [EVERYBODY, providerName(arn)];
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  return [EVERYBODY, account, arn, sessionsOf(account, name), ...(unique_id === undefined ? [] : [unique_id])];
}

const sessionsOf = (account: string, role_name: string): string => `${account} ${role_name}`;

/** An OIDC provider, named by its ARN or as it is: the accounts that know it share its name. */
const providerName = (name: string): string => name.replace(/^arn:[^/]*:oidc-provider\//, '');
