import type { Event } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { parseArn } from '../../../kernel/arn.ts';
import type { Json } from '../../../kernel/canonical.ts';
import { required } from '../properties.ts';

/** The calls by which a role is assumed, each an event of its own. */
export const ASSUMING_EVENTS = ['AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'] as const;
export type AssumingEvent = (typeof ASSUMING_EVENTS)[number];

/**
 * Who assumed a role, without the name of the session, the address or anything else that tells of a person. `id` is an
 * ARN, a service principal (`lambda.amazonaws.com`) or the issuer; what the event does not say is null.
 */
export interface Assumer {
  readonly kind: 'role' | 'user' | 'account' | 'service' | 'federated_subject' | 'saml_provider' | 'unknown';
  readonly id: string | null;
  /** Of a federated subject: what the issuer calls it. */
  readonly subject?: string | null;
  /** Of a principal of another account: the unique id of its role or user, as IAM has it. The event holds no ARN of it. */
  readonly unique_id?: string | null;
}

/** One time that a role was assumed. */
export interface Assumption {
  readonly role: string;
  readonly by: Assumer;
  /** ISO 8601. */
  readonly at: string;
}

const TEXT = z.string().nullish();

/**
 * What we read of an event. Everything else is left where it is: the answer holds the credentials that were given.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
const RECORD = z.object({
  errorCode: TEXT,
  userIdentity: z.object({
    type: TEXT,
    arn: TEXT,
    accountId: TEXT,
    principalId: TEXT,
    invokedBy: TEXT,
    userName: TEXT,
    identityProvider: TEXT,
    sessionContext: z.object({ sessionIssuer: z.object({ arn: TEXT }).nullish() }).nullish(),
  }),
  requestParameters: z.object({ roleArn: TEXT, principalArn: TEXT }).nullish(),
});
type Identity = z.infer<typeof RECORD>['userIdentity'];

/** The assumption that an event tells of; undefined where AWS refused it. Throws on an event that makes no sense. */
export function toAssumption(event: Event, partition: string): Assumption | undefined {
  const record = RECORD.parse(recordOf(event));
  if (record.errorCode) return undefined;
  const role = required(record.requestParameters?.roleArn, 'requestParameters.roleArn');
  if (!parseArn(role)?.resource.startsWith('role/')) throw new TypeError('what was assumed is not the ARN of a role');
  const at = required(event.EventTime, 'EventTime').toISOString();
  return { role, by: assumerOf(record.userIdentity, record.requestParameters?.principalArn, partition), at };
}

/** Parsers quote what they cannot read, and this text is not to be quoted. */
function recordOf(event: Event): unknown {
  const text = required(event.CloudTrailEvent, 'CloudTrailEvent');
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('the record of the event is not JSON');
  }
}

function assumerOf(identity: Identity, samlProvider: string | null | undefined, partition: string): Assumer {
  switch (identity.type) {
    case 'AssumedRole':
      return { kind: 'role', id: identity.sessionContext?.sessionIssuer?.arn ?? withoutSession(identity.arn) };
    case 'FederatedUser':
      // The user's session under a name of the caller's choice.
      return { kind: 'user', id: identity.sessionContext?.sessionIssuer?.arn ?? null };
    case 'IAMUser':
      return { kind: 'user', id: identity.arn ?? null };
    case 'Root':
      return { kind: 'account', id: rootOf(identity.accountId, partition) };
    case 'AWSAccount':
      return { kind: 'account', id: rootOf(identity.accountId, partition), unique_id: uniqueId(identity.principalId) };
    case 'AWSService':
      return { kind: 'service', id: identity.invokedBy ?? null };
    case 'WebIdentityUser':
      return {
        kind: 'federated_subject',
        id: identity.identityProvider ?? null,
        subject: impersonal(identity.userName),
      };
    case 'SAMLUser':
      // The subject of a SAML assertion is as a rule the address of a person.
      return { kind: 'saml_provider', id: samlProvider ?? null };
    default:
      return { kind: 'unknown', id: null };
  }
}

const rootOf = (account: string | null | undefined, partition: string): string | null =>
  account ? `arn:${partition}:iam::${account}:root` : null;

/** `AROAEXAMPLE:session` without the session. */
const uniqueId = (principalId: string | null | undefined): string | null => principalId?.split(':')[0] || null;

/** `arn:aws:sts::111111111111:assumed-role/name/session` without the session. The path of the role is not in it. */
const withoutSession = (arn: string | null | undefined): string | null =>
  /^(arn:[^:]+:sts::\d{12}:assumed-role\/[^/]+)\//.exec(arn ?? '')?.[1] ?? null;

/** The subject of a workload is needed to know it; one that is an address is a person's, and left out. */
const impersonal = (subject: string | null | undefined): string | null =>
  subject && !subject.includes('@') ? subject : null;

/** The same for the same principal. */
export const keyOfAssumer = (by: Assumer): string => JSON.stringify([by.kind, by.id, by.subject, by.unique_id]);

/** As it is kept. */
export const assumerFacts = ({ kind, id, subject, unique_id }: Assumer): { readonly [key: string]: Json } => ({
  kind,
  id,
  ...(subject === undefined ? {} : { subject }),
  ...(unique_id === undefined ? {} : { unique_id }),
});
