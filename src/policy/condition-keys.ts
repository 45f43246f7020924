import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import { NOTHING_KNOWN, type PolicyRequest, type Principal } from './request.ts';

/** A condition key, made ready for looking up. Keys are compared in lower case, the names of tags in them too. */
export interface ConditionKey {
  /** As the policy writes it. */
  readonly text: string;
  /** In lower case. */
  readonly id: string;
  readonly source: KeySource;
  /** The tag's name in lower case, where the key is about one tag. */
  readonly tag?: string;
}

/** The request's values; null: known to be absent; undefined: nobody knows. */
export type KeyValues = readonly string[] | null | undefined;

/** Where the value of a key comes from if the request's context does not say. */
type KeySource = 'context' | 'principal_tag' | 'resource_tag' | ((request: PolicyRequest, caller: Caller) => KeyValues);

const valueOf = (value: string | null | undefined): KeyValues => (typeof value === 'string' ? [value] : value);

const accountOf = (_: PolicyRequest, caller: Caller): KeyValues =>
  isAccountPrincipal(caller) ? valueOf(caller.account) : null;

const resourceAccount = (request: PolicyRequest): KeyValues => valueOf(request.resource.account ?? undefined);

/** Present, with a value that nobody told us, for members of an organization; absent for everybody else. */
const ofOrganizationMembers = (request: PolicyRequest, caller: Caller): KeyValues =>
  isAccountPrincipal(caller) && request.principal.organization !== null ? undefined : null;

const PRINCIPAL_TYPES = {
  role: 'AssumedRole',
  session: 'AssumedRole',
  user: 'User',
  federated_user: 'FederatedUser',
  root: 'Account',
  anonymous: 'Anonymous',
} as const;

/**
 * Keys whose value follows from who asks and for what.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const DERIVED: ReadonlyMap<string, (request: PolicyRequest, caller: Caller) => KeyValues> = new Map<
  string,
  (request: PolicyRequest, caller: Caller) => KeyValues
>([
  ['aws:principalarn', (_, caller) => valueOf(caller.principalArn)],
  ['aws:principalaccount', accountOf],
  ['kms:calleraccount', accountOf],
  [
    'aws:principalorgid',
    ({ principal }, caller) => (isAccountPrincipal(caller) ? valueOf(principal.organization) : null),
  ],
  ['aws:principalorgpaths', ofOrganizationMembers],
  ['aws:principalorgmasteraccountid', ofOrganizationMembers],
  [
    'aws:principaltype',
    (_, { kind }) => (kind === 'service' || kind === 'federated' ? undefined : [PRINCIPAL_TYPES[kind]]),
  ],
  ['aws:principalisawsservice', (_, caller) => [String(caller.kind === 'service')]],
  ['aws:principalservicename', ({ principal }, caller) => (caller.kind === 'service' ? [principal.arn] : null)],
  ['aws:username', (_, caller) => valueOf(caller.userName ?? null)],
  ['aws:resourceaccount', resourceAccount],
  ['s3:resourceaccount', resourceAccount],
  ['aws:resourceorgid', ({ resource }) => valueOf(resource.organization)],
  // Not a key of AWS: an open comparison of the resource itself, see `OpenTest.key`.
  ['resource', ({ resource }) => [resource.arn]],
]);

/** Makes a condition key ready for looking up. */
export function conditionKey(text: string): ConditionKey {
  const id = text.toLowerCase();
  const slash = id.indexOf('/');
  if (slash > 0) {
    const family = id.slice(0, slash);
    const tag = id.slice(slash + 1);
    if (family === 'aws:principaltag') return { text, id, source: 'principal_tag', tag };
    if (family.endsWith(':resourcetag') || family === 's3:existingobjecttag') {
      return { text, id, source: 'resource_tag', tag };
    }
  }
  return { text, id, source: DERIVED.get(id) ?? 'context' };
}

/** What the request says of a key. What the context says goes before what principal and resource imply. */
export function valuesOf(key: ConditionKey, request: PolicyRequest): KeyValues {
  const { known, absent } = request.context ?? NOTHING_KNOWN;
  const stated = known.get(key.id);
  if (stated) return stated;
  if (absent.has(key.id)) return null;
  if (key.source === 'context') return undefined;
  if (key.source === 'principal_tag') return tagValue(request.principal.tags, key.tag ?? '');
  if (key.source === 'resource_tag') return tagValue(request.resource.tags, key.tag ?? '');
  return key.source(request, callerOf(request.principal));
}

/** Names of tags are compared in any case. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html */
function tagValue(tags: Principal['tags'], lowerCaseName: string): KeyValues {
  if (!tags) return undefined;
  for (const name in tags) if (name.toLowerCase() === lowerCaseName) return valueOf(tags[name]);
  return null;
}
