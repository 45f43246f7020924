import { type Caller, callerOf, isAccountPrincipal } from './caller.ts';
import { NOTHING_KNOWN, type PolicyRequest, type Principal } from './request.ts';

/** A condition key, made ready for looking up. Keys are compared in lower case, the names of tags in them too. */
export interface ConditionKey {
  /** As the policy writes it. */
  readonly text: string;
  /** In lower case. */
  readonly id: string;
  /** What principal and resource imply of it, if the request's context does not say. */
  readonly implied: (request: PolicyRequest, caller: Caller) => KeyValues;
}

/** The request's values; null: known to be absent; undefined: nobody knows. */
export type KeyValues = readonly string[] | null | undefined;

const single = (value: string | null | undefined): KeyValues => (typeof value === 'string' ? [value] : value);

const accountOf = (_: PolicyRequest, caller: Caller): KeyValues =>
  isAccountPrincipal(caller) ? single(caller.account) : null;

const resourceAccount = (request: PolicyRequest): KeyValues => single(request.resource.account ?? undefined);

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
const IMPLIED: ReadonlyMap<string, ConditionKey['implied']> = new Map<string, ConditionKey['implied']>([
  ['aws:principalarn', (_, caller) => single(caller.principalArn)],
  ['aws:principalaccount', accountOf],
  ['kms:calleraccount', accountOf],
  [
    'aws:principalorgid',
    ({ principal }, caller) => (isAccountPrincipal(caller) ? single(principal.organization) : null),
  ],
  ['aws:principalorgpaths', ofOrganizationMembers],
  ['aws:principalorgmasteraccountid', ofOrganizationMembers],
  [
    'aws:principaltype',
    (_, { kind }) => (kind === 'service' || kind === 'federated' ? undefined : [PRINCIPAL_TYPES[kind]]),
  ],
  ['aws:principalisawsservice', (_, caller) => [String(caller.kind === 'service')]],
  ['aws:principalservicename', ({ principal }, caller) => (caller.kind === 'service' ? [principal.arn] : null)],
  ['aws:userid', (_, caller) => userId(caller)],
  ['aws:username', (_, caller) => single(caller.userName ?? null)],
  ['aws:resourceaccount', resourceAccount],
  ['s3:resourceaccount', resourceAccount],
  ['aws:resourceorgid', ({ resource }) => single(resource.organization)],
  // Not a key of AWS: an open comparison of the resource itself, see `OpenTest.key`.
  ['resource', ({ resource }) => [resource.arn]],
]);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
function userId({ kind, principal, account, sessionName }: Caller): KeyValues {
  if (kind === 'anonymous') return ['anonymous'];
  if (kind === 'root') return single(account ?? undefined);
  if (kind === 'user') return single(principal.unique_id);
  return kind === 'session' && principal.unique_id !== undefined
    ? [`${principal.unique_id}:${sessionName}`]
    : undefined;
}

/** Makes a condition key ready for looking up. */
export function conditionKey(text: string): ConditionKey {
  const id = text.toLowerCase();
  const slash = id.indexOf('/');
  if (slash > 0) {
    const family = id.slice(0, slash);
    const tag = id.slice(slash + 1);
    if (family === 'aws:principaltag') return { text, id, implied: principalTag(tag) };
    if (family.endsWith(':resourcetag')) return { text, id, implied: ({ resource }) => tagValue(resource.tags, tag) };
  }
  return { text, id, implied: IMPLIED.get(id) ?? unknown };
}

const unknown = (): KeyValues => undefined;

const principalTag =
  (tag: string): ConditionKey['implied'] =>
  ({ principal }, caller) =>
    caller.kind === 'anonymous' ? null : tagValue(principal.tags, tag);

/** What the request says of a key. What the context says goes before what principal and resource imply. */
export function valuesOf(key: ConditionKey, request: PolicyRequest): KeyValues {
  const { known, absent } = request.context ?? NOTHING_KNOWN;
  const stated = known.get(key.id);
  if (stated) return stated;
  if (absent.has(key.id)) return null;
  return key.implied(request, callerOf(request.principal));
}

/** Names of tags are compared in any case. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html */
function tagValue(tags: Principal['tags'], lowerCaseName: string): KeyValues {
  if (!tags) return undefined;
  for (const name in tags) if (name.toLowerCase() === lowerCaseName) return single(tags[name]);
  return null;
}
