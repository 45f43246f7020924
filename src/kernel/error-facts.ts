import type { ErrorCode } from './failures.ts';

/** Who can mend a failure. */
export type Responsible =
  | 'API caller'
  | 'AWS account owner'
  | 'AWS organization administrator'
  | 'Entra tenant admin'
  | 'ServiceNow connection owner'
  | 'Source owner'
  | 'Throughline operator';

export interface ErrorFact {
  /** HTTP status when the failure answers a request. */
  readonly status: number;
  /** What happened, in plain words. */
  readonly title: string;
  /** What to do about it; `{action}`, `{account_id}` and the like are filled from the failure's details. What is in `[ ]` is left out where any of those in it is not known. */
  readonly remedy: string;
  readonly responsible: Responsible;
}

/** The closed table of failures: a code without a row does not compile. */
export const ERROR_FACTS: Readonly<Record<ErrorCode, ErrorFact>> = {
  access_denied: {
    status: 403,
    title: 'The source refused one of the reads',
    remedy:
      'Allow {action} in the policy of the spoke role in account {account_id}: redeploy the spoke role template (it is generated from what the collectors call), or add {"Effect":"Allow","Action":"{action}","Resource":"*"} to it. If the statement is there, look for a service control policy or boundary that denies it.',
    responsible: 'AWS account owner',
  },
  account_not_in_scope: {
    status: 400,
    title: 'The account does not belong to the connector instance',
    remedy: 'Name accounts of the connector instance, or add the account to its config first.',
    responsible: 'API caller',
  },
  account_owned_by_another_tenant: {
    status: 409,
    title: 'The account is already bound to another tenant',
    remedy: 'An account belongs to one tenant. Ask the Throughline operator to release it there first.',
    responsible: 'Throughline operator',
  },
  assume_role_denied: {
    status: 403,
    title: 'The spoke role could not be assumed',
    remedy:
      'AWS does not say which of these is wrong; check the three in account {account_id}: (1) the role {role_name} exists (deploy the spoke role template there), (2) its trust policy asks for the external id of this connector instance (sts:ExternalId), (3) its trust policy names the hub account, and the hub is in the organization that aws:PrincipalOrgID names.',
    responsible: 'AWS account owner',
  },
  body_invalid: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the fields listed under errors and send it again.',
    responsible: 'API caller',
  },
  body_too_large: {
    status: 413,
    title: 'The request body is too large',
    remedy: 'Send at most 4 MB in one request.',
    responsible: 'API caller',
  },
  budget_exhausted: {
    status: 429,
    title: 'The budget of the scope was used up before everything was read',
    remedy:
      'The run used {used}. Raise max_api_calls or max_minutes in the budget of the scope, or narrow its accounts or service categories; what was not read keeps what is known of it.',
    responsible: 'Throughline operator',
  },
  conflict: {
    status: 409,
    title: 'The request does not fit the present state',
    remedy: 'Read the resource again and repeat the request if it still applies.',
    responsible: 'API caller',
  },
  credentials_invalid: {
    status: 401,
    title: 'The source did not accept the credentials',
    remedy: 'Renew the credentials that the connector instance refers to.',
    responsible: 'Source owner',
  },
  estate_too_large: {
    status: 422,
    title: 'The estate is too large for a question that needs all of it',
    remedy:
      'Ask with a token of fewer workspaces, or read GET /paths, which each stitch answers beforehand. The operator of this hub can raise questions.max_documents[ (now {max_documents})] together with questions.memory_mb.',
    responsible: 'Throughline operator',
  },
  foreign_message: {
    status: 400,
    title: 'A queue message did not belong to what it names',
    remedy:
      'Look at the message in the dead-letter queue: somebody else wrote to the queue, or it is left from an older deployment.',
    responsible: 'Throughline operator',
  },
  foreign_source: {
    status: 403,
    title: 'The instance may not speak for this source system',
    remedy: 'Send only records of the source systems listed in source_system_ids of the instance.',
    responsible: 'API caller',
  },
  malformed_policy: {
    status: 422,
    title: 'A policy document could not be understood',
    remedy: 'Correct the document at the place named; until then it permits nothing in the graph.',
    responsible: 'AWS account owner',
  },
  management_account_role_denied: {
    status: 403,
    title: 'The spoke role of the management account could not be assumed',
    remedy:
      'StackSets place no role in the management account {account_id}: it has a stack of its own. With credentials of that account: aws cloudformation deploy --stack-name throughline-spoke-role --template-file stacksets/securityv0-readonly-role.template.json --capabilities CAPABILITY_NAMED_IAM --parameter-overrides HubAccountId=... CollectorRoleName=... ExternalId=... OrganizationId=... (docs/deploy.md has the values). Where the stack is there, check that its ExternalId is that of this connector instance. To leave the account out, name the others in account_ids of the scope.',
    responsible: 'AWS organization administrator',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The body is of a kind that this route does not take',
    remedy: 'Send it as {accepted}, uncompressed and in UTF-8, and say so in the header Content-Type.',
    responsible: 'API caller',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not know the method',
    remedy: 'Use one of: {allowed}.',
    responsible: 'API caller',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing',
    remedy: 'Check the id; ids of other tenants are not found either.',
    responsible: 'API caller',
  },
  not_ready: {
    status: 503,
    title: 'The hub cannot reach its database',
    remedy: 'Try again in a minute; if it stays, ask the operator of this hub to look at the log of its API function.',
    responsible: 'Throughline operator',
  },
  organization_access_denied: {
    status: 403,
    title: 'The organization could not be listed',
    remedy:
      'Check AWS_ORGANIZATION_ROLE_ARN: the role must exist in the management (or delegated administrator) account, trust the collector role of the hub with the external id of this instance, and allow {action}. Or use an instance with mode "accounts".',
    responsible: 'AWS organization administrator',
  },
  permission_missing: {
    status: 403,
    title: 'The token does not carry the permission that this route needs',
    remedy: 'Ask your identity administrator for the permission {permission}.',
    responsible: 'API caller',
  },
  rate_limited: {
    status: 429,
    title: 'Your tenant has sent too many requests within a minute',
    remedy:
      'Wait as many seconds as the header Retry-After says ({retry_after_seconds}), and send fewer at a time. The operator of this hub can raise api.requests_per_minute.',
    responsible: 'API caller',
  },
  removal_held: {
    status: 409,
    title: 'Removing what was not seen again is held back',
    remedy:
      'More than half of what this cell held was not seen. If it is really gone, release the removal: npm run cli -- cells release {run_id} {key}. If not, find out why the source answered with less.',
    responsible: 'Throughline operator',
  },
  source_unreachable: {
    status: 502,
    title: 'The source did not answer',
    remedy: 'Check the network path to {endpoint} and the status of the service; the next run tries again.',
    responsible: 'Throughline operator',
  },
  superseded: {
    status: 409,
    title: 'A later run of the same cell had begun before this one looked',
    remedy:
      'Nothing is lost: the later run holds what this one would have found. Where it happens often, scopes of one instance overlap: let them name different accounts or categories, or run less often.',
    responsible: 'Throughline operator',
  },
  throttled: {
    status: 429,
    title: 'The source asked us to slow down until we gave up',
    remedy:
      'Run again later, or let the scope run less often; {action} in account {account_id} is being called by others too.',
    responsible: 'AWS account owner',
  },
  timeout: {
    status: 504,
    title: 'The source took too long to answer',
    remedy:
      'No answer came in time[ to {action} in account {account_id}]. The next run tries again; if it stays, look at the health of the service in that region, or narrow the scope.',
    responsible: 'Throughline operator',
  },
  token_invalid: {
    status: 401,
    title: 'The token is missing, wrong or expired, or names no tenant',
    remedy: 'Get a new token from the configured issuer; it must carry the tenant claim.',
    responsible: 'API caller',
  },
  unknown_category: {
    status: 400,
    title: 'The service category is not known',
    remedy: 'Use one of: {known}.',
    responsible: 'API caller',
  },
  unreadable_item: {
    status: 422,
    title: 'One item could not be read; the others were',
    remedy: 'Look at {item} in the source; if it is in order, report it as a bug of Throughline with the run id.',
    responsible: 'Throughline operator',
  },
  worker_lost: {
    status: 500,
    title: 'The worker of this cell died three times',
    remedy:
      'Look at the log of the collector for this cell; the usual causes are too little memory and a single item of extreme size.',
    responsible: 'Throughline operator',
  },
};

/**
 * The remedy with its `{placeholders}` filled from details. One that is not known takes the `[part]` that it is in along with
 * it; outside of such a part it stays as it is, so that a gap in our knowledge is visible.
 */
export function remedyFor(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): string {
  const filled = (text: string): string =>
    text.replace(PLACEHOLDER, (whole, name: string) => (details[name] === undefined ? whole : String(details[name])));
  const isKnown = (part: string): boolean =>
    [...part.matchAll(PLACEHOLDER)].every(([, name = '']) => details[name] !== undefined);
  const parts = ERROR_FACTS[code].remedy.replace(OPTIONAL, (_, part: string) => (isKnown(part) ? part : ''));
  return filled(parts);
}

const PLACEHOLDER = /\{(\w+)\}/g;
const OPTIONAL = /\[([^\]]*)\]/g;
