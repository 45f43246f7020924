import type { CompiledPolicy } from './compile.ts';
import { matchesPattern } from './pattern.ts';
import { coversAction, type Statement } from './statement.ts';
import type { StatementRef } from './verdict.ts';

/** Everybody whom the Allows of a trust or resource policy could name: where to look for candidates. Never too few, sometimes too many. */
export interface NamedPrincipals {
  /** `*`, or everybody but some. */
  readonly everybody: boolean;
  /** Whole accounts, by `:root` or by number. */
  readonly accounts: readonly string[];
  /** Roles, users and federated users, exactly. */
  readonly arns: readonly string[];
  /** Single sessions of roles: the role by account and name, since a session does not tell its path. */
  readonly sessions: readonly { readonly arn: string; readonly account: string; readonly role_name: string }[];
  /** `AROA...`, `AIDA...`: shown for a principal that was deleted. */
  readonly unique_ids: readonly string[];
  readonly services: readonly string[];
  /** ARNs of OIDC and SAML providers, or names of the built-in ones. */
  readonly federated: readonly string[];
  readonly canonical_users: readonly string[];
}

/** A set of resources that an Allow covers. */
export interface NamedResource {
  /** An ARN, exact or with `*` and `?`; policy variables stand as written. */
  readonly text: string;
  /** The one ARN that it covers, where it covers just one. */
  readonly exact?: string;
  /** Could it cover this ARN? Policy variables may be anything. */
  readonly covers: (arn: string) => boolean;
  readonly statement: StatementRef;
}

/** Whom could this trust or resource policy let do the action? */
export function principalsNamed(policy: CompiledPolicy, action: string): NamedPrincipals {
  const elements = policy.allows.filter((statement) => coversAction(statement, action)).flatMap(elementOf);
  const names = elements.map(({ of }) => of);
  const listed = elements.filter(({ except }) => !except).map(({ of }) => of);
  return {
    everybody: names.some(({ everybody }) => everybody) || elements.some(({ except }) => except),
    accounts: distinct(listed.flatMap(({ accounts }) => accounts.map(({ account }) => account))),
    arns: distinct(listed.flatMap(({ arns }) => [...arns])),
    sessions: listed.flatMap(({ sessions }) =>
      sessions.map(({ arn, account, roleName }) => ({ arn, account, role_name: roleName })),
    ),
    unique_ids: distinct(listed.flatMap(({ uniqueIds }) => [...uniqueIds])),
    services: distinct(listed.flatMap(({ services }) => [...services])),
    federated: distinct(listed.flatMap(({ federated }) => federated)),
    canonical_users: distinct(listed.flatMap(({ canonicalUsers }) => [...canonicalUsers])),
  };
}

/** Which resources could this identity policy let one do the action on? */
export function resourcesNamed(policy: CompiledPolicy, action: string): readonly NamedResource[] {
  return policy.allows.filter((statement) => coversAction(statement, action)).flatMap(resourcesOf);
}

/** The services of which an Allow of this policy speaks, as they stand before the colon (`s3`); `*` where it may speak of any. */
export function servicesNamed({ allows }: CompiledPolicy): ReadonlySet<string> {
  const services = new Set<string>();
  for (const { actions } of allows) {
    for (const { text } of actions.of) {
      const service = text.slice(0, text.indexOf(':'));
      services.add(actions.except || service === '' || /[*?]/.test(service) ? '*' : service);
    }
    if (actions.except) services.add('*');
  }
  return services;
}

/** Does an Allow of this policy speak of the action at all? */
export const speaksOf = (policy: CompiledPolicy, action: string): boolean =>
  policy.allows.some((statement) => coversAction(statement, action));

function elementOf({ principals, ref }: Statement): readonly NonNullable<Statement['principals']>[] {
  // NotPrincipal in a trust policy grants nothing, see statement.ts.
  return principals && !(principals.except && ref.kind === 'trust') ? [principals] : [];
}

function resourcesOf({ resources, ref }: Statement): readonly NamedResource[] {
  if (!resources) return [{ text: '*', covers: () => true, statement: ref }];
  if (resources.except) {
    const fixed = resources.of.filter(({ parts }) => !parts);
    return [
      {
        text: '*',
        covers: (arn) => !fixed.some(({ pattern }) => matchesPattern(pattern, arn)),
        statement: ref,
      },
    ];
  }
  return resources.of.map(({ text, pattern }) => ({
    text,
    ...(pattern.literal === undefined ? {} : { exact: pattern.literal }),
    covers: (arn) => matchesPattern(pattern, arn),
    statement: ref,
  }));
}

const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
